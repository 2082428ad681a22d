// The Persistence box of the paper on a database. Commands are decided one by one and stored many at a time: everything that was decided
// while one transaction ran goes into the next, so that the price of a safe commit is shared. Nobody hears of a command before it is
// stored. When storing fails nothing is ever called back again: what is true is then only in the database (see recovery.ts).
import type {
  Commit,
  ProviderState,
  Recorder,
  RequestNote,
  ReservationSnapshot,
} from '../../engine/index.ts';
import { answerOf } from '../database/answer-store.ts';
import type { Database } from '../database/open-database.ts';
import type { JournalEvent } from '../records.ts';
import { type Batch, BatchWriter } from './batch-writer.ts';
import { journalEvents } from './journal-events.ts';
import type { NoticeLeads } from './notice-rows.ts';

export interface GroupCommitParts {
  readonly database: Database;
  /** Absent: users are told nothing. */
  readonly noticeLeads?: NoticeLeads | undefined;
  /** Told of each transaction that stored something. */
  readonly onStored?: ((stored: StoredTransaction) => void) | undefined;
  /** Called once: this object stores nothing any more, and the provider that it served must be abandoned. */
  readonly onFailed: (error: unknown) => void;
}

/** What one transaction was like. */
export interface StoredTransaction {
  /** Inputs whose decisions it stored. */
  readonly decisions: number;
  /** From its first statement to the word of the database, in real time. */
  readonly durationMs: number;
}

/** A recorder of one life. */
export interface StoringRecorder extends Recorder {
  /** While a recorded commit is called back: its events as the journal has them, each with its user. Otherwise empty. */
  stored(commit: Commit): readonly JournalEvent[];
  /** Resolves when everything committed so far is stored and called back; rejects with what went wrong when storing fails. */
  flushed(): Promise<void>;
  /** Stores nothing more and calls nobody back, not even for what is being stored: its manager is abandoned. */
  close(): void;
}

/** What waits for the next transaction. */
interface Queued {
  readonly events: JournalEvent[];
  readonly inputs: Batch['inputs'][number][];
  /** The last state of each reservation that changed. */
  readonly snapshots: Map<string, ReservationSnapshot>;
  readonly answers: Batch['answers'][number][];
  provider: ProviderState | undefined;
  readonly callbacks: { readonly commit: Commit; readonly onRecorded: () => void }[];
}

export class GroupCommit implements StoringRecorder {
  readonly #onFailed: (error: unknown) => void;
  readonly #onStored: GroupCommitParts['onStored'];
  readonly #writer: BatchWriter;
  /** The commit that is called back, and what was stored of it. */
  #told: { readonly commit: Commit; readonly events: readonly JournalEvent[] } | undefined;
  #queued: Queued = nothingQueued();
  /** A transaction is running or about to. */
  #flushing = false;
  #failure: { readonly error: unknown } | undefined;
  #waiters: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];

  constructor({ database, noticeLeads, onFailed, onStored }: GroupCommitParts) {
    this.#onFailed = onFailed;
    this.#onStored = onStored;
    this.#writer = new BatchWriter(database, noticeLeads);
  }

  record(commit: Commit, onRecorded: () => void): void {
    if (this.#failure !== undefined) return;
    if (!leavesAnything(commit) && !this.#flushing) {
      onRecorded();
      return;
    }
    this.#enqueue(commit, onRecorded);
    if (this.#flushing) return;
    this.#flushing = true;
    // Not at once: what is decided in the same turn of the event loop shares the transaction.
    setImmediate(() => void this.#flush());
  }

  stored(commit: Commit): readonly JournalEvent[] {
    return this.#told?.commit === commit ? this.#told.events : [];
  }

  async flushed(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (!this.#flushing) return;
    await new Promise<void>((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  close(): void {
    this.#stop(new Error('the manager was abandoned'));
  }

  #enqueue(commit: Commit, onRecorded: () => void): void {
    const queued = this.#queued;
    queued.callbacks.push({ commit, onRecorded });
    if (!leavesAnything(commit)) return;
    const { atMs, changed, events, input, provider, reply, seq } = commit;
    for (const snapshot of changed) queued.snapshots.set(snapshot.reservationId, snapshot);
    for (const event of journalEvents(commit)) queued.events.push(event);
    queued.inputs.push({ seq, atMs, kind: input.kind, firstEvent: events[0]?.seq ?? null, input });
    const note = noteOf(commit);
    if (note !== undefined) {
      const opened = input.kind === 'command' && input.command.name === 'open' ? input.command : undefined;
      queued.answers.push(
        answerOf(note, {
          atMs,
          reservationId: opened?.reservationId ?? null,
          reply: opened === undefined ? (reply as object | null) : null,
        }),
      );
    }
    if (provider !== undefined) queued.provider = provider;
  }

  async #flush(): Promise<void> {
    try {
      while (this.#queued.callbacks.length > 0) {
        const { callbacks, ...batch } = this.#queued;
        this.#queued = nothingQueued();
        const stored = batch.inputs.length > 0 ? await this.#write(batch) : [];
        if (this.#failure !== undefined) return;
        let told = 0;
        for (const { commit, onRecorded } of callbacks) {
          const { length } = commit.events;
          this.#told = { commit, events: stored.slice(told, told + length) };
          told += length;
          onRecorded();
        }
        this.#told = undefined;
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

  async #write(batch: Batch): Promise<readonly JournalEvent[]> {
    const begunMs = performance.now();
    const stored = await this.#writer.write(batch);
    this.#onStored?.({ decisions: batch.inputs.length, durationMs: performance.now() - begunMs });
    return stored;
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#stop(error);
    this.#onFailed(error);
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
  return {
    events: [],
    inputs: [],
    snapshots: new Map(),
    answers: [],
    provider: undefined,
    callbacks: [],
  };
}

/** What changed nothing need not be stored: it would change nothing again. But what has a key is to be answered alike again. */
function leavesAnything(commit: Commit): boolean {
  const { changed, events, provider } = commit;
  return events.length > 0 || changed.length > 0 || provider !== undefined || noteOf(commit) !== undefined;
}

function noteOf({ input }: Commit): RequestNote | undefined {
  return input.kind === 'command' && 'note' in input.command ? input.command.note : undefined;
}
