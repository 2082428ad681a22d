// The database of the pool: typed records by reference, both sides of every relation kept in step, and a generation number
// for each change, from which events are told. Records are never changed in place: one handed out stays as it was.
import {
  CLASS_NAMES,
  type ClassName,
  fieldsOf,
  initialValue,
  NULL,
  type RecordOf,
  type XapiValue,
} from './data-model.ts';
import { XapiFailure } from './errors.ts';
import type { Names } from './names.ts';

interface Row<C extends ClassName> {
  record: RecordOf<C>;
  readonly created: number;
  changed: number;
}

type Tables = { readonly [C in ClassName]: Map<string, Row<C>> };

/** An object that is no more. */
interface Tombstone {
  readonly className: ClassName;
  readonly ref: string;
  readonly created: number;
  readonly removed: number;
}

/** What happened to an object since a generation; `record` is as of now, and absent of one that is gone. */
export interface Change {
  readonly className: ClassName;
  readonly ref: string;
  readonly operation: 'add' | 'mod' | 'del';
  readonly generation: number;
  readonly record: Readonly<Record<string, XapiValue>> | undefined;
}

/** A set that mirrors references from `owner`'s `field`. */
interface Mirror {
  readonly className: ClassName;
  readonly set: string;
  readonly field: string;
}

/** Deletions are remembered this far back; a client that is further behind than that has a cache to fill anew anyway. */
const TOMBSTONES_KEPT = 20_000;

export class ObjectStore {
  readonly #names: Names;
  readonly #tables: Tables = emptyTables();
  readonly #mirrors = mirrorsByOwner();
  readonly #listeners = new Set<(className: ClassName, ref: string) => void>();
  #tombstones: Tombstone[] = [];
  #generation = 0;

  constructor(names: Names) {
    this.#names = names;
  }

  /** Of the last change. */
  get generation(): number {
    return this.#generation;
  }

  /** Makes an object with its table's first values under `fields`, and returns its reference. */
  insert<C extends ClassName>(className: C, fields: Partial<RecordOf<C>>): string {
    const ref = this.#names.reference();
    const record: RecordOf<C> = { ...blank(className), uuid: this.#names.uuid(), ...fields };
    const generation = this.#next();
    this.#tables[className].set(ref, { record, created: generation, changed: generation });
    this.#mirror(className, ref, undefined, record);
    this.#tell(className, ref);
    return ref;
  }

  /** @throws XapiFailure HANDLE_INVALID */
  get<C extends ClassName>(className: C, ref: string): RecordOf<C> {
    return this.#row(className, ref).record;
  }

  find<C extends ClassName>(className: C, ref: string): RecordOf<C> | undefined {
    return this.#tables[className].get(ref)?.record;
  }

  /** All objects of a class, oldest first. */
  all<C extends ClassName>(className: C): [ref: string, record: RecordOf<C>][] {
    return Array.from(this.#tables[className], ([ref, { record }]) => [ref, record]);
  }

  count(className: ClassName): number {
    return this.#tables[className].size;
  }

  /** @throws XapiFailure HANDLE_INVALID */
  update<C extends ClassName>(className: C, ref: string, patch: Partial<RecordOf<C>>): void {
    const row = this.#row(className, ref);
    const before = row.record;
    row.record = { ...before, ...patch };
    this.#mirror(className, ref, before, row.record);
    this.touch(className, ref);
  }

  /** Counts as a change though nothing did: clients hear of the object again. @throws XapiFailure HANDLE_INVALID */
  touch(className: ClassName, ref: string): void {
    this.#row(className, ref).changed = this.#next();
    this.#tell(className, ref);
  }

  /** @throws XapiFailure HANDLE_INVALID */
  remove(className: ClassName, ref: string): void {
    const { record, created } = this.#row(className, ref);
    this.#tables[className].delete(ref);
    this.#mirror(className, ref, record, undefined);
    this.#tombstones.push({ className, ref, created, removed: this.#next() });
    if (this.#tombstones.length > 2 * TOMBSTONES_KEPT) {
      this.#tombstones = this.#tombstones.slice(-TOMBSTONES_KEPT);
    }
    this.#tell(className, ref);
  }

  /** One change for each object that is not what it was after `generation`; what came and went since then is left out. */
  changesSince(generation: number, watches: (className: ClassName, ref: string) => boolean): Change[] {
    const changes: Change[] = [];
    for (const className of CLASS_NAMES) {
      for (const [ref, { record, created, changed }] of this.#tables[className]) {
        if (changed <= generation || !watches(className, ref)) continue;
        const operation = created > generation ? 'add' : 'mod';
        changes.push({ className, ref, operation, generation: changed, record });
      }
    }
    for (const { className, ref, created, removed } of this.#tombstones) {
      if (removed <= generation || created > generation || !watches(className, ref)) continue;
      changes.push({ className, ref, operation: 'del', generation: removed, record: undefined });
    }
    return changes;
  }

  /** Calls `listener` at every change until the returned function is called. */
  onChange(listener: (className: ClassName, ref: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #row<C extends ClassName>(className: C, ref: string): Row<C> {
    const row = this.#tables[className].get(ref);
    if (row === undefined) throw new XapiFailure('HANDLE_INVALID', className, ref);
    return row;
  }

  #next(): number {
    this.#generation += 1;
    return this.#generation;
  }

  #tell(className: ClassName, ref: string): void {
    for (const listener of [...this.#listeners]) listener(className, ref);
  }

  /** Keeps the other side of every relation: who points at whom. */
  #mirror(
    owner: ClassName,
    ref: string,
    before: Readonly<Record<string, XapiValue>> | undefined,
    after: Readonly<Record<string, XapiValue>> | undefined,
  ): void {
    for (const mirror of this.#mirrors.get(owner) ?? []) {
      const from = before?.[mirror.field] ?? NULL;
      const to = after?.[mirror.field] ?? NULL;
      if (from === to) continue;
      this.#edit(mirror, from, (refs) => refs.filter((known) => known !== ref));
      this.#edit(mirror, to, (refs) => [...refs, ref]);
    }
  }

  #edit(mirror: Mirror, target: XapiValue, edit: (refs: readonly XapiValue[]) => readonly XapiValue[]): void {
    if (typeof target !== 'string') return;
    const row = this.#tables[mirror.className].get(target);
    if (row === undefined) return;
    const fields: Readonly<Record<string, XapiValue>> = row.record;
    const refs = fields[mirror.set];
    row.record = { ...row.record, [mirror.set]: edit(Array.isArray(refs) ? refs : []) };
    row.changed = this.#next();
    this.#tell(mirror.className, target);
  }
}

function emptyTables(): Tables {
  return Object.fromEntries(CLASS_NAMES.map((className) => [className, new Map()])) as Tables;
}

function blank<C extends ClassName>(className: C): RecordOf<C> {
  return Object.fromEntries(
    Object.entries(fieldsOf(className)).map(([name, field]) => [name, initialValue(field)]),
  ) as RecordOf<C>;
}

function mirrorsByOwner(): ReadonlyMap<string, readonly Mirror[]> {
  const byOwner = new Map<string, Mirror[]>();
  for (const className of CLASS_NAMES) {
    for (const [set, { mirrors }] of Object.entries(fieldsOf(className))) {
      if (mirrors === undefined) continue;
      const [owner, field] = mirrors;
      byOwner.set(owner, [...(byOwner.get(owner) ?? []), { className, set, field }]);
    }
  }
  return byOwner;
}
