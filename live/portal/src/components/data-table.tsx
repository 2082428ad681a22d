// A table that becomes a list of cards on a narrow screen. For lists that people search there is list-table.tsx, which draws with it.
import { type ComponentChildren, Fragment } from 'preact';
import { nextOrder, type Order } from '../table/arrange.ts';
import type { Column } from '../table/column.ts';

/** Written out, because some browsers take the roles away from tables that are not laid out as such. */
const ROLE = {
  table: { role: 'table' },
  rowgroup: { role: 'rowgroup' },
  row: { role: 'row' },
  columnheader: { role: 'columnheader' },
  rowheader: { role: 'rowheader' },
  cell: { role: 'cell' },
} as const;

export interface Sorting {
  readonly order: Order | null;
  readonly onOrder: (order: Order | null) => void;
}

export interface Selecting<T> {
  readonly isSelected: (row: T) => boolean;
  readonly onSelect: (row: T, selected: boolean) => void;
  /** Of all rows that are found. */
  readonly onSelectAll: (selected: boolean) => void;
  readonly isAll: boolean;
  /** How a row is spoken of: "Select ada". */
  readonly nameOf: (row: T) => string;
}

export interface Grouping<T> {
  readonly of: (row: T) => string;
  readonly title: (row: T) => ComponentChildren;
}

interface DataTableProps<T> {
  /** Read by screen readers; the heading above tells the others. */
  readonly caption: string;
  /** The first column names the row. */
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly rowKey: (row: T) => string | number;
  readonly sorting?: Sorting | undefined;
  readonly selecting?: Selecting<T> | undefined;
  /** Rows of a group stand together, below its title. */
  readonly grouping?: Grouping<T> | undefined;
}

export function DataTable<T>(props: DataTableProps<T>) {
  const { caption, columns, rows, rowKey, sorting, selecting, grouping } = props;
  return (
    <table class={selecting === undefined ? 'data-table' : 'data-table selectable'} {...ROLE.table}>
      <caption class="visually-hidden">{caption}</caption>
      <thead {...ROLE.rowgroup}>
        <tr {...ROLE.row}>
          {selecting !== undefined && (
            <td {...ROLE.cell} class="select">
              <input
                type="checkbox"
                aria-label="Select all"
                checked={selecting.isAll}
                onChange={(event) => selecting.onSelectAll(event.currentTarget.checked)}
              />
            </td>
          )}
          {columns.map((column) => (
            <Heading key={column.name} column={column} sorting={sorting} />
          ))}
        </tr>
      </thead>
      <tbody {...ROLE.rowgroup}>
        {rows.map((row, index) => {
          const before = rows[index - 1];
          const opens =
            grouping !== undefined && (before === undefined || grouping.of(before) !== grouping.of(row));
          return (
            <Fragment key={rowKey(row)}>
              {opens && (
                <tr class="group" {...ROLE.row}>
                  <th
                    scope="rowgroup"
                    {...ROLE.rowheader}
                    colSpan={columns.length + (selecting === undefined ? 0 : 1)}
                  >
                    {grouping.title(row)}
                  </th>
                </tr>
              )}
              <tr {...ROLE.row}>
                {selecting !== undefined && (
                  <td {...ROLE.cell} class="select">
                    <input
                      type="checkbox"
                      aria-label={`Select ${selecting.nameOf(row)}`}
                      checked={selecting.isSelected(row)}
                      onChange={(event) => selecting.onSelect(row, event.currentTarget.checked)}
                    />
                  </td>
                )}
                {columns.map((column, at) => (
                  <Cell key={column.name} column={column} row={row} namesRow={at === 0} />
                ))}
              </tr>
            </Fragment>
          );
        })}
      </tbody>
    </table>
  );
}

function Heading<T>({ column, sorting }: { column: Column<T>; sorting: Sorting | undefined }) {
  const { name, numeric, value } = column;
  const isSorted = sorting?.order?.by === name;
  const descending = isSorted && sorting.order?.descending === true;
  return (
    <th
      scope="col"
      {...ROLE.columnheader}
      class={numeric ? 'n' : undefined}
      aria-sort={isSorted ? (descending ? 'descending' : 'ascending') : undefined}
    >
      {sorting !== undefined && value !== undefined ? (
        <button
          type="button"
          class="sort"
          title={`Sort by ${name}`}
          onClick={() => sorting.onOrder(nextOrder(sorting.order, name))}
        >
          {name}
          <span aria-hidden="true">{isSorted ? (descending ? ' ↓' : ' ↑') : ''}</span>
        </button>
      ) : name === 'Actions' ? (
        <span class="visually-hidden">{name}</span>
      ) : (
        name
      )}
    </th>
  );
}

function Cell<T>({ column, row, namesRow }: { column: Column<T>; row: T; namesRow: boolean }) {
  const { cell, name, numeric, whole } = column;
  if (namesRow)
    return (
      <th scope="row" {...ROLE.rowheader}>
        {cell(row)}
      </th>
    );
  const classes = [numeric && 'n', whole && 'whole', name === 'Actions' && 'actions']
    .filter(Boolean)
    .join(' ');
  return (
    <td {...ROLE.cell} data-label={name} class={classes || undefined}>
      <div class="cell">{cell(row)}</div>
    </td>
  );
}
