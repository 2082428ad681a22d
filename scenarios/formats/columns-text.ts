// Text with one record a line and a fixed number of columns between blanks, as SWF and the older lease workloads have it.
import { type ErrorPlace, InputError } from '../../written/input-error.ts';
import { parseDecimal } from './decimal.ts';
import { readLines } from './input-file.ts';

/** How such a file is laid out. */
export interface ColumnsLayout<Name extends string> {
  readonly names: readonly Name[];
  /** Lines that begin with this say nothing. */
  readonly comment: string;
  /** For messages: "the Standard Workload Format". */
  readonly format: string;
  /** What to do about a file whose lines have more columns. Absent: nothing can be done. */
  readonly adviceOnSurplus?: string;
}

/** What there is to say of the columns of one file. */
export interface ColumnsOptions {
  /** Columns behind those of the layout say nothing. */
  readonly ignoreSurplus?: boolean;
}

/**
 * The lines of a file that hold a record, in order. Their fields are looked at only when they are asked for.
 * @throws InputError (PEX_WORKLOAD_HEADER) when already the first line has more columns than the layout, and there is something to do about it
 */
export async function* readColumns<Name extends string>(
  file: string,
  layout: ColumnsLayout<Name>,
  { ignoreSurplus = false }: ColumnsOptions = {},
): AsyncGenerator<ColumnsLine<Name>> {
  let line = 0;
  let ordinal = 0;
  for await (const rawText of readLines(file)) {
    line++;
    const text = rawText.trim();
    if (text === '' || text.startsWith(layout.comment)) continue;
    ordinal++;
    const fields = text.split(/\s+/);
    if (ignoreSurplus) fields.splice(layout.names.length);
    if (ordinal === 1 && fields.length > layout.names.length && layout.adviceOnSurplus !== undefined) {
      const problem = `${fields.length} columns; expected the ${layout.names.length} of ${layout.format}; ${layout.adviceOnSurplus}`;
      throw new InputError('PEX_WORKLOAD_HEADER', problem, { file, line });
    }
    yield new ColumnsLine(layout, fields, ordinal, { file, line });
  }
}

export class ColumnsLine<Name extends string> {
  /** Counts the records of the file from 1. */
  readonly ordinal: number;
  readonly place: ErrorPlace;
  private readonly layout: ColumnsLayout<Name>;
  private readonly fields: readonly string[];

  constructor(layout: ColumnsLayout<Name>, fields: readonly string[], ordinal: number, place: ErrorPlace) {
    this.layout = layout;
    this.fields = fields;
    this.ordinal = ordinal;
    this.place = place;
  }

  /** It has a field for each column, and no more. */
  get isComplete(): boolean {
    return this.fields.length === this.layout.names.length;
  }

  /**
   * The field of that column as it is written.
   * @throws InputError when the line has another number of fields than the format
   */
  text(name: Name): string {
    const { names, format } = this.layout;
    if (!this.isComplete) {
      const found = `${this.fields.length} field${this.fields.length === 1 ? '' : 's'}`;
      throw this.problem(`${found}; expected the ${names.length} columns of ${format}`);
    }
    return this.fields[names.indexOf(name)]!;
  }

  amount(name: Name): number {
    const text = this.text(name);
    const value = parseDecimal(text);
    if (value !== undefined) return value;
    throw this.problemOf(name, `"${text}" is not a number`);
  }

  /** A whole number. */
  whole(name: Name): number {
    const value = this.amount(name);
    if (Number.isSafeInteger(value)) return value;
    throw this.problemOf(name, `${this.text(name)} cannot be; expected a whole number`);
  }

  problemOf(name: Name, problem: string): InputError {
    return this.problem(problem, `column ${this.layout.names.indexOf(name) + 1} (${name})`);
  }

  problem(problem: string, path?: string): InputError {
    return new InputError(
      'PEX_WORKLOAD_VALUE',
      problem,
      path === undefined ? this.place : { ...this.place, path },
    );
  }
}
