/** One page of a list, in the order of the list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly total: number;
  /** Path of the next page; null on the last. */
  readonly next: string | null;
}
