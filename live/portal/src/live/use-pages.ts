// A list that is read page by page and kept current as far as it has been read.
import { useState } from 'preact/hooks';
import type { Page } from '../../../client/page.ts';
import { LARGEST_PAGE } from '../api/client.ts';
import { usePortal } from './context.ts';
import { type Resource, type ResourceOptions, useResource } from './use-resource.ts';

export interface Pages<T> extends Resource<Page<T>> {
  readonly more: () => void;
  /** From now on all of the list is shown, to its bound. */
  readonly whole: () => void;
  /** Reads all of the list once, to its bound, and shows nothing of it. */
  readonly readWhole: () => Promise<readonly T[]>;
}

export interface PagesOptions extends ResourceOptions {
  /** Rows of a page. */
  readonly page: number;
}

/** A browser bears as many; of a longer list these are the first. */
const MOST = 10_000;

/** @param first reads the first page, of so many rows */
export function usePages<T>(
  first: (limit: number, signal?: AbortSignal) => Promise<Page<T>>,
  key: string,
  { page: size, ...options }: PagesOptions,
): Pages<T> {
  const { api } = usePortal();
  const [wanted, setWanted] = useState({ key, rows: size });
  const rows = wanted.key === key ? wanted.rows : size;
  const read = async (most: number, signal?: AbortSignal): Promise<Page<T>> => {
    let page = await first(Math.min(most, LARGEST_PAGE), signal);
    const items = [...page.items];
    while (items.length < most && page.next !== null) {
      page = await api.nextPage<T>(page.next, signal);
      items.push(...page.items);
    }
    return { ...page, items };
  };
  const list = useResource((signal) => read(rows, signal), key, { ...options, again: rows });
  return {
    ...list,
    more: () => setWanted({ key, rows: rows + size }),
    whole: () => setWanted({ key, rows: MOST }),
    readWhole: async () => (await read(MOST)).items,
  };
}
