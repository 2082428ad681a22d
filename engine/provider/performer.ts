// Effects of a provider carried out on a dispatcher, and their ends as reports. One operation at a time for each VM.
import type { Observable, Subscription } from 'rxjs';
import { type Dispatcher, DispatcherError, type VmObservation } from '../hypervisor/dispatcher.ts';
import { assertNever } from '../invariant.ts';
import type { Effect } from './commit.ts';
import type { Report } from './input.ts';

type Operation = Exclude<Effect, { readonly kind: 'abandon' }>;

export class Performer {
  readonly #dispatcher: Dispatcher;
  readonly #onReport: (report: Report) => void;
  readonly #onError: (error: unknown) => void;
  readonly #inProgress = new Map<
    string,
    { readonly number: number; subscription: Subscription | undefined }
  >();

  /** @param onError what is neither a result nor a DispatcherError: a bug */
  constructor(
    dispatcher: Dispatcher,
    { onError, onReport }: { onReport: (report: Report) => void; onError: (error: unknown) => void },
  ) {
    this.#dispatcher = dispatcher;
    this.#onReport = onReport;
    this.#onError = onError;
  }

  perform(effect: Effect): void {
    if (effect.kind === 'abandon') {
      const inProgress = this.#inProgress.get(effect.vmId);
      if (inProgress?.number !== effect.number) return;
      this.#inProgress.delete(effect.vmId);
      inProgress.subscription?.unsubscribe();
      return;
    }
    const { kind: operation, number, vmId } = effect;
    const entry: { readonly number: number; subscription: Subscription | undefined } = {
      number,
      subscription: undefined,
    };
    this.#inProgress.set(vmId, entry);
    const isOver = () => {
      if (this.#inProgress.get(vmId) === entry) this.#inProgress.delete(vmId);
    };
    entry.subscription = this.#begin(effect).subscribe({
      next: (seen) => {
        isOver();
        this.#onReport({ kind: 'done', vmId, operation, number, seen });
      },
      error: (error: unknown) => {
        isOver();
        if (error instanceof DispatcherError) this.#onReport(failureOf(error, { vmId, operation, number }));
        else this.#onError(error);
      },
    });
  }

  #begin(effect: Operation): Observable<VmObservation> {
    const { vmId } = effect;
    const dispatcher = this.#dispatcher;
    switch (effect.kind) {
      case 'create':
        return dispatcher.create(effect.vm);
      case 'start':
        return dispatcher.start(vmId, effect.nodeId);
      case 'stop':
        return dispatcher.stop(vmId, effect.mode);
      case 'reboot':
        return dispatcher.reboot(vmId);
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
