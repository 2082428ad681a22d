// A rehearsal on any hypervisor: says in the log what would be done, and goes on as if it had been. Nodes are observed for real, VMs
// are imagined.
import { defer, filter, type Observable, of } from 'rxjs';
import {
  type Dispatcher,
  DispatcherError,
  type Observation,
  type VmObservation,
  type VmSpec,
} from '../../engine/index.ts';
import type { HypervisorLog } from './definition.ts';
import type { Hypervisor } from './hypervisor.ts';

/** @param hypervisor opened to keep its hands off */
export function rehearsalOn(hypervisor: Hypervisor, log: HypervisorLog): Hypervisor {
  return {
    ready: () => hypervisor.ready(),
    carry: (world) => {
      const carrier = hypervisor.carry(world);
      return {
        dispatcher: new DryRunDispatcher(carrier.dispatcher, log),
        ...(carrier.faults === undefined ? {} : { faults: carrier.faults }),
        end: () => carrier.end(),
      };
    },
    close: () => hypervisor.close(),
  };
}

class DryRunDispatcher implements Dispatcher {
  readonly #real: Dispatcher;
  readonly #log: HypervisorLog;
  readonly #imagined = new Map<string, VmObservation>();

  /** @param real is looked at, and asked for nothing */
  constructor(real: Dispatcher, log: HypervisorLog) {
    this.#real = real;
    this.#log = log;
    real.inventory().subscribe((vms) => {
      for (const vm of vms) this.#imagined.set(vm.vmId, vm);
    });
  }

  get observations$(): Observable<Observation> {
    return this.#real.observations$.pipe(filter(({ kind }) => kind !== 'vm'));
  }

  inventory(): Observable<readonly VmObservation[]> {
    return defer(() => of([...this.#imagined.values()]));
  }

  create(spec: VmSpec): Observable<VmObservation> {
    const { demand, nodeId, template, vmId } = spec;
    return this.#would('create', vmId, { state: 'HALTED', nodeId: null }, { nodeId, template, demand });
  }

  start(vmId: string, nodeId: string): Observable<VmObservation> {
    return this.#would('start', vmId, { state: 'RUNNING', nodeId }, { nodeId });
  }

  stop(vmId: string, mode: 'clean' | 'hard'): Observable<VmObservation> {
    return this.#would('stop', vmId, { state: 'HALTED', nodeId: null }, { mode });
  }

  reboot(vmId: string): Observable<VmObservation> {
    const nodeId = this.#imagined.get(vmId)?.nodeId ?? null;
    return this.#would('reboot', vmId, { state: 'RUNNING', nodeId }, {});
  }

  pause(vmId: string): Observable<VmObservation> {
    const nodeId = this.#imagined.get(vmId)?.nodeId ?? null;
    return this.#would('pause', vmId, { state: 'PAUSED', nodeId }, {});
  }

  unpause(vmId: string): Observable<VmObservation> {
    const nodeId = this.#imagined.get(vmId)?.nodeId ?? null;
    return this.#would('unpause', vmId, { state: 'RUNNING', nodeId }, {});
  }

  suspend(vmId: string): Observable<VmObservation> {
    return this.#would('suspend', vmId, { state: 'SUSPENDED', nodeId: null }, {});
  }

  resume(vmId: string, nodeId: string): Observable<VmObservation> {
    return this.#would('resume', vmId, { state: 'RUNNING', nodeId }, { nodeId });
  }

  migrate(vmId: string, toNodeId: string): Observable<VmObservation> {
    return this.#would('migrate', vmId, { state: 'RUNNING', nodeId: toNodeId }, { toNodeId });
  }

  destroy(vmId: string): Observable<VmObservation> {
    return this.#would('destroy', vmId, { state: 'DELETED', nodeId: null }, {});
  }

  #would(
    operation: string,
    vmId: string,
    outcome: Pick<VmObservation, 'state' | 'nodeId'>,
    facts: object,
  ): Observable<VmObservation> {
    return defer(() => {
      const isMissing = operation !== 'create' && operation !== 'destroy' && !this.#imagined.has(vmId);
      if (isMissing) throw new DispatcherError('UNKNOWN_VM', `there is no VM ${vmId}`);
      this.#log.info({ operation, vmId, ...facts }, `dry run: would ${operation} a VM`);
      const vm: VmObservation = { vmId, loadPermille: 0, ...outcome };
      if (vm.state === 'DELETED') this.#imagined.delete(vmId);
      else this.#imagined.set(vmId, vm);
      return of(vm);
    });
  }
}
