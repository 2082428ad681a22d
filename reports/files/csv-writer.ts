// CSV files, written as the run goes: RFC 4180 quoting, a buffer in between, and cells that no spreadsheet takes for a formula.
import { closeSync, openSync, writeSync } from 'node:fs';
import { writing } from './run-directory.ts';

const BUFFER_CHARACTERS = 1 << 16;

/** null is an empty cell. */
export type Cell = string | number | boolean | null;

export class CsvWriter {
  readonly #path: string;
  readonly #columns: number;
  readonly #file: number;
  #buffer: string;
  #closed = false;

  /** Creates the file with its header row. @throws InputError PEX_FILE_UNWRITABLE, as do all methods */
  constructor(path: string, columns: readonly string[]) {
    this.#path = path;
    this.#columns = columns.length;
    this.#buffer = csvLine(columns);
    this.#file = writing(path, () => openSync(path, 'w'));
  }

  /** Adds a row: one cell for each column, in their order. */
  write(row: readonly Cell[]): void {
    if (row.length !== this.#columns) {
      throw new RangeError(`${row.length} cells in a table of ${this.#columns} columns: ${this.#path}`);
    }
    this.#buffer += csvLine(row);
    if (this.#buffer.length >= BUFFER_CHARACTERS) this.#flush();
  }

  /** Writes what is left and closes the file. */
  close(): void {
    if (this.#closed) return;
    this.#flush();
    this.#closed = true;
    writing(this.#path, () => closeSync(this.#file));
  }

  /** Closes the file without caring what is in it; never throws. */
  abandon(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      closeSync(this.#file);
    } catch {
      // The file is about to be removed.
    }
  }

  #flush(): void {
    const bytes = Buffer.from(this.#buffer, 'utf8');
    this.#buffer = '';
    writing(this.#path, () => {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#file, bytes, written);
    });
  }
}

/** One row with its line end. */
export function csvLine(row: readonly Cell[]): string {
  return `${row.map(textOf).join(',')}\r\n`;
}

function textOf(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  if (!/^[=+\-@]|[\t\r\n",]/.test(cell)) return cell;
  // Spreadsheets run a cell that begins with one of these as a formula; an apostrophe makes it text.
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
