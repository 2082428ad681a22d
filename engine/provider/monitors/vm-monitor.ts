// The VM Monitor of the paper: watches every VM that OpenPEX has started (shut down from inside, crashed, hung) and drives each
// towards what it should be. Wanted and observed are compared after every change, so a lost or repeated message does no harm.

import type { Clock } from '../../clock/clock.ts';
import { Phase } from '../../clock/clock.ts';
import type { InstanceCommand } from '../../domain/instance-command.ts';
import type { VmState } from '../../domain/vm.ts';
import type { VmCause } from '../../events/domain-event.ts';
import { type Dispatcher, DispatcherError, type VmObservation } from '../../hypervisor/dispatcher.ts';
import { assertNever } from '../../invariant.ts';
import type { EventQueue } from '../event-queue.ts';
import type { ManagerSettings } from '../provider-settings.ts';
import type { Instance, Reservation } from '../state/reservation.ts';
import type { VmSnapshot } from '../state/snapshot.ts';
import { nextOperation, Vm, type VmOperation, type WantedState } from '../state/vm.ts';

export interface VmMonitorParts {
  readonly clock: Clock;
  readonly queue: EventQueue;
  readonly dispatcher: Dispatcher;
  readonly settings: ManagerSettings;
  readonly nodeIds: readonly string[];
  readonly nextVmId: (reservationId: string, instance: number) => string;
}

/** What the VM Monitor tells the Reservation Manager. Called while a command is being decided. */
export interface VmListener {
  /** An instance could not be brought or kept up in `maxAttempts` tries. */
  instanceFailed(reservation: Reservation): void;
  /** The last guest of a reservation has shut down by itself. */
  guestsDone(reservation: Reservation): void;
  /** A VM is where its instance is booked, and nowhere else. */
  arrived(vm: Vm): void;
  /** Nothing is left of a VM. */
  departed(vm: Vm): void;
}

export class VmMonitor {
  readonly #parts: VmMonitorParts;
  readonly #nodeIndexes: ReadonlyMap<string, number>;
  readonly #vms = new Map<string, Vm>();
  readonly #parked = new Set<Vm>();
  #listener: VmListener | undefined;

  constructor(parts: VmMonitorParts) {
    this.#parts = parts;
    this.#nodeIndexes = new Map(parts.nodeIds.map((nodeId, nodeIndex) => [nodeId, nodeIndex]));
  }

  listen(listener: VmListener): void {
    this.#listener = listener;
  }

  /** VMs that exist or are about to, oldest first. */
  values(): IterableIterator<Vm> {
    return this.#vms.values();
  }

  get size(): number {
    return this.#vms.size;
  }

  get(vmId: string): Vm | undefined {
    return this.#vms.get(vmId);
  }

  /** Brings an instance of a reservation up on its node; a parked one when the node may be used again. */
  launch(reservation: Reservation, instance: Instance, { parked }: { parked: boolean }): void {
    const id = this.#parts.nextVmId(reservation.id, instance.number);
    const vm = new Vm(id, reservation, instance);
    instance.vm = vm;
    this.#vms.set(id, vm);
    if (parked) this.park(vm);
    else this.#converge(vm);
  }

  /** Does what a user asks of a VM. What is legal when is up to {@link InstanceCommands}. */
  command(vm: Vm, command: InstanceCommand): void {
    switch (command) {
      case 'start':
      case 'resume':
        this.want(vm, 'running');
        break;
      case 'stop':
        vm.parkedSinceMs = undefined;
        this.#parked.delete(vm);
        this.want(vm, 'halted');
        break;
      case 'suspend':
        this.want(vm, 'suspended');
        break;
      case 'reboot':
        vm.rebootDue = true;
        this.want(vm, 'running');
        break;
      case 'delete':
        vm.parkedSinceMs = undefined;
        this.want(vm, 'deleted');
        this.#done(vm);
        break;
      default:
        assertNever(command);
    }
  }

  /** Takes over a VM as it was stored. It stands still until {@link adopt}. */
  restore(reservation: Reservation, instance: Instance, stored: VmSnapshot): Vm {
    const vm = new Vm(stored.vmId, reservation, instance);
    instance.vm = vm;
    this.#vms.set(vm.id, vm);
    vm.wanted = stored.wanted;
    vm.state = stored.state;
    vm.nodeIndex = this.#nodeIndexes.get(stored.nodeId) ?? vm.targetIndex;
    vm.loadPermille = stored.loadPermille;
    vm.ipAddress = stored.ipAddress ?? undefined;
    vm.guestDone = stored.guestDone;
    vm.hung = stored.hung;
    vm.rebootDue = stored.rebootDue;
    vm.powerOffDue = stored.powerOffDue;
    vm.attempts = stored.attempts;
    vm.parkedSinceMs = stored.parkedSinceMs ?? undefined;
    if (vm.parkedSinceMs !== undefined) this.#parked.add(vm);
    return vm;
  }

  /** Compares every VM that was restored with what the hypervisor has, and drives it on from there. */
  adopt(inventory: readonly VmObservation[]): void {
    const found = new Map(inventory.map((seen) => [seen.vmId, seen]));
    for (const vm of [...this.#vms.values()]) {
      const seen = found.get(vm.id);
      if (seen !== undefined) {
        this.#note(vm, seen, 'outside');
      } else if (vm.state !== 'NOT_PROVISIONED') {
        this.#setState(vm, vm.wanted === 'deleted' ? 'DELETED' : 'NOT_PROVISIONED', 'outside', 0);
      }
      if (vm.state !== 'DELETED') this.#converge(vm);
    }
  }

  /** VMs that are parked and may yet go on, the longest first. */
  get parked(): ReadonlySet<Vm> {
    return this.#parked;
  }

  /** Changes what a VM should be. An operation in progress is finished first. */
  want(vm: Vm, wanted: WantedState): void {
    vm.wanted = wanted;
    if (wanted === 'deleted') this.#parked.delete(vm);
    if (wanted === 'running') vm.guestDone = false;
    this.#converge(vm);
  }

  /** Its instance was booked elsewhere: the VM goes there, by live migration when it runs, else from its next start. */
  follow(vm: Vm): void {
    this.unpark(vm);
    this.#converge(vm);
  }

  /** Its node may not be used and no other has room: it stands still until it can {@link follow} its instance, or {@link unpark}. */
  park(vm: Vm): void {
    if (vm.wanted !== 'running') return;
    vm.parkedSinceMs = this.#parts.clock.now();
    this.#parked.add(vm);
    this.want(vm, 'suspended');
  }

  /** It goes on where it is. No effect on a VM that is not parked. */
  unpark(vm: Vm): void {
    if (!this.#parked.delete(vm)) return;
    vm.parkedSinceMs = undefined;
    this.want(vm, 'running');
  }

  /** Takes the power away at once and removes the VM: its time is over. What was in progress is given up. */
  remove(vm: Vm): void {
    this.#giveUpOperation(vm);
    this.#parked.delete(vm);
    vm.wanted = 'deleted';
    vm.powerOffDue = true;
    this.#converge(vm);
  }

  /**
   * A node is lost. What ran there runs no more, but its disks are where they were: it can be started elsewhere. A VM that was on its
   * way there runs on where it is. What is booked on the node waits for a new place, what was leaving it goes on at once.
   */
  nodeLost(vm: Vm, nodeIndex: number): void {
    this.#giveUpOperation(vm);
    vm.attempts = 0;
    if (vm.nodeIndex === nodeIndex) {
      vm.hung = false;
      if (vm.isUp) this.#setState(vm, 'HALTED', 'node-lost', 0);
    }
    if (vm.wanted === 'deleted' || vm.targetIndex !== nodeIndex) this.#converge(vm);
  }

  /** Takes note of what the hypervisor reports on its own account. */
  observe(seen: VmObservation, cause: VmCause): void {
    const vm = this.#vms.get(seen.vmId);
    if (vm === undefined) return;
    if (vm.operation !== undefined) {
      vm.heard = { seen, cause };
      return;
    }
    const wasUp = vm.isUp;
    this.#note(vm, seen, cause);
    if (cause === 'guest-hang') {
      vm.hung = true;
      this.#countFault(vm);
    } else if (cause === 'guest-crash' && wasUp) {
      this.#countFault(vm);
    } else if (cause === 'guest-shutdown' && wasUp && vm.wanted !== 'deleted') {
      vm.wanted = 'halted';
      vm.parkedSinceMs = undefined;
      this.#parked.delete(vm);
      this.#done(vm);
    }
    this.#cancelRetry(vm);
    this.#converge(vm);
  }

  /** Its work is done; when that is so of all, the reservation's is too. */
  #done(vm: Vm): void {
    vm.guestDone = true;
    if (vm.reservation.instances.every((instance) => instance.vm?.guestDone)) {
      this.#listener?.guestsDone(vm.reservation);
    }
  }

  #countFault(vm: Vm): void {
    // An operation that has just failed did so for this very reason, and is counted already.
    if (vm.wanted !== 'running' || vm.retry !== undefined) return;
    vm.attempts += 1;
    if (vm.attempts >= this.#parts.settings.maxAttempts) this.#listener?.instanceFailed(vm.reservation);
  }

  #converge(vm: Vm): void {
    if (vm.operation !== undefined || vm.retry !== undefined) return;
    if (!vm.isUp) vm.nodeIndex = vm.targetIndex;
    if (vm.nodeIndex === vm.targetIndex) this.#listener?.arrived(vm);
    const operation = nextOperation(vm);
    if (operation !== undefined) this.#begin(vm, operation);
  }

  #begin(vm: Vm, name: VmOperation): void {
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
      operation.subscription = this.#dispatch(vm, name).subscribe({
        next: (seen) => later(() => this.#succeeded(vm, operation, seen)),
        error: (error: unknown) => later(() => this.#failed(vm, operation, error)),
      });
    });
  }

  #dispatch(vm: Vm, name: VmOperation) {
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
        return dispatcher.stop(vm.id, vm.powerOffDue ? 'hard' : 'clean');
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
    // A guest that has only just been started may crash or hang again: those tries go on being counted.
    if (operation.name !== 'start' && operation.name !== 'reboot') vm.attempts = 0;
    if (operation.name === 'stop') vm.powerOffDue = false;
    if (operation.name === 'reboot' || operation.name === 'stop') {
      vm.hung = false;
      vm.rebootDue = false;
    }
    if (operation.name === 'migrate') this.#migrated(vm, operation.startedMs, seen);
    else if (operation.name === 'start' || operation.name === 'resume') this.#located(vm, seen);
    this.#note(vm, seen, 'operation');
    // The result is newer than what was heard on the way to it, but a guest that hangs does not wake up by itself.
    const { heard } = vm;
    vm.heard = undefined;
    if (heard?.cause === 'guest-hang' && seen.state === 'RUNNING' && operation.name !== 'reboot') {
      this.observe(seen, heard.cause);
    } else {
      this.#converge(vm);
    }
  }

  /** @returns whether it is somewhere else than it was last seen */
  #located(vm: Vm, seen: VmObservation): boolean {
    const nodeIndex = seen.nodeId === null ? undefined : this.#nodeIndexes.get(seen.nodeId);
    if (nodeIndex === undefined || nodeIndex === vm.nodeIndex) return false;
    vm.nodeIndex = nodeIndex;
    return true;
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
    // A node that does not answer is tried until its loss is known, so time has to pass between the tries.
    const retryMs = clock.now() + Math.max(1, settings.retryDelayMs);
    vm.retry = queue.at(retryMs, Phase.Operation, () => {
      vm.retry = undefined;
      this.#converge(vm);
    });
    if (vm.attempts >= settings.maxAttempts && vm.wanted !== 'deleted') {
      this.#listener?.instanceFailed(vm.reservation);
    }
    const { heard } = vm;
    vm.heard = undefined;
    if (heard !== undefined) this.observe(heard.seen, heard.cause);
  }

  #giveUpOperation(vm: Vm): void {
    vm.operation?.subscription?.unsubscribe();
    vm.operation = undefined;
    vm.heard = undefined;
    this.#cancelRetry(vm);
  }

  #cancelRetry(vm: Vm): void {
    if (vm.retry !== undefined) this.#parts.queue.cancel(vm.retry);
    vm.retry = undefined;
  }

  #note(vm: Vm, seen: VmObservation, cause: VmCause): void {
    const isMoved = this.#located(vm, seen);
    const isSameAddress = vm.ipAddress === seen.ipAddress;
    vm.ipAddress = seen.ipAddress;
    const isSameState = vm.state === seen.state && vm.loadPermille === seen.loadPermille;
    if (isSameState && isSameAddress && !isMoved) return;
    this.#setState(vm, seen.state, cause, seen.loadPermille);
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
    if (to !== 'DELETED') return;
    this.#vms.delete(vm.id);
    this.#listener?.departed(vm);
  }
}
