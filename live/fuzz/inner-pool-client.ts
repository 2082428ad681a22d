// Speaks to a pool in this process as the npm package xen-api speaks to one over the network: logs in, again at the master where another host
// answers, keeps a cache by event.from, reads it anew when the session is lost, and asks what only reads again when a connection breaks. All in
// the time that is handed in.
import { EventEmitter } from 'node:events';
import type { XapiOptions, XapiRecord } from 'xen-api';
import type { PoolClient } from '../hypervisors/xapi/pool-transport.ts';
import { fieldsOf, text } from '../hypervisors/xapi/records.ts';
import type { WaitingTime } from '../hypervisors/xapi/waiting-time.ts';

/** Calls a method at an address. Rejects as the pool refuses, or with the code of a socket. */
export type PoolCall = (
  address: string,
  method: string,
  params: readonly unknown[],
  gone: AbortSignal,
) => Promise<unknown>;

export interface InnerClientParts {
  readonly options: XapiOptions;
  readonly time: WaitingTime;
  readonly call: PoolCall;
}

/** As xen-api has them. */
const EVENT_WAIT_S = 60.1;
const EVENT_TIMEOUT_MS = 66_000;
const READ_TRIES = 10;
const READ_PAUSE_MS = 1_000;
const READ_ONLY = /^[^.]+\.get_/;

class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

export class InnerPoolClient extends EventEmitter implements PoolClient {
  readonly objects: EventEmitter & { all: Record<string, XapiRecord> };
  readonly objectsFetched: Promise<void>;
  readonly #parts: InnerClientParts;
  readonly #types: readonly string[];
  readonly #byRef = new Map<string, XapiRecord>();
  readonly #gone = new AbortController();
  #status: PoolClient['status'] = 'disconnected';
  #address: string;
  #session = '';
  #pool = '';
  #fetched = () => {};

  constructor(parts: InnerClientParts) {
    super();
    const { url, watchEvents } = parts.options;
    this.#parts = parts;
    this.#address = new URL(url).hostname;
    this.#types = Array.isArray(watchEvents) ? watchEvents : [];
    this.objects = Object.assign(new EventEmitter(), { all: {} });
    this.objectsFetched = new Promise((resolve) => {
      this.#fetched = resolve;
    });
  }

  get status(): PoolClient['status'] {
    return this.#status;
  }

  get sessionId(): string {
    return this.#session;
  }

  getObjectByRef(ref: string, fallback: undefined): XapiRecord | undefined {
    return this.#byRef.get(ref) ?? fallback;
  }

  async connect(): Promise<void> {
    this.#status = 'connecting';
    try {
      await this.#logIn();
    } catch (error) {
      await this.disconnect();
      throw error;
    }
    // Nobody waited for it any more.
    if (this.#gone.signal.aborted) throw new Error('disconnected');
    this.#status = 'connected';
    if (this.#types.length > 0) void this.#watch();
  }

  async disconnect(): Promise<void> {
    if (this.#status === 'disconnected') return;
    this.#status = 'disconnected';
    const session = this.#session;
    if (session !== '') this.#ask('session.logout', [session]).catch(() => undefined);
    this.#gone.abort(new Error('disconnected'));
  }

  async call(method: string, ...args: readonly unknown[]): Promise<unknown> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#inSession(method, args);
      } catch (error) {
        const isWorthIt = READ_ONLY.test(method) && codeOf(error) === 'ECONNRESET' && tries < READ_TRIES;
        if (!isWorthIt || this.#status === 'disconnected') throw error;
        await this.#parts.time.pause(READ_PAUSE_MS, this.#gone.signal);
      }
    }
  }

  #ask(method: string, params: readonly unknown[]): Promise<unknown> {
    return this.#parts.call(this.#address, method, params, this.#gone.signal);
  }

  async #logIn(): Promise<void> {
    const { user = '', password = '' } = this.#parts.options.auth ?? {};
    const enter = () => this.#ask('session.login_with_password', [user, password]);
    try {
      this.#session = text(await enter());
    } catch (error) {
      if (codeOf(error) !== 'HOST_IS_SLAVE') throw error;
      [this.#address = ''] = (error as { readonly params: readonly string[] }).params;
      this.#session = text(await enter());
    }
    [this.#pool = ''] = Object.keys(fieldsOf(await this.#ask('pool.get_all_records', [this.#session])));
  }

  /** A session that was lost is made anew once. */
  async #inSession(method: string, args: readonly unknown[]): Promise<unknown> {
    try {
      return await this.#ask(method, [this.#session, ...args]);
    } catch (error) {
      if (codeOf(error) !== 'SESSION_INVALID' || this.#status === 'disconnected') throw error;
    }
    try {
      await this.#logIn();
      return await this.#ask(method, [this.#session, ...args]);
    } catch (error) {
      if (codeOf(error) === 'SESSION_INVALID') await this.disconnect();
      throw error;
    }
  }

  // The cache

  async #watch(): Promise<void> {
    const { options, time } = this.#parts;
    const { debounce = 200, eventPollDelay = 60_000 } = options;
    const { signal } = this.#gone;
    while (!signal.aborted) {
      let token: string;
      try {
        token = text(await this.#inSession('event.inject', ['pool', this.#pool]));
      } catch {
        await time.pause(eventPollDelay, signal);
        continue;
      }
      await this.#refresh(this.#types);
      this.#fetched();
      for (;;) {
        await time.pause(debounce, signal);
        if (signal.aborted) return;
        try {
          token = await this.#hear(token);
        } catch (error) {
          const code = codeOf(error);
          if (code === 'EVENTS_LOST' || code === 'SESSION_INVALID') break;
          if (signal.aborted) return;
          this.emit('eventFetchingError', error);
          await time.pause(eventPollDelay, signal);
        }
      }
    }
  }

  /** @returns the token of what comes next */
  async #hear(token: string): Promise<string> {
    const answer = fieldsOf(
      await this.#inTime(this.#ask('event.from', [this.#session, this.#types, token, EVENT_WAIT_S])),
    );
    const { events, token: next, valid_ref_counts: counts } = answer;
    const batch = new Batch();
    for (const event of Array.isArray(events) ? events.map(fieldsOf) : []) {
      const ref = text(event['ref']);
      if (event['operation'] === 'del') this.#drop(ref, batch);
      else this.#keep(this.#typeOf(text(event['class'])), ref, fieldsOf(event['snapshot']), batch);
    }
    this.#flush(batch);
    // Tasks vanish when a toolstack restarts, and nobody tells.
    const tasks = [...this.#byRef.values()].filter(({ $type }) => $type === 'task').length;
    if (this.#types.includes('task') && fieldsOf(counts)['task'] !== tasks) await this.#refresh(['task']);
    return text(next);
  }

  async #refresh(types: readonly string[]): Promise<void> {
    const batch = new Batch();
    const read = async (type: string) => {
      let records: Readonly<Record<string, unknown>>;
      try {
        records = fieldsOf(await this.call(`${type}.get_all_records`));
      } catch {
        // What is known of them stays as it is.
        return;
      }
      for (const [ref, record] of Object.entries(records)) this.#keep(type, ref, fieldsOf(record), batch);
      for (const [ref, { $type }] of this.#byRef)
        if ($type === type && !(ref in records)) this.#drop(ref, batch);
    };
    await Promise.all(types.map(read));
    this.#flush(batch);
  }

  #keep(type: string, ref: string, record: Readonly<Record<string, unknown>>, batch: Batch): void {
    const uuid = text(record['uuid']);
    const kept: XapiRecord = { ...record, uuid, $id: uuid === '' ? ref : uuid, $ref: ref, $type: type };
    this.#byRef.set(ref, kept);
    const { all } = this.objects;
    (kept.$id in all ? batch.updated : batch.added)[kept.$id] = kept;
    all[kept.$id] = kept;
  }

  #drop(ref: string, batch: Batch): void {
    const known = this.#byRef.get(ref);
    if (known === undefined) return;
    this.#byRef.delete(ref);
    delete this.objects.all[known.$id];
    batch.removed[known.$id] = known;
  }

  #flush({ added, removed, updated }: Batch): void {
    if (this.#gone.signal.aborted) return;
    for (const [event, items] of [
      ['add', added],
      ['update', updated],
      ['remove', removed],
    ] as const)
      if (Object.keys(items).length > 0) this.objects.emit(event, items);
  }

  /** Events name classes in small letters. */
  #typeOf(name: string): string {
    return this.#types.find((type) => type.toLowerCase() === name) ?? name;
  }

  async #inTime(answer: Promise<unknown>): Promise<unknown> {
    let cancel = () => {};
    const late = new Promise<never>((_resolve, reject) => {
      cancel = this.#parts.time.after(EVENT_TIMEOUT_MS, () => reject(new TimeoutError('no events in time')));
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      cancel();
      answer.catch(() => undefined);
    }
  }
}

/** What changed in the cache, by id. */
class Batch {
  readonly added: Record<string, XapiRecord> = {};
  readonly updated: Record<string, XapiRecord> = {};
  readonly removed: Record<string, XapiRecord> = {};
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
