// What a service recorded, as one history: what its database has, and before that what was moved from it into archives. It may begin in
// the middle: then with the state of the provider at that point, and with the events before it that concern what was not over.
import type { Input } from '../../engine/index.ts';
import type { JournalEvent } from '../records.ts';
import { ArchiveStore, type Checkpoint } from './archive-store.ts';
import { DatabaseError } from './database-error.ts';
import type { Row } from './field.ts';
import { Journal } from './journal.ts';
import { ARCHIVE_END, type Database } from './open-database.ts';
import { SettingsStore } from './settings-store.ts';
import { INPUTS } from './tables.ts';

export interface StoredInput {
  readonly seq: number;
  readonly atMs: number;
  readonly kind: Input['kind'];
  /** The number of the first event that it led to. */
  readonly firstEvent: number | null;
  readonly input: Input;
}

const INPUTS_PER_PAGE = 1_000;

interface Part {
  readonly database: Database;
  readonly beginning: Checkpoint | undefined;
  /** The number of the last event of an archive; undefined of the database of a service. */
  readonly endSeq: number | undefined;
}

export class History {
  readonly #parts: readonly Part[];

  private constructor(parts: readonly Part[]) {
    this.#parts = parts;
  }

  /**
   * @param archives of the same service, in any order
   * @throws DatabaseError when they do not follow each other without a gap
   */
  static async open(database: Database, archives: readonly Database[] = []): Promise<History> {
    const parts = await Promise.all([...archives, database].map(partOf));
    parts.sort((a, b) => beginOf(a) - beginOf(b));
    for (const [i, part] of parts.entries()) {
      const before = parts[i - 1];
      if (before === undefined || before.endSeq === beginOf(part)) continue;
      const end = before.endSeq === undefined ? 'goes on' : `ends with event ${before.endSeq}`;
      throw new DatabaseError(
        `${before.database.name} ${end}, and ${part.database.name} begins after event ${beginOf(part)}: archives have to follow each other, and the database comes last`,
      );
    }
    return new History(parts);
  }

  /** Undefined: it is whole. */
  get beginning(): Checkpoint | undefined {
    return this.#parts[0]?.beginning;
  }

  /** That of its end, whose settings are the last. */
  get latest(): Database {
    return this.#parts.at(-1)!.database;
  }

  get first(): Database {
    return this.#parts[0]!.database;
  }

  /** Events from before the beginning that were kept, in order. */
  async *carried(): AsyncGenerator<JournalEvent, void, void> {
    const upToSeq = this.beginning?.eventSeq;
    if (upToSeq === undefined) return;
    yield* new Journal(this.first).stream({ upToSeq });
  }

  /** Every event from the beginning on, read in batches. */
  async *events(): AsyncGenerator<JournalEvent, void, void> {
    for (const part of this.#parts) {
      yield* new Journal(part.database).stream({ afterSeq: beginOf(part) });
    }
  }

  /** Every stored input from the beginning on, read in batches. */
  async *inputs(): AsyncGenerator<StoredInput, void, void> {
    for (const { beginning, database } of this.#parts) {
      for (let afterSeq = beginning?.seq ?? 0; ; ) {
        const rows: Row[] = await database
          .reads('inputs')
          .where('seq', '>', afterSeq)
          .orderBy('seq')
          .limit(INPUTS_PER_PAGE);
        const batch = rows.map(INPUTS.read);
        yield* batch;
        const last = batch.at(-1);
        if (last === undefined || batch.length < INPUTS_PER_PAGE) break;
        afterSeq = last.seq;
      }
    }
  }

  /** Its first and its last instant; undefined when nothing was recorded. */
  async span(): Promise<{ readonly startMs: number; readonly endMs: number } | undefined> {
    const [first] = await new Journal(this.first).page({ limit: 1 });
    const startMs = first?.event.atMs ?? this.beginning?.atMs;
    if (startMs === undefined) return undefined;
    const [last] = await new Journal(this.latest).page({ limit: 1, newestFirst: true });
    const lastBeginning = this.#parts.at(-1)?.beginning;
    return { startMs, endMs: Math.max(startMs, last?.event.atMs ?? 0, lastBeginning?.atMs ?? 0) };
  }
}

function beginOf({ beginning }: Part): number {
  return beginning?.eventSeq ?? 0;
}

async function partOf(database: Database): Promise<Part> {
  const end = (await new SettingsStore(database).get(ARCHIVE_END)) as { eventSeq: number } | undefined;
  return {
    database,
    beginning: await new ArchiveStore(database).beginning(),
    endSeq: end?.eventSeq,
  };
}
