// openpex run: a scenario through the simulator, into a run directory.
import { join } from 'node:path';
import type { CommandModule } from 'yargs';
import { type RunOptions, type RunOutcome, simulate, simulatePaced } from '../../engine/index.ts';
import { MACHINE } from '../../live/service/host-timers.ts';
import type { RunReport } from '../../reports/run-report.ts';
import { listSettings } from '../../reports/settings-list.ts';
import type { Summary } from '../../reports/summary.ts';
import type { LoadedScenario } from '../../scenarios/load/scenario.ts';
import { EXIT } from '../exit.ts';
import { withInterrupts } from '../interrupt.ts';
import { LateStart } from '../late-start.ts';
import { ProgressLine } from '../progress.ts';
import { runName } from '../run-name.ts';
import { quote } from '../shell-words.ts';
import { SkippedRows } from '../skipped-rows.ts';
import { checkSpeed } from '../speed-option.ts';
import { VERSION } from '../version.ts';
import { parseSeed } from '../workload-options.ts';

interface RunArguments {
  scenario: string;
  out?: string | undefined;
  seed?: string | undefined;
  policy: string[];
  set: string[];
  speed?: number | undefined;
  json: boolean;
  quiet: boolean;
}

export const runCommand: CommandModule<object, RunArguments> = {
  command: 'run <scenario>',
  describe: 'Simulate a scenario and leave a run directory with its report',
  builder: (yargs) =>
    yargs
      .positional('scenario', {
        type: 'string',
        demandOption: true,
        describe: 'A scenario file (.yaml, .json), or the name of one that ships, e.g. campus-month',
      })
      .option('out', {
        type: 'string',
        describe: 'Where to leave the run [default: runs/NAME-seedN, then policies and settings given here]',
      })
      .option('seed', { type: 'string', describe: "Another seed than the scenario's" })
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
        describe: 'path=value of any setting, e.g. negotiation.hold=5m; can be given several times',
      })
      .option('speed', {
        type: 'number',
        describe:
          'In real time, this many times as fast: 60 runs an hour a minute [default: as fast as it can]',
      })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: 'Print summary.json instead of the table',
      })
      .option('quiet', { type: 'boolean', default: false, describe: 'No progress, no table' })
      .example(
        '$0 run campus-month --seed 7 --policy allocation=best-fit',
        'The shipped month, another policy',
      ),
  handler: run,
};

async function run(args: RunArguments): Promise<void> {
  const { speed } = args;
  checkSpeed(speed);
  // Loaded when needed: help, errors and the other commands come sooner without them.
  const { loadScenario } = await import('../../scenarios/load/scenario.ts');
  const scenario = await loadScenario(args.scenario, {
    policies: args.policy,
    set: args.set,
    ...(args.seed === undefined ? {} : { seed: parseSeed(args.seed) }),
  });
  const directory = args.out ?? join('runs', runName(args, scenario));
  const command = reproduceCommand(args, scenario);
  const { RunReport } = await import('../../reports/run-report.ts');
  const report = RunReport.open({
    directory,
    scenario: scenario.name,
    description: scenario.description,
    seed: scenario.seed,
    version: VERSION,
    startMs: scenario.startMs,
    warmUpEndMs: scenario.startMs + scenario.warmUpMs,
    endMs: scenario.endMs,
    ...(scenario.cluster.sharedDiskGib !== undefined && { sharedDiskGib: scenario.cluster.sharedDiskGib }),
    reproduceCommand: command,
    settings: listSettings(scenario.resolved),
    resolvedScenarioYaml: scenario.resolvedYaml,
  });
  const skipped = new SkippedRows();
  const lateStart = new LateStart(scenario.startMs);
  const beganMs = performance.now();
  let summary: Summary;
  try {
    summary = await withInterrupts(
      async (signal) => {
        const options = { report, lateStart, skipped, signal, isQuiet: args.quiet, speed };
        const outcome = await simulateWithProgress(scenario, options);
        // An interrupt that comes while the report is written waits until it is there.
        return report.finish({
          ...outcome,
          wallMs: Math.round(performance.now() - beganMs),
          peakRssMib: Math.round(process.resourceUsage().maxRSS / 1024),
        });
      },
      () => report.abandon(),
    );
    const { renderTerminalSummary } = await import('../../reports/terminal-summary.ts');
    if (args.json) process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
    else if (!args.quiet)
      process.stdout.write(renderTerminalSummary(summary, { colour: process.stdout.isTTY === true }));
  } catch (error) {
    report.abandon();
    throw error;
  }
  process.stderr.write(skipped.describe() + lateStart.describe());
  if (!args.quiet) {
    process.stderr.write(`Report: ${join(directory, 'report.html')}\nRepeat: ${command}\n`);
  }
  if (summary.end === 'interrupted') {
    process.stderr.write('Interrupted: the report covers what was simulated until then, and says so.\n');
    process.exitCode = EXIT.interrupted;
  }
}

async function simulateWithProgress(
  scenario: LoadedScenario,
  {
    report,
    lateStart,
    skipped,
    signal,
    isQuiet,
    speed,
  }: {
    report: RunReport;
    lateStart: LateStart;
    skipped: SkippedRows;
    signal: AbortSignal;
    isQuiet: boolean;
    speed: number | undefined;
  },
): Promise<RunOutcome> {
  const { startMs, endMs } = scenario;
  const progress = new ProgressLine({
    startMs,
    endMs,
    stream: process.stderr,
    nowMs: () => performance.now(),
  });
  const setup = scenario.setup({ onSkipped: skipped.add });
  const options: RunOptions = {
    onEvent: (event) => {
      report.record(event);
      lateStart.record(event);
    },
    signal,
    pause: async (state) => {
      if (!isQuiet) progress.show(state);
      // Lets signals in.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  try {
    if (speed === undefined) return await simulate(setup, options);
    return await simulatePaced(setup, { ...options, speed, host: MACHINE });
  } finally {
    progress.clear();
  }
}

function reproduceCommand({ policy, scenario: file, set }: RunArguments, { seed }: LoadedScenario): string {
  const options = [
    ...policy.map((choice) => ['--policy', choice]),
    ...set.map((setting) => ['--set', setting]),
  ];
  return ['npx', 'openpex', 'run', file, '--seed', String(seed), ...options.flat()].map(quote).join(' ');
}
