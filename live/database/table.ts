// A table as its codec: from what each field says of itself follow how rows are created, how they are changed, and what they mean.
import type { Knex } from 'knex';
import {
  type Column,
  type Fields,
  type GeneratedField,
  type RecordOf,
  type Row,
  record,
  type Scalar,
} from './field.ts';
import { inserterOf } from './multi-row.ts';

type GeneratedNames<F> = { [K in keyof F]: F[K] extends GeneratedField ? K : never }[keyof F];

/** What a row is created from: all but what the database generates. */
export type NewRecordOf<F> = Omit<RecordOf<F>, GeneratedNames<F> & string>;

type NamedField = readonly [name: string, field: Fields[string]];

export class Table<F extends Fields> {
  readonly name: string;
  readonly columns: readonly Column[];
  /** Makes a record of a row. */
  readonly read: (row: Row) => RecordOf<F>;
  readonly #written: readonly NamedField[];
  readonly #insertRows: ReturnType<typeof inserterOf>;
  readonly #saveRows: ReturnType<typeof inserterOf>;

  /** @param key the columns that name a row */
  constructor(name: string, key: readonly string[], fields: F) {
    const whole = record(fields);
    this.name = name;
    this.columns = whole.columns;
    this.read = whole.read;
    this.#written = Object.entries(fields).filter(([, field]) => !('isGenerated' in field));
    const columns = namesOf(this.#written);
    this.#insertRows = inserterOf({ table: name, columns });
    this.#saveRows = inserterOf({
      table: name,
      columns,
      onConflict: updateOnConflict(name, key, whole.columns),
    });
  }

  /** Creates a row, and gives it back with what the database generated. */
  async create(trx: Knex, values: NewRecordOf<F>): Promise<RecordOf<F>> {
    const [row]: Row[] = await trx(this.name).insert(this.write(values)).returning('*');
    if (row === undefined) throw new TypeError(`a row inserted into ${this.name} was not returned`);
    return this.read(row);
  }

  /** Creates rows. */
  async insert(trx: Knex, records: readonly NewRecordOf<F>[]): Promise<void> {
    await this.#insertRows(trx, this.#rowsOf(records));
  }

  /** Creates the rows that do not exist yet and changes the others, each column as its field says. */
  async save(trx: Knex, records: readonly NewRecordOf<F>[]): Promise<void> {
    await this.#saveRows(trx, this.#rowsOf(records));
  }

  /** Some fields of a record as columns, for a statement of one's own. */
  write(values: Partial<NewRecordOf<F>>): Record<string, Scalar> {
    const fields = this.#written.filter(([name]) => name in values);
    const row = rowOf(fields, values);
    return Object.fromEntries(namesOf(fields).map((name, at) => [name, row[at]!]));
  }

  #rowsOf(records: readonly NewRecordOf<F>[]): Scalar[][] {
    return records.map((values) => rowOf(this.#written, values));
  }
}

function namesOf(fields: readonly NamedField[]): string[] {
  return fields.flatMap(([, { columns }]) => columns.map(({ name }) => name));
}

function rowOf(fields: readonly NamedField[], values: Readonly<Record<string, unknown>>): Scalar[] {
  const row: Scalar[] = [];
  for (const [name, field] of fields) field.write(values[name], row);
  return row;
}

function updateOnConflict(table: string, key: readonly string[], columns: readonly Column[]): string {
  const changes = columns.flatMap(({ name, onUpdate }) => {
    if (key.includes(name)) return [];
    if (onUpdate === 'filled') return [`${name} = COALESCE(excluded.${name}, ${table}.${name})`];
    return onUpdate === 'replaced' ? [`${name} = excluded.${name}`] : [];
  });
  if (changes.length === 0) return '';
  return `ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${changes.join(', ')}`;
}
