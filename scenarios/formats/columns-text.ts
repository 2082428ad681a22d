// Text with one record a line and a fixed number of columns between blanks, as SWF and the older lease workloads have it.
import { type ErrorPlace, InputError } from '../../written/input-error.ts';
import { readLines } from './input-file.ts';

/** How such a file is laid out. */
export interface ColumnsLayout<Name extends string> {
  readonly names: readonly Name[];
  /** Lines that begin with this say nothing. */
  readonly comment: string;
  /** For messages: "the Standard Workload Format". */
  readonly format: string;
}

/** The lines of a file that hold a record, in order. Their fields are looked at only when they are asked for. */
export async function* readColumns<Name extends string>(
  file: string,
  layout: ColumnsLayout<Name>,
): AsyncGenerator<ColumnsLine<Name>> {
  let line = 0;
  let ordinal = 0;
  for await (const rawText of readLines(file)) {
    line++;
    const text = rawText.trim();
    if (text === '' || text.startsWith(layout.comment)) continue;
    ordinal++;
    yield new ColumnsLine(layout, text, ordinal, { file, line });
  }
}

export class ColumnsLine<Name extends string> {
  /** Counts the records of the file from 1. */
  readonly ordinal: number;
  readonly place: ErrorPlace;
  private readonly layout: ColumnsLayout<Name>;
  private readonly fields: readonly string[];

  constructor(layout: ColumnsLayout<Name>, text: string, ordinal: number, place: ErrorPlace) {
    this.layout = layout;
    this.fields = text.split(/\s+/);
    this.ordinal = ordinal;
    this.place = place;
  }

  /**
   * The field of that column as it is written.
   * @throws InputError when the line has another number of fields than the format
   */
  text(name: Name): string {
    const { names, format } = this.layout;
    if (this.fields.length !== names.length) {
      const found = `${this.fields.length} field${this.fields.length === 1 ? '' : 's'}`;
      throw this.problem(`${found}; expected the ${names.length} columns of ${format}`);
    }
    return this.fields[names.indexOf(name)]!;
  }

  amount(name: Name): number {
    const text = this.text(name);
    const value = Number(text);
    if (Number.isFinite(value)) return value;
    throw this.problem(
      `"${text}" is not a number`,
      `column ${this.layout.names.indexOf(name) + 1} (${name})`,
    );
  }

  problem(problem: string, path?: string): InputError {
    return new InputError(
      'PEX_WORKLOAD_VALUE',
      problem,
      path === undefined ? this.place : { ...this.place, path },
    );
  }
}
