// Operations of VMs under way. One that another is in the way of waits until that has ended; what is under way, and what may
// come next, is in the VM's record from the first moment to the last.
import type { VmOperation } from './data-model.ts';
import { XapiFailure } from './errors.ts';
import type { Pace } from './pace.ts';
import type { Placement } from './placement.ts';
import type { ObjectStore } from './store.ts';
import type { Tasks } from './tasks.ts';
import type { Call } from './verbs.ts';
import { allowedOperations, CANCELLED_BY_FORCE, refusal, type VmView } from './vm-lifecycle.ts';

export class Operations {
  readonly #store: ObjectStore;
  readonly #tasks: Tasks;
  readonly #pace: Pace;
  readonly #placement: Placement;
  /** Who waits for a change of a VM. */
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(store: ObjectStore, tasks: Tasks, pace: Pace, placement: Placement) {
    this.#placement = placement;
    this.#store = store;
    this.#tasks = tasks;
    this.#pace = pace;
  }

  /**
   * Runs `body` as `operation` of a VM, after whatever is in the way of it.
   * @throws XapiFailure as `refusal`, at once but for OTHER_OPERATION_IN_PROGRESS, which takes `conflictWait` to surface
   */
  async run<R>(call: Call, vm: string, operation: VmOperation, body: () => Promise<R> | R): Promise<R> {
    const deadlineMs = this.#pace.now() + this.#pace.ms('conflictWait');
    for (;;) {
      call.signal.throwIfAborted();
      const refused = refusal(this.#view(vm), operation);
      if (refused === undefined) break;
      if (refused.code !== 'OTHER_OPERATION_IN_PROGRESS' || this.#pace.now() >= deadlineMs) throw refused;
      await this.#changed(vm, call.signal, deadlineMs - this.#pace.now());
    }
    this.#begin(vm, operation, call.task);
    try {
      if (operation === 'hard_shutdown' || operation === 'hard_reboot')
        await this.#clearTheWay(call, vm, operation);
      return await body();
    } finally {
      this.#end(vm, call.task);
    }
  }

  /** After anything that `allowed_operations` depends on. */
  refresh(vm: string): void {
    if (this.#store.find('VM', vm) === undefined) return;
    const view = this.#view(vm);
    const allowed = allowedOperations(view);
    if (allowed.join() !== view.vm.allowed_operations.join()) {
      this.#store.update('VM', vm, { allowed_operations: allowed });
    }
  }

  /** A toolstack that starts knows of no operation under way. */
  forget(): void {
    for (const [ref, { current_operations }] of this.#store.all('VM')) {
      if (Object.keys(current_operations).length > 0)
        this.#store.update('VM', ref, { current_operations: {} });
      this.refresh(ref);
      this.#wake(ref);
    }
  }

  #view(ref: string): VmView {
    const vm = this.#store.get('VM', ref);
    return {
      ref,
      vm,
      guest: this.#store.find('VM_guest_metrics', vm.guest_metrics),
      isPoolUpgrading: this.#placement.isUpgrading,
    };
  }

  #begin(vm: string, operation: VmOperation, task: string): void {
    const { current_operations: current } = this.#store.get('VM', vm);
    this.#store.update('VM', vm, { current_operations: { ...current, [task]: operation } });
    this.refresh(vm);
  }

  #end(vm: string, task: string): void {
    const record = this.#store.find('VM', vm);
    if (record !== undefined && task in record.current_operations) {
      const { [task]: _ended, ...others } = record.current_operations;
      this.#store.update('VM', vm, { current_operations: others });
      this.refresh(vm);
    }
    this.#wake(vm);
  }

  /** Force does not wait in line: it cancels what it may, and sits the rest out. */
  async #clearTheWay(call: Call, vm: string, operation: VmOperation): Promise<void> {
    for (;;) {
      const others = Object.entries(this.#store.get('VM', vm).current_operations).filter(
        ([task]) => task !== call.task,
      );
      if (others.length === 0) break;
      for (const [task, current] of others) {
        if (CANCELLED_BY_FORCE.includes(current)) this.#tasks.interrupt(task);
      }
      await this.#changed(vm, call.signal, this.#pace.ms('conflictWait'));
    }
    const refused = refusal(this.#viewWithout(vm, call.task), operation);
    if (refused !== undefined) throw refused;
  }

  #viewWithout(ref: string, task: string): VmView {
    const view = this.#view(ref);
    const { [task]: _own, ...others } = view.vm.current_operations;
    return { ...view, vm: { ...view.vm, current_operations: others } };
  }

  #wake(vm: string): void {
    const waiting = this.#waiting.get(vm);
    this.#waiting.delete(vm);
    for (const wake of waiting ?? []) wake();
  }

  async #changed(vm: string, signal: AbortSignal, atMostMs: number): Promise<void> {
    const wait = new AbortController();
    const wake = () => wait.abort(WOKEN);
    const waiting = this.#waiting.get(vm) ?? new Set();
    this.#waiting.set(vm, waiting.add(wake));
    try {
      // Timers of Node count to 2^31 ms: less than the months nobody waits here.
      await this.#pace.sleep(Math.min(atMostMs, 2 ** 31 - 1), AbortSignal.any([signal, wait.signal]));
    } catch (reason) {
      if (reason !== WOKEN) throw reason;
    } finally {
      waiting.delete(wake);
    }
  }
}

const WOKEN = new XapiFailure('WOKEN');
