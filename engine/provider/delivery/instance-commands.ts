// What users may do to a single instance while the window of its reservation is open: what is legal when, and why the rest is not. The
// VM Monitor carries it out.
import type { InstanceCommand, InstanceRefusal, InstanceReply } from '../../domain/instance-command.ts';
import { isFinal } from '../../domain/proposal.ts';
import type { VmState, WantedState } from '../../domain/vm.ts';
import type { VmMonitor } from '../monitors/vm-monitor.ts';
import type { Outbox } from '../outbox.ts';
import type { Instance, Reservation, Vm } from '../state/reservation.ts';

/** What the rule looks at. Plain values: it is asked of instances as they are stored, too. */
export interface InstanceCondition {
  readonly state: VmState;
  /** What the VM is meant to be. */
  readonly wanted: WantedState;
  /** Since when it stands still because its node is drained and no other has room; null when it does not. */
  readonly parkedSinceMs: number | null;
  /** Its time is over, and its disk is kept until then; null when it is not. */
  readonly keptUntilMs: number | null;
  /** The window of its reservation is open, and the reservation has not ended. */
  readonly windowOpen: boolean;
}

export type CommandVerdict = 'legal' | InstanceRefusal;

/**
 * For each command whether it is legal for an instance now, or why it is not. Judged by what the VM is meant to be: a stop is legal while
 * it is still being started. Pure; may be asked any number of times. What is legal here may still be refused as `no-node` when it is
 * given: whether a VM that is to run has a node is found out then.
 */
export function commandVerdicts(
  instance: InstanceCondition,
): Readonly<Record<InstanceCommand, CommandVerdict>> {
  const { keptUntilMs, state, wanted, parkedSinceMs, windowOpen } = instance;
  if (wanted === 'deleted' || state === 'DELETED') return forAll('unknown-instance');
  if (keptUntilMs !== null) return { ...forAll('ended'), delete: 'legal' };
  if (!windowOpen) return forAll('ended');
  const legalIf = (isLegal: boolean): CommandVerdict => (isLegal ? 'legal' : 'illegal-in-state');
  return {
    start: legalIf(wanted === 'halted'),
    stop: legalIf(wanted === 'running' || wanted === 'paused' || wanted === 'suspended'),
    reboot: legalIf(wanted === 'running' && state === 'RUNNING'),
    pause: legalIf(wanted === 'running' && state === 'RUNNING'),
    unpause: legalIf(wanted === 'paused'),
    suspend: legalIf(wanted === 'running' || wanted === 'paused'),
    resume: parkedSinceMs === null ? legalIf(wanted === 'suspended') : 'parked',
    delete: 'legal',
  };
}

export interface InstanceCommandsParts {
  readonly outbox: Outbox;
  readonly vms: VmMonitor;
  /** Sees to it that the instance is booked on a node that may be used; false when there is none. */
  readonly settle: (reservation: Reservation, instance: Instance) => boolean;
}

export class InstanceCommands {
  readonly #parts: InstanceCommandsParts;

  constructor(parts: InstanceCommandsParts) {
    this.#parts = parts;
  }

  /** Takes a command; what it leads to shows in the events of the VM.  */
  handle(vmId: string, command: InstanceCommand): InstanceReply {
    const { outbox, settle, vms } = this.#parts;
    const vm = vms.get(vmId);
    if (vm === undefined) return refuse('unknown-instance');
    const { reservation } = vm;
    const verdict = commandVerdicts(conditionOf(vm))[command];
    if (verdict === 'unknown-instance') return refuse(verdict);
    if (verdict !== 'legal') return refuse(verdict, vm.state);
    if (needsNode(command) && !settle(reservation, vm.instance)) return refuse('no-node', vm.state);
    const reservationId = reservation.id;
    outbox.emit({ type: 'instance-commanded', reservationId, vmId, command });
    vms.command(vm, command);
    return { reply: 'REQUEST_SUCCESS' };
  }
}

function conditionOf({ parkedSinceMs, removal, reservation, state, wanted }: Vm): InstanceCondition {
  const windowOpen = reservation.windowOpen && !isFinal(reservation.state);
  return {
    state,
    wanted,
    parkedSinceMs: parkedSinceMs ?? null,
    keptUntilMs: removal?.atMs ?? null,
    windowOpen,
  };
}

function forAll(refusal: InstanceRefusal): Readonly<Record<InstanceCommand, CommandVerdict>> {
  return {
    start: refusal,
    stop: refusal,
    reboot: refusal,
    pause: refusal,
    unpause: refusal,
    suspend: refusal,
    resume: refusal,
    delete: refusal,
  };
}

/** What is rebooted or paused has one, and stays there. */
function needsNode(command: InstanceCommand): boolean {
  return command === 'start' || command === 'resume';
}

function refuse(reason: InstanceRefusal, state?: VmState): InstanceReply {
  return { reply: 'REQUEST_FAILED', reason, ...(state === undefined ? {} : { state }) };
}
