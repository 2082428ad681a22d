// openpex sweep: every run of an experiment, on all cores, into one table.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Combination } from '../../experiments/definition/factors.ts';
import { InputError } from '../../written/input-error.ts';
import { formatDuration } from '../../written/time-text.ts';
import type { CommandBody } from '../command.ts';
import { EXIT } from '../exit.ts';
import { withInterrupts } from '../interrupt.ts';
import { checkJobs } from '../jobs.ts';
import { quote } from '../shell-words.ts';
import { describeSweepNotes } from '../sweep-notes.ts';
import { VERSION } from '../version.ts';

interface SweepArguments {
  experiment: string;
  out?: string | undefined;
  jobs?: number | undefined;
  resume: boolean;
  extend?: string | undefined;
  failFast: boolean;
  quiet: boolean;
}

export const sweepCommand: CommandBody<SweepArguments> = {
  builder: (yargs) =>
    yargs
      .positional('experiment', {
        type: 'string',
        demandOption: true,
        describe: 'An experiment file (.yaml, .json): a scenario, what is varied, how many seeds',
      })
      .option('out', {
        type: 'string',
        describe: 'Where to leave the results [default: sweeps/NAME]',
      })
      .option('jobs', {
        type: 'number',
        describe: 'How many runs at once; the results are the same [default: the number of cores]',
      })
      .option('resume', {
        type: 'boolean',
        default: false,
        describe: 'Go on with a sweep that was interrupted; finished runs are kept',
      })
      .option('extend', {
        type: 'string',
        describe: 'seeds=N: go on with a finished sweep, up to so many seeds',
      })
      .option('fail-fast', { type: 'boolean', default: false, describe: 'Stop at the first run that fails' })
      .option('quiet', { type: 'boolean', default: false, describe: 'No progress' })
      .example('$0 sweep allocation.yaml --jobs 2', 'Seven policies, three loads, ten seeds: 210 runs'),
  handler: runSweep,
};

async function runSweep(args: SweepArguments): Promise<void> {
  const jobs = args.jobs ?? availableParallelism();
  checkJobs(jobs);
  const { loadExperiment } = await import('../../experiments/definition/experiment.ts');
  const seeds = args.extend === undefined ? undefined : seedsOf(args.extend);
  const experiment = await loadExperiment(args.experiment, { version: VERSION, seeds });
  const { SweepDirectory } = await import('../../experiments/sweep/sweep-directory.ts');
  const { sweep } = await import('../../experiments/sweep/sweep.ts');
  const { crewOf } = await import('../../experiments/sweep/crew.ts');
  const path = args.out ?? join('sweeps', experiment.name.replace(/[^\w.=+-]+/g, '_'));
  const directory = SweepDirectory.prepare(path, experiment, args.resume || seeds !== undefined);
  const crew = crewOf(Math.min(jobs, experiment.cells.length));
  const beganMs = performance.now();
  const say = (text: string) => process.stderr.write(text);
  const outcome = await withInterrupts(
    (signal) =>
      sweep(experiment, directory, {
        crew,
        signal,
        failFast: args.failFast,
        onFailure: ({ combination, seed, code, message, directory: place }) => {
          const what = `${describe(combination, seed)}: ${message}${code === undefined ? '' : ` [${code}]`}`;
          say(`openpex: ${what}\n  repeat it: npx openpex run ${quote(join(place, 'scenario.yaml'))}\n`);
        },
        onProgress: ({ done, failed, toDo }) => {
          if (args.quiet) return;
          const over = done + failed;
          const restMs = ((performance.now() - beganMs) / over) * (toDo - over);
          const left = over === toDo ? '' : `, about ${formatDuration(Math.ceil(restMs / 1000) * 1000)} left`;
          say(`${over} of ${toDo} runs${failed === 0 ? '' : `, ${failed} failed`}${left}\n`);
        },
      }),
    () => undefined,
  ).finally(() => crew.dismiss());
  if (!args.quiet) say(describeSweepNotes(directory));
  const { failures, finished, isInterrupted, resultsFile, reused } = outcome;
  if (resultsFile !== undefined) {
    if (!args.quiet && reused > 0) say(`${reused} runs were done before.\n`);
    process.stdout.write(`${resultsFile}\n`);
    return;
  }
  const again = ['npx', 'openpex', 'sweep', args.experiment, '--out', path, '--resume'].map(quote).join(' ');
  say(`${finished} of ${experiment.cells.length} runs are done. Go on with: ${again}\n`);
  process.exitCode = isInterrupted && failures.length === 0 ? EXIT.interrupted : EXIT.failed;
}

function describe(combination: Combination, seed: number): string {
  return [...Object.entries(combination).map(([name, label]) => `${name}=${label}`), `seed ${seed}`].join(
    ', ',
  );
}

function seedsOf(text: string): number {
  const [, digits] = /^seeds=(\d{1,6})$/.exec(text) ?? [];
  const seeds = Number(digits);
  if (!(seeds >= 1))
    throw new InputError('PEX_USAGE', `--extend: expected seeds=N, such as seeds=20, not "${text}"`);
  return seeds;
}
