// The VM Monitor of the paper: watches every VM that OpenPEX has started (shut down from inside, crashed, hung) and drives each
// towards what it should be. Wanted and observed are compared after every change, so a lost or repeated message does no harm.

import type { Clock } from '../clock/clock.ts';
import { Phase } from '../clock/clock.ts';
import type { VmState } from '../domain/vm.ts';
import type { VmCause } from '../events/domain-event.ts';
import { assertNever } from '../invariant.ts';
import { type Dispatcher, DispatcherError, type VmObservation } from './dispatcher.ts';
import type { EventQueue } from './event-queue.ts';
import type { ManagerSettings } from './manager-settings.ts';
import type { Instance, Reservation } from './reservation.ts';
import { nextOperation, Vm, type VmOperation, type WantedState } from './vm.ts';

export interface VmMonitorParts {
  readonly clock: Clock;
  readonly queue: EventQueue;
  readonly dispatcher: Dispatcher;
  readonly settings: ManagerSettings;
  readonly nodeIds: readonly string[];
  readonly nextVmId: (reservation: Reservation, instance: Instance) => string;
}

/** What the VM Monitor tells the Reservation Manager. Called while a command is being decided. */
export interface VmListener {
  /** An instance could not be brought or kept up in `maxAttempts` tries. */
  instanceFailed(reservation: Reservation): void;
  /** The last guest of a reservation has shut down by itself. */
  guestsDone(reservation: Reservation): void;
}

export class VmMonitor {
  readonly #parts: VmMonitorParts;
  readonly #vms = new Map<string, Vm>();
  #listener: VmListener | undefined;

  constructor(parts: VmMonitorParts) {
    this.#parts = parts;
  }

  listen(listener: VmListener): void {
    this.#listener = listener;
  }

  get(vmId: string): Vm | undefined {
    return this.#vms.get(vmId);
  }

  /** VMs that exist or are about to, oldest first. */
  values(): IterableIterator<Vm> {
    return this.#vms.values();
  }

  get size(): number {
    return this.#vms.size;
  }

  /** Brings an instance of a reservation up on its node. */
  launch(reservation: Reservation, instance: Instance): void {
    const { demand, template } = reservation.terms;
    const id = this.#parts.nextVmId(reservation, instance);
    const vm = new Vm(id, reservation, { demand, template, nodeIndex: instance.nodeIndex });
    instance.vm = vm;
    this.#vms.set(id, vm);
    this.#converge(vm);
  }

  /** Changes what a VM should be. An operation in progress is finished first. */
  want(vm: Vm, wanted: WantedState): void {
    vm.wanted = wanted;
    if (wanted === 'running') vm.guestDone = false;
    this.#converge(vm);
  }

  /**
   * Lets a VM run on another node from now on: by live migration when it runs, else from its next start.
   * @param leaveOldNode called once it is gone from where it was
   */
  moveTo(vm: Vm, nodeIndex: number, leaveOldNode: () => void): void {
    const stillLeaving = vm.leaveOldNode;
    vm.targetIndex = nodeIndex;
    vm.leaveOldNode = () => {
      stillLeaving?.();
      leaveOldNode();
    };
    this.#converge(vm);
  }

  /** Restarts the guest of a running VM. */
  reboot(vm: Vm): void {
    vm.hung = true;
    this.#converge(vm);
  }

  /** Takes the power away at once and removes the VM: its time is over. What was in progress is given up. */
  remove(vm: Vm): void {
    const wasBusy = this.#giveUpOperation(vm);
    vm.wanted = 'deleted';
    this.#leave(vm);
    if (vm.isUp || wasBusy) this.#begin(vm, 'stop', 'hard');
    else this.#converge(vm);
  }

  /**
   * A node is lost. What ran there runs no more, but its disks are where they were: it can be started elsewhere. A VM that was on its
   * way there stays where it is.
   */
  nodeLost(vm: Vm, nodeIndex: number): void {
    this.#giveUpOperation(vm);
    vm.attempts = 0;
    if (vm.nodeIndex === nodeIndex) {
      vm.hung = false;
      if (vm.isUp) this.#setState(vm, 'HALTED', 'node-lost', 0);
    }
    if (vm.wanted === 'deleted') this.#converge(vm);
  }

  /** Takes note of what the hypervisor reports on its own account. */
  observe(observation: VmObservation, cause: VmCause): void {
    const vm = this.#vms.get(observation.vmId);
    // An operation in progress will tell how things stand when it is done.
    if (vm === undefined || vm.operation !== undefined) return;
    const wasUp = vm.isUp;
    if (vm.state !== observation.state || vm.loadPermille !== observation.loadPermille) {
      this.#setState(vm, observation.state, cause, observation.loadPermille);
    }
    if (cause === 'guest-hang') {
      vm.hung = true;
      this.#countFault(vm);
    } else if (cause === 'guest-crash' && wasUp) {
      this.#countFault(vm);
    } else if (cause === 'guest-shutdown' && wasUp && vm.wanted === 'running') {
      vm.wanted = 'halted';
      vm.guestDone = true;
      if (vm.reservation.instances.every((instance) => instance.vm?.guestDone)) {
        this.#listener?.guestsDone(vm.reservation);
      }
    }
    this.#converge(vm);
  }

  #countFault(vm: Vm): void {
    if (vm.wanted !== 'running') return;
    vm.attempts += 1;
    if (vm.attempts >= this.#parts.settings.maxAttempts) this.#listener?.instanceFailed(vm.reservation);
  }

  #converge(vm: Vm): void {
    if (vm.operation !== undefined || vm.retry !== undefined) return;
    if (!vm.isUp) vm.nodeIndex = vm.targetIndex;
    if (vm.nodeIndex === vm.targetIndex) this.#leave(vm);
    // A VM that never came to be leaves nothing to destroy.
    if (vm.wanted === 'deleted' && vm.state === 'NOT_PROVISIONED') {
      this.#setState(vm, 'DELETED', 'operation', 0);
      return;
    }
    const operation = nextOperation(vm);
    if (operation !== undefined) this.#begin(vm, operation, 'clean');
  }

  #begin(vm: Vm, name: VmOperation, mode: 'clean' | 'hard'): void {
    const operation: NonNullable<Vm['operation']> = {
      name,
      startedMs: this.#parts.clock.now(),
      subscription: undefined,
    };
    vm.operation = operation;
    const { clock, queue } = this.#parts;
    // Results come back as clock actions: an error thrown inside `subscribe` would not stop the run.
    const later = (decide: () => void) =>
      queue.at(clock.now(), Phase.Operation, () => {
        if (vm.operation === operation) decide();
      });
    queue.afterCommit(() => {
      if (vm.operation !== operation) return;
      operation.subscription = this.#dispatch(vm, name, mode).subscribe({
        next: (seen) => later(() => this.#succeeded(vm, operation, seen)),
        error: (error: unknown) => later(() => this.#failed(vm, operation, error)),
      });
    });
  }

  #dispatch(vm: Vm, name: VmOperation, mode: 'clean' | 'hard') {
    const { dispatcher, nodeIds } = this.#parts;
    const nodeId = nodeIds[vm.targetIndex]!;
    switch (name) {
      case 'create': {
        const { id: reservationId, userId } = vm.reservation;
        return dispatcher.create({
          vmId: vm.id,
          reservationId,
          userId,
          nodeId,
          demand: vm.demand,
          template: vm.template,
        });
      }
      case 'start':
        return dispatcher.start(vm.id, nodeId);
      case 'stop':
        return dispatcher.stop(vm.id, mode);
      case 'reboot':
        return dispatcher.reboot(vm.id);
      case 'suspend':
        return dispatcher.suspend(vm.id);
      case 'resume':
        return dispatcher.resume(vm.id, nodeId);
      case 'migrate':
        return dispatcher.migrate(vm.id, nodeId);
      case 'destroy':
        return dispatcher.destroy(vm.id);
      default:
        return assertNever(name);
    }
  }

  #succeeded(vm: Vm, operation: NonNullable<Vm['operation']>, seen: VmObservation): void {
    vm.operation = undefined;
    if (operation.name !== 'start') vm.attempts = 0;
    if (operation.name === 'reboot') vm.hung = false;
    if (operation.name === 'migrate') this.#migrated(vm, operation.startedMs, seen);
    else if (operation.name === 'start' || operation.name === 'resume') this.#located(vm, seen);
    if (vm.state !== seen.state || vm.loadPermille !== seen.loadPermille) {
      this.#setState(vm, seen.state, 'operation', seen.loadPermille);
    }
    this.#converge(vm);
  }

  #located(vm: Vm, seen: VmObservation): void {
    const nodeIndex = this.#parts.nodeIds.indexOf(seen.nodeId ?? '');
    if (nodeIndex >= 0) vm.nodeIndex = nodeIndex;
  }

  #migrated(vm: Vm, startedMs: number, seen: VmObservation): void {
    const { clock, queue, nodeIds } = this.#parts;
    const fromNodeId = nodeIds[vm.nodeIndex]!;
    this.#located(vm, seen);
    queue.emit({
      type: 'vm-migrated',
      atMs: clock.now(),
      reservationId: vm.reservation.id,
      vmId: vm.id,
      fromNodeId,
      toNodeId: nodeIds[vm.nodeIndex]!,
      startedMs,
      downtimeMs: seen.downtimeMs ?? 0,
      memoryMib: vm.demand.memoryMib,
      loadPermille: vm.loadPermille,
      demand: vm.demand,
    });
  }

  #leave(vm: Vm): void {
    const leave = vm.leaveOldNode;
    vm.leaveOldNode = undefined;
    leave?.();
  }

  #failed(vm: Vm, operation: NonNullable<Vm['operation']>, error: unknown): void {
    const { clock, queue, settings } = this.#parts;
    vm.operation = undefined;
    if (!(error instanceof DispatcherError)) throw error;
    // An unreachable node says nothing about the VM: the Node Monitor decides whether it is lost.
    if (error.code !== 'NODE_UNREACHABLE') vm.attempts += 1;
    queue.emit({
      type: 'operation-failed',
      atMs: clock.now(),
      reservationId: vm.reservation.id,
      vmId: vm.id,
      operation: operation.name,
      error: error.code,
      attempt: vm.attempts,
    });
    vm.retry = queue.at(clock.now() + settings.retryDelayMs, Phase.Operation, () => {
      vm.retry = undefined;
      this.#converge(vm);
    });
    if (vm.attempts >= settings.maxAttempts && vm.wanted !== 'deleted')
      this.#listener?.instanceFailed(vm.reservation);
  }

  #giveUpOperation(vm: Vm): boolean {
    const wasBusy = vm.operation !== undefined;
    vm.operation?.subscription?.unsubscribe();
    vm.operation = undefined;
    if (vm.retry !== undefined) this.#parts.queue.cancel(vm.retry);
    vm.retry = undefined;
    return wasBusy;
  }

  #setState(vm: Vm, to: VmState, cause: VmCause, loadPermille: number): void {
    const { clock, queue, nodeIds } = this.#parts;
    const from = vm.state;
    vm.state = to;
    vm.loadPermille = loadPermille;
    queue.emit({
      type: 'vm-state-changed',
      atMs: clock.now(),
      reservationId: vm.reservation.id,
      vmId: vm.id,
      nodeId: nodeIds[vm.nodeIndex]!,
      from,
      to,
      cause,
      demand: vm.demand,
      loadPermille,
    });
    if (to === 'DELETED') this.#vms.delete(vm.id);
  }
}
