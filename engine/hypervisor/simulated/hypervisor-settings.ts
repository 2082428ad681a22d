// What can be set about the simulated hypervisor: how long its operations take, and what goes wrong.
import type { MigrationSettings } from './migration/migration-settings.ts';

/** A duration in milliseconds that is the same each time, or spread evenly between two values. */
export interface Spread {
  readonly minMs: number;
  readonly maxMs: number;
}

/** How busy a guest is goes up and down: a first-order autoregressive process about its mean, between idle and fully busy. */
export interface LoadProcess {
  /** A new value so often, at whole multiples of it. More than 0. */
  readonly everyMs: number;
  /** Correlation of a value with the one before, 0 up to but not including 1. */
  readonly persistence: number;
  /** Standard deviation, in thousandths. */
  readonly deviationPermille: number;
}

/** The simulated hypervisor: how long its operations take. */
export interface HypervisorSettings {
  readonly create: Spread;
  readonly start: Spread;
  readonly stop: Spread;
  readonly reboot: Spread;
  readonly suspend: Spread;
  readonly resume: Spread;
  readonly migrate: Spread;
  /** The part of a live migration during which the guest stands still; at most its whole time. */
  readonly migrateDowntimeMs: number;
  /** Of live migrations that copy memory; absent: they take `migrate` and `migrateDowntimeMs`. */
  readonly migration?: MigrationSettings;
  readonly destroy: Spread;
  /** From the loss or return of a node until the Node Monitor hears of it. */
  readonly nodeDetectionMs: number;
  /** From the moment a guest hangs until the VM Monitor notices. */
  readonly hangDetectionMs: number;
  /** How busy guests keep their virtual CPUs: drawn per VM, evenly between the two, in thousandths. */
  readonly guestLoadPermille: { readonly min: number; readonly max: number };
  /** How it changes, about what was drawn; absent: it does not. */
  readonly guestLoadProcess?: LoadProcess;
  /** Share of the guests that have no tools, 0..1: these can be neither suspended nor moved while they run, and are not asked to shut down. */
  readonly guestsWithoutTools: number;
}

/** Faults drawn at random; a mean of Infinity means never. All times are exponential. */
export interface FaultSettings {
  readonly nodeMtbfMs: number;
  readonly nodeMttrMs: number;
  /** Per running VM. */
  readonly guestCrashMtbfMs: number;
  readonly guestHangMtbfMs: number;
  /** Chance that one hypervisor operation fails, 0..1. */
  readonly operationFailure: number;
  /** Chance that a suspension, a live migration or a reboot is refused, 0..1: the VM runs on, and the same is refused until it restarts. */
  readonly operationRefusal: number;
  /** Chance that an operation cannot begin at present, 0..1; drawn at each try. */
  readonly operationWait: number;
}
