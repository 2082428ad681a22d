// event.from and event.inject: what changed since a token. The token is the generation of the store, told in the toolstack's
// form; a caller that is up to date waits for news.
import { CLASS_NAMES, type ClassName, type XapiValue } from './data-model.ts';
import { XapiFailure } from './errors.ts';
import type { Pace } from './pace.ts';
import type { Change, ObjectStore } from './store.ts';

type Watches = (className: ClassName, ref: string) => boolean;

/** Node's timers take no more. */
const LONGEST_MS = 2 ** 31 - 1;

/** Messages are files beside the database, and not counted. */
const TABLES = CLASS_NAMES.filter((name) => name !== 'message');

/** In the answer, as the toolstack builds it. */
const ORDER = ['add', 'mod', 'del'];

export class Events {
  readonly #store: ObjectStore;
  readonly #pace: Pace;
  #flow = Promise.resolve();
  #release: () => void = () => undefined;

  constructor(store: ObjectStore, pace: Pace) {
    this.#store = store;
    this.#pace = pace;
  }

  /**
   * What changed after `token` ('' for everything), at once when anything did, else within `seconds`.
   * @throws XapiFailure EVENT_FROM_TOKEN_PARSE_FAILURE, EVENT_SUBSCRIPTION_PARSE_FAILURE, and the signal's reason
   */
  async from(
    classes: readonly string[],
    token: string,
    seconds: number,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, XapiValue>>> {
    const since = parseToken(token);
    const watches = parseClasses(classes);
    const deadlineMs = this.#pace.now() + Math.max(0, seconds) * 1000;
    // Changes come in bursts: a little patience makes one batch of them.
    const taskOnly = classes.every((name) => name.toLowerCase().startsWith('task'));
    if (!taskOnly) await this.#pace.sleep(this.#pace.ms('eventBatch'), signal);
    let changes = this.#store.changesSince(since, watches);
    while (changes.length === 0 && this.#pace.now() < deadlineMs) {
      await this.#news(watches, Math.min(deadlineMs - this.#pace.now(), LONGEST_MS), signal);
      if (!taskOnly) await this.#pace.sleep(this.#pace.ms('eventBatch'), signal);
      changes = this.#store.changesSince(since, watches);
    }
    await unlessAborted(this.#flow, signal);
    // Whoever was held up gets what is true now.
    changes = this.#store.changesSince(since, watches);
    return {
      events: changes
        .sort(
          (a, b) => ORDER.indexOf(a.operation) - ORDER.indexOf(b.operation) || a.generation - b.generation,
        )
        .map(eventOf),
      valid_ref_counts: Object.fromEntries(
        TABLES.map((name) => [name.toLowerCase(), this.#store.count(name)]),
      ),
      token: writeToken(this.#store.generation),
    };
  }

  /** Touches an object, and returns a token from just before. @throws XapiFailure HANDLE_INVALID */
  inject(name: string, ref: string): string {
    const className = CLASS_NAMES.find((known) => known.toLowerCase() === name.toLowerCase());
    if (className === undefined) throw new XapiFailure('HANDLE_INVALID', name, ref);
    const token = writeToken(this.#store.generation);
    this.#store.touch(className, ref);
    return token;
  }

  /** While the stream is stalled nobody is told anything. */
  stall(stalled: boolean): void {
    this.#release();
    this.#release = () => undefined;
    if (!stalled) return;
    this.#flow = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  /** Until a change that is watched, at most so long. */
  async #news(watches: Watches, atMostMs: number, signal: AbortSignal): Promise<void> {
    const news = new AbortController();
    const forget = this.#store.onChange((className, ref) => {
      if (watches(className, ref)) news.abort(NEWS);
    });
    try {
      await this.#pace.sleep(atMostMs, AbortSignal.any([signal, news.signal]));
    } catch (reason) {
      if (reason !== NEWS) throw reason;
    } finally {
      forget();
    }
  }
}

const NEWS = new XapiFailure('NEWS');

function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    void promise.then(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
  });
}

function eventOf({ className, ref, operation, generation, record }: Change): XapiValue {
  const event = {
    id: String(generation),
    timestamp: '0.0',
    class: className.toLowerCase(),
    operation,
    ref,
  };
  return record === undefined ? event : { ...event, snapshot: record };
}

/** Class names in any case, `class/ref`, or `*`. */
function parseClasses(classes: readonly string[]): Watches {
  const wanted = classes.map((text) => {
    const [name = '', ref, ...rest] = text.toLowerCase().split('/');
    if (name === '' || rest.length > 0) throw new XapiFailure('EVENT_SUBSCRIPTION_PARSE_FAILURE', text);
    return { name, ref };
  });
  const lowerCase = new Map(CLASS_NAMES.map((name) => [name, name.toLowerCase()]));
  return (className, ref) =>
    wanted.some(
      (watch) =>
        (watch.name === '*' || watch.name === lowerCase.get(className)) &&
        (watch.ref === undefined || watch.ref === ref.toLowerCase()),
    );
}

function parseToken(token: string): number {
  if (token === '') return 0;
  const generation = /^(\d{20}),\d{20}$/.exec(token)?.[1];
  if (generation === undefined) throw new XapiFailure('EVENT_FROM_TOKEN_PARSE_FAILURE', token);
  return Number(generation);
}

/** The generation, and that of the messages, of which this pool has none. */
function writeToken(generation: number): string {
  return `${String(generation).padStart(20, '0')},${'0'.repeat(20)}`;
}
