// Paged lists. A cursor is the position of the last item of a page, so that what is added or removed meanwhile neither repeats nor hides
// an item; it is opaque to clients.
import type { Knex } from 'knex';
import { ServiceError } from '../problems.ts';
import type { Page } from '../records.ts';

/** @throws ServiceError PEX_BAD_REQUEST for a text that is no cursor of ours */
export function parseCursor(cursor: string): number {
  const position = Number(cursor);
  if (!/^\d{1,16}$/.test(cursor) || !Number.isSafeInteger(position)) {
    throw new ServiceError('PEX_BAD_REQUEST', 'cursor: expected the one that came with the page before');
  }
  return position;
}

/** A page out of up to `limit + 1` rows: the one too many says that there is a next page. */
export function pageOf<R, T>(
  rows: readonly R[],
  {
    limit,
    total,
    positionOf,
    toItem,
  }: { limit: number; total: number; positionOf: (row: R) => number; toItem: (row: R) => T },
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { items: shown.map(toItem), total, nextCursor: hasMore ? String(positionOf(last)) : null };
}

/** How many rows a query has. */
export async function countRows(query: Knex.QueryBuilder): Promise<number> {
  const row: { total: number } | undefined = await query.count({ total: '*' }).first();
  return row?.total ?? 0;
}
