// Things by the time that they take, so that a question about a short span does not look at those of all other times. What takes a long time is
// looked at in every question.

const HOUR_MS = 3_600_000;
const BUCKET_MS = 4 * HOUR_MS;
/** Of one thing; what would be in more is long. */
const BUCKETS_MAX = 128;

/** [fromMs, untilMs); either may be infinite. */
export interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

interface Buckets {
  readonly first: number;
  readonly last: number;
}

export class SpanIndex<T> {
  /** Null: it is long. */
  readonly #places = new Map<T, Buckets | null>();
  readonly #long = new Set<T>();
  readonly #buckets = new Map<number, Set<T>>();

  get size(): number {
    return this.#places.size;
  }

  /** All there are, in the order in which they came. */
  all(): IterableIterator<T> {
    return this.#places.keys();
  }

  /** From now on the thing takes that time, whether or not it was here before. */
  put(thing: T, span: Span): void {
    const place = bucketsOf(span);
    const before = this.#places.get(thing);
    if (before !== undefined && before?.first === place?.first && before?.last === place?.last) return;
    if (before !== undefined) this.#leave(thing, before);
    this.#places.set(thing, place);
    if (place === null) {
      this.#long.add(thing);
      return;
    }
    for (let number = place.first; number <= place.last; number++) {
      const bucket = this.#buckets.get(number);
      if (bucket === undefined) this.#buckets.set(number, new Set([thing]));
      else bucket.add(thing);
    }
  }

  delete(thing: T): void {
    const place = this.#places.get(thing);
    if (place === undefined) return;
    this.#leave(thing, place);
    this.#places.delete(thing);
  }

  /** Those that may take some of the span, each once: the others do not. */
  *near(span: Span): Generator<T> {
    const asked = bucketsOf(span);
    if (asked === null) {
      yield* this.#places.keys();
      return;
    }
    yield* this.#long;
    for (let number = asked.first; number <= asked.last; number++) {
      for (const thing of this.#buckets.get(number) ?? []) {
        // It was in the bucket before as well.
        if (number > asked.first && this.#places.get(thing)!.first < number) continue;
        yield thing;
      }
    }
  }

  #leave(thing: T, place: Buckets | null): void {
    if (place === null) {
      this.#long.delete(thing);
      return;
    }
    for (let number = place.first; number <= place.last; number++) {
      const bucket = this.#buckets.get(number)!;
      bucket.delete(thing);
      if (bucket.size === 0) this.#buckets.delete(number);
    }
  }
}

function bucketsOf({ fromMs, untilMs }: Span): Buckets | null {
  const first = Math.floor(fromMs / BUCKET_MS);
  const last = Math.max(first, Math.ceil(untilMs / BUCKET_MS) - 1);
  // Infinite ones, too, of which both may be.
  return last - first < BUCKETS_MAX ? { first, last } : null;
}
