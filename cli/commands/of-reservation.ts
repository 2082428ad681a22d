// openpex cancel and openpex activate: what is done to one reservation of a service.
import type { Reservation } from '../../live/client/index.ts';
import type { CommandBody } from '../command.ts';
import { idPositional, wholeId } from '../reservation-id.ts';
import { creditsText, reservationLine } from '../reservation-text.ts';
import { type ServiceArguments, serviceOf, serviceOptions } from '../service-access.ts';

interface OfReservationArguments extends ServiceArguments {
  id: string;
}

function ofReservation(
  operation: 'activateReservation' | 'deleteReservation',
  example: string,
): CommandBody<OfReservationArguments> {
  return {
    builder: (yargs) =>
      serviceOptions(yargs)
        .positional('id', idPositional)
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

function refundText({ refundMicros }: Reservation): string {
  return refundMicros > 0 ? `  ${creditsText(refundMicros)} paid back` : '';
}
