// Tables with a header row, read one record at a time; columns are found by name. Used for our own workload CSV and for the Alibaba
// lists.
import { pipeline, Readable } from 'node:stream';
import { CsvError, type InfoRecord, parse } from 'csv-parse';
import { counted } from '../../written/counted.ts';
import { type ErrorPlace, InputError } from '../../written/input-error.ts';
import { readInstant } from '../../written/instant.ts';
import { suggestion } from '../../written/suggestion.ts';
import { clockMs, parseIsoDuration } from '../../written/time-text.ts';
import { parseDecimal } from './decimal.ts';
import { LINE_ENDS, readBytes } from './input-file.ts';

/** Which columns a table may and must have. */
export interface TableColumns {
  /** A column with another name is an error; absent: it is ignored. */
  readonly known?: readonly string[];
  readonly required: readonly string[];
}

/**
 * The records of a file below its header row, in order. Lines may end in any way, also each in another; empty lines and commas at their
 * ends are forgiven. A record with another number of values than the header has columns is bad: whoever reads it hears so.
 * @throws InputError (PEX_WORKLOAD_HEADER, PEX_WORKLOAD_VALUE when quotes do not close)
 */
export async function* readTable(file: string, columns: TableColumns): AsyncGenerator<TableRecord> {
  let header: Header | undefined;
  for await (const { fields, line } of readRecords(file)) {
    if (header === undefined) header = readHeader(fields, columns, { file, line });
    else yield new TableRecord(header, fields, { file, line });
  }
  if (header === undefined) {
    const problem = `the file is empty; expected a header row with ${columns.required.join(', ')}`;
    throw new InputError('PEX_WORKLOAD_HEADER', problem, { file });
  }
}

/** A record as it is written, and the line on which it begins. */
export interface SeparatedRecord {
  /** At least one. */
  readonly fields: readonly string[];
  readonly line: number;
}

/**
 * The records of a file with separated values, which may stand in double quotes, the header row among them. Empty lines are left out.
 * @throws InputError (PEX_WORKLOAD_VALUE) when quotes do not match
 */
export async function* readRecords(
  file: string,
  { delimiter = ',' }: { readonly delimiter?: string } = {},
): AsyncGenerator<SeparatedRecord> {
  const lines = new RecordLines();
  const parser = parse({
    bom: true,
    delimiter,
    on_record: (fields, info) => {
      lines.add(fields, info);
      return fields;
    },
    record_delimiter: [...LINE_ENDS],
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  const records: AsyncIterable<readonly string[]> = pipeline(
    Readable.from(readBytes(file)),
    parser,
    () => {},
  );
  try {
    for await (const fields of records) {
      const line = lines.take();
      // A line of blanks.
      if (fields.length === 1 && fields[0] === '') continue;
      yield { fields, line };
    }
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    // Its own words name the line that the parser had come to, which for quotes that do not close is the last one of the file.
    const what =
      cause.code === 'CSV_QUOTE_NOT_CLOSED' ? 'opens quotes that never close' : 'has quotes within a value';
    const problem = `the row that begins here ${what}; a value with quotes in it stands in quotes, and each of its own is written twice`;
    const line = lines.firstAfter(Number(cause['empty_lines']));
    throw new InputError('PEX_WORKLOAD_VALUE', problem, { file, line }, { cause });
  }
}

/** On which line each record begins: the parser tells where one ends, and how many lines it left out. It is some records ahead of its reader. */
class RecordLines {
  readonly #begins: number[] = [];
  #endsBefore = 0;
  #emptyBefore = 0;
  #countedTwice = 0;

  /** Told of each record when it ends. */
  add(fields: readonly string[], { empty_lines, lines }: InfoRecord): void {
    this.#begins.push(this.firstAfter(empty_lines));
    // The parser counts a Windows line end within quotes as two.
    for (const field of fields) this.#countedTwice += field.split('\r\n').length - 1;
    this.#endsBefore = lines;
    this.#emptyBefore = empty_lines;
  }

  /** Of the next record. */
  take(): number {
    return this.#begins.shift()!;
  }

  /** @param emptyLines of the file so far */
  firstAfter(emptyLines: number): number {
    return this.#endsBefore - this.#countedTwice + emptyLines - this.#emptyBefore + 1;
  }
}

interface Header {
  readonly indexOf: ReadonlyMap<string, number>;
  /** Columns up to the last one with a name. */
  readonly width: number;
}

function readHeader(names: readonly string[], { known, required }: TableColumns, place: ErrorPlace): Header {
  const complain = (problem: string) => new InputError('PEX_WORKLOAD_HEADER', problem, place);
  const used =
    names.length === 1 ? SEPARATORS.find(([character]) => names[0]!.includes(character)) : undefined;
  if (used !== undefined) throw complain(`the columns are separated by ${used[1]}; expected commas`);
  if (!required.some((name) => names.includes(name)) && names.some(isNoName)) {
    const found = names.slice(0, 5).map((name) => JSON.stringify(name.slice(0, 30)));
    const problem = `the first line looks like a row (${found.join(', ')}${names.length > 5 ? ', …' : ''})`;
    throw complain(`${problem}; expected a header row with ${required.join(', ')}`);
  }
  const indexOf = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    // A trailing comma, or the unnamed index column of many exports.
    if (name === '') continue;
    if (known !== undefined && !known.includes(name)) {
      throw complain(`unknown column "${name}"${suggestion(name, known)}`);
    }
    if (indexOf.has(name)) throw complain(`the column "${name}" is there twice`);
    indexOf.set(name, index);
  }
  const missing = required.filter((name) => !indexOf.has(name));
  if (missing.length > 0) {
    const columns = missing.map((name) => `"${name}"`).join(', ');
    throw complain(`lacks the column${missing.length > 1 ? 's' : ''} ${columns}; found ${names.join(', ')}`);
  }
  return { indexOf, width: Math.max(...indexOf.values()) + 1 };
}

const SEPARATORS: readonly (readonly [character: string, called: string])[] = [
  [';', 'semicolons'],
  ['\t', 'tabs'],
  ['|', 'vertical bars (|)'],
];

/** Numbers and dates are values, not names of columns. */
const isNoName = (text: string): boolean => parseDecimal(text) !== undefined || 'ms' in readInstant(text);

/** One record and its place. Each reader below says what it expected when the value is not that. */
export class TableRecord {
  readonly place: ErrorPlace;
  private readonly header: Header;
  private readonly fields: readonly string[];

  constructor(header: Header, fields: readonly string[], place: ErrorPlace) {
    this.header = header;
    this.fields = fields;
    this.place = place;
  }

  /**
   * The value; undefined when it is empty or there is no such column.
   * @throws InputError when the record has fewer values than there are columns, or more, or what is no text
   */
  text(column: string): string | undefined {
    this.checkLength();
    const index = this.header.indexOf.get(column);
    const text = index === undefined ? undefined : this.fields[index];
    if (text === undefined || text === '') return undefined;
    if (text.includes(NO_CHARACTER)) throw this.problem(column, `"${text}" is not UTF-8`);
    return text;
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

  /** Whole milliseconds of a length of time: seconds, or as ISO 8601 writes it. */
  durationMs(column: string): number | undefined {
    const text = this.text(column);
    if (text === undefined) return undefined;
    const seconds = parseDecimal(text);
    const ms = seconds === undefined ? parseIsoDuration(text) : Math.round(seconds * 1000);
    if (ms !== undefined) return ms;
    const meantMs = clockMs(text);
    const expected = 'expected seconds, or an ISO 8601 duration such as PT1H';
    throw this.problem(
      column,
      meantMs === undefined
        ? `"${text}" is not a number; ${expected}`
        : `"${text}" is the time of a clock; expected seconds (${meantMs / 1000})`,
    );
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
    return text === undefined ? undefined : this.#instantOf(text, column, startMs);
  }

  /** Several of them, with blanks between; at least one. */
  instants(column: string, startMs: number): readonly number[] | undefined {
    const text = this.text(column);
    return text?.split(/\s+/).map((part) => this.#instantOf(part, column, startMs));
  }

  #instantOf(text: string, column: string, startMs: number): number {
    const seconds = parseDecimal(text);
    if (seconds !== undefined) return Math.round(seconds * 1000);
    const reading = readInstant(text);
    if ('ms' in reading) return reading.ms - startMs;
    const meantMs = clockMs(text);
    if (meantMs !== undefined) {
      const expected = `expected seconds from the start of the scenario (${meantMs / 1000}), or an instant with its date`;
      throw this.problem(column, `"${text}" is the time of a clock; ${expected}`);
    }
    if (/^\d{4}-\d{2}-\d{2}(T|$)/.test(text)) throw this.problem(column, `"${text}" ${reading.problem}`);
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

  /** It has a value for each column, and no more. */
  get isWhole(): boolean {
    const { width } = this.header;
    const { length } = this.fields;
    return (
      length === width || (length > width && this.fields.slice(width).every((surplus) => surplus === ''))
    );
  }

  private checkLength(): void {
    if (this.isWhole) return;
    const { width } = this.header;
    const { length } = this.fields;
    const hint = length > width ? '; a value with a comma in it stands in quotes' : '';
    throw new InputError(
      'PEX_WORKLOAD_VALUE',
      `${counted(length, 'value')} for ${counted(width, 'column')}${hint}`,
      this.place,
    );
  }

  private number(column: string, text: string, expected: string): number {
    const value = parseDecimal(text);
    if (value !== undefined) return value;
    throw this.problem(column, `"${text}" is not a number; expected ${expected}`);
  }
}

/** What stands for bytes that are no text. */
const NO_CHARACTER = '\uFFFD';
