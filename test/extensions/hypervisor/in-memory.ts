// A hypervisor whose VMs are entries of a map.
import { defer, map, NEVER, of, timer } from 'rxjs';
import { Type } from 'typebox';
import {
  type Clock,
  type Dispatcher,
  DispatcherError,
  type VmObservation,
  type VmState,
} from '../../../engine/index.ts';
import { hypervisor } from '../../../live/hypervisors/definition.ts';
import { durationMs, finiteDurationOption } from '../../../written/duration.ts';

export const inMemory = hypervisor({
  name: 'in-memory',
  summary: 'VMs that are entries of a map.',
  options: Type.Object(
    {
      operationTime: finiteDurationOption({
        default: '2s',
        description: 'How long each operation on a VM takes.',
      }),
    },
    { additionalProperties: false, description: 'VMs that are entries of a map.' },
  ),
  configure: ({ operationTime }) => ({
    open: async () => {
      // They outlive each life of the provider.
      const vms = new Map<string, VmObservation>();
      return {
        ready: async () => undefined,
        carry: ({ clock }) => ({
          dispatcher: dispatcherOf(vms, clock, durationMs(operationTime)),
          end: () => undefined,
        }),
        close: async () => undefined,
      };
    },
  }),
});

function dispatcherOf(vms: Map<string, VmObservation>, clock: Clock, operationMs: number): Dispatcher {
  /** @param act is asked when the time is over, so that nothing happens to an operation that is given up */
  const operation = (act: () => VmObservation) => timer(operationMs, clock).pipe(map(act));
  /**
   * An operation may be repeated: a VM that is as it is to be stays so.
   * @param from in which states it can be done
   */
  const become = (vmId: string, from: readonly VmState[], difference: Partial<VmObservation>) =>
    operation(() => {
      const vm = vms.get(vmId);
      if (vm === undefined) throw new DispatcherError('UNKNOWN_VM', `there is no VM ${vmId}`);
      if (!from.includes(vm.state)) {
        if (vm.state === difference.state) return vm;
        throw new DispatcherError('BAD_POWER_STATE', `VM ${vmId} is ${vm.state}`);
      }
      const changed = { ...vm, ...difference };
      vms.set(vmId, changed);
      return changed;
    });
  return {
    create: ({ vmId }) =>
      operation(() => {
        const vm = vms.get(vmId) ?? { vmId, state: 'HALTED', nodeId: null, loadPermille: 0 };
        vms.set(vmId, vm);
        return vm;
      }),
    start: (vmId, nodeId) => become(vmId, ['HALTED'], { state: 'RUNNING', nodeId }),
    stop: (vmId) => become(vmId, ['RUNNING', 'PAUSED', 'SUSPENDED'], { state: 'HALTED', nodeId: null }),
    reboot: (vmId) => become(vmId, ['RUNNING'], {}),
    pause: (vmId) => become(vmId, ['RUNNING'], { state: 'PAUSED' }),
    unpause: (vmId) => become(vmId, ['PAUSED'], { state: 'RUNNING' }),
    suspend: (vmId) => become(vmId, ['RUNNING'], { state: 'SUSPENDED', nodeId: null }),
    resume: (vmId, nodeId) => become(vmId, ['SUSPENDED'], { state: 'RUNNING', nodeId }),
    migrate: (vmId, nodeId) => become(vmId, ['RUNNING'], { nodeId }),
    destroy: (vmId) =>
      operation(() => {
        const state = vms.get(vmId)?.state;
        if (state === 'RUNNING' || state === 'PAUSED')
          throw new DispatcherError('BAD_POWER_STATE', `VM ${vmId} is ${state}`);
        vms.delete(vmId);
        return { vmId, state: 'DELETED', nodeId: null, loadPermille: 0 };
      }),
    inventory: () => defer(() => of([...vms.values()])),
    // Nothing happens here unasked.
    observations$: NEVER,
  };
}
