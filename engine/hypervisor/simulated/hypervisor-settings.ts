// What can be set about the simulated hypervisor: how long its operations take, and what goes wrong.

/** A duration in milliseconds that is the same each time, or spread evenly between two values. */
export interface Spread {
  readonly minMs: number;
  readonly maxMs: number;
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
  readonly destroy: Spread;
  /** From the loss or return of a node until the Node Monitor hears of it. */
  readonly nodeDetectionMs: number;
  /** From the moment a guest hangs until the VM Monitor notices. */
  readonly hangDetectionMs: number;
  /** How busy guests keep their virtual CPUs: drawn per VM, evenly between the two, in thousandths. */
  readonly guestLoadPermille: { readonly min: number; readonly max: number };
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
}
