// A table of a list that people search: what they look for, its order, the columns that they want, a file of it, how much of it there is,
// and what is done to several rows at once.
import { useMemo, useState } from 'preact/hooks';
import type { Pages } from '../live/use-pages.ts';
import { arrange, type Order } from '../table/arrange.ts';
import type { Column } from '../table/column.ts';
import { csvOf } from '../table/csv.ts';
import { saveFile } from '../table/save-file.ts';
import { formatCount } from '../text/amounts.ts';
import { BulkBar, type BulkDeed } from './bulk-bar.tsx';
import { DataTable, type Grouping, type Selecting } from './data-table.tsx';
import { ListFoot } from './list-foot.tsx';
import { TableTools } from './table-tools.tsx';

/** More rows than these nobody reads at once. */
const AT_A_TIME = 100;
/** Fewer rows than these nobody searches. */
const SEARCHED_FROM = 5;

interface ListTableProps<T> {
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly rowKey: (row: T) => string | number;
  /** "user", "users". */
  readonly noun: readonly [one: string, several: string];
  /** Where the rows come from, if that is page by page: what searches or sorts reads the others. */
  readonly pages?: Pages<T>;
  readonly deeds?: {
    readonly nameOf: (row: T) => string;
    readonly all: readonly BulkDeed<T>[];
  };
  readonly group?: Grouping<T> & { readonly label: string };
}

export function ListTable<T>(props: ListTableProps<T>) {
  const { caption, columns, rows, rowKey, noun, pages, deeds, group } = props;
  const [search, setSearch] = useState('');
  const [order, setOrder] = useState<Order | null>(null);
  const [isGrouped, setGrouped] = useState(false);
  const [hidden, setHidden] = useHiddenColumns(caption, columns);
  const [most, setMost] = useState(AT_A_TIME);
  const [selected, setSelected] = useState<ReadonlySet<string | number>>(new Set());
  const grouping = isGrouped ? group : undefined;
  const found = useMemo(() => {
    const arranged = arrange(rows, columns, { search, order });
    return grouping === undefined ? arranged : together(arranged, grouping.of);
  }, [rows, columns, search, order, grouping]);
  const shown = found.slice(0, most);
  const total = pages?.value?.total ?? rows.length;
  const isAllRead = (pages?.value?.next ?? null) === null;
  const chosen = found.filter((row) => selected.has(rowKey(row)));
  /** Those that are not read yet, too. */
  const selectWhole = async () => {
    if (pages === undefined) return;
    pages.whole();
    select(arrange(await pages.readWhole(), columns, { search, order }), true);
  };
  const select = (those: readonly T[], isSelected: boolean) => {
    const next = new Set(selected);
    for (const row of those) {
      if (isSelected) next.add(rowKey(row));
      else next.delete(rowKey(row));
    }
    setSelected(next);
  };
  const selecting: Selecting<T> | undefined = deeds && {
    nameOf: deeds.nameOf,
    isSelected: (row) => selected.has(rowKey(row)),
    onSelect: (row, isSelected) => select([row], isSelected),
    onSelectAll: (isSelected) => select(found, isSelected),
    isAll: found.length > 0 && chosen.length === found.length,
  };
  const asked = <V,>(set: (value: V) => void) => {
    return (value: V) => {
      set(value);
      // What is not read cannot be found, nor be put in its place.
      if (!isAllRead) pages?.whole();
    };
  };
  const download = async () => {
    const all = isAllRead || pages === undefined ? rows : await pages.readWhole();
    saveFile(
      `${caption.toLowerCase().replaceAll(' ', '-')}.csv`,
      csvOf(columns, arrange(all, columns, { search, order })),
    );
  };
  return (
    <div class="list">
      {(total >= SEARCHED_FROM || search !== '') && (
        <TableTools
          columns={columns}
          search={search}
          onSearch={asked(setSearch)}
          order={order}
          onOrder={asked(setOrder)}
          hidden={hidden}
          onHidden={setHidden}
          onDownload={download}
          {...(group !== undefined && {
            group: { label: group.label, value: isGrouped, onValue: asked(setGrouped) },
          })}
        />
      )}
      {deeds !== undefined && chosen.length > 0 && (
        <BulkBar
          rows={chosen}
          noun={noun}
          deeds={deeds.all}
          onClear={() => setSelected(new Set())}
          {...(!isAllRead && chosen.length === found.length && { total, onWhole: selectWhole })}
        />
      )}
      {found.length === 0 ? (
        search.trim() !== '' && <p>Nothing of that is in any row.</p>
      ) : (
        <DataTable
          caption={caption}
          columns={columns.filter(({ name }) => !hidden.has(name))}
          rows={shown}
          rowKey={rowKey}
          sorting={{ order, onOrder: asked(setOrder) }}
          grouping={grouping}
          selecting={selecting}
        />
      )}
      <ListFoot
        text={footText(
          { shown: shown.length, found: found.length, total, isAllRead, isSearched: search.trim() !== '' },
          noun,
        )}
        onMore={
          found.length > most
            ? () => setMost(most + AT_A_TIME)
            : isAllRead || pages === undefined
              ? null
              : pages.more
        }
      />
    </div>
  );
}

interface Extent {
  readonly shown: number;
  readonly found: number;
  readonly total: number;
  readonly isAllRead: boolean;
  readonly isSearched: boolean;
}

/** "60 users", "25 of 60 users", "3 of 60 users found". */
function footText(
  { shown, found, total, isAllRead, isSearched }: Extent,
  [one, several]: readonly [string, string],
) {
  const all = formatCount(total, one, several);
  if (isSearched) {
    const first = shown < found ? `, the first ${shown} of them shown` : '';
    return `${found} of ${all} found${isAllRead ? '' : ' so far'}${first}`;
  }
  return shown === total ? all : `${shown} of ${all}`;
}

/** Rows of a group follow each other, groups in the order of their first rows. */
function together<T>(rows: readonly T[], of: (row: T) => string): readonly T[] {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(of(row));
    if (group === undefined) groups.set(of(row), [row]);
    else group.push(row);
  }
  return [...groups.values()].flat();
}

/** Which columns one wants to see, or not, otherwise than at first, is kept by the browser. */
function useHiddenColumns<T>(
  caption: string,
  columns: readonly Column<T>[],
): [ReadonlySet<string>, (hidden: ReadonlySet<string>) => void] {
  const key = `openpex.hidden-columns.${caption}`;
  const [changed, setChanged] = useState<ReadonlySet<string>>(
    () => new Set((localStorage.getItem(key) ?? '').split('\n').filter(Boolean)),
  );
  const names = (isWanted: (column: Column<T>) => boolean) =>
    new Set(columns.filter(isWanted).map(({ name }) => name));
  return [
    names(({ name, optional = false }) => optional !== changed.has(name)),
    (hidden) => {
      const next = names(({ name, optional = false }) => optional !== hidden.has(name));
      setChanged(next);
      localStorage.setItem(key, [...next].join('\n'));
    },
  ];
}
