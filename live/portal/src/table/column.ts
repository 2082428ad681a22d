// What a column of a table is: how it is drawn, and what it says as data.
import type { ComponentChildren } from 'preact';

/** An instant is a Date: sorted by time, found by its words, written to files as ISO 8601. */
export type CellValue = string | number | Date | null;

export interface Column<T> {
  readonly name: string;
  readonly cell: (row: T) => ComponentChildren;
  /** Figures are set at the right. */
  readonly numeric?: boolean;
  /** Stays on one line in a table. */
  readonly whole?: boolean;
  /** Shown when one chooses it only; it is searched, and stands in files, all the same. */
  readonly optional?: boolean;
  /** What it is searched for, sorted by and written to files as; without it the column is of the screen alone. */
  readonly value?: (row: T) => CellValue;
  /** Of the values, as files say it: "credits". */
  readonly unit?: string;
}
