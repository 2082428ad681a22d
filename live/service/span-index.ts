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

/** A stretch of time, with all that may take some of it. */
export interface Neighbourhood<T> {
  readonly span: Span;
  /** Changes whenever one of the things is put again, comes or leaves. */
  readonly version: string;
  readonly things: () => Iterable<T>;
}

interface Buckets {
  readonly first: number;
  readonly last: number;
}

interface Bucket<T> {
  readonly things: Set<T>;
  /** When one of them changed last. */
  version: number;
}

export const EVER: Span = { fromMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };

export class SpanIndex<T> {
  /** Null: it is long. */
  readonly #places = new Map<T, Buckets | null>();
  readonly #long = new Set<T>();
  readonly #buckets = new Map<number, Bucket<T>>();
  #changes = 0;
  /** When one of those that are long changed last. */
  #longVersion = 0;

  get size(): number {
    return this.#places.size;
  }

  /** How many are in every neighbourhood, because they take so long. */
  get longCount(): number {
    return this.#long.size;
  }

  has(thing: T): boolean {
    return this.#places.has(thing);
  }

  /** All there are, in the order in which they came. */
  all(): IterableIterator<T> {
    return this.#places.keys();
  }

  /** From now on the thing takes that time, whether or not it was here before. */
  put(thing: T, span: Span): void {
    const place = bucketsOf(span);
    const before = this.#places.get(thing);
    const isThere = before !== undefined && before?.first === place?.first && before?.last === place?.last;
    if (before !== undefined && !isThere) this.#leave(thing, before);
    if (!isThere) this.#places.set(thing, place);
    this.#changes += 1;
    if (place === null) {
      this.#long.add(thing);
      this.#longVersion = this.#changes;
      return;
    }
    for (let number = place.first; number <= place.last; number++) {
      let bucket = this.#buckets.get(number);
      if (bucket === undefined) {
        bucket = { things: new Set(), version: 0 };
        this.#buckets.set(number, bucket);
      }
      bucket.things.add(thing);
      bucket.version = this.#changes;
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
      for (const thing of this.#buckets.get(number)?.things ?? []) {
        // It was in the bucket before as well.
        if (number > asked.first && this.#places.get(thing)!.first < number) continue;
        yield thing;
      }
    }
  }

  /** All time in which something may be, cut up; what takes some of two of them is in both. The first is that of what is long alone. */
  *neighbourhoods(): Generator<Neighbourhood<T>> {
    const long = this.#long;
    yield { span: EVER, version: `${this.#longVersion}`, things: () => long };
    for (const [number, { things, version }] of this.#buckets) {
      const fromMs = number * BUCKET_MS;
      yield {
        span: { fromMs, untilMs: fromMs + BUCKET_MS },
        version: `${version} ${this.#longVersion}`,
        things: () => (long.size === 0 ? things : [...long, ...things]),
      };
    }
  }

  #leave(thing: T, place: Buckets | null): void {
    this.#changes += 1;
    if (place === null) {
      this.#long.delete(thing);
      this.#longVersion = this.#changes;
      return;
    }
    for (let number = place.first; number <= place.last; number++) {
      const bucket = this.#buckets.get(number)!;
      bucket.things.delete(thing);
      bucket.version = this.#changes;
      if (bucket.things.size === 0) this.#buckets.delete(number);
    }
  }
}

function bucketsOf({ fromMs, untilMs }: Span): Buckets | null {
  const first = Math.floor(fromMs / BUCKET_MS);
  const last = Math.max(first, Math.ceil(untilMs / BUCKET_MS) - 1);
  // Infinite ones, too, of which both may be.
  return last - first < BUCKETS_MAX ? { first, last } : null;
}
