// What a report says about its run beside the figures: where it came from, how to repeat it, how it ended.
import type { RunEnd } from '../engine/index.ts';

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
  /** Disk of a storage node that all nodes share, when the cluster has one. */
  readonly sharedDiskGib?: number;
  /** The command line that repeats the run. */
  readonly reproduceCommand: string;
  /** Every setting of the resolved scenario, e.g. `{ path: 'manager.hold', value: '10m' }`, in the order to be listed. */
  readonly settings: readonly Setting[];
}

export interface Setting {
  readonly path: string;
  readonly value: string;
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
