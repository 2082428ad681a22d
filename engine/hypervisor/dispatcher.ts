// The Dispatcher port: the only part of OpenPEX that is specific to a hypervisor. Implemented by the simulated hypervisor and, in
// live mode, by drivers for real ones.
import type { Observable } from 'rxjs';
import type { Hindrance } from '../domain/hindrance.ts';
import type { VmSpec, VmState } from '../domain/vm.ts';
import type { VmCause } from '../events/domain-event.ts';

/** What the hypervisor says about a VM. */
export interface VmObservation {
  readonly vmId: string;
  readonly state: VmState;
  /** Where it is; null when it is nowhere (halted, suspended, deleted). */
  readonly nodeId: string | null;
  /** How busy its virtual CPUs are, in thousandths; 0 unless RUNNING. */
  readonly loadPermille: number;
  /** Of a running VM, where the hypervisor knows it. */
  readonly ipAddress?: string;
  /** Of a finished live migration: how long the guest stood still. */
  readonly downtimeMs?: number;
  /** Of a finished live migration, where it is known: the bytes that went over the network. */
  readonly sentBytes?: number;
  /** Of a finished live migration, where it is known: copying gained on what the guest wrote, until little enough was left. */
  readonly isConverged?: boolean;
  /** Of a finished start from a checkpoint: how long the guest had run by then. */
  readonly keptMs?: number;
}

/**
 * Something that happened without having been asked for. `guest-shutdown` ends the work of a guest, and its VM may go for it: it must be
 * shown, by a VM that was in sight until then. What could have another reason is `outside`, and is brought back.
 */
export type Observation =
  /** `silentSinceMs`: the last sign of life of it; absent: not known. */
  | { readonly kind: 'node-down'; readonly nodeId: string; readonly silentSinceMs?: number }
  | { readonly kind: 'node-up'; readonly nodeId: string }
  /** A node of whose power somebody else takes care: that it is off is no loss, what is ordered there switches it on. */
  | {
      readonly kind: 'node-power';
      readonly nodeId: string;
      readonly power: NodePower;
      /** What it draws; absent: as its power model has it. */
      readonly watts?: number;
    }
  | { readonly kind: 'vm'; readonly vm: VmObservation; readonly cause: VmCause };

export type NodePower = 'off' | 'booting' | 'on';

export type DispatcherErrorCode =
  /** The node does not answer. Worth trying again: the Node Monitor will soon know whether it is lost. */
  | 'NODE_UNREACHABLE'
  /** Not enough free capacity on the node. */
  | 'NODE_FULL'
  /** The VM is not in a state in which this can be done. */
  | 'BAD_POWER_STATE'
  | 'UNKNOWN_VM'
  /** It cannot be done, and the same will be answered until somebody changes something: the VM goes on as it was. Must not be tried again. */
  | 'REFUSED'
  /** It cannot be done at present, which passes by itself: the VM goes on as it was. May be tried again any number of times. */
  | 'NOT_NOW'
  /** The hypervisor tried and failed. */
  | 'OPERATION_FAILED';

/** How an operation reports failure: as the error of its Observable. */
export class DispatcherError extends Error {
  override readonly name = 'DispatcherError';
  readonly code: DispatcherErrorCode;
  /** Of REFUSED and NOT_NOW. */
  readonly hindrance: Hindrance;

  constructor(code: DispatcherErrorCode, message: string, hindrance: Hindrance = 'unknown') {
    super(message);
    this.code = code;
    this.hindrance = hindrance;
  }
}

/**
 * Operations are cold: nothing happens before the subscription. Each emits one observation of the VM when it is done, then
 * completes, in virtual or real time; or fails with a {@link DispatcherError}. Unsubscribing gives up waiting and, where the
 * hypervisor can, the operation. Each may be repeated safely: it looks before it acts.
 */
export interface Dispatcher {
  /** Makes the VM from its template; HALTED when done. */
  create(vm: VmSpec): Observable<VmObservation>;
  /** @param fromCheckpoint goes on from the last checkpoint where there is one; a hypervisor that keeps none starts it anew */
  start(vmId: string, nodeId: string, fromCheckpoint?: boolean): Observable<VmObservation>;
  /** clean asks the guest to shut down, and lets one that is paused go on for that; hard takes the power away. */
  stop(vmId: string, mode: 'clean' | 'hard'): Observable<VmObservation>;
  /** Restarts a guest, responsive or not, where it is. */
  reboot(vmId: string): Observable<VmObservation>;
  /** Takes a running guest off the CPU; its VM keeps its node, with its memory. PAUSED when done. */
  pause(vmId: string): Observable<VmObservation>;
  /** Lets a paused guest go on, where it is. */
  unpause(vmId: string): Observable<VmObservation>;
  /** Writes the memory of a running VM to a disk; it is on no node then. */
  suspend(vmId: string): Observable<VmObservation>;
  resume(vmId: string, nodeId: string): Observable<VmObservation>;
  /** Live migration of a running VM. */
  migrate(vmId: string, toNodeId: string): Observable<VmObservation>;
  /** Removes a VM that is not running, with its disks; DELETED when done, also when it did not exist. */
  destroy(vmId: string): Observable<VmObservation>;
  /** All VMs of ours that exist, with what they are doing: emits once and completes. Asked when a manager takes over from another. */
  inventory(): Observable<readonly VmObservation[]>;
  /** Everything that the monitors should know and did not ask for. Hot. What happened after the end of an operation comes after its result. */
  readonly observations$: Observable<Observation>;
}
