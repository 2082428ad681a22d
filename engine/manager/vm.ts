// One virtual machine as the manager sees it: what it should be, what it was last seen to be, and the rule that leads from one to
// the other. Monitoring and driving are in vm-monitor.ts.
import type { Subscription } from 'rxjs';
import type { TimerHandle } from '../clock/clock.ts';
import type { Resources } from '../domain/resources.ts';
import type { VmState } from '../domain/vm.ts';
import { assertNever } from '../invariant.ts';
import type { Reservation } from './reservation.ts';

/** What a VM is meant to be. deleted: no trace of it left. */
export type WantedState = 'running' | 'halted' | 'suspended' | 'deleted';

export type VmOperation =
  | 'create'
  | 'start'
  | 'stop'
  | 'reboot'
  | 'suspend'
  | 'resume'
  | 'migrate'
  | 'destroy';

export class Vm {
  readonly id: string;
  readonly reservation: Reservation;
  readonly demand: Resources;
  readonly template: string;
  wanted: WantedState = 'running';
  /** Where it should run. */
  targetIndex: number;
  /** Where it was last seen; equal to the target unless a migration is due. */
  nodeIndex: number;
  state: VmState = 'NOT_PROVISIONED';
  loadPermille = 0;
  /** The guest has shut down by itself: its work is done. */
  guestDone = false;
  /** The guest does not answer and must be rebooted. */
  hung = false;
  /** The operation in progress. */
  operation:
    | { readonly name: VmOperation; readonly startedMs: number; subscription: Subscription | undefined }
    | undefined;
  /** Failed tries of the present operation, or crashes of the guest, in a row. */
  attempts = 0;
  retry: TimerHandle | undefined;
  /** Gives back the booking on the node that the VM is to leave; called once, when it is gone from there. */
  leaveOldNode: (() => void) | undefined;
  /** Suspended because its node was drained and no other had room; resumed when the node is back. */
  parked = false;

  constructor(
    id: string,
    reservation: Reservation,
    place: { demand: Resources; template: string; nodeIndex: number },
  ) {
    this.id = id;
    this.reservation = reservation;
    this.demand = place.demand;
    this.template = place.template;
    this.targetIndex = place.nodeIndex;
    this.nodeIndex = place.nodeIndex;
  }

  get isUp(): boolean {
    return this.state === 'RUNNING' || this.state === 'PAUSED' || this.state === 'UNDER_MIGRATION';
  }
}

/** The operation that brings a VM closer to what it should be; undefined when it is there, or when nothing can be done but wait. */
export function nextOperation(vm: Vm): VmOperation | undefined {
  switch (vm.wanted) {
    case 'running':
      if (vm.state === 'NOT_PROVISIONED') return 'create';
      if (vm.state === 'HALTED') return 'start';
      if (vm.state === 'SUSPENDED') return 'resume';
      if (vm.state !== 'RUNNING') return undefined;
      if (vm.nodeIndex !== vm.targetIndex) return 'migrate';
      return vm.hung ? 'reboot' : undefined;
    case 'halted':
      return vm.isUp || vm.state === 'SUSPENDED' ? 'stop' : undefined;
    case 'suspended':
      return vm.state === 'RUNNING' ? 'suspend' : undefined;
    case 'deleted':
      if (vm.isUp) return 'stop';
      return vm.state === 'DELETED' ? undefined : 'destroy';
    default:
      return assertNever(vm.wanted);
  }
}
