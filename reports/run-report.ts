// The report of one run: feed it the event stream, and it leaves the run's directory. One pass; memory is bounded by the sessions
// that are alive, whatever the length of the stream.
import type { DomainEvent, RunEnd } from '../engine/index.ts';
import { RunDirectory } from './files/run-directory.ts';
import type { Summary } from './summary.ts';

/** What the report says about the run beside its figures. */
export interface RunDescription {
  /** Name of the scenario. */
  readonly scenario: string;
  /** One line or a few; may be empty. */
  readonly description: string;
  readonly seed: number;
  /** Of OpenPEX. */
  readonly version: string;
  /** Virtual times, milliseconds since the Unix epoch. What comes before the end of the warm-up is simulated, not measured. */
  readonly startMs: number;
  readonly warmUpEndMs: number;
  /** Infinity: the run goes on until nothing is left to do. */
  readonly endMs: number;
  /** The command line that repeats the run. */
  readonly reproduceCommand: string;
  /** Every setting of the resolved scenario, e.g. `{ path: 'manager.hold', value: '10m' }`, in the order to be listed. */
  readonly settings: readonly Setting[];
}

export interface Setting {
  readonly path: string;
  readonly value: string;
}

export interface RunReportOptions extends RunDescription {
  /** Where the run's directory shall be; its parents are made. */
  readonly directory: string;
  /** Becomes scenario.resolved.yaml. */
  readonly resolvedScenarioYaml: string;
}

/** How the run went, known only at its end. */
export interface RunOutcome {
  readonly end: RunEnd;
  /** Simulated time that passed. */
  readonly virtualMs: number;
  readonly events: number;
  /** Of the event stream. */
  readonly digest: string;
  readonly wallMs: number;
  readonly peakRssMib: number;
}

export class RunReport {
  readonly #directory: RunDirectory;

  private constructor(options: RunReportOptions) {
    this.#directory = RunDirectory.prepare(options.directory);
  }

  /**
   * Checks the place and begins the files, beside `directory` until {@link finish}.
   *
   * @throws InputError PEX_FILE_UNWRITABLE when `directory` holds something other than an earlier run, or cannot be written
   */
  static open(options: RunReportOptions): RunReport {
    return new RunReport(options);
  }

  /**
   * Takes the next event; events come in the order in which they happened. O(log n) amortised, no memory is kept for what ended.
   *
   * @throws InputError PEX_FILE_UNWRITABLE when the disk is full
   */
  record(_event: DomainEvent): void {}

  /**
   * Completes the files and moves them into place; an earlier run in `directory` is replaced.
   *
   * @throws InputError PEX_FILE_UNWRITABLE; nothing half-written is left then
   */
  finish(_outcome: RunOutcome): Summary {
    throw new Error('not built');
  }

  /** Removes everything written so far; an earlier run stays. Harmless after {@link finish}. */
  abandon(): void {
    this.#directory.discard();
  }
}
