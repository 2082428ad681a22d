// openpex my: one's reservations on a service, and the VMs of those that run.
import type { Reservation } from '../../live/client/index.ts';
import type { CommandBody } from '../command.ts';
import { reservationLine } from '../reservation-text.ts';
import { type ServiceArguments, serviceOf, serviceOptions } from '../service-access.ts';

interface MyArguments extends ServiceArguments {
  ended: boolean;
  project?: string | undefined;
  name?: string | undefined;
}

const UNDER_WAY: Reservation['status'][] = [
  'INITIATED',
  'WAITLISTED',
  'ACCEPTED',
  'COUNTERED',
  'CONFIRMED',
  'ACTIVATED',
];

export const myCommand: CommandBody<MyArguments> = {
  builder: (yargs) =>
    serviceOptions(yargs)
      .option('ended', { type: 'boolean', default: false, describe: 'Those that are over, too' })
      .option('project', { type: 'string', describe: 'Those of a project of yours' })
      .option('name', { type: 'string', describe: 'Those with this in their name, whatever the case' })
      .example('$0 my', 'What is under way, newest first, where its VMs are, and their consoles'),
  handler: async (args) => {
    const client = await serviceOf(args);
    const of = args.project === undefined ? {} : { project: args.project };
    const query = args.ended ? of : { ...of, state: UNDER_WAY };
    const wanted = args.name?.toLowerCase() ?? '';
    const reservations = (await every(client.all('listReservations', { query }))).filter(
      ({ name }) => wanted === '' || (name?.toLowerCase().includes(wanted) ?? false),
    );
    const ids = new Set(reservations.map(({ id }) => id));
    const instances = (await every(client.all('listInstances', { query: of }))).filter(
      ({ reservationId }) => wanted === '' || ids.has(reservationId),
    );
    if (args.json) {
      process.stdout.write(`${JSON.stringify({ reservations, instances }, null, 2)}\n`);
      return;
    }
    for (const row of reservations) {
      process.stdout.write(`${reservationLine(row)}\n`);
      for (const { console, ipAddress, status, vmID } of instances.filter(
        ({ reservationId }) => reservationId === row.id,
      )) {
        const where = [ipAddress, console].filter((address) => typeof address === 'string');
        process.stdout.write(`  ${[vmID, status.toLowerCase(), ...where].join('  ')}\n`);
      }
    }
    if (reservations.length === 0)
      process.stderr.write(wanted === '' ? 'Nothing is under way.\n' : `Nothing is called "${args.name}".\n`);
  },
};

async function every<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
