// What users may do to a single instance while the window of its reservation is open: what is legal when. The VM Monitor carries it out.
import type { InstanceCommand, InstanceRefusal, InstanceReply } from '../../domain/instance-command.ts';
import { isFinal } from '../../domain/proposal.ts';
import type { VmState } from '../../domain/vm.ts';
import { assertNever } from '../../invariant.ts';
import type { VmMonitor } from '../monitors/vm-monitor.ts';
import type { Outbox } from '../outbox.ts';
import type { Instance, Reservation } from '../state/reservation.ts';
import type { Vm } from '../state/vm.ts';

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
    if (vm === undefined || vm.wanted === 'deleted') return refuse('unknown-instance');
    const { reservation } = vm;
    if (!reservation.windowOpen || isFinal(reservation.state)) return refuse('ended', vm.state);
    if (!isLegal(vm, command)) return refuse('illegal-in-state', vm.state);
    if (mustRun(command) && !settle(reservation, vm.instance)) return refuse('no-node', vm.state);
    const reservationId = reservation.id;
    outbox.emit({ type: 'instance-commanded', reservationId, vmId, command });
    vms.command(vm, command);
    return { reply: 'REQUEST_SUCCESS' };
  }
}

/** Judged by what the VM is meant to be: a stop is legal while it is still being started. A parked VM goes on by itself. */
function isLegal({ parkedSinceMs, state, wanted }: Vm, command: InstanceCommand): boolean {
  const isParked = parkedSinceMs !== undefined;
  switch (command) {
    case 'start':
      return wanted === 'halted';
    case 'stop':
      return wanted === 'running' || wanted === 'suspended';
    case 'suspend':
      return wanted === 'running';
    case 'resume':
      return wanted === 'suspended' && !isParked;
    case 'reboot':
      return wanted === 'running' && state === 'RUNNING';
    case 'delete':
      return true;
    default:
      return assertNever(command);
  }
}

function mustRun(command: InstanceCommand): boolean {
  return command === 'start' || command === 'resume' || command === 'reboot';
}

function refuse(reason: InstanceRefusal, state?: VmState): InstanceReply {
  return { reply: 'REQUEST_FAILED', reason, ...(state === undefined ? {} : { state }) };
}
