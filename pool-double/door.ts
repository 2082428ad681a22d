// Where a host is called: open unless something keeps it shut. A listener on its address, or, for callers in the same process, a function.
import { NoConnection, ToolstackGone } from './errors.ts';

/** Why a door is shut. */
export type Reason = 'machine' | 'toolstack' | 'network' | 'closed';

export interface Door {
  /** Drops every call at once, and takes none until `unblock`ed. Resolves when nobody is heard any more. */
  block(reason: Reason): Promise<void>;
  /** Resolves when calls are taken again, or at once when something else keeps the door shut. */
  unblock(reason: Reason): Promise<void>;
}

/** The door of a host for callers in the same process. */
export class InnerDoor implements Door {
  readonly #address: string;
  readonly #reasons = new Set<Reason>();
  readonly #callers = new Set<AbortController>();

  constructor(address: string) {
    this.#address = address;
  }

  async block(reason: Reason): Promise<void> {
    this.#reasons.add(reason);
    for (const caller of [...this.#callers]) caller.abort(new ToolstackGone());
  }

  async unblock(reason: Reason): Promise<void> {
    this.#reasons.delete(reason);
  }

  /**
   * Has the host answer, as long as it is heard.
   * @param serve is handed a signal that is aborted when its caller is gone
   * @throws NoConnection
   */
  async enter<T>(gone: AbortSignal, serve: (gone: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#reasons.size > 0) throw new NoConnection(this.#address, false);
    const caller = new AbortController();
    const signal = AbortSignal.any([caller.signal, gone]);
    this.#callers.add(caller);
    try {
      return await new Promise<T>((resolve, reject) => {
        const drop = () => reject(new NoConnection(this.#address, true));
        signal.addEventListener('abort', drop, { once: true });
        serve(signal).then(resolve, (error: unknown) => {
          // The toolstack died under the call: there is no answer.
          if (error instanceof ToolstackGone) drop();
          else reject(error);
        });
      });
    } finally {
      this.#callers.delete(caller);
    }
  }
}
