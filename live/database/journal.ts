// The record of everything that happened, in the order in which it was committed. Written by recorder/group-commit.ts.
import type { DomainEvent, DomainEventType } from '../../engine/index.ts';
import type { JournalEvent } from '../records.ts';
import type { Row } from './field.ts';
import type { Database } from './open-database.ts';
import { JOURNALLED_EVENT } from './tables.ts';

export interface JournalQuery {
  /** Only events with a higher number; with `newestFirst` the newest are given, down to it. Default 0. */
  readonly afterSeq?: number;
  /** Only events with a lower number. */
  readonly beforeSeq?: number | undefined;
  readonly limit: number;
  /** Only events about reservations of this user. */
  readonly userId?: number;
  /** Only events of this one, whosever it was then. */
  readonly reservationId?: string;
  readonly types?: readonly DomainEventType[];
  /** Default false: oldest first. */
  readonly newestFirst?: boolean;
}

const BATCH = 1_000;

export class Journal {
  readonly #database: Database;
  constructor(database: Database) {
    this.#database = database;
  }

  async page(query: JournalQuery): Promise<JournalEvent[]> {
    const { afterSeq = 0, beforeSeq, limit, reservationId, types, userId, newestFirst = false } = query;
    const selection = this.#database
      .reads('journal')
      .select(JOURNALLED_EVENT.columns.map(({ name }) => name))
      .where('seq', '>', afterSeq)
      .orderBy('seq', newestFirst ? 'desc' : 'asc')
      .limit(limit);
    if (beforeSeq !== undefined) selection.where('seq', '<', beforeSeq);
    if (userId !== undefined) selection.where({ userid: userId });
    if (reservationId !== undefined) selection.where({ request_id: reservationId });
    if (types !== undefined) selection.whereIn('type', [...types]);
    const rows: Row[] = await selection;
    return rows.map((row) => withEnvelope(JOURNALLED_EVENT.read(row)));
  }

  /** The number of the latest event, be it in an archive by now; 0 when there is none. */
  async lastSeq(): Promise<number> {
    const { reads } = this.#database;
    const [row]: { seq: number | null }[] = await reads('journal').max({ seq: 'seq' });
    const [archived]: { seq: number | null }[] = await reads('archives').max({ seq: 'event_seq' });
    return Math.max(row?.seq ?? 0, archived?.seq ?? 0);
  }

  /**
   * Every event from the first, or after a number and up to another, read in batches: memory does not grow with the journal. Ends with
   * the latest when it gets there.
   */
  async *stream({
    afterSeq: firstAfterSeq = 0,
    upToSeq = Number.POSITIVE_INFINITY,
  }: {
    readonly afterSeq?: number;
    readonly upToSeq?: number;
  } = {}): AsyncGenerator<JournalEvent, void, void> {
    let afterSeq = firstAfterSeq;
    for (;;) {
      const batch = await this.page({ afterSeq, limit: BATCH });
      for (const entry of batch) {
        if (entry.seq > upToSeq) return;
        yield entry;
      }
      const last = batch.at(-1);
      if (last === undefined || batch.length < BATCH) return;
      afterSeq = last.seq;
    }
  }
}

/** What version 0.1.0 called the only provider that a database could have: nothing. */
const PROVIDER_OF_010 = 'provider';

/** Events of version 0.1.0 have no envelope; their number is that of their row. */
function withEnvelope(entry: JournalEvent): JournalEvent {
  const { event, seq } = entry;
  return 'seq' in event
    ? entry
    : { ...entry, event: { ...(event as DomainEvent), seq, provider: PROVIDER_OF_010 } };
}
