// Tables with a header row, read one record at a time; columns are found by name. Used for our own workload CSV and for the Alibaba
// lists.
import { pipeline, Readable } from 'node:stream';
import { CsvError, type Info, parse } from 'csv-parse';
import { type ErrorPlace, InputError } from '../../written/input-error.ts';
import { parseInstant } from '../../written/instant.ts';
import { suggestion } from '../../written/suggestion.ts';
import { readBytes } from './input-file.ts';

/** Which columns a table may and must have. */
export interface TableColumns {
  /** A column with another name is an error; absent: it is ignored. */
  readonly known?: readonly string[];
  readonly required: readonly string[];
}

/**
 * The records of a file below its header row, in order. Empty lines and a comma at the end of a line are forgiven, as are fewer
 * fields than columns: what is missing is empty.
 * @throws InputError (PEX_WORKLOAD_HEADER, PEX_WORKLOAD_VALUE when quotes do not close)
 */
export async function* readTable(file: string, columns: TableColumns): AsyncGenerator<TableRecord> {
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  const records: AsyncIterable<ParsedRecord> = pipeline(Readable.from(readBytes(file)), parser, () => {});
  let header: ReadonlyMap<string, number> | undefined;
  try {
    for await (const { record, info } of records) {
      if (header === undefined) header = readHeader(record, columns, { file, line: info.lines });
      else yield new TableRecord(header, record, { file, line: info.lines });
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const problem = `the quotes do not match: ${error.message}`;
    throw new InputError(
      'PEX_WORKLOAD_VALUE',
      problem,
      { file, line: Number(error['lines']) },
      { cause: error },
    );
  }
  if (header === undefined) {
    const problem = `the file is empty; expected a header row with ${columns.required.join(', ')}`;
    throw new InputError('PEX_WORKLOAD_HEADER', problem, { file });
  }
}

interface ParsedRecord {
  readonly record: readonly string[];
  readonly info: Info;
}

function readHeader(
  names: readonly string[],
  { known, required }: TableColumns,
  place: ErrorPlace,
): ReadonlyMap<string, number> {
  const header = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    // A trailing comma, or the unnamed index column of many exports.
    if (name === '') continue;
    if (known !== undefined && !known.includes(name)) {
      const separator = [';', '\t'].find((character) => names.length === 1 && name.includes(character));
      if (separator !== undefined) {
        const used = separator === ';' ? 'semicolons' : 'tabs';
        const problem = `the columns are separated by ${used}; expected commas`;
        throw new InputError('PEX_WORKLOAD_HEADER', problem, place);
      }
      throw new InputError(
        'PEX_WORKLOAD_HEADER',
        `unknown column "${name}"${suggestion(name, known)}`,
        place,
      );
    }
    if (header.has(name))
      throw new InputError('PEX_WORKLOAD_HEADER', `the column "${name}" is there twice`, place);
    header.set(name, index);
  }
  const missing = required.filter((name) => !header.has(name));
  if (missing.length > 0) {
    const columns = missing.map((name) => `"${name}"`).join(', ');
    const problem = `lacks the column${missing.length > 1 ? 's' : ''} ${columns}; found ${names.join(', ')}`;
    throw new InputError('PEX_WORKLOAD_HEADER', problem, place);
  }
  return header;
}

/** One record and its place. Each reader below says what it expected when the value is not that. */
export class TableRecord {
  readonly place: ErrorPlace;
  private readonly header: ReadonlyMap<string, number>;
  private readonly fields: readonly string[];

  constructor(header: ReadonlyMap<string, number>, fields: readonly string[], place: ErrorPlace) {
    this.header = header;
    this.fields = fields;
    this.place = place;
  }

  /** The value; undefined when it is empty or there is no such column. */
  text(column: string): string | undefined {
    const index = this.header.get(column);
    const text = index === undefined ? undefined : this.fields[index];
    return text === '' ? undefined : text;
  }

  /** The value of a column that must not be empty. */
  required<T>(column: string, value: T | undefined, expected: string): T {
    if (value !== undefined) return value;
    throw this.problem(column, `is missing; expected ${expected}`);
  }

  /** A decimal number times `factor`, rounded: seconds to milliseconds, credits to micro-credits. */
  scaled(column: string, factor: number, expected: string): number | undefined {
    const text = this.text(column);
    return text === undefined ? undefined : Math.round(this.number(column, text, expected) * factor);
  }

  /** A whole number of at least `least`. */
  whole(column: string, least: number): number | undefined {
    const text = this.text(column);
    if (text === undefined) return undefined;
    const expected = `a whole number, ${least} or more`;
    const value = this.number(column, text, expected);
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw this.problem(column, `${text} cannot be; expected ${expected}`);
  }

  /** Milliseconds after `startMs`, written as seconds after it or as an ISO 8601 instant. */
  instant(column: string, startMs: number): number | undefined {
    const text = this.text(column);
    if (text === undefined) return undefined;
    const instantMs = parseInstant(text);
    if (instantMs !== undefined) return instantMs - startMs;
    if (DECIMAL.test(text)) return Math.round(Number(text) * 1000);
    const expected = 'seconds from the start of the scenario, or an instant such as 2009-08-21T10:00:00Z';
    throw this.problem(column, `"${text}" is not a time; expected ${expected}`);
  }

  /** One of the known words. */
  oneOf<Word extends string>(column: string, known: readonly Word[]): Word | undefined {
    const text = this.text(column);
    if (text === undefined) return undefined;
    const word = known.find((candidate) => candidate === text);
    if (word !== undefined) return word;
    throw this.problem(column, `"${text}" is unknown${suggestion(text, known)}`);
  }

  problem(column: string, problem: string): InputError {
    return new InputError('PEX_WORKLOAD_VALUE', problem, { ...this.place, path: column });
  }

  private number(column: string, text: string, expected: string): number {
    if (DECIMAL.test(text)) return Number(text);
    throw this.problem(column, `"${text}" is not a number; expected ${expected}`);
  }
}

const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
