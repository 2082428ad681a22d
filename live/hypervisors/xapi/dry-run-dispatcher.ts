// The Dispatcher of a rehearsal: says in the log what would be done to the pool, and goes on as if it had been. Nodes are observed
// for real, VMs are imagined.
import { defer, filter, type Observable, of } from 'rxjs';
import {
  type Dispatcher,
  DispatcherError,
  type Observation,
  type VmObservation,
  type VmSpec,
} from '../../../engine/index.ts';
import type { VmWatch } from './vm-watch.ts';
import type { XenPool } from './xen-pool.ts';

export class DryRunDispatcher implements Dispatcher {
  readonly #watch: VmWatch;
  readonly #pool: XenPool;
  readonly #imagined: Map<string, VmObservation>;

  constructor(watch: VmWatch, pool: XenPool) {
    this.#watch = watch;
    this.#pool = pool;
    this.#imagined = new Map(watch.inventory().map((vm) => [vm.vmId, vm]));
  }

  get observations$(): Observable<Observation> {
    return this.#watch.observations$.pipe(filter(({ kind }) => kind !== 'vm'));
  }

  inventory(): Observable<readonly VmObservation[]> {
    return defer(() => of([...this.#imagined.values()]));
  }

  end(): void {
    this.#watch.end();
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
      if (isMissing) throw new DispatcherError('UNKNOWN_VM', `the pool has no VM ${vmId}`);
      this.#pool.log.info({ operation, vmId, ...facts }, `dry run: would ${operation} a VM`);
      const vm: VmObservation = { vmId, loadPermille: 0, ...outcome };
      if (vm.state === 'DELETED') this.#imagined.delete(vmId);
      else this.#imagined.set(vmId, vm);
      return of(vm);
    });
  }
}
