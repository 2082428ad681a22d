// A table that becomes a list of cards on a narrow screen. Roles are written out, because some browsers take them from tables that are
// not laid out as such.
import type { ComponentChildren } from 'preact';

export interface Column<T> {
  readonly name: string;
  readonly cell: (row: T) => ComponentChildren;
  /** Figures are set at the right. */
  readonly numeric?: boolean;
}

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
    // biome-ignore lint/a11y/noRedundantRoles: see above
    <table class="data-table" role="table">
      <caption class="visually-hidden">{caption}</caption>
      {/* biome-ignore lint/a11y/noRedundantRoles: see above */}
      <thead role="rowgroup">
        {/* biome-ignore lint/a11y/noRedundantRoles: see above */}
        <tr role="row">
          {columns.map(({ name, numeric }) => (
            <th key={name} scope="col" role="columnheader" class={numeric ? 'n' : undefined}>
              {name === 'Actions' ? <span class="visually-hidden">{name}</span> : name}
            </th>
          ))}
        </tr>
      </thead>
      {/* biome-ignore lint/a11y/noRedundantRoles: see above */}
      <tbody role="rowgroup">
        {rows.map((row) => (
          // biome-ignore lint/a11y/noRedundantRoles: see above
          <tr key={rowKey(row)} role="row">
            {columns.map(({ name, cell, numeric }, index) =>
              index === 0 ? (
                <th key={name} scope="row" role="rowheader">
                  {cell(row)}
                </th>
              ) : (
                <td
                  key={name}
                  role="cell"
                  data-label={name}
                  class={
                    [numeric && 'n', name === 'Actions' && 'actions'].filter(Boolean).join(' ') || undefined
                  }
                >
                  {cell(row)}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
