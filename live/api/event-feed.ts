// One client's stream of committed events, as text/event-stream: first what the journal has after the client's last event, then what
// happens. Nothing is missed or repeated in between, and a reader that is too slow is dropped instead of filling the memory.
import { Readable } from 'node:stream';
import type { Observable, Subscription } from 'rxjs';
import type { JournalEvent } from '../records.ts';
import type { StreamedEvent } from '../wire/event.ts';
import type { EventFeedSettings } from './config.ts';
import type { Journal } from './stores.ts';
import { eventView } from './views.ts';

export interface EventFeedParts {
  readonly events$: Observable<JournalEvent>;
  readonly journal: Pick<Journal, 'page' | 'lastSeq'>;
  /** Whose events; undefined: everybody's. */
  readonly userId: number | undefined;
  /** The last event that the client has; undefined: it begins now. */
  readonly afterSeq: number | undefined;
  /** Ends the stream by its first value. */
  readonly until$: Observable<unknown>;
  readonly settings: Pick<EventFeedSettings, 'heartbeatMs' | 'bufferBytes'>;
}

const JOURNAL_PAGE = 500;
/** Events that may happen while the journal is read; what is more is read from the journal, too. */
const MAX_WAITING = 1000;
/** When the browser shall try again after a connection that was lost, in ms. */
const RETRY_MS = 2000;
/** What is buffered at the end of a stream has so long to leave. */
const FAREWELL_MS = 1000;

export class EventFeed {
  readonly stream: Readable;
  readonly #parts: EventFeedParts;
  readonly #subscriptions: Subscription[] = [];
  readonly #heartbeat: NodeJS.Timeout;
  /** What happened while the journal was read; null when it has been. */
  #waiting: JournalEvent[] | null = [];
  /** More happened than could wait. */
  #isOverrun = false;
  #sentSeq = 0;
  #onDrained: (() => void) | undefined;

  constructor(parts: EventFeedParts) {
    this.#parts = parts;
    this.stream = new Readable({
      read: () => this.#onDrained?.(),
      destroy: (error, callback) => {
        this.#stop();
        callback(error);
      },
    });
    // Subscribed before the journal is read, so that no event falls between the two.
    this.#subscriptions.push(
      parts.events$.subscribe((event) => this.#happened(event)),
      parts.until$.subscribe(() => this.end()),
    );
    this.#heartbeat = setInterval(() => this.#push(':\n\n'), parts.settings.heartbeatMs).unref();
    this.#push(`retry: ${RETRY_MS}\n\n`);
    this.#readJournal().catch((error: unknown) => {
      this.stream.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  }

  end(): void {
    if (this.stream.destroyed) return;
    this.#stop();
    this.stream.push(null);
    setTimeout(() => this.stream.destroy(), FAREWELL_MS).unref();
  }

  #stop(): void {
    clearInterval(this.#heartbeat);
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#waiting = null;
    this.#onDrained?.();
  }

  #happened(event: JournalEvent): void {
    if (!this.#isMine(event)) return;
    if (this.#waiting === null) {
      this.#send(event);
      return;
    }
    this.#waiting.push(event);
    if (this.#waiting.length <= MAX_WAITING) return;
    this.#isOverrun = true;
    this.#waiting = [];
  }

  async #readJournal(): Promise<void> {
    const { journal, afterSeq, userId } = this.#parts;
    if (afterSeq === undefined) {
      this.#sentSeq = await journal.lastSeq();
      // A client that is cut off before its first event resumes from here.
      this.#push(`id: ${this.#sentSeq}\n\n`);
    } else {
      this.#sentSeq = afterSeq;
      let isComplete = false;
      while (!isComplete && this.#waiting !== null) {
        this.#isOverrun = false;
        const page = await journal.page({
          afterSeq: this.#sentSeq,
          limit: JOURNAL_PAGE,
          ...(userId === undefined ? {} : { userId }),
        });
        if (this.#waiting === null) return;
        for (const event of page) this.#send(event);
        isComplete = page.length < JOURNAL_PAGE && !this.#isOverrun;
        if (!isComplete) await this.#drained();
      }
    }
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const event of waiting) this.#send(event);
  }

  #isMine({ userId }: JournalEvent): boolean {
    return this.#parts.userId === undefined || this.#parts.userId === userId;
  }

  #send({ seq, userId, event }: JournalEvent): void {
    if (seq <= this.#sentSeq) return;
    this.#sentSeq = seq;
    const reservationId = 'reservationId' in event ? event.reservationId : null;
    const data: StreamedEvent = {
      seq,
      timeMs: event.atMs,
      userid: userId,
      reservationId,
      event: eventView(event),
    };
    this.#push(`id: ${seq}\nevent: ${event.type}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  #push(text: string): void {
    if (this.stream.destroyed || this.stream.readableEnded) return;
    this.stream.push(text);
    if (this.stream.readableLength > this.#parts.settings.bufferBytes) this.stream.destroy();
  }

  /** Resolves when the reader has taken what was buffered. */
  async #drained(): Promise<void> {
    if (this.stream.destroyed || this.stream.readableLength < this.stream.readableHighWaterMark) return;
    await new Promise<void>((resolve) => {
      this.#onDrained = resolve;
    });
    this.#onDrained = undefined;
  }
}
