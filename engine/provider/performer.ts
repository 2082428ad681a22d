// Effects of a provider carried out on a dispatcher, and their ends as reports. One operation at a time for each VM.
import type { Observable, Observer, Subscription } from 'rxjs';
import { type Dispatcher, DispatcherError, type VmObservation } from '../hypervisor/dispatcher.ts';
import { assertNever } from '../invariant.ts';
import type { Effect } from './commit.ts';
import type { Report } from './input.ts';

type Operation = Exclude<Effect, { readonly kind: 'abandon' }>;

export interface PerformerOptions {
  readonly onReport: (report: Report) => void;
  /** What is neither a result nor a DispatcherError: a bug. */
  readonly onError: (error: unknown) => void;
}

export class Performer {
  readonly #dispatcher: Dispatcher;
  readonly #options: PerformerOptions;
  /** By VM. */
  readonly #inProgress = new Map<string, OperationInProgress>();

  constructor(dispatcher: Dispatcher, options: PerformerOptions) {
    this.#dispatcher = dispatcher;
    this.#options = options;
  }

  perform(effect: Effect): void {
    const { vmId } = effect;
    if (effect.kind === 'abandon') {
      const inProgress = this.#inProgress.get(vmId);
      if (inProgress?.effect.number !== effect.number) return;
      this.#inProgress.delete(vmId);
      inProgress.subscription?.unsubscribe();
      return;
    }
    const inProgress = new OperationInProgress(effect, this.#inProgress, this.#options);
    const subscription = this.#begin(effect).subscribe(inProgress);
    // What takes no time is over by now.
    if (inProgress.isOver) return;
    inProgress.subscription = subscription;
    this.#inProgress.set(vmId, inProgress);
  }

  #begin(effect: Operation): Observable<VmObservation> {
    const { vmId } = effect;
    const dispatcher = this.#dispatcher;
    switch (effect.kind) {
      case 'create':
        return dispatcher.create(effect.vm);
      case 'start':
        return dispatcher.start(vmId, effect.nodeId, effect.fromCheckpoint);
      case 'stop':
        return dispatcher.stop(vmId, effect.mode);
      case 'reboot':
        return dispatcher.reboot(vmId);
      case 'pause':
        return dispatcher.pause(vmId);
      case 'unpause':
        return dispatcher.unpause(vmId);
      case 'suspend':
        return dispatcher.suspend(vmId);
      case 'resume':
        return dispatcher.resume(vmId, effect.nodeId);
      case 'migrate':
        return dispatcher.migrate(vmId, effect.toNodeId);
      case 'destroy':
        return dispatcher.destroy(vmId);
      default:
        return assertNever(effect);
    }
  }
}

function failureOf(
  { code, hindrance }: DispatcherError,
  operation: Pick<Extract<Report, { kind: 'failed' }>, 'vmId' | 'operation' | 'number'>,
): Report {
  const isHindered = code === 'REFUSED' || code === 'NOT_NOW';
  return { kind: 'failed', ...operation, error: code, ...(isHindered && { hindrance }) };
}

/** Hears how an operation ends, and reports it. */
class OperationInProgress implements Partial<Observer<VmObservation>> {
  readonly effect: Operation;
  subscription: Subscription | undefined;
  isOver = false;
  readonly #all: Map<string, OperationInProgress>;
  readonly #options: PerformerOptions;

  constructor(effect: Operation, all: Map<string, OperationInProgress>, options: PerformerOptions) {
    this.effect = effect;
    this.#all = all;
    this.#options = options;
  }

  next(seen: VmObservation): void {
    this.#end();
    const { kind: operation, number, vmId } = this.effect;
    this.#options.onReport({ kind: 'done', vmId, operation, number, seen });
  }

  error(error: unknown): void {
    this.#end();
    const { kind: operation, number, vmId } = this.effect;
    if (error instanceof DispatcherError)
      this.#options.onReport(failureOf(error, { vmId, operation, number }));
    else this.#options.onError(error);
  }

  #end(): void {
    const { vmId } = this.effect;
    this.isOver = true;
    this.subscription = undefined;
    if (this.#all.get(vmId) === this) this.#all.delete(vmId);
  }
}
