// openpex drain: for operators, takes a node of a service out of service, after it was said whose instances that moves, suspends or ends.
import type { OutageForecast } from '../../live/client/index.ts';
import type { CommandBody } from '../command.ts';
import { creditsText, momentText } from '../reservation-text.ts';
import { type ServiceArguments, serviceOf, serviceOptions } from '../service-access.ts';
import { isTerminal, Questions } from '../terminal.ts';

interface DrainArguments extends ServiceArguments {
  node: string;
  until?: string | undefined;
  yes: boolean;
}

type Fate = OutageForecast['instances'][number]['fate'];

const FATES: Readonly<Record<Fate, string>> = {
  ends: 'ends: its reservation fails',
  'stands-still': 'is suspended until a node has room',
  stays: 'stays: it can be neither moved nor suspended',
  'no-room': 'is to begin meanwhile, and has no other place yet',
  moves: 'moves',
};

export const drainCommand: CommandBody<DrainArguments> = {
  builder: (yargs) =>
    serviceOptions(yargs)
      .positional('node', { type: 'string', demandOption: true, describe: 'As the service calls it' })
      .option('until', {
        type: 'string',
        describe:
          'When it is expected back, ISO 8601 with a zone; never: nobody knows [default: after the assumed repair time]',
      })
      .option('yes', {
        type: 'boolean',
        default: false,
        describe: 'Drain it without a question; without it and a terminal, only say what would happen',
      })
      .example('$0 drain leon', 'What would happen to what runs there, and whether to do it'),
  handler: async (args) => {
    const client = await serviceOf(args);
    const path = { id: args.node };
    const query = args.until === undefined ? {} : { until: args.until };
    const forecast = await client.call('forecastOutage', { path, query });
    if (args.json) process.stdout.write(`${JSON.stringify(forecast, null, 2)}\n`);
    else process.stdout.write(forecastText(forecast));
    if (!args.yes && !(await isWanted(args.node))) {
      process.stderr.write('Nothing was changed.\n');
      return;
    }
    await client.call('drainNode', { path, query });
    process.stderr.write(`${args.node} is out of service until it is enabled.\n`);
  },
};

async function isWanted(node: string): Promise<boolean> {
  if (!isTerminal()) return false;
  const questions = new Questions();
  try {
    return /^y(es)?$/i.test(await questions.ask(`Drain ${node}? [y/N] `));
  } finally {
    questions.close();
  }
}

/** Those to worry about first, one on a line. */
export function forecastText(
  { instances, node, penaltyMicros, refundMicros }: OutageForecast,
  timeZone?: string,
): string {
  if (instances.length === 0) return `${node}: nothing on it is concerned\n`;
  const order = Object.keys(FATES);
  const rows = instances.toSorted((a, b) => order.indexOf(a.fate) - order.indexOf(b.fate));
  const lines = rows.map(({ endTimeMs, fate, instance, reservationId, toNode, username }) => {
    const where = toNode === null ? '' : ` to ${toNode}`;
    const whose = `${reservationId.slice(0, 8)}/${instance}  ${username ?? '?'}  until ${momentText(endTimeMs, timeZone)}`;
    return `${whose}  ${FATES[fate]}${where}`;
  });
  if (refundMicros > 0) lines.push(`${creditsText(refundMicros)} would be paid back`);
  if (penaltyMicros > 0) lines.push(`${creditsText(penaltyMicros)} would be paid on top`);
  return `${lines.join('\n')}\n`;
}
