// openpex replay: what a live service recorded, through the simulator. Under the same settings it shows that everything is decided alike;
// under others, what they would have made of the same requests.

import type { ComparisonResult } from '../../live/replay/decision-comparison.ts';
import type { ReplayOptions } from '../../live/replay/replay.ts';
import type { ComparedRun } from '../../reports/terminal/comparison-table.ts';
import { InputError } from '../../written/input-error.ts';
import { parseInstant } from '../../written/instant.ts';
import type { CommandBody } from '../command.ts';
import { DATABASE_ARGUMENT } from '../database-argument.ts';
import { EXIT } from '../exit.ts';
import { quote } from '../shell-words.ts';
import { VERSION } from '../version.ts';
import { withHistory } from '../with-database.ts';

interface ReplayArguments {
  database: string;
  archives: string[];
  scenario?: string | undefined;
  policy: string[];
  set: string[];
  calibrated?: string | undefined;
  from?: string | undefined;
  runs?: number | undefined;
  out?: string | undefined;
  json: boolean;
}

const DIFFERENCES_SHOWN = 10;
const TELL_EVERY_MS = 5_000;
const USUAL_RUNS = 5;
/** What is learned of a mean grows with the root of them. */
const MOST_RUNS = 10_000;

export const replayCommand: CommandBody<ReplayArguments> = {
  builder: (yargs) =>
    yargs
      .positional('database', DATABASE_ARGUMENT)
      .positional('archives', {
        type: 'string',
        array: true,
        default: [],
        describe: 'What was archived of it, to replay both as one',
      })
      .option('scenario', {
        type: 'string',
        describe: 'Ask the provider of this scenario (hardware, rules, policies) instead of the recorded one',
      })
      .option('policy', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe: 'KIND=NAME or KIND=FILE, e.g. allocation=best-fit; can be given several times',
      })
      .option('set', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe:
          'path=value of any setting, e.g. policies.pricing.options.cpuHour=0.2; can be given several times',
      })
      .option('calibrated', {
        type: 'string',
        describe:
          'A file of measured machines, as openpex calibrate writes it: deliver what was ordered on them, and say how far that is from what was delivered',
      })
      .option('from', {
        type: 'string',
        describe:
          'With --calibrated: measure from this instant on, e.g. what was not fitted to [default: all]',
      })
      .option('runs', {
        type: 'number',
        describe: `With --calibrated: so many times, each with other durations and failures [default: ${USUAL_RUNS}]`,
      })
      .option('out', { type: 'string', describe: 'Leave a run directory of the replay here' })
      .option('json', { type: 'boolean', default: false, describe: 'Print the result as JSON' })
      .epilogue('Exit code 1: the recorded settings decide otherwise than was recorded.')
      .example('$0 replay openpex.db', 'Is every request decided as it was?')
      .example('$0 replay openpex.db --policy allocation=best-fit', 'What if?')
      .example(
        '$0 replay openpex.db --set policies.pricing.options.cpuHour=0.2',
        'What would it have earned?',
      )
      .example(
        '$0 replay openpex.db --calibrated calibrated.yaml',
        'Would the simulated machines have delivered the same?',
      ),
  handler: replay,
};

async function replay(args: ReplayArguments): Promise<void> {
  const { archives: archived, calibrated, database: url, json, out, policy, scenario, set } = args;
  const isOther = policy.length > 0 || set.length > 0 || scenario !== undefined;
  const measured = measuredOf(args, isOther);
  await withHistory(url, archived, async (database, archives) => {
    const { compareProviders, repeat } = await import('../../live/replay/replay.ts');
    const { compareDelivery } = await import('../../live/replay/compare-delivery.ts');
    const options: ReplayOptions = {
      database,
      archives,
      version: VERSION,
      env: process.env,
      command: commandLine(
        [database, ...archives].map(({ name }) => name),
        args,
      ),
      ...(out === undefined ? {} : { directory: out }),
    };
    if (isOther) {
      const other = { calibrated, policies: policy, set, ...(scenario === undefined ? {} : { scenario }) };
      const columns = await compareProviders(options, other);
      process.stdout.write(json ? `${JSON.stringify(columns, null, 2)}\n` : await tableOf(columns));
    } else if (calibrated !== undefined) {
      let toldMs = performance.now();
      const onRun = (done: number) => {
        if (performance.now() - toldMs < TELL_EVERY_MS) return;
        toldMs = performance.now();
        process.stderr.write(`${done} of ${measured.runs} runs\n`);
      };
      const compared = await compareDelivery({ ...options, ...measured, calibrated, onRun });
      const { deliveryErrors, deliveryText } = await import(
        '../../experiments/calibration/delivery-errors.ts'
      );
      const errors = deliveryErrors(compared);
      process.stdout.write(
        json ? `${JSON.stringify({ ...compared, errors }, null, 2)}\n` : deliveryText(errors),
      );
    } else {
      const result = await repeat(options);
      process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : wordsOf(result));
      if (result.alike < result.requests) process.exitCode = EXIT.failed;
    }
  });
  if (out !== undefined) process.stderr.write(`Report: ${out}/report.html\n`);
}

/** @throws InputError PEX_USAGE */
function measuredOf(
  { calibrated, from, runs: givenRuns }: ReplayArguments,
  isOther: boolean,
): { readonly fromMs: number | undefined; readonly runs: number } {
  const runs = givenRuns ?? USUAL_RUNS;
  for (const [option, value] of Object.entries({ '--runs': givenRuns, '--from': from }))
    if (value !== undefined && (calibrated === undefined || isOther))
      throw new InputError('PEX_USAGE', 'is for --calibrated alone, without another provider', {
        file: option,
      });
  if (!Number.isInteger(runs) || runs < 1 || runs > MOST_RUNS)
    throw new InputError('PEX_USAGE', `expected a whole number from 1 to ${MOST_RUNS}, found ${runs}`, {
      file: '--runs',
    });
  if (from === undefined) return { fromMs: undefined, runs };
  const fromMs = parseInstant(from);
  if (fromMs === undefined)
    throw new InputError(
      'PEX_USAGE',
      `expected an instant with its zone, such as 2026-03-02T08:00:00Z, found "${from}"`,
      { file: '--from' },
    );
  return { fromMs, runs };
}

function wordsOf({ alike, differences, requests }: ComparisonResult): string {
  const shown = differences.slice(0, DIFFERENCES_SHOWN);
  const hidden = differences.length - shown.length;
  const lines = [
    `${alike} of ${requests} requests were decided as recorded.`,
    ...shown.flatMap(({ recorded, replayed, reservationId }) => [
      reservationId,
      `  recorded  ${recorded ?? 'nothing more'}`,
      `  replayed  ${replayed ?? 'nothing more'}`,
    ]),
    ...(hidden > 0 ? [`... and ${hidden} more`] : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

async function tableOf(columns: readonly ComparedRun[]): Promise<string> {
  const { renderComparison } = await import('../../reports/terminal/comparison-table.ts');
  return renderComparison(columns);
}

function commandLine(
  databases: readonly string[],
  { calibrated, from, policy, scenario, set }: ReplayArguments,
): string {
  const options = [
    ...(calibrated === undefined ? [] : ['--calibrated', calibrated]),
    ...(from === undefined ? [] : ['--from', from]),
    ...(scenario === undefined ? [] : ['--scenario', scenario]),
    ...policy.flatMap((choice) => ['--policy', choice]),
    ...set.flatMap((setting) => ['--set', setting]),
  ];
  return ['npx', 'openpex', 'replay', ...databases, ...options].map(quote).join(' ');
}
