// How a value of ours is kept in a row: in one column, or in several when it is a record. A field writes and reads, and names its
// columns with all that a table needs to know of them, so that nothing of it has to be said again. tables.ts puts them together.

export type Scalar = string | number | boolean | null;
/** As a query gives it; may have more columns than are read from it. */
export type Row = Readonly<Record<string, unknown>>;

export interface Column {
  readonly name: string;
  readonly type: 'text' | 'integer' | 'bigint' | 'boolean';
  readonly isNullable: boolean;
  readonly onUpdate: OnUpdate;
}

/**
 * What becomes of a column when its row exists already. replaced: the new value is written. kept: it was written when the row was
 * created. filled: it stays unless the new value is not null. generated: the database itself wrote it.
 */
export type OnUpdate = 'replaced' | 'kept' | 'filled' | 'generated';

export interface Field<T> {
  readonly columns: readonly Column[];
  /** Appends what is in its columns, in their order. */
  write(value: T, into: Scalar[]): void;
  /** @throws TypeError when the row does not hold such a value */
  read(row: Row): T;
}

/** The fields of a record, by their names. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

export type ValueOf<F> = F extends Field<infer T> ? T : never;

type OptionalNames<F> = { [K in keyof F]: undefined extends ValueOf<F[K]> ? K : never }[keyof F];

/** The record that is kept in these fields. */
export type RecordOf<F> = {
  readonly [K in Exclude<keyof F, OptionalNames<F>>]: ValueOf<F[K]>;
} & {
  readonly [K in OptionalNames<F>]?: Exclude<ValueOf<F[K]>, undefined>;
};

/** For `satisfies`: fields for everything that a record has. */
export type FieldsOf<T> = { readonly [K in keyof T]-?: Field<T[K]> };

export function text<T extends string>(name: string): Field<T> {
  return column(name, 'text', {
    toColumn: (value) => value,
    fromColumn: (stored) => (typeof stored === 'string' ? (stored as T) : undefined),
  });
}

/** Of 32 bits. */
export function integer(name: string): Field<number> {
  return column(name, 'integer', WHOLE);
}

/** As far as numbers are exact: times in milliseconds, money in micro-credits. */
export function bigInteger(name: string): Field<number> {
  return column(name, 'bigint', WHOLE);
}

/** SQLite keeps it as 0 or 1. */
export function flag(name: string): Field<boolean> {
  return column(name, 'boolean', {
    toColumn: (value) => value,
    fromColumn: (stored) => {
      if (typeof stored === 'boolean') return stored;
      return stored === 0 || stored === 1 ? stored === 1 : undefined;
    },
  });
}

/** Anything, as JSON text, byte for byte as JavaScript writes it. */
export function json<T>(name: string): Field<T> {
  return column<T>(name, 'text', {
    toColumn: (value) => JSON.stringify(value),
    fromColumn: (stored) => (typeof stored === 'string' ? (JSON.parse(stored) as T) : undefined),
  });
}

/** What is unique without regard to case: as it was written, and in lower case in a column of its own, where it is looked for. */
export function caseless(name: string, lowerCaseName: string): Field<string> {
  const written = text(name);
  const sought = text(lowerCaseName);
  return {
    columns: [...written.columns, ...sought.columns],
    write: (value, into) => {
      written.write(value, into);
      sought.write(value.toLowerCase(), into);
    },
    read: written.read,
  };
}

/** A record within the record. */
export function record<F extends Fields>(fields: F): Field<RecordOf<F>> {
  const entries = Object.entries(fields);
  return {
    columns: entries.flatMap(([, field]) => field.columns),
    write: (value, into) => {
      for (const [name, field] of entries) field.write(value[name as keyof typeof value], into);
    },
    read: (row) => {
      const value: Record<string, unknown> = {};
      for (const [name, field] of entries) {
        const part = field.read(row);
        if (part !== undefined) value[name] = part;
      }
      return value as RecordOf<F>;
    },
  };
}

/** As many values as a provider has kinds of instance, and more. */
const SHARED_MAX = 1_000;

/** Rows that say the same share one value: of a few kinds there are many. */
export function shared<T extends string | object>(field: Field<T>): Field<T> {
  const values = new Map<string, T>();
  return {
    ...field,
    read: (row) => {
      const said = field.columns.map(({ name }) => row[name]).join('\0');
      const known = values.get(said);
      if (known !== undefined) return known;
      const value = field.read(row);
      if (values.size === SHARED_MAX) values.clear();
      values.set(said, value);
      return value;
    },
  };
}

/** NULL, in all its columns, stands for null. */
export function nullable<T>(field: Field<T>): Field<T | null> {
  return orElse(field, null);
}

/** NULL, in all its columns, stands for a field that its record does not have. */
export function optional<T>(field: Field<T>): Field<T | undefined> {
  return orElse(field, undefined);
}

/** Written when the row is created, and never again. */
export function kept<T>(field: Field<T>): Field<T> {
  return { ...field, columns: withRule(field, 'kept') };
}

/** Told once, by an event: null later on does not take it away. */
export function filled<T>(field: Field<T | null>): Field<T | null> {
  return { ...field, columns: withRule(field, 'filled') };
}

/** A number that the database gives to the row. */
export interface GeneratedField extends Field<number> {
  readonly isGenerated: true;
}

export function generated(name: string): GeneratedField {
  const field = integer(name);
  return { ...field, columns: withRule(field, 'generated'), isGenerated: true };
}

interface Conversion<T> {
  toColumn(value: T): Scalar;
  /** Undefined: that is no such value. */
  fromColumn(stored: unknown): T | undefined;
}

const WHOLE: Conversion<number> = {
  toColumn: (value) => value,
  fromColumn: (stored) => (Number.isSafeInteger(stored) ? (stored as number) : undefined),
};

function column<T>(name: string, type: Column['type'], { toColumn, fromColumn }: Conversion<T>): Field<T> {
  return {
    columns: [{ name, type, isNullable: false, onUpdate: 'replaced' }],
    write: (value, into) => {
      into.push(toColumn(value));
    },
    read: (row) => {
      const value = fromColumn(row[name]);
      if (value === undefined) throw new TypeError(`a row has ${String(row[name])} as its ${name}`);
      return value;
    },
  };
}

function orElse<T, N extends null | undefined>(field: Field<T>, nothing: N): Field<T | N> {
  return {
    columns: field.columns.map((column) => ({ ...column, isNullable: true })),
    write: (value, into) => {
      if (value !== nothing) field.write(value as T, into);
      else for (let at = 0; at < field.columns.length; at += 1) into.push(null);
    },
    read: (row) => (field.columns.every(({ name }) => row[name] === null) ? nothing : field.read(row)),
  };
}

function withRule({ columns }: Field<unknown>, onUpdate: OnUpdate): Column[] {
  return columns.map((column) => ({ ...column, onUpdate }));
}
