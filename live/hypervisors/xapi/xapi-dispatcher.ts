// The Dispatcher on a Xen pool. Every operation looks before it acts and again when it has acted, and believes what it sees rather
// than what it was told: answers, tasks and whole toolstacks get lost, VMs do not. What happens unasked is watched in vm-watch.ts.
import { setMaxListeners } from 'node:events';
import { defer, Observable, of } from 'rxjs';
import {
  type Dispatcher,
  DispatcherError,
  type Observation,
  type VmObservation,
  type VmOperation,
  type VmSpec,
} from '../../../engine/index.ts';
import type { Turns } from '../turns.ts';
import { DeadlinePassed, dispatcherErrorOf, PoolFailure, PoolUnreachable } from './pool-error.ts';
import { readVm, type VmRecord } from './records.ts';
import { LEAVE_BE, runTask, type TaskTerms } from './tasks.ts';
import { type MacPool, makeVm } from './vm-making.ts';
import { removeLooseDisks, removeVm } from './vm-removal.ts';
import type { VmWatch } from './vm-watch.ts';
import type { XenPool } from './xen-pool.ts';

export interface XapiDispatcherParts {
  readonly pool: XenPool;
  readonly macs: MacPool;
  /** One operation at a time on each VM, whoever began it. */
  readonly vmTurns: Turns;
  /** So many at a time on each node. */
  readonly nodeTurns: Turns;
  readonly watch: VmWatch;
}

/** An operation on a VM that exists. */
interface Step {
  readonly name: VmOperation;
  readonly vmId: string;
  /** On whose share of the pool's attention it goes; undefined: it waits for nobody. */
  readonly nodeId: string | undefined;
  /** What it is to bring about. */
  readonly isDone: (vm: VmRecord) => boolean;
  /** @throws DispatcherError when it cannot begin; what the tasks throw */
  readonly act: (vm: VmRecord, terms: TaskTerms) => Promise<void>;
}

/** Refusals of guests that have no agent, or not yet: what has to be asked of them is done by force. */
const CANNOT_BE_ASKED: ReadonlySet<string> = new Set([
  'VM_LACKS_FEATURE',
  'VM_LACKS_FEATURE_SHUTDOWN',
  'VM_MISSING_PV_DRIVERS',
  'VM_OLD_PV_DRIVERS',
]);
/** Of guests that were asked and did not obey. */
const DID_NOT_OBEY: ReadonlySet<string> = new Set([
  'VM_FAILED_SHUTDOWN_ACKNOWLEDGMENT',
  'VM_FAILED_SHUTDOWN_ACKNOWLEDGEMENT',
  'VM_SHUTDOWN_TIMEOUT',
]);

export class XapiDispatcher implements Dispatcher {
  readonly #parts: XapiDispatcherParts;
  readonly #end = new AbortController();
  /** What the log said last of a VM. */
  readonly #complained = new Map<string, string>();

  constructor(parts: XapiDispatcherParts) {
    this.#parts = parts;
    // Every operation in progress ends with it.
    setMaxListeners(0, this.#end.signal);
  }

  get observations$(): Observable<Observation> {
    return this.#parts.watch.observations$;
  }

  inventory(): Observable<readonly VmObservation[]> {
    return defer(() => of(this.#parts.watch.inventory()));
  }

  /** Nothing more is begun. What the pool is doing goes on. */
  end(): void {
    this.#end.abort(LEAVE_BE);
    this.#parts.watch.end();
  }

  create(spec: VmSpec): Observable<VmObservation> {
    const { macs, pool } = this.#parts;
    return this.#operation('create', spec.vmId, spec.nodeId, async (terms) =>
      this.#see(spec.vmId, await makeVm(pool, macs, spec, terms)),
    );
  }

  start(vmId: string, nodeId: string): Observable<VmObservation> {
    return this.#step({
      name: 'start',
      vmId,
      nodeId,
      isDone: (vm) => this.#isRunningSafely(vm),
      act: async (vm, terms) => {
        if (vm.powerState === 'Paused') return this.#run('VM.unpause', [vm.ref], terms);
        require(vm, 'Halted');
        return this.#run('VM.start_on', [vm.ref, this.#requireLive(nodeId), false, false], terms);
      },
    });
  }

  stop(vmId: string, mode: 'clean' | 'hard'): Observable<VmObservation> {
    return this.#step({
      name: 'stop',
      vmId,
      nodeId: undefined,
      isDone: (vm) => vm.powerState === 'Halted' && isIdle(vm),
      act: async (vm, terms) => {
        // A start that was given up may be under way yet.
        const { powerState } = await this.#untilIdle(vmId, vm, terms);
        if (powerState === 'Halted') return;
        if (mode === 'clean' && (powerState === 'Running' || powerState === 'Paused')) {
          // A guest that is paused does not hear.
          if (powerState === 'Paused') await this.#run('VM.unpause', [vm.ref], terms);
          if (await this.#ask('VM.clean_shutdown', vm, terms)) return;
        }
        await this.#run('VM.hard_shutdown', [vm.ref], terms);
      },
    });
  }

  reboot(vmId: string): Observable<VmObservation> {
    let isRebooted = false;
    return this.#step({
      name: 'reboot',
      vmId,
      nodeId: undefined,
      isDone: (vm) => isRebooted && isRunning(vm),
      act: async (vm, terms) => {
        require(vm, 'Running');
        if (!(await this.#ask('VM.clean_reboot', vm, terms)))
          await this.#run('VM.hard_reboot', [vm.ref], terms);
        isRebooted = true;
      },
    });
  }

  pause(vmId: string): Observable<VmObservation> {
    return this.#step({
      name: 'pause',
      vmId,
      nodeId: undefined,
      isDone: (vm) => vm.powerState === 'Paused',
      act: (vm, terms) => {
        require(vm, 'Running');
        return this.#run('VM.pause', [vm.ref], terms);
      },
    });
  }

  unpause(vmId: string): Observable<VmObservation> {
    return this.#step({
      name: 'unpause',
      vmId,
      nodeId: undefined,
      isDone: (vm) => isRunning(vm),
      act: (vm, terms) => {
        require(vm, 'Paused');
        return this.#run('VM.unpause', [vm.ref], terms);
      },
    });
  }

  suspend(vmId: string): Observable<VmObservation> {
    return this.#step({
      name: 'suspend',
      vmId,
      nodeId: this.#nodeOfKnown(vmId),
      isDone: (vm) => vm.powerState === 'Suspended',
      act: (vm, terms) => {
        require(vm, 'Running');
        return this.#run('VM.suspend', [vm.ref], terms);
      },
    });
  }

  /** Where its memory is, if that is on a storage of one host: the manager moves it from there. */
  resume(vmId: string, nodeId: string): Observable<VmObservation> {
    return this.#step({
      name: 'resume',
      vmId,
      nodeId,
      isDone: (vm) => this.#isRunningSafely(vm),
      act: (vm, terms) => {
        require(vm, 'Suspended');
        const { pool } = this.#parts;
        const imageAt = vm.suspendVdi === undefined ? undefined : pool.onlyNodeWith(vm.suspendVdi);
        const host = this.#requireLive(imageAt ?? nodeId);
        return this.#run('VM.resume_on', [vm.ref, host, false, false], terms);
      },
    });
  }

  /** The pool does not tell how long the guest stood still, so nor does the result. */
  migrate(vmId: string, toNodeId: string): Observable<VmObservation> {
    const { pool } = this.#parts;
    return this.#step({
      name: 'migrate',
      vmId,
      nodeId: toNodeId,
      isDone: (vm) => isRunning(vm) && pool.nodeOf(vm.residentOn) === toNodeId,
      act: (vm, terms) => {
        require(vm, 'Running');
        return this.#run('VM.pool_migrate', [vm.ref, this.#requireLive(toNodeId), { live: 'true' }], terms);
      },
    });
  }

  destroy(vmId: string): Observable<VmObservation> {
    const { macs, pool, watch } = this.#parts;
    return this.#operation('destroy', vmId, undefined, async (terms) => {
      for (const vm of await pool.findVms(vmId)) {
        this.#requireReachable(vm);
        await removeVm(pool, await this.#resetIfLost(vm), terms);
      }
      await removeLooseDisks(pool, vmId, terms);
      macs.release(vmId);
      watch.forget(vmId);
      return { vmId, state: 'DELETED', nodeId: null, loadPermille: 0 };
    });
  }

  #step({ act, isDone, name, nodeId, vmId }: Step): Observable<VmObservation> {
    return this.#operation(name, vmId, nodeId, async (terms) => {
      const before = await this.#find(vmId);
      if (isDone(before)) return this.#see(vmId, before);
      this.#requireReachable(before);
      try {
        await act(await this.#resetIfLost(before), terms);
      } catch (error) {
        const after = await this.#afterwards(vmId, error, terms);
        if (isDone(after)) return this.#see(vmId, after);
        throw error;
      }
      const after = await this.#find(vmId);
      if (isDone(after)) return this.#see(vmId, after);
      throw new DispatcherError('OPERATION_FAILED', `${vmId} is ${after.powerState} all the same`);
    });
  }

  /** One operation from its turn to its result, as an Observable. */
  #operation(
    name: VmOperation,
    vmId: string,
    nodeId: string | undefined,
    carryOut: (terms: TaskTerms) => Promise<VmObservation>,
  ): Observable<VmObservation> {
    return new Observable((subscriber) => {
      const { nodeTurns, pool, vmTurns, watch } = this.#parts;
      watch.expect(vmId);
      const givenUp = new AbortController();
      const signal = AbortSignal.any([givenUp.signal, this.#end.signal]);
      const work = async () => {
        const { operationTimeoutMs, pace } = pool.settings;
        const terms = {
          signal,
          deadlineMs: pool.connection.time.now() + operationTimeoutMs,
          pollMs: pace.taskPollMs,
        };
        watch.lookAway(vmId);
        const result = await carryOut(terms);
        this.#complained.delete(vmId);
        // Within the turn: what happens to the VM from now on is told after this.
        subscriber.next(result);
        subscriber.complete();
      };
      const onNode = () => (nodeId === undefined ? work() : nodeTurns.take(nodeId, signal, work));
      vmTurns.take(vmId, signal, onNode).catch((error: unknown) => {
        if (signal.aborted) return;
        const told = dispatcherErrorOf(error, name);
        this.#complain(vmId, { operation: name, code: told.code, reason: told.message });
        subscriber.error(told);
      });
      return () => givenUp.abort(new Error('given up'));
    });
  }

  /** Of what fails again and again for the same reason, once. */
  #complain(
    vmId: string,
    facts: { readonly operation: VmOperation; readonly code: string; readonly reason: string },
  ) {
    const complaint = Object.values(facts).join();
    if (this.#complained.get(vmId) === complaint) return;
    this.#complained.set(vmId, complaint);
    this.#parts.pool.log.warn({ vmId, ...facts }, 'an operation failed');
  }

  #run(method: string, args: readonly unknown[], terms: TaskTerms): Promise<void> {
    return runTask(this.#parts.pool.connection, method, args, terms).then(() => undefined);
  }

  /** Asks a guest to do something. @returns whether it did; when not, force is what is left */
  async #ask(method: string, vm: VmRecord, terms: TaskTerms): Promise<boolean> {
    const { connection, log, settings } = this.#parts.pool;
    const deadlineMs = Math.min(terms.deadlineMs, connection.time.now() + settings.stopGraceMs);
    try {
      await this.#run(method, [vm.ref], { ...terms, deadlineMs });
      return true;
    } catch (error) {
      const isLeftToForce =
        error instanceof DeadlinePassed ||
        (error instanceof PoolFailure && (CANNOT_BE_ASKED.has(error.code) || DID_NOT_OBEY.has(error.code)));
      if (!isLeftToForce) throw error;
      log.info({ uuid: vm.uuid, method, reason: error.message }, 'the guest does not do it: it is forced');
      return false;
    }
  }

  /**
   * What became of a VM after something that failed, or of which nobody knows. What is still under way is waited for.
   * @throws `error` when that cannot be told
   */
  async #afterwards(vmId: string, error: unknown, terms: TaskTerms): Promise<VmRecord> {
    try {
      const vm = await this.#find(vmId);
      const isUnknown = error instanceof PoolUnreachable || error instanceof DeadlinePassed;
      return isUnknown ? await this.#untilIdle(vmId, vm, terms) : vm;
    } catch {
      throw error;
    }
  }

  async #untilIdle(vmId: string, vm: VmRecord, { deadlineMs, pollMs, signal }: TaskTerms): Promise<VmRecord> {
    const { time } = this.#parts.pool.connection;
    let current = vm;
    while (!isIdle(current) && time.now() < deadlineMs) {
      await time.pause(Math.min(pollMs, 1000), signal);
      signal.throwIfAborted();
      current = await this.#find(vmId);
    }
    return current;
  }

  async #find(vmId: string): Promise<VmRecord> {
    const vm = await this.#parts.pool.findVm(vmId);
    if (vm !== undefined) return vm;
    throw new DispatcherError('UNKNOWN_VM', `the pool has no VM ${vmId}`);
  }

  #see(vmId: string, vm: VmRecord): VmObservation {
    return this.#parts.watch.seen(vmId, vm);
  }

  /** @returns the reference of its host */
  #requireLive(nodeId: string): string {
    const { pool } = this.#parts;
    const host = pool.hostOf(nodeId);
    if (host !== undefined && pool.isLive(host.ref)) return host.ref;
    throw new DispatcherError('NODE_UNREACHABLE', `node ${nodeId} does not answer`);
  }

  /** On a host that is known to be alive. */
  #isRunningSafely(vm: VmRecord): boolean {
    return isRunning(vm) && vm.residentOn !== undefined && this.#parts.pool.isLive(vm.residentOn);
  }

  /** A VM on a host that does not answer may run there yet, or not: without an end of that doubt nothing is begun with it. */
  #requireReachable({ residentOn }: VmRecord): void {
    const { pool } = this.#parts;
    if (residentOn === undefined || pool.isLive(residentOn) || pool.settings.resetLostVms) return;
    throw new DispatcherError(
      'NODE_UNREACHABLE',
      `its host ${pool.nodeOf(residentOn) ?? residentOn} does not answer, and the pool has not declared it dead`,
    );
  }

  /** With `resetLostVms`, a VM on a dead host is declared halted first. */
  async #resetIfLost(vm: VmRecord): Promise<VmRecord> {
    const { pool } = this.#parts;
    if (vm.residentOn === undefined || pool.isLive(vm.residentOn)) return vm;
    pool.log.warn(
      { uuid: vm.uuid, node: pool.nodeOf(vm.residentOn) },
      'a VM on a lost host is declared halted',
    );
    await pool.connection.call('VM.power_state_reset', vm.ref);
    return (await readVm(pool.connection, vm.ref)) ?? vm;
  }

  #nodeOfKnown(vmId: string): string | undefined {
    return this.#parts.watch.nodeOf(vmId);
  }
}

function isIdle({ operations }: VmRecord): boolean {
  return Object.keys(operations).length === 0;
}

function isRunning({ powerState }: VmRecord): boolean {
  return powerState === 'Running';
}

function require(vm: VmRecord, powerState: VmRecord['powerState']): void {
  if (vm.powerState === powerState) return;
  throw new DispatcherError('BAD_POWER_STATE', `${vm.name} is ${vm.powerState}, not ${powerState}`);
}
