// One virtual machine as the manager sees it: what it should be, what it was last seen to be, and the rule that leads from one to
// the other. Monitoring and driving are in vm-monitor.ts.
import type { Resources } from '../../domain/resources.ts';
import type { VmState } from '../../domain/vm.ts';
import type { VmCause } from '../../events/domain-event.ts';
import type { VmObservation } from '../../hypervisor/dispatcher.ts';
import { assertNever } from '../../invariant.ts';
import type { Due } from '../input.ts';
import type { Instance, Reservation } from './reservation.ts';

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
  readonly instance: Instance;
  readonly demand: Resources;
  readonly template: string;
  wanted: WantedState = 'running';
  /** Its time is over: the power goes off without asking the guest, whatever state it was last seen in. */
  powerOffDue = false;
  /** Where it was last seen; equal to the target unless a migration is due. */
  nodeIndex: number;
  state: VmState = 'NOT_PROVISIONED';
  loadPermille = 0;
  /** The guest has shut down by itself: its work is done. */
  guestDone = false;
  /** The guest does not answer and must be rebooted. */
  hung = false;
  /** The user wants it restarted. */
  rebootDue = false;
  /** As the hypervisor told last; of a VM that runs. */
  ipAddress: string | undefined;
  /** Operations begun so far: the number of the last. */
  operations = 0;
  /** The operation in progress: that of the last number. */
  operation: { readonly name: VmOperation; readonly startedMs: number } | undefined;
  /** Failed tries of the present operation, or crashes of the guest, in a row. */
  attempts = 0;
  /** When an operation that failed is tried again. */
  retry: { readonly due: Extract<Due, { kind: 'retry' }>; readonly order: number } | undefined;
  /** What the hypervisor reported during the operation in progress: the last of it, looked at when the operation is over. */
  heard: { readonly seen: VmObservation; readonly cause: VmCause } | undefined;
  /** Since when it is suspended, or not started, because its node was drained and no other had room; goes on when one has. */
  parkedSinceMs: number | undefined;

  constructor(id: string, reservation: Reservation, instance: Instance) {
    const { demand, template } = reservation.terms;
    this.id = id;
    this.reservation = reservation;
    this.instance = instance;
    this.demand = demand;
    this.template = template;
    this.nodeIndex = instance.place.nodeIndex;
  }

  /** Where it should run. */
  get targetIndex(): number {
    return this.instance.place.nodeIndex;
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
      return vm.hung || vm.rebootDue ? 'reboot' : undefined;
    case 'halted':
      return vm.isUp || vm.state === 'SUSPENDED' ? 'stop' : undefined;
    case 'suspended':
      return vm.state === 'RUNNING' ? 'suspend' : undefined;
    case 'deleted':
      if (vm.state === 'DELETED') return undefined;
      return vm.isUp || vm.powerOffDue ? 'stop' : 'destroy';
    default:
      return assertNever(vm.wanted);
  }
}
