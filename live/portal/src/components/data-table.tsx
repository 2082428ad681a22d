// A table that becomes a list of cards on a narrow screen.
import type { ComponentChildren } from 'preact';

export interface Column<T> {
  readonly name: string;
  readonly cell: (row: T) => ComponentChildren;
  /** Figures are set at the right. */
  readonly numeric?: boolean;
}

/** Written out, because some browsers take the roles away from tables that are not laid out as such. */
const ROLE = {
  table: { role: 'table' },
  rowgroup: { role: 'rowgroup' },
  row: { role: 'row' },
  columnheader: { role: 'columnheader' },
  rowheader: { role: 'rowheader' },
  cell: { role: 'cell' },
} as const;

interface DataTableProps<T> {
  /** Read by screen readers; the heading above tells the others. */
  readonly caption: string;
  /** The first column names the row. */
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly rowKey: (row: T) => string | number;
}

export function DataTable<T>({ caption, columns, rows, rowKey }: DataTableProps<T>) {
  return (
    <table class="data-table" {...ROLE.table}>
      <caption class="visually-hidden">{caption}</caption>
      <thead {...ROLE.rowgroup}>
        <tr {...ROLE.row}>
          {columns.map(({ name, numeric }) => (
            <th key={name} scope="col" {...ROLE.columnheader} class={numeric ? 'n' : undefined}>
              {name === 'Actions' ? <span class="visually-hidden">{name}</span> : name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody {...ROLE.rowgroup}>
        {rows.map((row) => (
          <tr key={rowKey(row)} {...ROLE.row}>
            {columns.map(({ name, cell, numeric }, index) =>
              index === 0 ? (
                <th key={name} scope="row" {...ROLE.rowheader}>
                  {cell(row)}
                </th>
              ) : (
                <td
                  key={name}
                  {...ROLE.cell}
                  data-label={name}
                  class={
                    [numeric && 'n', name === 'Actions' && 'actions'].filter(Boolean).join(' ') || undefined
                  }
                >
                  <div class="cell">{cell(row)}</div>
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
