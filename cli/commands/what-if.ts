// openpex what-if: for operators, what would come of other nodes and other policies on a service that runs. Nothing changes by it.
import type { WhatIf, WhatIfBody } from '../../live/client/index.ts';
import { InputError } from '../../written/input-error.ts';
import type { CommandBody } from '../command.ts';
import { creditsText, momentText } from '../reservation-text.ts';
import { type ServiceArguments, serviceOf, serviceOptions } from '../service-access.ts';

interface WhatIfArguments extends ServiceArguments {
  drain: string[];
  from?: string | undefined;
  until?: string | undefined;
  add?: number | undefined;
  policy: string[];
  days?: number | undefined;
  repeat: boolean;
}

const DAY_MS = 86_400_000;

export const whatIfCommand: CommandBody<WhatIfArguments> = {
  builder: (yargs) =>
    serviceOptions(yargs)
      .option('drain', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe: 'A node that would be taken out of service; can be given several times',
      })
      .option('from', { type: 'string', describe: 'When they would be, ISO 8601 with a zone [default: now]' })
      .option('until', {
        type: 'string',
        describe: 'When they would be back, likewise [default: nobody knows]',
      })
      .option('add', { type: 'number', describe: 'So many nodes more, each like the first one' })
      .option('policy', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe: 'Another policy, as kind=name: allocation=best-fit; can be given several times',
      })
      .option('days', { type: 'number', describe: 'How far ahead [default: 14]' })
      .option('repeat', {
        type: 'boolean',
        default: true,
        describe: 'The requests of as many days back come once more; --no-repeat: none comes',
      })
      .example('$0 what-if --drain leon', 'Whose reservations would suffer, and what it would cost')
      .example('$0 what-if --add 20 --policy allocation=best-fit', 'What twenty nodes more would bring'),
  handler: async (args) => {
    const body = bodyOf(args);
    const client = await serviceOf(args);
    const answer = await client.call('whatIf', { body });
    process.stdout.write(args.json ? `${JSON.stringify(answer, null, 2)}\n` : whatIfText(answer));
  },
};

/** @throws InputError */
function bodyOf({ add, days, drain, from, policy, repeat, until }: WhatIfArguments): WhatIfBody {
  if (drain.length === 0 && (from !== undefined || until !== undefined))
    throw new InputError(
      'PEX_USAGE',
      '--from and --until say when nodes are drained: name some with --drain',
    );
  if (drain.length === 0 && add === undefined && policy.length === 0)
    throw new InputError('PEX_USAGE', 'what if what? Say --drain NODE, --add COUNT or --policy KIND=NAME');
  return {
    repeat,
    ...(drain.length > 0 && { drain }),
    ...(from !== undefined && { startTime: from }),
    ...(until !== undefined && { endTime: until }),
    ...(add !== undefined && { addNodes: add }),
    ...(days !== undefined && { days }),
    ...(policy.length > 0 && { policies: policy.map(readPolicy) }),
  };
}

function readPolicy(text: string): { readonly kind: string; readonly name: string } {
  const [, kind, name] = /^([a-zA-Z][a-zA-Z-]*)=([a-z][a-z0-9-]*)$/.exec(text) ?? [];
  if (kind !== undefined && name !== undefined) return { kind, name };
  throw new InputError(
    'PEX_USAGE',
    `--policy: expected kind=name such as allocation=best-fit, found "${text}"`,
  );
}

/** Both ways side by side, and below them whose reservations fare otherwise. */
export function whatIfText(
  { asIs, bookings, changed, endTimeMs, requests, startTimeMs }: WhatIf,
  timeZone?: string,
): string {
  type Totals = WhatIf['asIs'];
  const count = (name: string, of: (totals: Totals) => number) => [
    name,
    String(of(asIs)),
    String(of(changed)),
  ];
  const money = (name: string, of: (totals: Totals) => number) => [
    name,
    creditsText(of(asIs)),
    creditsText(of(changed)),
  ];
  const rows = [
    ['', 'as it is', 'changed'],
    count('requests accepted', ({ accepted }) => accepted),
    count('with another offer', ({ countered }) => countered),
    count('refused', ({ refused }) => refused),
    count('instances that move', ({ moves }) => moves),
    count('reservations that fail', ({ failed }) => failed),
    money('charged', ({ chargedMicros }) => chargedMicros),
    money('paid back', ({ refundMicros }) => refundMicros),
    money('paid on top', ({ penaltyMicros }) => penaltyMicros),
  ];
  const widthOf = (column: number) => Math.max(...rows.map((row) => row[column]!.length));
  const lines = rows.map(
    ([name, before, after]) =>
      `${name!.padEnd(widthOf(0))}  ${before!.padStart(widthOf(1))}  ${after!.padStart(widthOf(2))}`,
  );
  const days = Math.round((endTimeMs - startTimeMs) / DAY_MS);
  const fates = bookings.map(
    (row) =>
      `${row.reservationId.slice(0, 8)}  ${row.username ?? '?'}  ` +
      `${momentText(row.startTimeMs, timeZone)} to ${momentText(row.endTimeMs, timeZone)}  ${row.asIs} -> ${row.changed}`,
  );
  return [
    `${days} ${days === 1 ? 'day' : 'days'} from ${momentText(startTimeMs, timeZone)}; ` +
      `${requests} ${requests === 1 ? 'request comes' : 'requests come'} once more. Nothing was changed.`,
    ...lines,
    fates.length === 0 ? 'Every reservation that there is fares as it would.' : 'These fare otherwise:',
    ...fates,
    '',
  ].join('\n');
}
