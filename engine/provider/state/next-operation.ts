// The rule that leads a VM from what it was last seen to be to what it should be. Monitoring and driving are in monitors/vm-monitor.ts.
import type { VmOperation } from '../../domain/vm.ts';
import { assertNever } from '../../invariant.ts';
import type { Vm } from './reservation.ts';

/** The operation that brings a VM closer to what it should be; undefined when it is there, or when nothing can be done but wait. */
export function nextOperation(vm: Vm): VmOperation | undefined {
  switch (vm.wanted) {
    case 'running':
      if (vm.state === 'NOT_PROVISIONED') return 'create';
      if (vm.state === 'HALTED') return 'start';
      if (vm.state === 'SUSPENDED') return 'resume';
      if (vm.state === 'PAUSED') return 'unpause';
      if (vm.state !== 'RUNNING') return undefined;
      if (vm.nodeIndex !== vm.targetIndex) return 'migrate';
      return vm.hung || vm.rebootDue ? 'reboot' : undefined;
    case 'halted':
      return vm.isUp || vm.state === 'SUSPENDED' ? 'stop' : undefined;
    case 'paused':
      // What is paused cannot move: it does first.
      if (vm.state !== 'RUNNING') return undefined;
      return vm.nodeIndex === vm.targetIndex ? 'pause' : 'migrate';
    case 'suspended':
      // A guest that is paused cannot hear that it is to be suspended.
      if (vm.state === 'PAUSED') return 'unpause';
      return vm.state === 'RUNNING' ? 'suspend' : undefined;
    case 'deleted':
      if (vm.state === 'DELETED') return undefined;
      return vm.isUp || vm.powerOffDue ? 'stop' : 'destroy';
    default:
      return assertNever(vm.wanted);
  }
}
