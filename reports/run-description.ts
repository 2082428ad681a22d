// What a report says about its run beside the figures: where it came from, how to repeat it, how it ended.
import type { RunEnd } from '../engine/index.ts';

export interface RunDescription {
  /** Name of the scenario. */
  readonly scenario: string;
  /** One line or a few; may be empty. */
  readonly description: string;
  /** Of a live service: of its simulated cluster. */
  readonly seed: number;
  /** Of OpenPEX. */
  readonly version: string;
  /** Virtual times, milliseconds since the Unix epoch. What comes before the end of the warm-up is simulated, not measured. */
  readonly startMs: number;
  readonly warmUpEndMs: number;
  /** Infinity: the run goes on until nothing is left to do. */
  readonly endMs: number;
  /** Disk of a storage node that all nodes share, for an event stream that does not begin by saying so (those of version 0.1.0). */
  readonly sharedDiskGib?: number;
  /** Nodes are called `provider/node` then; absent: there is one provider. */
  readonly severalProviders?: boolean;
  /** The command line that repeats the run, or makes the report of a service again. */
  readonly reproduceCommand: string;
  /** Every setting of the resolved scenario, e.g. `{ path: 'manager.hold', value: '10m' }`, in the order to be listed. */
  readonly settings: readonly Setting[];
}

export interface Setting {
  readonly path: string;
  readonly value: string;
}

/** How what is reported on came to its end; ongoing: it is a live service, reported on up to some instant. */
export type ReportEnd = RunEnd | 'ongoing';

/** How the run went, known only at its end. */
export interface RunOutcome {
  readonly end: ReportEnd;
  /** Simulated time that passed, or service time. */
  readonly virtualMs: number;
  readonly events: number;
  /** Of the event stream. */
  readonly digest: string;
  /** What the simulation took; 0 of a live service. */
  readonly wallMs: number;
  readonly peakRssMib: number;
}
