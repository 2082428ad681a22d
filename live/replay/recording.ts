// What a database holds of the life of a service: the events, the settings of the provider, and which VM was made for which instance.
import type { DomainEvent } from '../../engine/index.ts';
import { WrittenDocument } from '../../written/document.ts';
import { InputError } from '../../written/input-error.ts';
import type { Row } from '../database/field.ts';
import { InstanceStore } from '../database/instance-store.ts';
import { Journal } from '../database/journal.ts';
import type { Database } from '../database/open-database.ts';
import { INPUTS } from '../database/tables.ts';
import { readStoredProvider } from '../report/stored-provider.ts';
import { vmIdOf } from '../vm-id.ts';
import type { RecordedInput } from './replay-inputs.ts';

/** With the number of the first event that it led to. */
export type StoredInput = RecordedInput & { readonly firstEvent: number | null };

const VMS_PER_PAGE = 1_000;
const INPUTS_PER_PAGE = 1_000;

export class Recording {
  /** What the service called itself. */
  readonly name: string;
  readonly #database: Database;
  readonly #providerYaml: string;

  private constructor(database: Database, name: string, providerYaml: string) {
    this.name = name;
    this.#database = database;
    this.#providerYaml = providerYaml;
  }

  /** @throws InputError PEX_DATABASE when nothing was recorded yet */
  static async open(database: Database): Promise<Recording> {
    const stored = await readStoredProvider(database);
    if (stored === undefined || (await new Journal(database).lastSeq()) === 0) {
      throw new InputError('PEX_DATABASE', `database ${database.name}: nothing was recorded in it yet`);
    }
    return new Recording(database, stored.name, stored.yaml);
  }

  /** The settings that the provider had last, with every default; each time a document of its own. Its paths are relative to the database. */
  provider(): WrittenDocument {
    return WrittenDocument.parse(this.#providerYaml, this.#database.name);
  }

  /** Everything that happened, read in batches. */
  async *events(): AsyncGenerator<DomainEvent, void, void> {
    for await (const { event } of new Journal(this.#database).stream()) yield event;
  }

  /** Its first and its last instant so far. */
  async span(): Promise<{ readonly startMs: number; readonly endMs: number }> {
    const journal = new Journal(this.#database);
    const [first] = await journal.page({ limit: 1 });
    const [last] = await journal.page({ limit: 1, newestFirst: true });
    return { startMs: first?.event.atMs ?? 0, endMs: last?.event.atMs ?? 0 };
  }

  /**
   * How many events there are from before the first stored input: 0, or all that version 0.1.0 recorded, which stored none.
   */
  async eventsWithoutInputs(): Promise<number> {
    // The first input begins a life, and leads to events.
    const [first] = await this.#inputsAfter(0, 1);
    return first === undefined ? new Journal(this.#database).lastSeq() : (first.firstEvent ?? 1) - 1;
  }

  /** Every stored input, read in batches. */
  async *inputs(): AsyncGenerator<StoredInput, void, void> {
    for (let afterSeq = 0; ; ) {
      const batch = await this.#inputsAfter(afterSeq, INPUTS_PER_PAGE);
      yield* batch;
      const last = batch.at(-1);
      if (last === undefined || batch.length < INPUTS_PER_PAGE) return;
      afterSeq = last.seq;
    }
  }

  async #inputsAfter(seq: number, limit: number) {
    const rows: Row[] = await this.#database
      .reads('inputs')
      .where('seq', '>', seq)
      .orderBy('seq')
      .limit(limit);
    return rows.map(INPUTS.read);
  }

  /** The id of the VM that was made for an instance. */
  async vmIds(): Promise<(reservationId: string, instance: number) => string> {
    const ids = new Map<string, string>();
    const store = new InstanceStore(this.#database);
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const page = await store.list({
        includeDeleted: true,
        limit: VMS_PER_PAGE,
        ...(cursor === undefined ? {} : { cursor }),
      });
      for (const { number, reservationId, vmId } of page.items) ids.set(`${reservationId}/${number}`, vmId);
      cursor = page.nextCursor;
    }
    return (reservationId, instance) =>
      ids.get(`${reservationId}/${instance}`) ?? vmIdOf(reservationId, instance);
  }
}
