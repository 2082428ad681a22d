// What a provider knows of images, an item a row: of thousands of transfers that are to come a decision changes one or two.
import type { ImagesSnapshot } from '../../engine/index.ts';

const LISTS = ['kept', 'transfers', 'supplies', 'stages'] as const;
const LINK = 'link';

/** Of each list of a snapshot, what its items are known by. */
const KEYS: { readonly [L in (typeof LISTS)[number]]: (item: ImagesSnapshot[L][number]) => string } = {
  kept: ({ nodeId }) => nodeId,
  transfers: ({ number }) => String(number),
  supplies: ({ reservationId }) => reservationId,
  stages: ({ reservationId }) => reservationId,
};

/** Rows by their keys. A row whose item has not changed is the same object as in an earlier snapshot of that provider. */
export function imageRows(images: ImagesSnapshot | undefined): ReadonlyMap<string, unknown> {
  const rows = new Map<string, unknown>();
  if (images === undefined) return rows;
  for (const list of LISTS) addRows(rows, images, list);
  const { sending, sentUntilMs } = images;
  rows.set(LINK, { sending, sentUntilMs });
  return rows;
}

function addRows<L extends (typeof LISTS)[number]>(
  rows: Map<string, unknown>,
  images: ImagesSnapshot,
  list: L,
): void {
  const keyOf = KEYS[list];
  for (const item of images[list]) rows.set(`${list} ${keyOf(item)}`, item);
}

/** Undefined where there is no row: no images were sent. */
export function imagesOf(
  rows: readonly { readonly item: string; readonly state?: unknown }[],
): ImagesSnapshot | undefined {
  const link = rows.find(({ item }) => item === LINK);
  if (link === undefined) return undefined;
  const of = <L extends (typeof LISTS)[number]>(list: L) =>
    rows
      .filter(({ item }) => item.startsWith(`${list} `))
      .map(({ state }) => state as ImagesSnapshot[L][number]);
  return {
    ...(link.state as Pick<ImagesSnapshot, 'sending' | 'sentUntilMs'>),
    kept: of('kept'),
    transfers: of('transfers'),
    supplies: of('supplies'),
    stages: of('stages'),
  };
}
