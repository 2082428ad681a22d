// Only for recordings of version 0.1.0, which did not store inputs: they are read off the events.
// A hypervisor that does what it did when it was recorded: operations end when their results were recorded, with those results, and
// whatever happened by itself happens again.
import { Observable, of, Subject, type Subscriber } from 'rxjs';
import {
  type Dispatcher,
  DispatcherError,
  type DispatcherErrorCode,
  type Observation,
  type VmObservation,
  type VmOperation,
  type VmSpec,
} from '../../../engine/index.ts';
import type { RecordedNews } from './recorded-inputs.ts';

interface Operation {
  readonly name: VmOperation;
  readonly subscriber: Subscriber<VmObservation>;
}

export class RecordedHypervisor implements Dispatcher {
  readonly #observations = new Subject<Observation>();
  readonly #inProgress = new Map<string, Operation>();
  /** What was last said of each VM. */
  readonly #seen = new Map<string, VmObservation>();

  get observations$(): Observable<Observation> {
    return this.#observations;
  }

  create({ vmId }: VmSpec): Observable<VmObservation> {
    return this.#operation('create', vmId);
  }

  start(vmId: string): Observable<VmObservation> {
    return this.#operation('start', vmId);
  }

  stop(vmId: string): Observable<VmObservation> {
    return this.#operation('stop', vmId);
  }

  reboot(vmId: string): Observable<VmObservation> {
    return this.#operation('reboot', vmId);
  }

  pause(vmId: string): Observable<VmObservation> {
    return this.#operation('pause', vmId);
  }

  unpause(vmId: string): Observable<VmObservation> {
    return this.#operation('unpause', vmId);
  }

  suspend(vmId: string): Observable<VmObservation> {
    return this.#operation('suspend', vmId);
  }

  resume(vmId: string): Observable<VmObservation> {
    return this.#operation('resume', vmId);
  }

  migrate(vmId: string): Observable<VmObservation> {
    return this.#operation('migrate', vmId);
  }

  destroy(vmId: string): Observable<VmObservation> {
    return this.#operation('destroy', vmId);
  }

  /** A replay begins where the recording did: before the first VM. */
  inventory(): Observable<readonly VmObservation[]> {
    return of([]);
  }

  /**
   * Ends what must have ended without a trace before this news could come, such as a reboot that went well. The manager has to draw its
   * conclusions before {@link deliver} is called.
   */
  settle(news: RecordedNews): void {
    const vmId = vmOf(news);
    const operation = vmId === undefined ? undefined : this.#inProgress.get(vmId);
    if (vmId === undefined || operation === undefined || canEndWith(operation.name, news)) return;
    const seen = this.#seen.get(vmId);
    if (seen !== undefined) this.#succeed(vmId, seen);
  }

  deliver(news: RecordedNews): void {
    switch (news.kind) {
      case 'node-down':
      case 'node-up':
        this.#observations.next(news);
        break;
      case 'failed': {
        const operation = this.#end(news.vmId);
        const { error, operation: name, vmId } = news;
        operation?.subscriber.error(
          new DispatcherError(error as DispatcherErrorCode, `${name} of ${vmId} failed, as recorded`),
        );
        break;
      }
      case 'done':
        this.#succeed(news.seen.vmId, news.seen);
        break;
      case 'observed':
        // What a service finds when it is back is how the operations went that were in progress when it stopped.
        if (news.cause === 'outside' && this.#inProgress.has(news.seen.vmId)) {
          this.#succeed(news.seen.vmId, news.seen);
        } else this.#observe(news.seen, news.cause);
        break;
    }
  }

  #operation(name: VmOperation, vmId: string): Observable<VmObservation> {
    return new Observable((subscriber) => {
      const operation = { name, subscriber };
      this.#inProgress.set(vmId, operation);
      return () => {
        if (this.#inProgress.get(vmId) === operation) this.#inProgress.delete(vmId);
      };
    });
  }

  #succeed(vmId: string, seen: VmObservation): void {
    const operation = this.#end(vmId);
    if (operation === undefined) {
      // The manager is not where it was: it gets to know all the same.
      this.#observe(seen, 'operation');
      return;
    }
    this.#seen.set(vmId, seen);
    operation.subscriber.next(seen);
    operation.subscriber.complete();
  }

  #observe(seen: VmObservation, cause: Extract<Observation, { kind: 'vm' }>['cause']): void {
    this.#seen.set(seen.vmId, seen);
    this.#observations.next({ kind: 'vm', vm: seen, cause });
  }

  #end(vmId: string): Operation | undefined {
    const operation = this.#inProgress.get(vmId);
    this.#inProgress.delete(vmId);
    return operation;
  }
}

function vmOf(news: RecordedNews): string | undefined {
  if (news.kind === 'node-down' || news.kind === 'node-up') return undefined;
  return news.kind === 'failed' ? news.vmId : news.seen.vmId;
}

function canEndWith(name: VmOperation, news: RecordedNews): boolean {
  switch (news.kind) {
    case 'failed':
      return news.operation === name;
    case 'done':
      return news.migrated ? name === 'migrate' : RESULTS[name].includes(news.seen.state);
    case 'observed':
      return news.early || news.cause === 'outside';
    default:
      return true;
  }
}

const RESULTS: Readonly<Record<VmOperation, readonly string[]>> = {
  create: ['HALTED'],
  start: ['RUNNING'],
  stop: ['HALTED'],
  reboot: ['RUNNING'],
  pause: ['PAUSED'],
  unpause: ['RUNNING'],
  suspend: ['SUSPENDED'],
  resume: ['RUNNING'],
  migrate: [],
  destroy: ['DELETED'],
};
