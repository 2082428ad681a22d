// The VM Monitor of the paper: watches every VM that OpenPEX has started (shut down from inside, crashed, hung) and drives each
// towards what it should be. Wanted and observed are compared after every change, so a lost or repeated message does no harm.

import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { Hindrance } from '../../domain/hindrance.ts';
import type { InstanceCommand } from '../../domain/instance-command.ts';
import type { VmOperation, VmState, VmTrouble, WantedState } from '../../domain/vm.ts';
import type { EventBody, VmCause } from '../../events/domain-event.ts';
import type { VmObservation } from '../../hypervisor/dispatcher.ts';
import { assertNever } from '../../invariant.ts';
import type { Effect } from '../commit.ts';
import type { Parking } from '../delivery/parking.ts';
import type { Recovery } from '../delivery/recovery.ts';
import type { Report } from '../input.ts';
import type { Outbox } from '../outbox.ts';
import type { ProviderSettings } from '../provider-settings.ts';
import type { Agenda } from '../state/agenda.ts';
import { nextOperation } from '../state/next-operation.ts';
import type { Instance, Reservation } from '../state/reservation.ts';
import { Vm } from '../state/reservation.ts';
import { withDowntime } from '../state/service-record.ts';

export interface VmMonitorParts {
  readonly outbox: Outbox;
  readonly agenda: Agenda;
  readonly parking: Parking;
  readonly settings: ProviderSettings;
  readonly calendar: Pick<CapacityCalendar, 'nodeIndexOf'>;
  readonly recovery: Pick<Recovery, 'movesByRestart' | 'beginsFromCheckpoint'>;
  readonly nodeIds: readonly string[];
  /** The id of the VM of an instance, unique for ever and the same whenever it is asked for. */
  readonly vmIdOf: (reservationId: string, instance: number) => string;
}

/** What the VM Monitor tells of VMs. Called while an input is being decided. */
export interface VmListener {
  /** Nothing is left of a reservation that could go on, and not all of it has shut down by itself: instances could not be brought or kept up. */
  instancesFailed(reservation: Reservation): void;
  /** The last guest of a reservation has shut down by itself. */
  guestsDone(reservation: Reservation): void;
  /** A VM is where its instance is booked, and nowhere else. */
  arrived(vm: Vm): void;
  /** A VM that was to leave its node stays there: it can be neither moved nor, where there was no room for it, suspended. */
  stays(vm: Vm, told: 'anew' | 'again'): void;
  /** A VM of a lease that is taken to be suspended is not, and will not be. */
  notSuspended(reservation: Reservation): void;
  /** A VM is not as it was: what could not be done with it may be possible now. */
  changed(vm: Vm): void;
  /** Nothing is left of a VM. */
  departed(vm: Vm): void;
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
    const { trouble } = vm;
    // Whoever clears away what did not come up is owed it all the same.
    const isOwed = command === 'delete' && trouble !== undefined && BRINGS_UP.has(trouble.operation);
    if (!isOwed) vm.trouble = undefined;
    switch (command) {
      case 'start':
      case 'resume':
      case 'unpause':
        this.want(vm, 'running');
        break;
      case 'pause':
        this.want(vm, 'paused');
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

  /** An operation that would be refused is not begun; all else is as if it had been. */
  refuse(vm: Vm, operation: VmOperation, reason: Hindrance): void {
    this.#parts.outbox.touch(vm.reservation);
    this.#giveUp(vm, operation, 'refused', reason);
  }

  /** Changes what a VM should be. An operation in progress is finished first. */
  want(vm: Vm, wanted: WantedState): void {
    vm.wanted = wanted;
    if (wanted === 'deleted') {
      this.#parts.parking.giveUp(vm);
      this.#parts.agenda.dropRemoval(vm);
    }
    if (wanted === 'running') vm.guestDone = false;
    this.#parts.outbox.touch(vm.reservation);
    this.converge(vm);
  }

  /** Will its disk stay for a while when its time is over? It stands still, and not because its user wanted it to. */
  isToBeKept({ guestDone, hasRun, parkedSinceMs, state, trouble, wanted }: Vm): boolean {
    const { keepDisksMs = 0 } = this.#parts.settings;
    const isUnwanted = guestDone || cannotRun(trouble) || parkedSinceMs !== undefined;
    const standsStill =
      state === 'HALTED'
        ? wanted === 'halted' || wanted === 'suspended'
        : state === 'SUSPENDED' && wanted === 'suspended';
    return keepDisksMs > 0 && hasRun && isUnwanted && standsStill;
  }

  /** Its guest is to shut down, because its time will soon be over. What is to be kept stands still already, and goes on nowhere. */
  shutDown(vm: Vm): void {
    if (this.isToBeKept(vm)) this.#parts.parking.giveUp(vm);
    else this.want(vm, 'deleted');
  }

  /** Its time is over: it stands still for a while yet, and goes then. */
  keep(vm: Vm): void {
    const { agenda, nodeIds, outbox, parking, settings } = this.#parts;
    const untilMs = outbox.nowMs + settings.keepDisksMs!;
    const nodeId = nodeIds[vm.nodeIndex]!;
    parking.giveUp(vm);
    outbox.emit({ type: 'disk-kept', reservationId: vm.reservation.id, vmId: vm.id, nodeId, untilMs });
    agenda.expectRemoval(vm, untilMs);
    outbox.touch(vm.reservation);
  }

  /** Takes the power away at once, unless its guest did so, and removes the VM: its time is over. What was in progress is given up. */
  remove(vm: Vm): void {
    vm.powerOffDue = !isOffForGood(vm);
    this.#giveUpOperation(vm);
    this.#parts.parking.giveUp(vm);
    vm.wanted = 'deleted';
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
      if (vm.isUp) this.#setState(vm, 'HALTED', 'node-lost');
      // However it came down, from now on it is the node that keeps it there.
      else vm.noteService(this.#parts.outbox.nowMs, 'node-lost');
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
    if (cause === 'outside') followPause(vm, seen.state);
    const isChanged = this.#note(vm, seen, cause);
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
    if (isChanged) this.#listener?.changed(vm);
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
    // What could not be brought up until its time was over remains so.
    if (vm.wanted !== 'deleted' && (vm.trouble?.kind === 'waits' || vm.trouble?.operation === name))
      vm.trouble = undefined;
    if (name === 'migrate') this.#migrated(vm, startedMs, seen);
    else if (name === 'start' || name === 'resume') this.#located(vm, seen);
    const isOnItsWay = name === 'stop' && vm.wanted === 'running' && vm.nodeIndex !== vm.targetIndex;
    this.#note(vm, seen, isOnItsWay ? 'restart' : 'operation');
    // The result is newer than what was heard on the way to it, but a guest that hangs does not wake up by itself.
    const { heard } = vm;
    vm.heard = undefined;
    if (heard?.cause === 'guest-hang' && isPresent(seen.state) && name !== 'reboot') {
      this.observe(seen, heard.cause);
    } else {
      this.converge(vm);
      if (name === 'reboot' || name === 'unpause') this.#listener?.changed(vm);
    }
  }

  /**
   * Only what brings a VM up may fail its instance. Whatever else cannot be done is given up, sooner or later, and the VM goes on as it was.
   */
  operationFailed({ error, hindrance = 'unknown', number, vmId }: Extract<Report, { kind: 'failed' }>): void {
    const vm = this.#vms.get(vmId);
    const operation = vm?.operation;
    if (vm === undefined || operation === undefined || number !== vm.operations) return;
    const { agenda, outbox, settings } = this.#parts;
    const { name } = operation;
    const { id: reservationId } = vm.reservation;
    vm.operation = undefined;
    outbox.touch(vm.reservation);
    // A node that does not answer is tried until its loss is known, so time has to pass between the tries.
    agenda.expectRetry(vm, outbox.nowMs + Math.max(1, settings.retryDelayMs));
    if (error === 'NOT_NOW' || error === 'REFUSED') {
      // What is to go has to be tried for ever.
      if (error === 'REFUSED' && vm.wanted !== 'deleted') this.#giveUp(vm, name, 'refused', hindrance);
      else if (this.#inTrouble(vm, { operation: name, kind: 'waits', reason: hindrance }))
        outbox.emit({ type: 'operation-waits', reservationId, vmId, operation: name, reason: hindrance });
    } else {
      // An unreachable node says nothing about the VM: the Node Monitor decides whether it is lost.
      // Who is to leave the node makes room there when it has.
      const isAwaitingRoom = error === 'NODE_FULL' && this.#isBeingLeft(vm.targetIndex);
      if (error !== 'NODE_UNREACHABLE' && !isAwaitingRoom) vm.attempts += 1;
      const { attempts: attempt } = vm;
      outbox.emit({ type: 'operation-failed', reservationId, vmId, operation: name, error, attempt });
      if (error === 'UNKNOWN_VM') this.#vanished(vm);
      // Somebody else has started what was off.
      if (error === 'BAD_POWER_STATE' && name === 'destroy') vm.powerOffDue = true;
      if (attempt >= settings.maxAttempts && vm.wanted !== 'deleted') {
        // A guest that hangs is brought up by a reboot.
        if (name === 'reboot' && vm.hung) this.#breakDown(vm);
        else this.#giveUp(vm, name, 'failed', 'failed');
      }
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
      const inProgress = vm.operation?.name;
      vm.operation = undefined;
      vm.heard = undefined;
      agenda.dropRetry(vm);
      outbox.touch(vm.reservation);
      const seen = byId.get(vm.id);
      if (seen !== undefined) {
        // What is in the middle of an operation may be paused by that.
        if (inProgress === undefined) followPause(vm, seen.state);
        this.#note(vm, seen, 'outside');
      } else if (vm.state !== 'NOT_PROVISIONED') {
        this.#setState(vm, vm.wanted === 'deleted' ? 'DELETED' : 'NOT_PROVISIONED', 'outside');
      }
      if (vm.state !== 'DELETED') this.converge(vm);
    }
  }

  /** Begins the operation that brings a VM closer to what it should be, unless one is in progress or to be tried again. */
  converge(vm: Vm): void {
    vm.noteService(this.#parts.outbox.nowMs);
    if (vm.operation !== undefined || vm.retry !== undefined) return;
    if (!vm.isUp) vm.nodeIndex = vm.targetIndex;
    if (vm.nodeIndex === vm.targetIndex) this.#listener?.arrived(vm);
    const next = nextOperation(vm);
    if (next === undefined) return;
    const { outbox, recovery } = this.#parts;
    const name = next === 'migrate' && recovery.movesByRestart(vm) ? 'stop' : next;
    // Nobody waits for a guest that is to begin again.
    if (name !== next) vm.powerOffDue = true;
    vm.operations += 1;
    vm.operation = { name, startedMs: outbox.nowMs };
    outbox.touch(vm.reservation);
    outbox.effect(this.#effectOf(vm, name));
  }

  /** A VM that runs there is to go elsewhere. */
  #isBeingLeft(node: number): boolean {
    for (const { isUp, nodeIndex, targetIndex } of this.#vms.values())
      if (isUp && nodeIndex === node && targetIndex !== node) return true;
    return false;
  }

  /** The hypervisor does not know it: there is nothing to power off, and what is to be is made anew. */
  #vanished(vm: Vm): void {
    vm.powerOffDue = false;
    if (vm.state !== 'NOT_PROVISIONED') this.#setState(vm, 'NOT_PROVISIONED', 'outside');
  }

  /** The VM goes on as it is, and is no longer meant to be otherwise. */
  #giveUp(vm: Vm, operation: VmOperation, kind: 'refused' | 'failed', reason: Hindrance): void {
    const { agenda, outbox, parking } = this.#parts;
    // There is nothing to lose yet, and nothing else to be had.
    if (BRINGS_UP.has(operation) && !vm.hasRun && this.#failsWith(vm)) return;
    if (operation === 'suspend' && vm.reservation.isSuspended) {
      this.#listener?.notSuspended(vm.reservation);
      return;
    }
    const isNews = this.#inTrouble(vm, { operation, kind, reason });
    vm.attempts = 0;
    const wasToGo = operation === 'stop' && vm.wanted === 'running' && vm.nodeIndex !== vm.targetIndex;
    const wasToLeave = operation === 'migrate' || wasToGo || (operation === 'suspend' && parking.leave(vm));
    if (operation === 'reboot') vm.rebootDue = false;
    if (wasToGo) vm.powerOffDue = false;
    if (operation !== 'migrate') vm.wanted = wantedIn(vm);
    if (wasToLeave) this.#listener?.stays(vm, isNews ? 'anew' : 'again');
    else if (isNews) {
      const { id: reservationId } = vm.reservation;
      outbox.emit({ type: 'operation-given-up', reservationId, vmId: vm.id, operation, reason });
    }
    // What would be begun again at once waits for its retry.
    if (nextOperation(vm) !== operation) {
      agenda.dropRetry(vm);
      this.converge(vm);
    }
  }

  /** @returns whether that is news */
  #inTrouble(vm: Vm, trouble: Omit<VmTrouble, 'sinceMs'>): boolean {
    const { kind, operation, reason } = trouble;
    const before = vm.trouble;
    // What keeps it from going is of less account than that it was not delivered.
    const isOwed = vm.wanted === 'deleted' && vm.undeliveredSinceMs !== undefined;
    const isKnown =
      (before?.kind === kind && before.operation === operation && before.reason === reason) || isOwed;
    if (!isKnown) vm.trouble = { ...trouble, sinceMs: this.#parts.outbox.nowMs };
    return !isKnown;
  }

  /** Its work is done; when nothing of the reservation can go on any more, the reservation is done too, or has failed. */
  #done(vm: Vm): void {
    vm.guestDone = true;
    const { reservation } = vm;
    if (reservation.present.findLast((instance) => this.#mayGoOn(instance.vm)) !== undefined) return;
    if (reservation.undeliveredSinceMs === undefined) this.#listener?.guestsDone(reservation);
    else this.#listener?.instancesFailed(reservation);
  }

  /**
   * One that cannot be brought or kept up: as long as others of its reservation may go on they do, with their disks, and it stands still.
   * @returns whether nothing else was left of the reservation, which has failed then
   */
  #failsWith(vm: Vm): boolean {
    const { reservation } = vm;
    if (reservation.present.some((instance) => instance.vm !== vm && this.#mayGoOn(instance.vm)))
      return false;
    this.#listener?.instancesFailed(reservation);
    return true;
  }

  /** It is up, or can be started by its user: neither is its work done, nor has it been tried in vain. */
  #mayGoOn(vm: Vm | undefined): boolean {
    if (vm === undefined) return true;
    // A disk that is kept can be started again.
    const keepsDisk = this.#parts.settings.keepDisksMs !== undefined && vm.wanted !== 'deleted';
    return vm.guestDone ? keepsDisk : !cannotRun(vm.trouble) || (keepsDisk && vm.hasRun);
  }

  #countFault(vm: Vm): void {
    // An operation that has just failed did so for this very reason, and is counted already.
    if (vm.wanted !== 'running' || vm.retry !== undefined) return;
    vm.attempts += 1;
    if (vm.attempts >= this.#parts.settings.maxAttempts) this.#breakDown(vm);
  }

  /**
   * Its guest cannot be kept up. It is to stand still, as one that cannot be started any more: where disks are kept, what it wrote is its
   * user's, and the other VMs of the reservation go on.
   */
  #breakDown(vm: Vm): void {
    const { agenda, outbox, settings } = this.#parts;
    const { id: reservationId } = vm.reservation;
    if (settings.keepDisksMs === undefined && this.#failsWith(vm)) return;
    vm.attempts = 0;
    vm.wanted = 'halted';
    vm.rebootDue = false;
    // One that hangs would not hear that it is asked to shut down.
    vm.powerOffDue = vm.isUp;
    agenda.dropRetry(vm);
    if (this.#inTrouble(vm, { operation: 'start', kind: 'failed', reason: 'failed' }))
      outbox.emit({
        type: 'operation-given-up',
        reservationId,
        vmId: vm.id,
        operation: 'start',
        reason: 'failed',
      });
    this.converge(vm);
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
      case 'start': {
        const start = { kind: 'start', vmId, number, nodeId } as const;
        return this.#parts.recovery.beginsFromCheckpoint(vm) ? { ...start, fromCheckpoint: true } : start;
      }
      case 'resume':
        return { kind: 'resume', vmId, number, nodeId };
      case 'stop':
        return { kind: 'stop', vmId, number, mode: vm.powerOffDue ? 'hard' : 'clean' };
      case 'migrate':
        return { kind: 'migrate', vmId, number, toNodeId: nodeId };
      case 'reboot':
      case 'pause':
      case 'unpause':
      case 'suspend':
      case 'destroy':
        return { kind: name, vmId, number };
      default:
        return assertNever(name);
    }
  }

  /** @returns whether it is somewhere else than it was last seen */
  #located(vm: Vm, seen: VmObservation): boolean {
    const nodeIndex = seen.nodeId === null ? undefined : this.#parts.calendar.nodeIndexOf(seen.nodeId);
    if (nodeIndex === undefined || nodeIndex === vm.nodeIndex) return false;
    vm.nodeIndex = nodeIndex;
    return true;
  }

  #migrated(vm: Vm, startedMs: number, seen: VmObservation): void {
    const { nodeIds, outbox } = this.#parts;
    const fromNodeId = nodeIds[vm.nodeIndex]!;
    this.#located(vm, seen);
    vm.service = withDowntime(vm.service, seen.downtimeMs ?? 0);
    outbox.emit({
      type: 'vm-migrated',
      reservationId: vm.reservation.id,
      vmId: vm.id,
      fromNodeId,
      toNodeId: nodeIds[vm.nodeIndex]!,
      startedMs,
      downtimeMs: seen.downtimeMs ?? null,
      ...(seen.sentBytes !== undefined && { sentBytes: seen.sentBytes }),
      ...(seen.isConverged !== undefined && { converged: seen.isConverged }),
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

  /** @returns whether it is not as it was, the load aside */
  #note(vm: Vm, seen: VmObservation, cause: VmCause): boolean {
    const isMoved = this.#located(vm, seen);
    const isSameAddress = vm.ipAddress === seen.ipAddress;
    vm.ipAddress = seen.ipAddress;
    const isChanged = vm.state !== seen.state || !isSameAddress || isMoved;
    if (isChanged || vm.loadPermille !== seen.loadPermille) this.#setState(vm, seen.state, cause, seen);
    return isChanged;
  }

  #setState(
    vm: Vm,
    to: VmState,
    cause: VmCause,
    { keptMs, loadPermille }: Pick<VmObservation, 'keptMs' | 'loadPermille'> = DOWN,
  ): void {
    const { nodeIds, outbox } = this.#parts;
    const from = vm.state;
    vm.state = to;
    vm.loadPermille = loadPermille;
    // Nothing is left that could be paused: it is brought up again as one that ran.
    if (vm.wanted === 'paused' && !vm.isUp) vm.wanted = 'running';
    if (to === 'RUNNING') vm.hasRun = true;
    if (to === 'NOT_PROVISIONED') vm.hasRun = false;
    vm.noteService(outbox.nowMs, cause);
    outbox.touch(vm.reservation);
    const told: Extract<EventBody, { type: 'vm-state-changed' }> = {
      type: 'vm-state-changed',
      reservationId: vm.reservation.id,
      vmId: vm.id,
      nodeId: nodeIds[vm.nodeIndex]!,
      from,
      to,
      cause,
      demand: vm.demand,
      loadPermille,
    };
    outbox.emit(keptMs === undefined ? told : { ...told, keptMs });
    if (to !== 'DELETED') return;
    this.#vms.delete(vm.id);
    this.#listener?.departed(vm);
  }
}

/** What there is to say of a VM that is not up. */
const DOWN = { loadPermille: 0 } as const;

/** After these a VM runs, or is about to. */
const BRINGS_UP: ReadonlySet<VmOperation> = new Set(['create', 'start', 'resume']);

/** It was given up to bring it up. */
function cannotRun(trouble: VmTrouble | undefined): boolean {
  return trouble !== undefined && trouble.kind !== 'waits' && BRINGS_UP.has(trouble.operation);
}

/** Its guest has shut down by itself, and nothing was done with it since: unlike one that is down because its node is lost, it runs nowhere. */
function isOffForGood({ guestDone, operation, retry, state }: Vm): boolean {
  return guestDone && state === 'HALTED' && operation === undefined && retry === undefined;
}

/** What a VM is meant to be when it is meant to be what it is. */
function wantedIn(vm: Vm): WantedState {
  if (vm.state === 'PAUSED') return 'paused';
  if (vm.isUp) return 'running';
  return vm.state === 'SUSPENDED' ? 'suspended' : 'halted';
}

/** Whoever pauses a VM at the hypervisor, or wakes it there, is taken at their word: it stays so until somebody wants it otherwise. */
function followPause(vm: Vm, seen: VmState): void {
  // One that was not known to run is in the middle of its start, of which an earlier life knew.
  if (seen === 'PAUSED' && vm.state === 'RUNNING' && vm.wanted === 'running') vm.wanted = 'paused';
  if (seen === 'RUNNING' && vm.state === 'PAUSED' && vm.wanted === 'paused') vm.wanted = 'running';
}

/** Its guest is in the memory of a node. */
function isPresent(state: VmState): boolean {
  return state === 'RUNNING' || state === 'PAUSED';
}
