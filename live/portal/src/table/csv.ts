// A table as a file for spreadsheets (RFC 4180). Pure.
import type { CellValue, Column } from './column.ts';

/** A spreadsheet takes text that begins so for a formula, and users choose their own names. */
const LOOKS_LIKE_FORMULA = /^[=+\-@\t\r]/;

/** With the columns that say something as data. */
export function csvOf<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  const said = columns.flatMap(({ name, unit, value }) =>
    value === undefined ? [] : [{ heading: unit === undefined ? name : `${name} (${unit})`, value }],
  );
  const lines = [
    said.map(({ heading }) => field(heading)),
    ...rows.map((row) => said.map(({ value }) => field(value(row)))),
  ];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}

function field(value: CellValue): string {
  if (value === null) return '';
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'number') return String(value);
  const text = LOOKS_LIKE_FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
