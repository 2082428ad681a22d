// The state of the manager as plain JSON values: what a database keeps between two lives of a daemon. Timers are not in it, they
// follow from the rest; taking and restoring snapshots is in state-snapshots.ts and restore.ts.
import type { FinalState, Proposal, ReservationState } from '../../domain/proposal.ts';
import type { VmState } from '../../domain/vm.ts';
import type { EndReason, SessionOrigin } from '../../events/domain-event.ts';
import type { PolicyMemory } from '../../policy/memory.ts';
import type { WantedState } from './vm.ts';

/** A virtual machine that is launched and not yet deleted. */
export interface VmSnapshot {
  readonly vmId: string;
  readonly wanted: WantedState;
  readonly state: VmState;
  /** Where it was last seen, or is to be started. */
  readonly nodeId: string;
  readonly loadPermille: number;
  /** As the hypervisor told; null while it is not known. */
  readonly ipAddress: string | null;
  readonly guestDone: boolean;
  readonly hung: boolean;
  /** The user asked for a reboot that is still to come. */
  readonly rebootDue: boolean;
  readonly powerOffDue: boolean;
  /** Failed tries in a row. */
  readonly attempts: number;
  /** Since when it stands still for want of a node in service; null while it does not. */
  readonly parkedSinceMs: number | null;
}

/** One instance of a reservation: its place on the calendar, and its VM while there is one. */
export interface InstanceSnapshot {
  /** Position within the reservation, from 1. */
  readonly number: number;
  /** The node on which it is booked. */
  readonly nodeId: string;
  readonly vm: VmSnapshot | null;
}

export interface ReservationSnapshot {
  readonly reservationId: string;
  readonly userId: string;
  readonly origin: SessionOrigin | null;
  readonly state: ReservationState;
  /** Proposals received. */
  readonly round: number;
  /** The terms on the table; null while INITIATED. */
  readonly proposal: Proposal | null;
  readonly priceMicros: number;
  readonly holdUntilMs: number;
  readonly windowOpen: boolean;
  /** When the window opened; 0 before. */
  readonly openedMs: number;
  readonly optionsClaimed: number;
  /** How it ended; null while it has not. */
  readonly end: { readonly state: FinalState; readonly reason: EndReason } | null;
  /** Empty without a hold or booking. Of an ended reservation: those whose VMs are not deleted yet, or were when it ended. */
  readonly instances: readonly InstanceSnapshot[];
}

export interface ManagerSnapshot {
  /** The instant of the last command that is part of it. */
  readonly atMs: number;
  /** Reservations that have not ended, or have VMs left; in the order in which they were initiated. */
  readonly reservations: readonly ReservationSnapshot[];
  /** Nodes that were announced; those that the cluster has beside them are new. */
  readonly knownNodeIds: readonly string[];
  readonly drainedNodeIds: readonly string[];
  /** Nodes that were lost and had not returned. */
  readonly lostNodeIds: readonly string[];
  /** What the policies remember. Absent: nothing yet. */
  readonly policyMemory?: readonly PolicyMemory[];
}
