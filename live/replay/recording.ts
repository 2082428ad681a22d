// What there is of the life of a service: its history, the settings of the provider, and which VM was made for which instance.
import type { DomainEvent } from '../../engine/index.ts';
import { WrittenDocument } from '../../written/document.ts';
import { InputError } from '../../written/input-error.ts';
import type { Checkpoint } from '../database/archive-store.ts';
import { History, type StoredInput } from '../database/history.ts';
import { InstanceStore } from '../database/instance-store.ts';
import type { Database } from '../database/open-database.ts';
import { readStoredProvider } from '../report/stored-provider.ts';
import { vmIdOf } from '../vm-id.ts';

const VMS_PER_PAGE = 1_000;

interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

export class Recording {
  /** What the service called itself. */
  readonly name: string;
  /** Its first and its last instant so far. */
  readonly span: Span;
  readonly #history: History;
  readonly #providerYaml: string;

  private constructor(
    history: History,
    { name, providerYaml, span }: { name: string; providerYaml: string; span: Span },
  ) {
    this.name = name;
    this.span = span;
    this.#history = history;
    this.#providerYaml = providerYaml;
  }

  /**
   * @param archives of the same service, in any order
   * @throws InputError PEX_DATABASE when nothing was recorded yet, DatabaseError when something is missing in between
   */
  static async open(database: Database, archives: readonly Database[] = []): Promise<Recording> {
    const history = await History.open(database, archives);
    const stored = await readStoredProvider(history.latest);
    const span = await history.span();
    if (stored === undefined || span === undefined) {
      throw new InputError('PEX_DATABASE', `database ${database.name}: nothing was recorded in it yet`);
    }
    return new Recording(history, { name: stored.name, providerYaml: stored.yaml, span });
  }

  /** Where it begins, when that is not the beginning of the service. */
  get beginning(): Checkpoint | undefined {
    return this.#history.beginning;
  }

  /** The settings that the provider had last, with every default; each time a document of its own. Its paths are relative to the database. */
  provider(): WrittenDocument {
    return WrittenDocument.parse(this.#providerYaml, this.#history.latest.name);
  }

  /** What happened before the beginning and concerns what was not over then. */
  async *carried(): AsyncGenerator<DomainEvent, void, void> {
    for await (const { event } of this.#history.carried()) yield event;
  }

  /** Everything that happened from the beginning on, read in batches. */
  async *events(): AsyncGenerator<DomainEvent, void, void> {
    for await (const { event } of this.#history.events()) yield event;
  }

  /** Both, one after the other. */
  async *everything(): AsyncGenerator<DomainEvent, void, void> {
    yield* this.carried();
    yield* this.events();
  }

  /**
   * How many events there are from before the first stored input: 0, or all that version 0.1.0 recorded, which stored none.
   */
  async eventsWithoutInputs(): Promise<number> {
    if (this.beginning !== undefined) return 0;
    // The first input begins a life, and leads to events.
    for await (const { firstEvent } of this.inputs()) return (firstEvent ?? 1) - 1;
    let events = 0;
    for await (const _ of this.events()) events += 1;
    return events;
  }

  /** Every stored input from the beginning on, read in batches. */
  inputs(): AsyncGenerator<StoredInput, void, void> {
    return this.#history.inputs();
  }

  /** The id of the VM that was made for an instance. */
  async vmIds(): Promise<(reservationId: string, instance: number) => string> {
    const ids = new Map<string, string>();
    const store = new InstanceStore(this.#history.first);
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
