// Dispatchers that do what another one does, but for something.
import type { Observable } from 'rxjs';
import type { Dispatcher, VmObservation } from '../../engine/index.ts';

/** What a dispatcher does with a VM. */
export type Operation = Exclude<keyof Dispatcher, 'observations$' | 'inventory'>;

/** @param way what becomes of each operation; `attempt` does it, each time it is called, and `how` is what was said beside the VM */
export function around(
  real: Dispatcher,
  way: (name: Operation, attempt: () => Observable<VmObservation>, how?: string) => Observable<VmObservation>,
): Dispatcher {
  return {
    create: (vm) => way('create', () => real.create(vm)),
    start: (vmId, nodeId) => way('start', () => real.start(vmId, nodeId), nodeId),
    stop: (vmId, mode) => way('stop', () => real.stop(vmId, mode), mode),
    reboot: (vmId) => way('reboot', () => real.reboot(vmId)),
    pause: (vmId) => way('pause', () => real.pause(vmId)),
    unpause: (vmId) => way('unpause', () => real.unpause(vmId)),
    suspend: (vmId) => way('suspend', () => real.suspend(vmId)),
    resume: (vmId, nodeId) => way('resume', () => real.resume(vmId, nodeId), nodeId),
    migrate: (vmId, nodeId) => way('migrate', () => real.migrate(vmId, nodeId), nodeId),
    destroy: (vmId) => way('destroy', () => real.destroy(vmId)),
    inventory: () => real.inventory(),
    observations$: real.observations$,
  };
}

export function delegating(real: Dispatcher, otherwise: Partial<Dispatcher>): Dispatcher {
  return { ...around(real, (_name, attempt) => attempt()), ...otherwise };
}
