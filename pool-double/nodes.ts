// The machines of the pool as they are, apart from what the database says of them: whether one is alive, and in what state
// its toolstack is.
import { XapiFailure } from './errors.ts';
import type { Pace } from './pace.ts';
import type { ObjectStore } from './store.ts';

export interface Node {
  /** The host's reference: another one each time that the machine joins a pool. */
  host: string;
  readonly address: string;
  /** Aborted when the machine dies; a new one when it comes back. */
  life: AbortController;
  /** By which its clock is ahead. */
  clockOffsetMs: number;
  /** What its toolstack answers to every call instead of serving it. */
  emergency: XapiFailure | undefined;
}

export class Nodes {
  readonly #store: ObjectStore;
  readonly #pace: Pace;
  readonly #nodes = new Map<string, Node>();
  /** Machines that have left, by address. */
  readonly #strangers = new Map<string, Node>();

  constructor(store: ObjectStore, pace: Pace) {
    this.#store = store;
    this.#pace = pace;
  }

  add(host: string, address: string): void {
    this.#nodes.set(host, {
      host,
      address,
      life: new AbortController(),
      clockOffsetMs: 0,
      emergency: undefined,
    });
  }

  /** The machine is no member any more. */
  leave(host: string): void {
    this.#strangers.set(this.get(host).address, this.get(host));
    this.#nodes.delete(host);
  }

  /** A machine that left is a member again. @throws XapiFailure HOST_OFFLINE when there is none at that address */
  join(address: string, admit: () => string): Node {
    const node = this.#strangers.get(address);
    if (node === undefined) throw new XapiFailure('HOST_OFFLINE', address);
    this.#strangers.delete(address);
    node.host = admit();
    this.#nodes.set(node.host, node);
    return node;
  }

  all(): Node[] {
    return [...this.#nodes.values()];
  }

  /** @throws XapiFailure HANDLE_INVALID */
  get(host: string): Node {
    const node = this.#nodes.get(host);
    if (node === undefined) throw new XapiFailure('HANDLE_INVALID', 'host', host);
    return node;
  }

  isAlive(host: string): boolean {
    return !this.get(host).life.signal.aborted;
  }

  get pool(): string {
    const [[ref] = ['']] = this.#store.all('pool');
    return ref;
  }

  /** The node that the pool's record names. */
  get master(): Node {
    return this.get(this.#store.get('pool', this.pool).master);
  }

  /**
   * Lets an operation through to a host, and waits for one that does not answer.
   * @throws XapiFailure HOST_OFFLINE when it is known to be dead, else CANNOT_CONTACT_HOST after a while
   */
  async reach(host: string, signal: AbortSignal): Promise<void> {
    const { metrics } = this.#store.get('host', host);
    if (!this.#store.get('host_metrics', metrics).live) throw new XapiFailure('HOST_OFFLINE', host);
    if (this.isAlive(host)) return;
    await this.#pace.sleep(this.#pace.ms('contactTimeout'), signal);
    throw new XapiFailure('CANNOT_CONTACT_HOST', host);
  }

  /** The time of an operation on a host. @throws XapiFailure CANNOT_CONTACT_HOST when that dies meanwhile */
  async workOn(host: string, method: string, ms: number, signal: AbortSignal): Promise<void> {
    await this.#pace.work(method, ms, AbortSignal.any([signal, this.get(host).life.signal]));
  }

  /** The machine is gone from one moment to the next. */
  kill(host: string): void {
    this.get(host).life.abort(new XapiFailure('CANNOT_CONTACT_HOST', host));
  }

  revive(host: string): void {
    this.get(host).life = new AbortController();
  }
}
