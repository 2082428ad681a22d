// The Persistence box of the paper on a database. Commands are decided one by one and stored many at a time: everything that was decided
// while one transaction ran goes into the next, so that the price of a safe commit is shared. Nobody hears of a command before it is
// stored. When storing fails nothing is ever called back again: what is true is then only in the database (see recovery.ts).
import type { DomainEvent, Persistence, ReservationSnapshot } from '../../engine/index.ts';
import type { Database } from '../database/open-database.ts';
import type { JournalEvent } from '../records.ts';
import { type Annotation, type Batch, BatchWriter } from './batch-writer.ts';

export interface GroupCommitParts {
  readonly database: Database;
  /** The number of the last event in the journal; 0 when it is empty. */
  readonly lastSeq: number;
  /**
   * The state of a reservation as of now; of one that ended in the command being committed, with its end. Undefined when it is not
   * known (any more).
   */
  readonly snapshotOf: (reservationId: string) => ReservationSnapshot | undefined;
  /** Of all reservations of which there are snapshots. */
  readonly reservationIds: () => Iterable<string>;
  /** Hears of what was stored, in order, after the commands of that transaction were called back. */
  readonly onCommitted: (events: readonly JournalEvent[]) => void;
  /** Called once: this object stores nothing any more, and the manager that it served must be abandoned. */
  readonly onFailed: (error: unknown) => void;
}

/** What waits for the next transaction. */
interface Queued {
  readonly events: JournalEvent[];
  /** The last snapshot of each reservation that was touched. */
  readonly snapshots: Map<string, ReservationSnapshot>;
  readonly callbacks: (() => void)[];
}

export class GroupCommit implements Persistence {
  readonly #parts: GroupCommitParts;
  readonly #writer: BatchWriter;
  readonly #annotations = new Map<string, Annotation>();
  #lastSeq: number;
  #queued: Queued = nothingQueued();
  /** A transaction is running or about to. */
  #flushing = false;
  #failure: { readonly error: unknown } | undefined;
  #waiters: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];

  constructor(parts: GroupCommitParts) {
    this.#parts = parts;
    this.#writer = new BatchWriter(parts.database);
    this.#lastSeq = parts.lastSeq;
  }

  commit(events: readonly DomainEvent[], onCommitted: () => void): void {
    if (this.#failure !== undefined) return;
    if (events.length === 0 && !this.#flushing) {
      onCommitted();
      return;
    }
    this.#enqueue(events, onCommitted);
    if (this.#flushing) return;
    this.#flushing = true;
    // Not at once: commands that are decided in the same turn of the event loop share the transaction.
    setImmediate(() => void this.#flush());
  }

  /** What the client said of the request that will open this reservation, stored with it. Call before the command. */
  annotate(reservationId: string, annotation: Annotation): void {
    this.#annotations.set(reservationId, annotation);
  }

  /** Resolves when everything committed so far is stored and called back; rejects with what went wrong when storing fails. */
  async flushed(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (!this.#flushing) return;
    await new Promise<void>((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  /** Stores nothing more and calls nobody back, not even for what is being stored: its manager is abandoned. */
  close(): void {
    this.#stop(new Error('the manager was abandoned'));
  }

  #enqueue(events: readonly DomainEvent[], onCommitted: () => void): void {
    const { snapshots, callbacks } = this.#queued;
    for (const reservationId of this.#touchedBy(events)) {
      const snapshot = this.#parts.snapshotOf(reservationId);
      if (snapshot !== undefined) snapshots.set(reservationId, snapshot);
    }
    for (const event of events) {
      const owner = 'reservationId' in event ? snapshots.get(event.reservationId)?.userId : undefined;
      this.#lastSeq += 1;
      const userId = owner === undefined ? null : Number(owner);
      this.#queued.events.push({ seq: this.#lastSeq, userId, event });
    }
    callbacks.push(onCommitted);
  }

  /** A node that comes or goes may move bookings and VMs of any reservation without an event of its own. */
  #touchedBy(events: readonly DomainEvent[]): Set<string> {
    const ids = new Set<string>();
    for (const event of events) {
      if ('reservationId' in event) ids.add(event.reservationId);
      else if (event.type !== 'node-joined' && event.type !== 'run-finished') {
        for (const id of this.#parts.reservationIds()) ids.add(id);
      }
    }
    return ids;
  }

  async #flush(): Promise<void> {
    try {
      while (this.#queued.callbacks.length > 0) {
        const { events, snapshots, callbacks } = this.#queued;
        this.#queued = nothingQueued();
        if (events.length > 0) await this.#writer.write(this.#batchOf(events, snapshots));
        if (this.#failure !== undefined) return;
        for (const callback of callbacks) callback();
        if (events.length > 0) this.#parts.onCommitted(events);
      }
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#flushing = false;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { resolve } of waiters) resolve();
  }

  #batchOf(events: readonly JournalEvent[], snapshots: ReadonlyMap<string, ReservationSnapshot>): Batch {
    const annotations = new Map<string, Annotation>();
    for (const id of snapshots.keys()) {
      const annotation = this.#annotations.get(id);
      if (annotation === undefined) continue;
      annotations.set(id, annotation);
      this.#annotations.delete(id);
    }
    return { events, snapshots, annotations };
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#stop(error);
    this.#parts.onFailed(error);
  }

  #stop(error: unknown): void {
    this.#failure ??= { error };
    this.#queued = nothingQueued();
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { reject } of waiters) reject(error);
  }
}

function nothingQueued(): Queued {
  return { events: [], snapshots: new Map(), callbacks: [] };
}
