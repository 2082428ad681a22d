// openpex run: a scenario through the simulator, into a run directory.
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { Machine } from '../../experiments/run-scenario.ts';
import { MACHINE as HOST } from '../../live/host-timers.ts';
import { formatSpan } from '../../reports/format.ts';
import { WorkloadNotes } from '../../scenarios/formats/workload-notes.ts';
import type { LoadedScenario } from '../../scenarios/load/scenario.ts';
import type { CommandBody } from '../command.ts';
import { EXIT } from '../exit.ts';
import { withInterrupts } from '../interrupt.ts';
import { ProgressLine } from '../progress.ts';
import { runName } from '../run-name.ts';
import { quote } from '../shell-words.ts';
import { checkSpeed } from '../speed.ts';
import { VERSION } from '../version.ts';
import { parseSeed } from '../workload-options.ts';

interface RunArguments {
  scenario: string;
  calibrated?: string | undefined;
  out?: string | undefined;
  seed?: string | undefined;
  policy: string[];
  set: string[];
  speed?: number | undefined;
  record: boolean;
  json: boolean;
  lean: boolean;
  quiet: boolean;
}

export const runCommand: CommandBody<RunArguments> = {
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
      .option('calibrated', {
        type: 'string',
        describe:
          'A file of measured machines and users, as openpex calibrate and fit-migration write it, instead of those of the scenario',
      })
      .option('speed', {
        type: 'number',
        describe:
          'In real time, this many times as fast: 60 runs an hour a minute [default: as fast as it can]',
      })
      .option('record', {
        type: 'boolean',
        default: false,
        describe: 'Keep every event in the directory (events.jsonl.gz), e.g. for openpex diff',
      })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: 'Print summary.json instead of the table',
      })
      .option('lean', {
        type: 'boolean',
        default: false,
        describe: 'Leave summary.json and the settings only: no report.html, no CSV tables',
      })
      .option('quiet', { type: 'boolean', default: false, describe: 'No progress, no table' })
      .example(
        '$0 run campus-month --seed 7 --policy allocation=best-fit',
        'The shipped month, another policy',
      ),
  handler: run,
};

async function run(args: RunArguments): Promise<void> {
  checkSpeed(args.speed);
  // What a reservation leaves behind outlives the young generation, as a reservation does. V8 would have the heap grow to four times what is alive before it
  // collects that; to twice as much costs a run a few per cent of its time.
  setFlagsFromString('--heap-growing-percent=100');
  // A function that has the code of many others in it is compiled anew with each of them, and a fifth of what a run of seconds takes is compiling. With less of
  // that in one, campus-month takes 6 to 8 % less processor time, and 50,000 placements on 1,000 hosts a tenth less.
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=200');
  // Loaded when needed: help, errors and the other commands come sooner without them.
  const { loadScenario } = await import('../../scenarios/load/scenario.ts');
  const scenario = await loadScenario(args.scenario, {
    calibrated: args.calibrated,
    policies: args.policy,
    set: args.set,
    ...(args.seed === undefined ? {} : { seed: parseSeed(args.seed) }),
  });
  const directory = args.out ?? join('runs', runName(args, scenario));
  const command = reproduceCommand(args, scenario);
  const { ScenarioRun } = await import('../../experiments/run-scenario.ts');
  const scenarioRun = ScenarioRun.open({
    scenario,
    version: VERSION,
    reproduceCommand: command,
    directory,
    lean: args.lean,
    isRecorded: args.record,
  });
  const notes = new WorkloadNotes();
  const { startMs, endMs } = scenario;
  const progress = new ProgressLine({ startMs, endMs, stream: process.stderr, nowMs: MACHINE.nowMs });
  const summary = await withInterrupts(
    // An interrupt that comes while the report is written waits until it is there.
    (signal) =>
      scenarioRun
        .run({
          machine: MACHINE,
          pace: args.speed === undefined ? undefined : { speed: args.speed, host: HOST },
          listener: notes,
          signal,
          pause: async (state) => {
            if (!args.quiet) progress.show(state);
            // Lets signals in.
            await new Promise((resolve) => setImmediate(resolve));
          },
        })
        .finally(() => progress.clear()),
    () => scenarioRun.abandon(),
  );
  const { renderTerminalSummary } = await import('../../reports/terminal/terminal-summary.ts');
  if (args.json) process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
  else if (!args.quiet)
    process.stdout.write(renderTerminalSummary(summary, { colour: process.stdout.isTTY === true }));
  process.stderr.write(notes.describe() + describeWarmUp(summary, scenario));
  if (!args.quiet) {
    const left = args.lean
      ? `Figures: ${join(directory, 'summary.json')}`
      : `Report: ${join(directory, 'report.html')}`;
    process.stderr.write(`${left}\nRepeat: ${command}\n`);
  }
  if (summary.end === 'interrupted') {
    process.stderr.write('Interrupted: the report covers what was simulated until then, and says so.\n');
    process.exitCode = EXIT.interrupted;
  }
}

/** A run that was over before anything was measured has no figures; empty when there are some. */
function describeWarmUp({ virtualMs }: { readonly virtualMs: number }, { warmUpMs }: LoadedScenario): string {
  if (warmUpMs === 0 || virtualMs > warmUpMs) return '';
  return (
    `Nothing was measured: the warm-up takes ${formatSpan(warmUpMs)}, and the run was over after ${formatSpan(virtualMs)}. ` +
    'Shorten "warmUp", or set a "horizon" that lies after it.\n'
  );
}

const MACHINE: Machine = {
  nowMs: () => performance.now(),
  peakRssMib: () => Math.round(process.resourceUsage().maxRSS / 1024),
};

function reproduceCommand(
  { calibrated, policy, scenario: file, set }: RunArguments,
  { seed }: LoadedScenario,
): string {
  const options = [
    ...(calibrated === undefined ? [] : [['--calibrated', calibrated]]),
    ...policy.map((choice) => ['--policy', choice]),
    ...set.map((setting) => ['--set', setting]),
  ];
  return ['npx', 'openpex', 'run', file, '--seed', String(seed), ...options.flat()].map(quote).join(' ');
}
