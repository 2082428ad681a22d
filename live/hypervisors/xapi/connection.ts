// The one connection to a pool: finds its master, logs in, and does so again elsewhere when the master is lost or another one. Calls
// wait for that, up to a deadline of their own; those that may have taken effect are never repeated here.

import type { XapiRecord } from 'xen-api';
import type { HostTimers } from '../../../engine/index.ts';
import type { HypervisorLog } from '../definition.ts';
import { PoolFailure, PoolUnreachable, understand } from './pool-error.ts';
import { NETWORK, type PoolClient, type PoolTransport } from './pool-transport.ts';
import { WaitingTime } from './waiting-time.ts';
import type { XenSettings } from './xen-settings.ts';

export interface ConnectionParts {
  readonly settings: XenSettings;
  readonly log: HypervisorLog;
  /** Whose clock and timers count. */
  readonly host: HostTimers;
  /** Default: the network. */
  readonly transport?: PoolTransport;
  /** Sends nothing that changes anything. */
  readonly readOnly?: boolean;
  /** Keeps no records: for a short visit. */
  readonly withoutEvents?: boolean;
}

/** Records of the cache that came or changed; `gone` are the ids (uuid, else reference) of those that went. */
export interface PoolChange {
  readonly changed: readonly XapiRecord[];
  readonly gone: readonly string[];
}

/** What the dispatcher needs to know of. */
const WATCHED = [
  'pool',
  'task',
  'VM',
  'VM_guest_metrics',
  'host',
  'host_metrics',
  'VBD',
  'VDI',
  'VIF',
  'SR',
  'PBD',
  'network',
];

/** Methods that can be asked twice. */
const QUESTION = /\.(get_|compute_|assert_)|^system\./;

export class PoolConnection {
  /** In which everybody waits who waits for the pool. */
  readonly time: WaitingTime;
  readonly transport: PoolTransport;
  readonly #parts: ConnectionParts;
  readonly #changeListeners = new Set<(change: PoolChange) => void>();
  readonly #connectionListeners = new Set<() => void>();
  /** Addresses of members, the most promising first. */
  #addresses: string[];
  #client: PoolClient | undefined;
  #reconnection: Promise<void> | undefined;
  #isClosed = false;
  readonly #closed = new AbortController();

  private constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.time = new WaitingTime(parts.host);
    this.transport = parts.transport ?? NETWORK;
    this.#addresses = [hostOf(parts.settings.url), ...parts.settings.hosts];
  }

  /**
   * Connects for the first time: each known member is tried once.
   * @throws PoolUnreachable, PoolFailure SESSION_AUTHENTICATION_FAILED
   */
  static async open(parts: ConnectionParts): Promise<PoolConnection> {
    const connection = new PoolConnection(parts);
    await connection.#connectToAny();
    return connection;
  }

  /**
   * @throws PoolFailure when the pool refuses
   * @throws PoolUnreachable when nobody answered in time
   */
  async call(method: string, ...args: readonly unknown[]): Promise<unknown> {
    const deadlineMs = this.time.now() + this.#parts.settings.pace.callTimeoutMs;
    for (;;) {
      const client = await this.#connected(deadlineMs);
      try {
        return await this.#inTime(client.call(method, ...args), deadlineMs - this.time.now(), method);
      } catch (error) {
        const trouble = understand(error);
        if (trouble instanceof PoolFailure || this.#isClosed) throw trouble;
        if (trouble.cause instanceof NoAnswer) throw trouble;
        this.#lose(client, trouble);
        if (trouble.mayHaveHappened && !QUESTION.test(method)) throw trouble;
      }
    }
  }

  /** What is known of all objects of a class, without a question. */
  records(type: string): XapiRecord[] {
    const all = this.#client?.objects.all ?? {};
    return Object.values(all).filter(({ $type }) => $type === type);
  }

  /** What is known of an object by its reference. */
  record(ref: string): XapiRecord | undefined {
    return this.#client?.getObjectByRef(ref, undefined);
  }

  get isConnected(): boolean {
    return this.#client !== undefined;
  }

  /** For what is not a call. @throws PoolUnreachable */
  async session(): Promise<string> {
    const client = await this.#connected(this.time.now() + this.#parts.settings.pace.callTimeoutMs);
    return client.sessionId;
  }

  /** After each change of the cache; the function returned ends it. */
  onChange(listener: (change: PoolChange) => void): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  /** After each connection but the first, when the cache is full again. */
  onReconnected(listener: () => void): () => void {
    this.#connectionListeners.add(listener);
    return () => this.#connectionListeners.delete(listener);
  }

  /** Resolves when the pool answers. @throws PoolUnreachable after `timeoutMs` */
  async whenConnected(timeoutMs: number): Promise<void> {
    await this.#connected(this.time.now() + timeoutMs);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closed.abort();
    this.#changeListeners.clear();
    this.#connectionListeners.clear();
    const client = this.#client;
    this.#client = undefined;
    await this.#reconnection?.catch(() => undefined);
    await client?.disconnect();
  }

  // Being connected

  async #connected(deadlineMs: number): Promise<PoolClient> {
    for (;;) {
      if (this.#isClosed) throw new PoolUnreachable('the connection is closed', { mayHaveHappened: false });
      if (this.#client?.status === 'connected') return this.#client;
      if (this.#client !== undefined)
        this.#lose(this.#client, new PoolUnreachable('the session was lost', { mayHaveHappened: false }));
      await this.#inTime(this.#reconnect(), deadlineMs - this.time.now(), 'the pool');
    }
  }

  #lose(client: PoolClient, why: PoolUnreachable): void {
    if (this.#client !== client || this.#isClosed) return;
    this.#client = undefined;
    this.#parts.log.warn({ reason: why.message }, 'the connection to the pool is lost');
    if (why.master !== undefined) this.#prefer(why.master);
    letGo(client);
    void this.#reconnect().catch(() => undefined);
  }

  #reconnect(): Promise<void> {
    this.#reconnection ??= this.#tryUntilConnected().finally(() => {
      this.#reconnection = undefined;
    });
    return this.#reconnection;
  }

  async #tryUntilConnected(): Promise<void> {
    const { first, longest } = this.#parts.settings.pace.reconnectMs;
    for (let delayMs = first; !this.#isClosed; delayMs = Math.min(2 * delayMs, longest)) {
      try {
        await this.#connectToAny();
        this.#parts.log.info({ address: this.#addresses[0] }, 'connected to the pool again');
        for (const listener of [...this.#connectionListeners]) listener();
        return;
      } catch (error) {
        this.#parts.log.warn({ reason: understand(error).message }, 'no connection to the pool yet');
        await this.time.pause(delayMs, this.#closed.signal);
      }
    }
    throw new PoolUnreachable('the connection is closed', { mayHaveHappened: false });
  }

  /** @throws PoolFailure or PoolUnreachable of the member that said most */
  async #connectToAny(): Promise<void> {
    let said: PoolFailure | PoolUnreachable | undefined;
    for (const address of [...this.#addresses]) {
      try {
        await this.#connectTo(address);
        this.#prefer(address);
        return;
      } catch (error) {
        const trouble = understand(error);
        if (said === undefined || trouble instanceof PoolFailure) said = trouble;
      }
      if (this.#isClosed) break;
    }
    throw said ?? new PoolUnreachable('no member of the pool is known', { mayHaveHappened: false });
  }

  async #connectTo(address: string): Promise<void> {
    const { settings, readOnly = false, withoutEvents = false } = this.#parts;
    const { allowUnauthorized, pace, password, transport, user } = settings;
    const client = await this.transport.client({
      url: withHost(settings.url, address),
      auth: { user, password },
      allowUnauthorized,
      readOnly,
      transport,
      watchEvents: withoutEvents ? false : WATCHED,
      callTimeout: pace.callTimeoutMs,
      eventPollDelay: pace.eventPollDelayMs,
      debounce: pace.eventDebounceMs,
    });
    const deadlineMs = this.time.now() + pace.connectTimeoutMs;
    try {
      await this.#inTime(client.connect(), pace.connectTimeoutMs, address);
      if (!withoutEvents) {
        this.#listenTo(client);
        await this.#inTime(client.objectsFetched, deadlineMs - this.time.now(), address);
      }
    } catch (error) {
      letGo(client);
      throw error;
    }
    if (this.#isClosed) {
      letGo(client);
      throw new PoolUnreachable('the connection is closed', { mayHaveHappened: false });
    }
    this.#client = client;
    for (const { address: member } of this.records('host')) {
      const known = String(member);
      if (known !== '' && !this.#addresses.includes(known)) this.#addresses.push(known);
    }
  }

  #listenTo(client: PoolClient): void {
    const tell = (items: Readonly<Record<string, XapiRecord>>) => {
      this.#tell(client, { changed: Object.values(items), gone: [] });
    };
    client.objects.on('add', tell);
    client.objects.on('update', tell);
    client.objects.on('remove', (items: Readonly<Record<string, unknown>>) => {
      this.#tell(client, { changed: [], gone: Object.keys(items) });
    });
    // A stream that fails may be that of a master that is none any more: a new connection finds out, and reads everything anew.
    client.on('eventFetchingError', (error: unknown) => {
      const trouble = understand(error);
      this.#lose(
        client,
        trouble instanceof PoolUnreachable
          ? trouble
          : new PoolUnreachable(trouble.message, { cause: error, mayHaveHappened: false }),
      );
    });
  }

  /** The first filling of a cache is no news; whoever listens looks at all of it when told of the connection. */
  #tell(client: PoolClient, change: PoolChange): void {
    if (this.#client !== client) return;
    for (const listener of [...this.#changeListeners]) listener(change);
  }

  #prefer(address: string): void {
    this.#addresses = [address, ...this.#addresses.filter((known) => known !== address)];
  }

  /** @throws PoolUnreachable that may have happened, after so long */
  async #inTime<T>(promise: Promise<T>, timeoutMs: number, who: string): Promise<T> {
    let cancel = () => {};
    const late = new Promise<never>((_resolve, reject) => {
      cancel = this.time.after(timeoutMs, () => {
        const message = `${who} did not answer in time`;
        reject(new PoolUnreachable(message, { cause: new NoAnswer(message), mayHaveHappened: true }));
      });
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      cancel();
      // Whoever is not waited for any more may fail unheard.
      promise.catch(() => undefined);
    }
  }
}

/** The answer did not come in time; a connection that still serves others is not to blame. */
class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

function letGo(client: PoolClient): void {
  client.disconnect().catch(() => undefined);
}

export function hostOf(url: string): string {
  return new URL(url).hostname;
}

export function withHost(url: string, host: string): string {
  const other = new URL(url);
  other.hostname = host;
  return other.href;
}
