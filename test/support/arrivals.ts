// What comes from outside, to be waited for without asking again and again.

export interface Arrivals<T> {
  add(item: T): void;
  /** All so far. */
  readonly items: readonly T[];
  /** Resolves with all when there are so many. */
  atLeast(count: number): Promise<readonly T[]>;
}

export function arrivals<T>(): Arrivals<T> {
  const items: T[] = [];
  let waiting: { readonly count: number; readonly resolve: (all: readonly T[]) => void }[] = [];
  return {
    items,
    add(item) {
      items.push(item);
      const done = waiting.filter(({ count }) => count <= items.length);
      waiting = waiting.filter(({ count }) => count > items.length);
      for (const { resolve } of done) resolve([...items]);
    },
    atLeast: (count) =>
      new Promise((resolve) => {
        if (items.length >= count) resolve([...items]);
        else waiting.push({ count, resolve });
      }),
  };
}
