// The VM Monitor of the paper: watches every VM that OpenPEX has started (shut down from inside, crashed, hung) and drives each
// towards what it should be. Wanted and observed are compared after every change, so a lost or repeated message does no harm.
import type { InstanceCommand } from '../../domain/instance-command.ts';
import type { VmOperation, VmState, WantedState } from '../../domain/vm.ts';
import type { VmCause } from '../../events/domain-event.ts';
import type { VmObservation } from '../../hypervisor/dispatcher.ts';
import { assertNever } from '../../invariant.ts';
import type { Effect } from '../commit.ts';
import type { Parking } from '../delivery/parking.ts';
import type { Report } from '../input.ts';
import type { Outbox } from '../outbox.ts';
import type { ProviderSettings } from '../provider-settings.ts';
import type { Agenda } from '../state/agenda.ts';
import { nextOperation } from '../state/next-operation.ts';
import type { Instance, Reservation } from '../state/reservation.ts';
import { Vm } from '../state/reservation.ts';

export interface VmMonitorParts {
  readonly outbox: Outbox;
  readonly agenda: Agenda;
  readonly parking: Parking;
  readonly settings: ProviderSettings;
  readonly nodeIds: readonly string[];
  /** The id of the VM of an instance, unique for ever and the same whenever it is asked for. */
  readonly vmIdOf: (reservationId: string, instance: number) => string;
}

/** What the VM Monitor tells of VMs. Called while an input is being decided. */
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
  #listener: VmListener | undefined;

  constructor(parts: VmMonitorParts) {
    this.#parts = parts;
    this.#nodeIndexes = new Map(parts.nodeIds.map((nodeId, nodeIndex) => [nodeId, nodeIndex]));
  }

  listen(listener: VmListener): void {
    this.#listener = listener;
  }

  /** VMs that exist or are about to. */
  values(): IterableIterator<Vm> {
    return this.#vms.values();
  }

  get size(): number {
    return this.#vms.size;
  }

  get(vmId: string): Vm | undefined {
    return this.#vms.get(vmId);
  }

  /** A VM for an instance. It stands still until it is wanted ({@link want}). */
  add(reservation: Reservation, instance: Instance): Vm {
    const vm = new Vm(this.#parts.vmIdOf(reservation.id, instance.number), reservation, instance);
    instance.vm = vm;
    this.#vms.set(vm.id, vm);
    this.#parts.outbox.touch(reservation);
    return vm;
  }

  /** Takes over a VM as it was. */
  restore(vm: Vm): void {
    this.#vms.set(vm.id, vm);
  }

  /** Does what a user asks of a VM. What is legal when is up to `InstanceCommands`. */
  command(vm: Vm, command: InstanceCommand): void {
    const { parking } = this.#parts;
    switch (command) {
      case 'start':
      case 'resume':
        this.want(vm, 'running');
        break;
      case 'stop':
        parking.leave(vm);
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
        parking.leave(vm);
        this.want(vm, 'deleted');
        this.#done(vm);
        break;
      default:
        assertNever(command);
    }
  }

  /** Changes what a VM should be. An operation in progress is finished first. */
  want(vm: Vm, wanted: WantedState): void {
    vm.wanted = wanted;
    if (wanted === 'deleted') this.#parts.parking.giveUp(vm);
    if (wanted === 'running') vm.guestDone = false;
    this.#parts.outbox.touch(vm.reservation);
    this.converge(vm);
  }

  /** Takes the power away at once and removes the VM: its time is over. What was in progress is given up. */
  remove(vm: Vm): void {
    this.#giveUpOperation(vm);
    this.#parts.parking.giveUp(vm);
    vm.wanted = 'deleted';
    vm.powerOffDue = true;
    this.#parts.outbox.touch(vm.reservation);
    this.converge(vm);
  }

  /**
   * A node is lost. What ran there runs no more, but its disks are where they were: it can be started elsewhere. A VM that was on its
   * way there runs on where it is. What is booked on the node waits for a new place, what was leaving it goes on at once.
   */
  nodeLost(vm: Vm, nodeIndex: number): void {
    this.#giveUpOperation(vm);
    vm.attempts = 0;
    this.#parts.outbox.touch(vm.reservation);
    if (vm.nodeIndex === nodeIndex) {
      vm.hung = false;
      if (vm.isUp) this.#setState(vm, 'HALTED', 'node-lost', 0);
    }
    if (vm.wanted === 'deleted' || vm.targetIndex !== nodeIndex) this.converge(vm);
  }

  /** Takes note of what the hypervisor reports on its own account. */
  observe(seen: VmObservation, cause: VmCause): void {
    const vm = this.#vms.get(seen.vmId);
    if (vm === undefined) return;
    const { agenda, outbox, parking } = this.#parts;
    outbox.touch(vm.reservation);
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
      parking.leave(vm);
      this.#done(vm);
    }
    agenda.dropRetry(vm);
    this.converge(vm);
  }

  /** An operation is over. No notice is taken of one that was given up. */
  operationDone({ number, seen, vmId }: Extract<Report, { kind: 'done' }>): void {
    const vm = this.#vms.get(vmId);
    const operation = vm?.operation;
    if (vm === undefined || operation === undefined || number !== vm.operations) return;
    const { name, startedMs } = operation;
    vm.operation = undefined;
    this.#parts.outbox.touch(vm.reservation);
    // A guest that has only just been started may crash or hang again: those tries go on being counted.
    if (name !== 'start' && name !== 'reboot') vm.attempts = 0;
    if (name === 'stop') vm.powerOffDue = false;
    if (name === 'reboot' || name === 'stop') {
      vm.hung = false;
      vm.rebootDue = false;
    }
    if (name === 'migrate') this.#migrated(vm, startedMs, seen);
    else if (name === 'start' || name === 'resume') this.#located(vm, seen);
    this.#note(vm, seen, 'operation');
    // The result is newer than what was heard on the way to it, but a guest that hangs does not wake up by itself.
    const { heard } = vm;
    vm.heard = undefined;
    if (heard?.cause === 'guest-hang' && seen.state === 'RUNNING' && name !== 'reboot') {
      this.observe(seen, heard.cause);
    } else {
      this.converge(vm);
    }
  }

  operationFailed({ error, number, vmId }: Extract<Report, { kind: 'failed' }>): void {
    const vm = this.#vms.get(vmId);
    const operation = vm?.operation;
    if (vm === undefined || operation === undefined || number !== vm.operations) return;
    const { agenda, outbox, settings } = this.#parts;
    vm.operation = undefined;
    outbox.touch(vm.reservation);
    // An unreachable node says nothing about the VM: the Node Monitor decides whether it is lost.
    if (error !== 'NODE_UNREACHABLE') vm.attempts += 1;
    const reservationId = vm.reservation.id;
    const attempt = vm.attempts;
    outbox.emit({ type: 'operation-failed', reservationId, vmId, operation: operation.name, error, attempt });
    // A node that does not answer is tried until its loss is known, so time has to pass between the tries.
    agenda.expectRetry(vm, outbox.nowMs + Math.max(1, settings.retryDelayMs));
    if (vm.attempts >= settings.maxAttempts && vm.wanted !== 'deleted') {
      this.#listener?.instanceFailed(vm.reservation);
    }
    const { heard } = vm;
    vm.heard = undefined;
    if (heard !== undefined) this.observe(heard.seen, heard.cause);
  }

  /**
   * Nothing could be heard for a while, and this is what there is now: every VM is compared with it and driven on from there. No
   * operation is in progress any more.
   */
  takeInventory(found: readonly VmObservation[]): void {
    const { agenda, outbox } = this.#parts;
    const byId = new Map(found.map((seen) => [seen.vmId, seen]));
    for (const vm of [...this.#vms.values()]) {
      vm.operation = undefined;
      vm.heard = undefined;
      agenda.dropRetry(vm);
      outbox.touch(vm.reservation);
      const seen = byId.get(vm.id);
      if (seen !== undefined) {
        this.#note(vm, seen, 'outside');
      } else if (vm.state !== 'NOT_PROVISIONED') {
        this.#setState(vm, vm.wanted === 'deleted' ? 'DELETED' : 'NOT_PROVISIONED', 'outside', 0);
      }
      if (vm.state !== 'DELETED') this.converge(vm);
    }
  }

  /** Begins the operation that brings a VM closer to what it should be, unless one is in progress or to be tried again. */
  converge(vm: Vm): void {
    if (vm.operation !== undefined || vm.retry !== undefined) return;
    if (!vm.isUp) vm.nodeIndex = vm.targetIndex;
    if (vm.nodeIndex === vm.targetIndex) this.#listener?.arrived(vm);
    const name = nextOperation(vm);
    if (name === undefined) return;
    const { outbox } = this.#parts;
    vm.operations += 1;
    vm.operation = { name, startedMs: outbox.nowMs };
    outbox.touch(vm.reservation);
    outbox.effect(this.#effectOf(vm, name));
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

  #effectOf(vm: Vm, name: VmOperation): Effect {
    const { id: vmId, operations: number, reservation } = vm;
    const nodeId = this.#parts.nodeIds[vm.targetIndex]!;
    switch (name) {
      case 'create': {
        const { id: reservationId, userId } = reservation;
        const { demand, template } = vm;
        return {
          kind: 'create',
          vmId,
          number,
          vm: { vmId, reservationId, userId, nodeId, demand, template },
        };
      }
      case 'start':
      case 'resume':
        return { kind: name, vmId, number, nodeId };
      case 'stop':
        return { kind: 'stop', vmId, number, mode: vm.powerOffDue ? 'hard' : 'clean' };
      case 'migrate':
        return { kind: 'migrate', vmId, number, toNodeId: nodeId };
      case 'reboot':
      case 'suspend':
      case 'destroy':
        return { kind: name, vmId, number };
      default:
        return assertNever(name);
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
    const { nodeIds, outbox } = this.#parts;
    const fromNodeId = nodeIds[vm.nodeIndex]!;
    this.#located(vm, seen);
    outbox.emit({
      type: 'vm-migrated',
      reservationId: vm.reservation.id,
      vmId: vm.id,
      fromNodeId,
      toNodeId: nodeIds[vm.nodeIndex]!,
      startedMs,
      downtimeMs: seen.downtimeMs ?? null,
      memoryMib: vm.demand.memoryMib,
      loadPermille: vm.loadPermille,
      demand: vm.demand,
    });
  }

  #giveUpOperation(vm: Vm): void {
    const { agenda, outbox } = this.#parts;
    if (vm.operation !== undefined) outbox.effect({ kind: 'abandon', vmId: vm.id, number: vm.operations });
    vm.operation = undefined;
    vm.heard = undefined;
    agenda.dropRetry(vm);
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
    const { nodeIds, outbox } = this.#parts;
    const from = vm.state;
    vm.state = to;
    vm.loadPermille = loadPermille;
    outbox.touch(vm.reservation);
    outbox.emit({
      type: 'vm-state-changed',
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
