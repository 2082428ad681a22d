// openpex replay: what a live service recorded, through the simulator. Under the same settings it shows that everything is decided alike;
// under others, what they would have made of the same requests.
import type { ComparisonResult } from '../../live/replay/decision-comparison.ts';
import type { ReplayOptions } from '../../live/replay/replay.ts';
import type { ComparedRun } from '../../reports/terminal/comparison-table.ts';
import type { CommandBody } from '../command.ts';
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
  out?: string | undefined;
  json: boolean;
}

const DIFFERENCES_SHOWN = 10;

export const replayCommand: CommandBody<ReplayArguments> = {
  builder: (yargs) =>
    yargs
      .positional('database', {
        type: 'string',
        demandOption: true,
        describe: 'A SQLite file, sqlite:FILE, or postgres://…',
      })
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
      .option('out', { type: 'string', describe: 'Leave a run directory of the replay here' })
      .option('json', { type: 'boolean', default: false, describe: 'Print the result as JSON' })
      .epilogue('Exit code 1: the recorded settings decide otherwise than was recorded.')
      .example('$0 replay openpex.db', 'Is every request decided as it was?')
      .example('$0 replay openpex.db --policy allocation=best-fit', 'What if?')
      .example(
        '$0 replay openpex.db --set policies.pricing.options.cpuHour=0.2',
        'What would it have earned?',
      ),
  handler: replay,
};

async function replay(args: ReplayArguments): Promise<void> {
  const { archives: archived, database: url, json, out, policy, scenario, set } = args;
  await withHistory(url, archived, async (database, archives) => {
    const { compareProviders, repeat } = await import('../../live/replay/replay.ts');
    const options: ReplayOptions = {
      database,
      archives,
      version: VERSION,
      env: process.env,
      command: commandLine(
        [database, ...archives].map(({ name }) => name),
        { policy, scenario, set },
      ),
      ...(out === undefined ? {} : { directory: out }),
    };
    if (policy.length === 0 && set.length === 0 && scenario === undefined) {
      const result = await repeat(options);
      process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : wordsOf(result));
      if (result.alike < result.requests) process.exitCode = EXIT.failed;
    } else {
      const other = { policies: policy, set, ...(scenario === undefined ? {} : { scenario }) };
      const columns = await compareProviders(options, other);
      process.stdout.write(json ? `${JSON.stringify(columns, null, 2)}\n` : await tableOf(columns));
    }
  });
  if (out !== undefined) process.stderr.write(`Report: ${out}/report.html\n`);
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
  { policy, scenario, set }: Pick<ReplayArguments, 'policy' | 'scenario' | 'set'>,
): string {
  const options = [
    ...(scenario === undefined ? [] : ['--scenario', scenario]),
    ...policy.flatMap((choice) => ['--policy', choice]),
    ...set.flatMap((setting) => ['--set', setting]),
  ];
  return ['npx', 'openpex', 'replay', ...databases, ...options].map(quote).join(' ');
}
