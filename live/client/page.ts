// One page of a list, and where the next one is.

export interface Page<T> {
  /** In the order of the list. */
  readonly items: readonly T[];
  /** Of the whole list. */
  readonly total: number;
  /** Path of the next page; null on the last. */
  readonly next: string | null;
}

/** The target of `rel="next"` of a Link header, as a path. */
export function nextPage(link: string | null): string | null {
  const target = link?.match(/<([^>]+)>\s*;\s*rel="?next"?/)?.[1];
  return target === undefined ? null : target.replace(/^https?:\/\/[^/]+/, '');
}
