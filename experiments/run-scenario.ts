// A loaded scenario through the simulator, into a run directory or for its figures alone: what `openpex run` does, and each run of
// an experiment. Clocks and signals are handed in.
import {
  type DomainEvent,
  type HostTimers,
  type RunOptions,
  simulate,
  simulatePaced,
} from '../engine/index.ts';
import type { RunFigures } from '../reports/run-metrics.ts';
import { RunReport } from '../reports/run-report.ts';
import { listSettings } from '../reports/settings-list.ts';
import type { Summary } from '../reports/summary.ts';
import type { LoadedScenario, SetupOptions } from '../scenarios/load/scenario.ts';

export interface ScenarioRunOptions {
  readonly scenario: LoadedScenario;
  /** Of OpenPEX. */
  readonly version: string;
  /** The command line that repeats the run. */
  readonly reproduceCommand: string;
  /** Where to leave the run; absent: there are only its figures. */
  readonly directory?: string;
  /** Leaves figures and settings only, without tables and a page. */
  readonly lean?: boolean | undefined;
  /** Keeps every event there, too. */
  readonly isRecorded?: boolean;
}

export interface ScenarioRunParts {
  /** What the run costs, for summary.json. */
  readonly machine: Machine;
  /** In real time, this many times as fast. Absent: as fast as it can. */
  readonly pace?: { readonly speed: number; readonly host: HostTimers } | undefined;
  /** Hears every event after the report. */
  readonly onEvent?: (event: DomainEvent) => void;
  /** Is handed all figures at the end, series too. */
  readonly onFigures?: (figures: RunFigures) => void;
  /** Hears of odd rows and the like while the workloads are read. */
  readonly listener?: SetupOptions;
  /** Ends the run in good order: its report covers what was simulated until then. */
  readonly signal?: AbortSignal;
  readonly pause?: RunOptions['pause'];
}

export interface Machine {
  /** Of any clock that goes on; only differences count. */
  nowMs(): number;
  peakRssMib(): number;
}

export class ScenarioRun {
  readonly #scenario: LoadedScenario;
  readonly #report: RunReport;

  private constructor({
    scenario,
    version,
    reproduceCommand,
    directory,
    isRecorded = false,
    lean,
  }: ScenarioRunOptions) {
    this.#scenario = scenario;
    this.#report = RunReport.open({
      run: {
        scenario: scenario.name,
        description: scenario.description,
        seed: scenario.seed,
        version,
        startMs: scenario.startMs,
        warmUpEndMs: scenario.startMs + scenario.warmUpMs,
        endMs: scenario.endMs,
        severalProviders: scenario.providers.length > 1,
        reproduceCommand,
        settings: listSettings(scenario.resolved),
      },
      output:
        directory === undefined
          ? undefined
          : { directory, isRecorded, lean, scenarioYaml: scenario.resolvedYaml },
    });
  }

  /** @throws InputError PEX_FILE_UNWRITABLE when the run cannot be left in its directory */
  static open(options: ScenarioRunOptions): ScenarioRun {
    return new ScenarioRun(options);
  }

  /**
   * Simulates, and leaves the report. Call once.
   *
   * @throws InputError of the workload, PEX_POLICY_BROKE_RULES, PEX_FILE_UNWRITABLE; nothing half-written is left then
   */
  async run({
    machine,
    pace,
    onEvent,
    onFigures,
    listener,
    signal,
    pause,
  }: ScenarioRunParts): Promise<Summary> {
    const beganMs = machine.nowMs();
    const { figures, summary } = await this.#report.follow(async (record) => {
      const world = this.#scenario.world(listener);
      const options: RunOptions = {
        onEvent: (event) => {
          record(event);
          onEvent?.(event);
        },
        ...(signal === undefined ? {} : { signal }),
        ...(pause === undefined ? {} : { pause }),
      };
      const outcome = await (pace === undefined
        ? simulate(world, options)
        : simulatePaced(world, { ...options, ...pace }));
      return { ...outcome, wallMs: Math.round(machine.nowMs() - beganMs), peakRssMib: machine.peakRssMib() };
    });
    onFigures?.(figures);
    return summary;
  }

  /** Removes what was written so far, at once; for a process that must end. Never throws. */
  abandon(): void {
    this.#report.abandon();
  }
}
