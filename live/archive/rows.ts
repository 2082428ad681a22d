// Which rows of a database an archive holds: all that were there at its end, but for accounts, of which it has no more than the names.
import type { Knex } from 'knex';
import type { Checkpoint } from '../database/archive-store.ts';
import type { Row } from '../database/field.ts';
import type { Database } from '../database/open-database.ts';
import {
  ARCHIVES,
  BOOKINGS,
  INPUTS,
  INSTANCES,
  JOURNAL,
  LEDGER,
  OFFERS,
  RESERVATIONS,
  USERS,
} from '../database/tables.ts';

/** The end of an archive. */
export type Cut = Omit<Checkpoint, 'snapshot'> & {
  /** Entries of the ledger that were made before, by number: those of deposits have no event. */
  readonly lastEntryId: number;
};

interface Selection {
  readonly table: { readonly name: string; readonly columns: readonly { readonly name: string }[] };
  /** The columns that name a row. */
  readonly key: readonly string[];
  where(query: Knex.QueryBuilder, cut: Cut, knex: Knex): void;
  /** Otherwise it is written as it is. */
  readonly change?: (row: Row) => Row;
}

/** In an order in which no row comes before one that it refers to. */
export const ARCHIVED: readonly Selection[] = [
  {
    table: USERS,
    key: ['userid'],
    where: (query, cut, knex) =>
      query
        .whereIn('userid', knex('reservations').select('userid').where('opened_seq', '<=', cut.eventSeq))
        .orWhereIn('userid', archivedEntries(knex('ledger').select('userid'), cut)),
    change: withoutPerson,
  },
  // Where this archive begins.
  { table: ARCHIVES, key: ['event_seq'], where: (query) => query.whereNotNull('snapshot') },
  { table: JOURNAL, key: ['seq'], where: (query, { eventSeq }) => query.where('seq', '<=', eventSeq) },
  { table: INPUTS, key: ['seq'], where: (query, { seq }) => query.where('seq', '<=', seq) },
  { table: RESERVATIONS, key: ['request_id'], where: opened },
  { table: BOOKINGS, key: ['request_id', 'number'], where: ofOpened },
  { table: INSTANCES, key: ['vm_id'], where: ofOpened },
  { table: OFFERS, key: ['seq', 'step'], where: (query, { eventSeq }) => query.where('seq', '<=', eventSeq) },
  { table: LEDGER, key: ['entry_id'], where: archivedEntries },
];

/** What nothing adds to and nothing changes once it is past: of these as many rows must be dropped from as were written. */
export const PAST: readonly string[] = [JOURNAL, INPUTS, RESERVATIONS, OFFERS, LEDGER].map(
  ({ name }) => name,
);

export function archivedEntries(query: Knex.QueryBuilder, { atMs, lastEntryId }: Cut): Knex.QueryBuilder {
  return query.where('at_ms', '<=', atMs).where('entry_id', '<=', lastEntryId);
}

function opened(query: Knex.QueryBuilder, { eventSeq }: Cut): void {
  query.where('opened_seq', '<=', eventSeq);
}

function ofOpened(query: Knex.QueryBuilder, cut: Cut, knex: Knex): void {
  const reservations = knex('reservations').select('request_id');
  opened(reservations, cut);
  query.whereIn('request_id', reservations);
}

/** Who deletes an account is not to be found in an archive. */
function withoutPerson(row: Row): Row {
  return { ...row, password: '', fullname: '', email: '', email_key: String(row['userid']) };
}

const ROWS_AT_ONCE = 1_000;

/** In batches, so that memory does not grow with what is archived. */
export async function* batchesOf(
  { reads }: Pick<Database, 'reads'>,
  { change, key, table, where }: Selection,
  cut: Cut,
): AsyncGenerator<readonly Row[], void, void> {
  let after: readonly unknown[] | undefined;
  for (;;) {
    const query = reads(table.name)
      .select(table.columns.map(({ name }) => name))
      .where((condition) => where(condition, cut, reads))
      .orderBy([...key])
      .limit(ROWS_AT_ONCE);
    if (after !== undefined) {
      const places = key.map(() => '?').join(', ');
      query.whereRaw(`(${key.join(', ')}) > (${places})`, after as Knex.RawBinding[]);
    }
    const rows: Row[] = await query;
    if (rows.length > 0) yield change === undefined ? rows : rows.map(change);
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_AT_ONCE) return;
    after = key.map((name) => last[name]);
  }
}
