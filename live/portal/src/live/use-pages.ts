// A list that is read page by page and kept current as far as it has been read.
import { useState } from 'preact/hooks';
import type { Page } from '../../../client/page.ts';
import { usePortal } from './context.ts';
import { type Resource, type ResourceOptions, useResource } from './use-resource.ts';

export interface Pages<T> extends Resource<Page<T>> {
  readonly more: () => void;
}

/** @param first reads the first page */
export function usePages<T>(
  first: (signal: AbortSignal) => Promise<Page<T>>,
  key: string,
  options: ResourceOptions,
): Pages<T> {
  const { api } = usePortal();
  const [wanted, setWanted] = useState({ key, pages: 1 });
  const pages = wanted.key === key ? wanted.pages : 1;
  const list = useResource(
    async (signal) => {
      let page = await first(signal);
      const items = [...page.items];
      for (let read = 1; read < pages && page.next !== null; read++) {
        page = await api.nextPage<T>(page.next, signal);
        items.push(...page.items);
      }
      return { ...page, items };
    },
    key,
    { ...options, again: pages },
  );
  return { ...list, more: () => setWanted({ key, pages: pages + 1 }) };
}
