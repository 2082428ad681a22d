// Filters and pages of what is described. A filter names something of an item; its values may have * and ?.
import { Ec2Error, invalidValue } from './errors.ts';
import type { Parameters } from './parameters.ts';
import type { Tag } from './tags.ts';

/** What can be filtered by, and what an item has there. */
export type Filters<T> = Readonly<
  Record<string, (item: T) => string | number | boolean | undefined | readonly (string | undefined)[]>
>;

/**
 * @param tagsOf of items that have tags: then there are the filters `tag:KEY`, `tag-key` and `tag-value`
 * @throws Ec2Error for a filter that is not known
 */
export function filtered<T>(
  items: readonly T[],
  parameters: Parameters,
  filters: Filters<T>,
  tagsOf?: (item: T) => readonly Tag[],
): T[] {
  const tests = parameters.records('Filter').map((filter) => {
    const name = filter.required('Name');
    const patterns = filter.list('Value').map(patternOf);
    const read = filters[name] ?? tagFilter(name, tagsOf);
    if (read === undefined) throw new Ec2Error('InvalidParameterValue', `The filter '${name}' is invalid`);
    return (item: T) => {
      const value = read(item);
      const values = (Array.isArray(value) ? value : [value]).filter((each) => each !== undefined);
      return values.some((each) => patterns.some((pattern) => pattern.test(String(each))));
    };
  });
  return items.filter((item) => tests.every((test) => test(item)));
}

function tagFilter<T>(name: string, tagsOf?: (item: T) => readonly Tag[]) {
  if (tagsOf === undefined) return undefined;
  if (name.startsWith('tag:')) {
    const key = name.slice(4);
    return (item: T) => tagsOf(item).flatMap((tag) => (tag.key === key ? [tag.value] : []));
  }
  if (name === 'tag-key') return (item: T) => tagsOf(item).map(({ key }) => key);
  if (name === 'tag-value') return (item: T) => tagsOf(item).map(({ value }) => value);
  return undefined;
}

/** A * or ? after a backslash, and a backslash after one, are meant as they are. */
function patternOf(text: string): RegExp {
  const source = text.replace(/\\([*?\\])|[\s\S]/g, (sign, meant?: string) => {
    if (meant === undefined && sign === '*') return '.*';
    if (meant === undefined && sign === '?') return '.';
    return (meant ?? sign).replace(/[.*+?^${}()|[\]\\/-]/, '\\$&');
  });
  return new RegExp(`^${source}$`, 's');
}

const LARGEST_PAGE = 1000;

/**
 * The page that is asked for. Without MaxResults it is all, since some clients never ask for the next one. Where a page ends is said by the
 * key of its last item, so that what comes and goes meanwhile neither repeats nor hides an item.
 * @param keyOf by which the items are in order, each its own
 */
export function paged<T>(
  items: readonly T[],
  parameters: Parameters,
  keyOf: (item: T) => string,
): { readonly page: readonly T[]; readonly nextToken: string | undefined } {
  const size = parameters.whole('MaxResults', { min: 1, max: LARGEST_PAGE });
  const token = parameters.text('NextToken');
  const after = token === undefined || token === '' ? undefined : Buffer.from(token, 'base64url').toString();
  if (after !== undefined && !after.startsWith(MARK)) throw invalidValue('NextToken', token!, 'one of ours');
  const rest = after === undefined ? items : items.filter((item) => `${MARK}${keyOf(item)}` > after);
  if (size === undefined || rest.length <= size) return { page: rest, nextToken: undefined };
  const page = rest.slice(0, size);
  return { page, nextToken: Buffer.from(`${MARK}${keyOf(page.at(-1)!)}`).toString('base64url') };
}

const MARK = 'after ';

/** By these, first the earlier. */
export function orderKey(atMs: number, ...rest: readonly (string | number)[]): string {
  const parts = [String(Math.max(0, atMs)).padStart(16, '0'), ...rest];
  return parts.map((part) => (typeof part === 'number' ? String(part).padStart(6, '0') : part)).join('/');
}

export function byKey<T>(keyOf: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => {
    const [x, y] = [keyOf(a), keyOf(b)];
    if (x === y) return 0;
    return x < y ? -1 : 1;
  };
}

/**
 * Those of the ids that are asked for, or all when none is.
 * @throws Ec2Error with that code for one that is not there
 */
export function named<T>(
  items: readonly T[],
  ids: readonly string[],
  { code, idOf, what }: { idOf: (item: T) => string; code: string; what: string },
): readonly T[] {
  if (ids.length === 0) return items;
  for (const id of ids) {
    if (items.some((item) => idOf(item) === id)) continue;
    throw new Ec2Error(code, `The ${what} '${id}' does not exist`);
  }
  return items.filter((item) => ids.includes(idOf(item)));
}
