// openpex cancel and openpex activate: what is done to one reservation of a service. An id may be cut short as long as it is clear.
import type { OpenPexClient, Reservation } from '../../live/client/index.ts';
import { InputError } from '../../written/input-error.ts';
import type { CommandBody } from '../command.ts';
import { creditsText, reservationLine } from '../reservation-text.ts';
import { type ServiceArguments, serviceOf, serviceOptions } from '../service-access.ts';

interface OfReservationArguments extends ServiceArguments {
  id: string;
}

const SHORTEST_ID = 4;

function ofReservation(
  operation: 'activateReservation' | 'deleteReservation',
  example: string,
): CommandBody<OfReservationArguments> {
  return {
    builder: (yargs) =>
      serviceOptions(yargs)
        .positional('id', {
          type: 'string',
          demandOption: true,
          describe: 'Of the reservation, or the first letters of it',
        })
        .example(...(example.split(' — ') as [string, string])),
    handler: async (args) => {
      const client = await serviceOf(args);
      const id = await wholeId(client, args.id);
      const row = await client.call(operation, { path: { id } });
      process.stdout.write(
        args.json ? `${JSON.stringify(row, null, 2)}\n` : `${reservationLine(row)}${refundText(row)}\n`,
      );
    },
  };
}

export const cancelCommand = ofReservation('deleteReservation', '$0 cancel 5D0FA0EB — Gives it back');
export const activateCommand = ofReservation(
  'activateReservation',
  '$0 activate 5D0FA0EB — Its VMs start at the start, or now when that has passed',
);

async function wholeId(client: OpenPexClient, text: string): Promise<string> {
  const start = text.toUpperCase();
  if (start.length >= 36) return start;
  const found: Reservation[] = [];
  if (start.length >= SHORTEST_ID)
    for await (const row of client.all('listReservations')) if (row.id.startsWith(start)) found.push(row);
  if (found.length === 1) return found[0]!.id;
  const why =
    found.length === 0
      ? 'no reservation of yours begins like that'
      : `${found.length} reservations begin like that`;
  throw new InputError(
    'PEX_USAGE',
    `${text}: ${start.length < SHORTEST_ID ? `expected at least ${SHORTEST_ID} letters of an id` : why}`,
  );
}

function refundText({ refundMicros }: Reservation): string {
  return refundMicros > 0 ? `  ${creditsText(refundMicros)} paid back` : '';
}
