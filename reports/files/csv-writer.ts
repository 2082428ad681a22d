// CSV files, written as the run goes: RFC 4180 quoting, a buffer in between, and cells that no spreadsheet takes for a formula.
import { closeSync, openSync, writeSync } from 'node:fs';
import { writing } from './run-directory.ts';

const BUFFER_BYTES = 1 << 16;
/** Of a UTF-16 unit in UTF-8. */
const BYTES_PER_UNIT_MAX = 3;
/** What ends a row, or stands around and before a text that cannot be written as it is. */
const BYTES_BESIDE_MAX = 3;
const COMMA = 0x2c;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

/** What a text must not have, by ASCII code: anywhere, or at its beginning. */
const ANYWHERE = 1;
const AT_FIRST = 2;
const CAREFUL = new Uint8Array(128);
for (const mark of '\t\r\n",') CAREFUL[mark.charCodeAt(0)] = ANYWHERE;
for (const mark of '=+-@') CAREFUL[mark.charCodeAt(0)] = AT_FIRST;

/** null is an empty cell. */
export type Cell = string | number | boolean | null;

export class CsvWriter {
  readonly #path: string;
  readonly #columns: number;
  readonly #file: number;
  #bytes = Buffer.allocUnsafe(BUFFER_BYTES);
  #used = 0;
  #closed = false;

  /** Creates the file with its header row. @throws InputError PEX_FILE_UNWRITABLE, as do all methods */
  constructor(path: string, columns: readonly string[]) {
    this.#path = path;
    this.#columns = columns.length;
    this.#file = writing(path, () => openSync(path, 'w'));
    this.write(columns);
  }

  /** Adds a row: one cell for each column, in their order. */
  write(row: readonly Cell[]): void {
    if (row.length !== this.#columns) {
      throw new RangeError(`${row.length} cells in a table of ${this.#columns} columns: ${this.#path}`);
    }
    for (let column = 0; column < row.length; column += 1) {
      this.#makeRoom(BYTES_BESIDE_MAX);
      if (column > 0) this.#bytes[this.#used++] = COMMA;
      this.#put(row[column]!);
    }
    this.#makeRoom(BYTES_BESIDE_MAX);
    this.#bytes[this.#used++] = CARRIAGE_RETURN;
    this.#bytes[this.#used++] = LINE_FEED;
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

  /** Most cells are plain ASCII, and go into the buffer as they are. */
  #put(cell: Cell): void {
    if (cell === null) return;
    const isText = typeof cell === 'string';
    const text = isText ? cell : String(cell);
    const { length } = text;
    this.#makeRoom(length * BYTES_PER_UNIT_MAX);
    const bytes = this.#bytes;
    const from = this.#used;
    let i = 0;
    for (; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) break;
      const care = CAREFUL[unit]!;
      if (care !== 0 && isText && (care === ANYWHERE || i === 0)) break;
      bytes[from + i] = unit;
    }
    if (i === length) this.#used += length;
    else this.#putWhole(textOf(cell));
  }

  #putWhole(text: string): void {
    this.#makeRoom(text.length * BYTES_PER_UNIT_MAX);
    this.#used += this.#bytes.write(text, this.#used, 'utf8');
  }

  #makeRoom(bytes: number): void {
    if (this.#used + bytes <= this.#bytes.length) return;
    this.#flush();
    if (bytes > this.#bytes.length) this.#bytes = Buffer.allocUnsafe(bytes);
  }

  #flush(): void {
    const used = this.#used;
    this.#used = 0;
    writing(this.#path, () => {
      for (let written = 0; written < used; )
        written += writeSync(this.#file, this.#bytes, written, used - written);
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
