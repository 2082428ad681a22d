// The records of a file that is laid out as a mapping says: values by name or number, each record with the line that it begins on.
import { type ErrorPlace, InputError } from '../../written/input-error.ts';
import { suggestion } from '../../written/suggestion.ts';
import { readRecords } from './csv-table.ts';
import { readLines } from './input-file.ts';
import type { ColumnRef, Mapping } from './mapping-schema.ts';

/** Where each column stands. */
export class ColumnIndex {
  readonly #names: readonly string[] | undefined;
  readonly #place: ErrorPlace;

  constructor(names: readonly string[] | undefined, place: ErrorPlace) {
    this.#names = names;
    this.#place = place;
  }

  /**
   * Counts from 0.
   * @param path the setting that names the column
   * @throws InputError PEX_WORKLOAD_HEADER
   */
  of(column: ColumnRef, path: string): number {
    const names = this.#names;
    if (typeof column === 'number') {
      if (names === undefined || column <= names.length) return column - 1;
      throw this.#problem(path, `there is no column ${column}: there are ${names.length}`);
    }
    if (names === undefined) {
      throw this.#problem(
        path,
        `"${column}" is a name, but nothing names the columns; give its number, header: true, or names`,
      );
    }
    const index = names.indexOf(column);
    if (index < 0) throw this.#problem(path, `there is no column "${column}"${suggestion(column, names)}`);
    if (names.indexOf(column, index + 1) >= 0) {
      throw this.#problem(path, `the column "${column}" is there twice; give its number`);
    }
    return index;
  }

  #problem(path: string, problem: string): InputError {
    return new InputError('PEX_WORKLOAD_HEADER', problem, { ...this.#place, path });
  }
}

export interface MappedRecord {
  readonly fields: readonly string[];
  readonly place: ErrorPlace;
}

/**
 * First the index of the columns, then each record. A record of another width is handed on with `isRagged`, for whoever reads it to refuse.
 * @throws InputError when the file cannot be read, its quotes do not match, or it has no header row
 */
export async function* readMappedRecords(
  file: string,
  mapping: Mapping,
): AsyncGenerator<MappedRecord & { readonly columns: ColumnIndex; readonly wrongWidth?: string }> {
  let skip = mapping.skipLines;
  let columns = mapping.header ? undefined : new ColumnIndex(mapping.names, { file });
  let width = mapping.width ?? (mapping.header ? undefined : mapping.names?.length);
  // Records of different events may have different columns.
  const mayDiffer = mapping.events !== undefined && !mapping.header && width === undefined;
  for await (const { fields, line } of splitRows(file, mapping)) {
    if (skip > 0) {
      skip--;
      continue;
    }
    if (columns === undefined) {
      const names = [...fields];
      while (names.length > 1 && names.at(-1) === '') names.pop();
      columns = new ColumnIndex(names, { file, line });
      width ??= names.length;
      continue;
    }
    if (!mayDiffer) width ??= fields.length;
    const place = { file, line };
    const isRight =
      width === undefined ||
      fields.length === width ||
      (fields.length > width && fields.slice(width).every((surplus) => surplus === ''));
    if (isRight) yield { fields, place, columns };
    else {
      const values = `${fields.length} value${fields.length === 1 ? '' : 's'}`;
      yield { fields, place, columns, wrongWidth: `${values} for ${width} columns` };
    }
  }
  if (columns === undefined) {
    throw new InputError('PEX_WORKLOAD_HEADER', 'the file is empty; expected a header row', { file });
  }
}

interface SplitRow {
  readonly fields: readonly string[];
  readonly line: number;
}

async function* splitRows(file: string, mapping: Mapping): AsyncGenerator<SplitRow> {
  const { comment, lastTakesRest, quotes, separator, width } = mapping;
  const saysNothing = (text: string) => comment !== undefined && text.startsWith(comment);
  if (quotes && separator !== 'blanks' && !lastTakesRest) {
    const delimiter = separator === 'tab' ? '\t' : separator;
    for await (const row of readRecords(file, { delimiter })) {
      if (!saysNothing(row.fields[0]!)) yield row;
    }
    return;
  }
  let line = 0;
  for await (const raw of readLines(file)) {
    line++;
    const text = raw.trim();
    if (text === '' || saysNothing(text)) continue;
    const parts =
      separator === 'blanks' ? text.split(/[ \t]+/) : raw.split(separator === 'tab' ? '\t' : separator);
    const glue = separator === 'blanks' ? ' ' : separator === 'tab' ? '\t' : separator;
    if (lastTakesRest && width !== undefined && parts.length > width) {
      parts.push(parts.splice(width - 1).join(glue));
    }
    yield { fields: parts.map((part) => part.trim()), line };
  }
}
