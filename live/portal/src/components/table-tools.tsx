// Above a table of a list: searching, sorting where there are no headings, columns, a file.
import { useId } from 'preact/hooks';
import type { Order } from '../table/arrange.ts';
import type { Column } from '../table/column.ts';

interface TableToolsProps<T> {
  readonly columns: readonly Column<T>[];
  readonly search: string;
  readonly onSearch: (search: string) => void;
  readonly order: Order | null;
  readonly onOrder: (order: Order | null) => void;
  readonly hidden: ReadonlySet<string>;
  readonly onHidden: (hidden: ReadonlySet<string>) => void;
  readonly onDownload: () => Promise<void>;
  readonly group?: {
    readonly label: string;
    readonly value: boolean;
    readonly onValue: (value: boolean) => void;
  };
}

export function TableTools<T>(props: TableToolsProps<T>) {
  const { columns, search, onSearch, order, onOrder, hidden, onHidden, onDownload, group } = props;
  const sortId = useId();
  return (
    <div class="table-tools">
      <input
        type="search"
        aria-label="Search"
        placeholder="Search"
        value={search}
        onInput={(event) => onSearch(event.currentTarget.value)}
      />
      <div class="sort-field">
        <label for={sortId}>Sort by</label>
        <select
          id={sortId}
          value={order === null ? '' : `${order.by}\n${order.descending}`}
          onChange={(event) => {
            const [by = '', descending] = event.currentTarget.value.split('\n');
            onOrder(by === '' ? null : { by, descending: descending === 'true' });
          }}
        >
          <option value="">As they come</option>
          {columns
            .filter(({ value }) => value !== undefined)
            .flatMap(({ name }) =>
              [false, true].map((descending) => (
                <option key={`${name} ${descending}`} value={`${name}\n${descending}`}>
                  {name} {descending ? '↓' : '↑'}
                </option>
              )),
            )}
        </select>
      </div>
      {group !== undefined && (
        <label class="check">
          <input
            type="checkbox"
            checked={group.value}
            onChange={(event) => group.onValue(event.currentTarget.checked)}
          />
          {group.label}
        </label>
      )}
      <span class="table-tools-end">
        <ColumnChoice columns={columns} hidden={hidden} onHidden={onHidden} />
        <button type="button" title="What is found, as a file for spreadsheets" onClick={onDownload}>
          CSV
        </button>
      </span>
    </div>
  );
}

interface ColumnChoiceProps<T> {
  readonly columns: readonly Column<T>[];
  readonly hidden: ReadonlySet<string>;
  readonly onHidden: (hidden: ReadonlySet<string>) => void;
}

/** The first column, which names the row, stays. */
function ColumnChoice<T>({ columns, hidden, onHidden }: ColumnChoiceProps<T>) {
  return (
    <details class="column-choice">
      <summary class="button">Columns</summary>
      <fieldset>
        <legend class="visually-hidden">Columns that are shown</legend>
        {columns.slice(1).map(({ name }) => (
          <label key={name} class="check">
            <input
              type="checkbox"
              checked={!hidden.has(name)}
              onChange={(event) => {
                const next = new Set(hidden);
                if (event.currentTarget.checked) next.delete(name);
                else next.add(name);
                onHidden(next);
              }}
            />
            {name}
          </label>
        ))}
      </fieldset>
    </details>
  );
}
