// Tasks: what an asynchronous call leaves behind to be watched, and the handle by which any call is interrupted. A task lives
// in the memory of the master's toolstack: when that dies, all are gone.
import type { RecordOf, XapiValue } from './data-model.ts';
import { ToolstackGone, XapiFailure } from './errors.ts';
import type { Names } from './names.ts';
import type { Pace } from './pace.ts';
import type { ObjectStore } from './store.ts';
import type { Call } from './verbs.ts';
import { valueElement } from './wire/xml-rpc.ts';

/** Finished tasks that nobody destroys are swept after XenServer's 65 minutes. */
const KEPT_MS = 65 * 60 * 1000;

interface Job {
  readonly method: string;
  readonly session: string;
  /** The type of what `run` returns. */
  readonly result: string;
  run(call: Call): XapiValue | Promise<XapiValue>;
}

export class Tasks {
  readonly #store: ObjectStore;
  readonly #pace: Pace;
  readonly #names: Names;
  readonly #running = new Map<string, AbortController>();
  readonly #destroyWhenDone = new Set<string>();

  constructor(store: ObjectStore, pace: Pace, names: Names) {
    this.#store = store;
    this.#pace = pace;
    this.#names = names;
  }

  /** Runs a call that its client waits for. No record: only a handle to interrupt it by. */
  async runNow({ method, session, run }: Job, ended: AbortSignal | undefined): Promise<XapiValue> {
    const ref = `DummyRef:|${this.#names.uuid()}|task=${method}`;
    const controller = new AbortController();
    const signal = ended === undefined ? controller.signal : AbortSignal.any([controller.signal, ended]);
    this.#running.set(ref, controller);
    try {
      return await run({ method, session, task: ref, signal, progress: () => undefined });
    } finally {
      this.#running.delete(ref);
    }
  }

  /** Starts a call and returns its task at once. */
  start(job: Job, host: string): string {
    const ref = this.#insert(`Async.${job.method}`, '', host, ['cancel']);
    const controller = new AbortController();
    this.#running.set(ref, controller);
    void this.#carryOut(ref, job, controller.signal);
    return ref;
  }

  /** A task that a client makes for itself. */
  create(label: string, description: string, host: string): string {
    return this.#insert(label, description, host, ['cancel', 'destroy']);
  }

  /** @throws XapiFailure HANDLE_INVALID, OPERATION_NOT_ALLOWED */
  cancel(ref: string): void {
    const task = this.#store.get('task', ref);
    if (task.status === 'cancelling' || task.status === 'cancelled') return;
    if (!task.allowed_operations.includes('cancel')) {
      throw new XapiFailure('OPERATION_NOT_ALLOWED', 'The task cannot be cancelled');
    }
    this.#store.update('task', ref, { status: 'cancelling', current_operations: { [ref]: 'cancel' } });
    if (this.#running.has(ref)) this.interrupt(ref);
    else this.#finish(ref, { status: 'cancelled', error_info: ['TASK_CANCELLED', ref] });
  }

  /** @throws XapiFailure HANDLE_INVALID */
  destroy(ref: string): void {
    this.#store.get('task', ref);
    if (this.#running.has(ref)) this.#destroyWhenDone.add(ref);
    else this.#store.remove('task', ref);
  }

  /** Ends a call that is under way as cancelled, whether a task record stands for it or not. */
  interrupt(ref: string): void {
    this.#running.get(ref)?.abort(new XapiFailure('TASK_CANCELLED', ref));
  }

  /** The toolstack dies: nothing under way goes on, and no record of it is left. */
  loseAll(): void {
    for (const controller of this.#running.values()) controller.abort(new ToolstackGone());
    this.#running.clear();
    this.#destroyWhenDone.clear();
    for (const [ref] of this.#store.all('task')) this.#store.remove('task', ref);
  }

  /** Takes the records of what is under way, and lets it go on unseen. Returns how many. */
  loseRecords(method: string | undefined): number {
    const lost = this.#store
      .all('task')
      .filter(
        ([ref, { name_label }]) =>
          this.#running.has(ref) && [undefined, name_label.slice(6)].includes(method),
      );
    for (const [ref] of lost) this.#store.remove('task', ref);
    return lost.length;
  }

  #insert(
    label: string,
    description: string,
    host: string,
    allowed: RecordOf<'task'>['allowed_operations'],
  ): string {
    return this.#store.insert('task', {
      name_label: label,
      name_description: description,
      allowed_operations: allowed,
      status: 'pending',
      type: '<none/>',
      created: this.#pace.stamp(),
      resident_on: host,
      backtrace: '()',
    });
  }

  async #carryOut(ref: string, job: Job, signal: AbortSignal): Promise<void> {
    const { method, session } = job;
    const progress = (fraction: number) => {
      if (this.#store.find('task', ref)?.status === 'pending')
        this.#store.update('task', ref, { progress: fraction });
    };
    try {
      const value = await job.run({ method, session, task: ref, signal, progress });
      const result = job.result === 'void' ? '' : valueElement(job.result, value);
      this.#finish(ref, { status: 'success', result, progress: 1 });
    } catch (error) {
      this.#finish(ref, failed(error));
    } finally {
      this.#running.delete(ref);
      if (this.#destroyWhenDone.delete(ref) && this.#store.find('task', ref)) this.#store.remove('task', ref);
    }
  }

  #finish(ref: string, end: Partial<RecordOf<'task'>>): void {
    if (this.#store.find('task', ref) === undefined) return;
    this.#store.update('task', ref, {
      ...end,
      finished: this.#pace.stamp(),
      current_operations: {},
      allowed_operations: ['destroy'],
    });
    this.#pace.after(KEPT_MS, () => {
      if (this.#store.find('task', ref) !== undefined) this.#store.remove('task', ref);
    });
  }
}

function failed(error: unknown): Partial<RecordOf<'task'>> {
  const { code, params } =
    error instanceof XapiFailure ? error : new XapiFailure('INTERNAL_ERROR', String(error));
  return { status: code === 'TASK_CANCELLED' ? 'cancelled' : 'failure', error_info: [code, ...params] };
}
