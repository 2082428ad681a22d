// What was archived of a database, and the states that an archive can end with. A file that is an archive itself has, of these, the state
// that it begins with, and says in its settings where it ends.
import type { ProviderSnapshot } from '../../engine/index.ts';
import type { ArchiveRecord } from '../records.ts';
import type { Row } from './field.ts';
import type { Database } from './open-database.ts';
import { ARCHIVE, ARCHIVES, CHECKPOINTS } from './tables.ts';

/** The provider after an input. */
export interface Checkpoint {
  /** The number of the last stored input that is part of it. */
  readonly seq: number;
  readonly eventSeq: number;
  readonly atMs: number;
  readonly snapshot: ProviderSnapshot;
}

export class ArchiveStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The newest first. */
  async list(): Promise<readonly ArchiveRecord[]> {
    const rows: Row[] = await this.#database
      .reads('archives')
      .select(ARCHIVE.columns.map(({ name }) => name))
      .orderBy('event_seq', 'desc');
    return rows.map(ARCHIVE.read);
  }

  /** The last one, with the state at its end. */
  async last(): Promise<ReturnType<typeof ARCHIVES.read> | undefined> {
    const row: Row | undefined = await this.#database.reads('archives').orderBy('event_seq', 'desc').first();
    return row && ARCHIVES.read(row);
  }

  /** Where what is left begins; undefined: at the very beginning. */
  async beginning(): Promise<Checkpoint | undefined> {
    const last = await this.last();
    if (last === undefined || last.snapshot === null) return undefined;
    const { atMs, eventSeq, seq, snapshot } = last;
    return { atMs, eventSeq, seq, snapshot };
  }

  async storeCheckpoint({ atMs, eventSeq, snapshot }: Omit<Checkpoint, 'seq'>): Promise<void> {
    await this.#database.knex.transaction(async (trx) => {
      // Inputs that left nothing are not stored, and their numbers may be given again by the next life.
      const [row]: { seq: number | null }[] = await trx('inputs')
        .where('seq', '<=', snapshot.lastCommitSeq)
        .max({ seq: 'seq' });
      if (row === undefined || row.seq === null) return;
      await CHECKPOINTS.save(trx, [{ seq: row.seq, atMs, eventSeq, snapshot }]);
    });
  }

  /** The last that is not later than an instant; undefined when there is none. */
  async checkpointBefore(ms: number): Promise<Checkpoint | undefined> {
    const row: Row | undefined = await this.#database
      .reads('checkpoints')
      .where('at_ms', '<=', ms)
      .orderBy('seq', 'desc')
      .first();
    return row && CHECKPOINTS.read(row);
  }

  /** When the first and the last were taken. */
  async checkpointSpan(): Promise<{ readonly firstMs: number | null; readonly lastMs: number | null }> {
    const [row]: { first: number | null; last: number | null }[] = await this.#database
      .reads('checkpoints')
      .min({ first: 'at_ms' })
      .max({ last: 'at_ms' });
    return { firstMs: row?.first ?? null, lastMs: row?.last ?? null };
  }
}
