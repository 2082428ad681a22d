// openpex sweep: every run of an experiment, on all cores, into one table.
import { realpathSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { CLUSTERS, type Cluster } from '../../experiments/cluster/clusters.ts';
import type { Experiment, StopRule } from '../../experiments/definition/experiment.ts';
import type { Combination } from '../../experiments/definition/factors.ts';
import type { Crew } from '../../experiments/sweep/crew.ts';
import type { Precision } from '../../experiments/sweep/stop-rule.ts';
import type { SweepOptions } from '../../experiments/sweep/sweep.ts';
import type { SweepDirectory } from '../../experiments/sweep/sweep-directory.ts';
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
  emit?: Cluster | undefined;
  tasks?: number | undefined;
  image: string;
  part?: string | undefined;
  collect: boolean;
}

export const sweepCommand: CommandBody<SweepArguments> = {
  builder: (yargs) =>
    yargs
      .positional('experiment', {
        type: 'string',
        demandOption: true,
        describe:
          'An experiment file (.yaml, .json): a scenario, what is varied, how many seeds; with --part and --collect the directory of a sweep',
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
      .option('emit', {
        choices: CLUSTERS,
        describe: 'Run nothing; leave in the directory what has a cluster run it: scripts, manifests',
      })
      .option('tasks', {
        type: 'number',
        describe: `With --emit: how many parts the runs are dealt to [default: as many as there are runs, up to ${USUAL_TASKS}]`,
      })
      .option('image', {
        type: 'string',
        default: `openpex:${VERSION}`,
        describe: 'With --emit kubernetes: the image of the container',
      })
      .option('part', {
        type: 'string',
        describe: 'K/N, K from 0: of a directory that --emit left only every Nth run, from the Kth on',
      })
      .option('collect', {
        type: 'boolean',
        default: false,
        describe: 'Of such a directory: the table, once every run is done',
      })
      .example('$0 sweep allocation.yaml --jobs 2', 'Seven policies, three loads, ten seeds: 210 runs')
      .example('$0 sweep allocation.yaml --emit slurm --out /shared/study', 'A job array, to be submitted'),
  handler: runSweep,
};

const USUAL_TASKS = 100;
/** More than schedulers take (MaxArraySize of Slurm). */
const MOST_TASKS = 100_000;

async function runSweep(args: SweepArguments): Promise<void> {
  if (args.part !== undefined) return runPart(args, args.part);
  if (args.collect) return collectParts(args);
  if (args.emit !== undefined) return emitSweep(args, args.emit);
  const jobs = args.jobs ?? availableParallelism();
  checkJobs(jobs);
  const { loadExperiment } = await import('../../experiments/definition/experiment.ts');
  const { crewOf } = await import('../../experiments/sweep/crew.ts');
  const { precisionOf } = await import('../../experiments/sweep/stop-rule.ts');
  const extended = args.extend === undefined ? undefined : seedsOf(args.extend);
  const loaded = await loadExperiment(args.experiment, { version: VERSION, seeds: extended });
  const path = placeOf(args, loaded);
  const crew = crewOf(loaded.until === undefined ? Math.min(jobs, loaded.cells.length) : jobs);
  try {
    const warmUp = loaded.findsWarmUp ? await runPilot(loaded, { args, path, crew }) : undefined;
    if (loaded.findsWarmUp && warmUp === undefined) return;
    const load = (seeds: number | undefined) =>
      loadExperiment(args.experiment, { version: VERSION, seeds, warmUp });
    let experiment = loaded.findsWarmUp ? await load(extended) : loaded;
    for (let goesOn = args.resume || extended !== undefined; ; goesOn = true) {
      const directory = await runStage(experiment, { args, path, crew, goesOn });
      const { until } = experiment;
      if (directory === undefined) return;
      const precision = until === undefined ? null : precisionOf(experiment, until, directory.runs());
      if (until !== undefined && !args.quiet) process.stderr.write(describePrecision(precision, until));
      const seeds = precision?.next ?? null;
      if (seeds === null) {
        process.stdout.write(`${directory.resultsFile}\n`);
        return;
      }
      experiment = await load(seeds);
    }
  } finally {
    await crew.dismiss();
  }
}

/** Everything that a cluster needs to run it: the directory, and what its scheduler is told. */
async function emitSweep(args: SweepArguments, cluster: Cluster): Promise<void> {
  const { loadExperiment } = await import('../../experiments/definition/experiment.ts');
  const { SweepDirectory } = await import('../../experiments/sweep/sweep-directory.ts');
  const { putClusterFiles } = await import('../../experiments/cluster/cluster-files.ts');
  const seeds = args.extend === undefined ? undefined : seedsOf(args.extend);
  const experiment = await loadExperiment(args.experiment, { version: VERSION, seeds });
  if (experiment.until !== undefined) {
    const problem = 'cannot follow an "until", whose seeds depend on results; give "seeds" instead';
    throw new InputError('PEX_USAGE', problem, { file: '--emit' });
  }
  if (experiment.findsWarmUp) {
    const problem =
      'cannot follow a "warmUp" of mser-5, which depends on pilot runs; give a duration instead, such as openpex sweep finds here';
    throw new InputError('PEX_USAGE', problem, { file: '--emit' });
  }
  const path = resolve(placeOf(args, experiment));
  const directory = SweepDirectory.prepare(path, experiment, args.resume || seeds !== undefined);
  // What is collected later is not that of before.
  directory.dropResults();
  const tasks = args.tasks ?? Math.min(USUAL_TASKS, experiment.cells.length);
  if (!Number.isInteger(tasks) || tasks < 1 || tasks > MOST_TASKS) {
    const problem = `expected a whole number from 1 to ${MOST_TASKS}, not ${tasks}`;
    throw new InputError('PEX_USAGE', problem, { file: '--tasks' });
  }
  const program = ['node', realpathSync(process.argv[1]!)];
  const { image } = args;
  const script = putClusterFiles(cluster, { name: experiment.name, path, tasks, program, image });
  if (!args.quiet)
    process.stderr.write(`${experiment.cells.length} runs in ${tasks} tasks. Submit them with:\n`);
  process.stdout.write(`${script}\n`);
}

async function runPart(args: SweepArguments, text: string): Promise<void> {
  const { partOf, runCells } = await import('../../experiments/sweep/sweep.ts');
  const { crewOf } = await import('../../experiments/sweep/crew.ts');
  const [, part, of] = (/^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []).map(Number);
  if (part === undefined || of === undefined || part >= of) {
    throw new InputError(
      'PEX_USAGE',
      `--part: expected K/N with K from 0 to N - 1, such as 0/16, not "${text}"`,
    );
  }
  // A task has what it was given, not the whole machine.
  const jobs = args.jobs ?? 1;
  checkJobs(jobs);
  const directory = await emittedSweep(args);
  const work = partOf(directory.plan, { part, of });
  const crew = crewOf(jobs);
  try {
    const { failures, finished, isInterrupted } = await withInterrupts(
      (signal) => runCells(work, directory, { ...reporting(args), crew, signal }),
      () => undefined,
    );
    process.stderr.write(`${finished} of ${work.cells.length} runs of part ${text} are done.\n`);
    if (failures.length > 0) process.exitCode = EXIT.failed;
    else if (isInterrupted) process.exitCode = EXIT.interrupted;
  } finally {
    await crew.dismiss();
  }
}

async function collectParts(args: SweepArguments): Promise<void> {
  const { collect } = await import('../../experiments/sweep/sweep.ts');
  const directory = await emittedSweep(args);
  const { cells } = directory.plan;
  const missing = cells.filter(({ key }) => !directory.isDone(key));
  if (!args.quiet) process.stderr.write(describeSweepNotes(directory));
  if (missing.length === 0) {
    process.stdout.write(`${collect(directory.plan, directory)}\n`);
    return;
  }
  const [first] = missing;
  process.stderr.write(
    `${missing.length} of ${cells.length} runs are not done; submit them again: what is done is kept.\n` +
      `The first of them is ${describe(first!.combination, first!.seed)}: npx openpex run ${quote(join(directory.cellPath(first!.key), 'scenario.yaml'))}\n`,
  );
  process.exitCode = EXIT.failed;
}

/** @throws InputError PEX_RESULTS_INVALID, PEX_SWEEP_CHANGED */
async function emittedSweep({ experiment: path }: SweepArguments): Promise<SweepDirectory> {
  const { SweepDirectory } = await import('../../experiments/sweep/sweep-directory.ts');
  const directory = SweepDirectory.read(path);
  directory.checkVersion(VERSION);
  return directory;
}

function placeOf({ out }: SweepArguments, { name }: Experiment): string {
  return out ?? join('sweeps', name.replace(/[^\w.=+-]+/g, '_'));
}

/** @returns the warm-up that the pilot runs show; undefined: they are not done, and that has been said */
async function runPilot(
  experiment: Experiment,
  { args, crew, path }: Omit<Stage, 'goesOn'>,
): Promise<string | undefined> {
  const { SweepDirectory } = await import('../../experiments/sweep/sweep-directory.ts');
  const { describeWarmUp, findWarmUp } = await import('../../experiments/sweep/warm-up.ts');
  const say = (text: string) => {
    if (!args.quiet) process.stderr.write(text);
  };
  // Beside the sweep, so that its directory is empty before its first run.
  const place = `${path}-warm-up`;
  say(`${experiment.cells.length} pilot runs find the warm-up.\n`);
  const goesOn = SweepDirectory.isAt(place);
  const directory = await runStage(experiment, { args, crew, path: place, whole: path, goesOn });
  if (directory === undefined) return undefined;
  const found = findWarmUp(directory);
  say(describeWarmUp(found));
  return formatDuration(found.cutMs);
}

interface Stage {
  readonly args: SweepArguments;
  readonly path: string;
  /** What to go on with when it is interrupted, where it is not that. */
  readonly whole?: string;
  readonly crew: Crew;
  readonly goesOn: boolean;
}

/** @returns the finished sweep; undefined: it is not, and that has been said */
async function runStage(
  experiment: Experiment,
  { args, crew, goesOn, path, whole = path }: Stage,
): Promise<SweepDirectory | undefined> {
  const { SweepDirectory } = await import('../../experiments/sweep/sweep-directory.ts');
  const { sweep } = await import('../../experiments/sweep/sweep.ts');
  const directory = SweepDirectory.prepare(path, experiment, goesOn);
  const say = (text: string) => process.stderr.write(text);
  const outcome = await withInterrupts(
    (signal) => sweep(experiment, directory, { ...reporting(args), crew, signal, failFast: args.failFast }),
    () => undefined,
  );
  if (!args.quiet) say(describeSweepNotes(directory));
  const { failures, finished, isInterrupted, resultsFile, reused } = outcome;
  if (resultsFile !== undefined) {
    if (!args.quiet && reused > 0) say(`${reused} runs were done before.\n`);
    return directory;
  }
  const again = ['npx', 'openpex', 'sweep', args.experiment, '--out', whole, '--resume'].map(quote).join(' ');
  say(`${finished} of ${experiment.cells.length} runs are done. Go on with: ${again}\n`);
  process.exitCode = isInterrupted && failures.length === 0 ? EXIT.interrupted : EXIT.failed;
  return undefined;
}

/** Tells failures with what repeats them and, unless it is to be quiet, how far it is. */
function reporting({ quiet }: SweepArguments): Pick<SweepOptions, 'onFailure' | 'onProgress'> {
  const beganMs = performance.now();
  const say = (text: string) => process.stderr.write(text);
  return {
    onFailure: ({ combination, seed, code, message, directory: place }) => {
      const what = `${describe(combination, seed)}: ${message}${code === undefined ? '' : ` [${code}]`}`;
      say(`openpex: ${what}\n  repeat it: npx openpex run ${quote(join(place, 'scenario.yaml'))}\n`);
    },
    onProgress: ({ done, failed, toDo }) => {
      if (quiet) return;
      const over = done + failed;
      const restMs = ((performance.now() - beganMs) / over) * (toDo - over);
      const left = over === toDo ? '' : `, about ${formatDuration(Math.ceil(restMs / 1000) * 1000)} left`;
      say(`${over} of ${toDo} runs${failed === 0 ? '' : `, ${failed} failed`}${left}\n`);
    },
  };
}

function describePrecision(precision: Precision | null, { halfWidth, metric }: StopRule): string {
  if (precision === null)
    return `No difference of ${metric} can be measured: there is nothing to go on for.\n`;
  const { combination, isEnough, n, next } = precision;
  const levels = Object.entries(combination).map(([name, label]) => `${name}=${label}`);
  const width = precision.halfWidth === null ? 'unknown' : `± ${Number(precision.halfWidth.toPrecision(3))}`;
  const of = levels.join(', ');
  const known = `With ${n} seeds the difference of ${of} in ${metric} is known to ${width}`;
  if (isEnough) return `${known}: enough (± ${halfWidth}).\n`;
  return next === null
    ? `${known}, not to ± ${halfWidth}: "seedsMax" is reached.\n`
    : `${known}; for ± ${halfWidth} on to ${next} seeds.\n`;
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
