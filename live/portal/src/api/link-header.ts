// Where the next page of a list is, as its Link header tells. Pure.

/** The target of `rel="next"`, as a path. */
export function nextPage(link: string | null): string | null {
  const target = link?.match(/<([^>]+)>\s*;\s*rel="?next"?/)?.[1];
  return target === undefined ? null : target.replace(/^https?:\/\/[^/]+/, '');
}
