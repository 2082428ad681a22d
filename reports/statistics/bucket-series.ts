// A time series of bounded length: integrals of step functions in buckets of equal width. When the run outgrows the buckets they are
// made wider, so memory does not depend on how long a run lasts.

/** Widths that people read easily; each divides the next. After the last they double. */
const WIDTHS_MS = [
  1_000,
  5_000,
  15_000,
  30_000,
  60_000,
  5 * 60_000,
  15 * 60_000,
  30 * 60_000,
  3_600_000,
  2 * 3_600_000,
  6 * 3_600_000,
  12 * 3_600_000,
  86_400_000,
];

/** The width after that one. */
export function wider(widthMs: number): number {
  return WIDTHS_MS.find((width) => width > widthMs) ?? widthMs * 2;
}

export class BucketSeries {
  readonly startMs: number;
  readonly channels: number;
  readonly maxBuckets: number;
  readonly #sums: Float64Array;
  #widthMs: number;
  #endMs: number;

  /** @param channels how many step functions are recorded side by side */
  constructor(startMs: number, channels: number, maxBuckets: number) {
    this.startMs = startMs;
    this.channels = channels;
    this.maxBuckets = maxBuckets;
    this.#sums = new Float64Array(channels * maxBuckets);
    this.#widthMs = WIDTHS_MS[0]!;
    this.#endMs = startMs;
  }

  get widthMs(): number {
    return this.#widthMs;
  }

  /** Buckets in use: the last one may reach beyond {@link endMs}. */
  get length(): number {
    return Math.ceil((this.#endMs - this.startMs) / this.#widthMs);
  }

  /** The latest instant recorded. */
  get endMs(): number {
    return this.#endMs;
  }

  /**
   * Channel i had the value `levels[i]` during [fromMs, toMs). Intervals may come in any order and overlap; they add up.
   * O(buckets touched).
   */
  add(fromMs: number, toMs: number, levels: ArrayLike<number>): void {
    if (toMs <= fromMs) return;
    this.extendTo(toMs);
    const width = this.#widthMs;
    let bucket = Math.floor((fromMs - this.startMs) / width);
    for (let atMs = fromMs; atMs < toMs; bucket++) {
      const untilMs = Math.min(toMs, this.startMs + (bucket + 1) * width);
      const base = bucket * this.channels;
      for (let i = 0; i < this.channels; i++) this.#sums[base + i]! += levels[i]! * (untilMs - atMs);
      atMs = untilMs;
    }
  }

  /** Makes sure that the series reaches `endMs`, widening the buckets as needed. */
  extendTo(endMs: number): void {
    if (endMs <= this.#endMs) return;
    this.#endMs = endMs;
    while (endMs - this.startMs > this.maxBuckets * this.#widthMs) this.#widen();
  }

  /** Integral of one channel over one bucket, in level x milliseconds. */
  integral(bucket: number, channel: number): number {
    return this.#sums[bucket * this.channels + channel]!;
  }

  /** The part of a bucket that was recorded: its width, but for the last one. */
  spanMs(bucket: number): number {
    return Math.min(this.#widthMs, this.#endMs - this.startMs - bucket * this.#widthMs);
  }

  /** Adds everything that `other` has; both began at the same instant and have the same channels. */
  absorb(other: BucketSeries): void {
    this.extendTo(other.#endMs);
    while (other.#widthMs < this.#widthMs) other.#widen();
    while (this.#widthMs < other.#widthMs) this.#widen();
    for (let i = 0; i < this.#sums.length; i++) this.#sums[i]! += other.#sums[i]!;
  }

  #widen(): void {
    const next = wider(this.#widthMs);
    const factor = next / this.#widthMs;
    for (let bucket = 0; bucket < this.maxBuckets; bucket++) {
      for (let i = 0; i < this.channels; i++) {
        const value = this.#sums[bucket * this.channels + i]!;
        this.#sums[bucket * this.channels + i] = 0;
        this.#sums[Math.floor(bucket / factor) * this.channels + i]! += value;
      }
    }
    this.#widthMs = next;
  }
}
