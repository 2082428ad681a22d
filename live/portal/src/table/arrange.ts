// Rows as they are asked for: those that contain what is searched for, in the order of a column. Pure.
import { formatExactly } from '../text/time.ts';
import type { CellValue, Column } from './column.ts';

export interface Order {
  /** Name of the column. */
  readonly by: string;
  readonly descending: boolean;
}

export interface Arrangement {
  readonly search: string;
  /** null: as the rows come. */
  readonly order: Order | null;
}

/** Every word that is searched for stands in some column of a row. Rows that are equal in the column stay in the order they came in. */
export function arrange<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  { order, search }: Arrangement,
): readonly T[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const values = columns.flatMap(({ value }) => (value === undefined ? [] : [value]));
  const found =
    words.length === 0
      ? rows
      : rows.filter((row) => {
          const text = values.map((value) => textOf(value(row))).join('\n');
          return words.every((word) => text.includes(word));
        });
  const by = columns.find(({ name }) => name === order?.by)?.value;
  if (order === null || by === undefined) return found;
  const sign = order.descending ? -1 : 1;
  return found
    .map((row) => ({ row, value: by(row) }))
    .toSorted((a, b) => compareValues(a.value, b.value, sign))
    .map(({ row }) => row);
}

/** The order after a click on the heading: ascending, descending, as they come. */
export function nextOrder(order: Order | null, by: string): Order | null {
  if (order?.by !== by) return { by, descending: false };
  return order.descending ? null : { by, descending: true };
}

function textOf(value: CellValue): string {
  if (value === null) return '';
  return (value instanceof Date ? formatExactly(value.getTime()) : String(value)).toLowerCase();
}

const COLLATOR = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** What is not there comes last, whichever way one sorts. */
function compareValues(a: CellValue, b: CellValue, sign: 1 | -1): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === 'string' || typeof b === 'string') return sign * COLLATOR.compare(String(a), String(b));
  return sign * (Number(a) - Number(b));
}
