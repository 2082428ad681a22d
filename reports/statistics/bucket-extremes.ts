// The extremes of step functions in buckets of equal width, beside the averages of a BucketSeries: its buckets are the same.
import { type BucketSeries, wider } from './bucket-series.ts';

export class BucketExtremes {
  readonly #startMs: number;
  readonly #channels: number;
  readonly #least: Float64Array;
  readonly #most: Float64Array;
  #widthMs: number;

  /** Buckets as the series has them, of other channels. */
  constructor({ maxBuckets, startMs, widthMs }: BucketSeries, channels: number) {
    this.#startMs = startMs;
    this.#channels = channels;
    this.#least = new Float64Array(channels * maxBuckets).fill(Number.POSITIVE_INFINITY);
    this.#most = new Float64Array(channels * maxBuckets).fill(Number.NEGATIVE_INFINITY);
    this.#widthMs = widthMs;
  }

  /** As `series.add` of the same stretch, which must come before. */
  add(fromMs: number, toMs: number, levels: ArrayLike<number>, { widthMs }: BucketSeries): void {
    while (this.#widthMs < widthMs) this.#widen();
    if (toMs <= fromMs) return;
    const first = Math.floor((fromMs - this.#startMs) / this.#widthMs);
    const last = Math.ceil((toMs - this.#startMs) / this.#widthMs) - 1;
    for (let bucket = first; bucket <= last; bucket++) {
      const base = bucket * this.#channels;
      for (let i = 0; i < this.#channels; i++) {
        const level = levels[i]!;
        if (level < this.#least[base + i]!) this.#least[base + i] = level;
        if (level > this.#most[base + i]!) this.#most[base + i] = level;
      }
    }
  }

  /** Null: nothing was added there. */
  of(bucket: number, channel: number): { readonly least: number; readonly most: number } | null {
    const least = this.#least[bucket * this.#channels + channel]!;
    const most = this.#most[bucket * this.#channels + channel]!;
    return least <= most ? { least, most } : null;
  }

  #widen(): void {
    const next = wider(this.#widthMs);
    const factor = next / this.#widthMs;
    const channels = this.#channels;
    for (let at = 0; at < this.#least.length; at++) {
      const [least, most] = [this.#least[at]!, this.#most[at]!];
      this.#least[at] = Number.POSITIVE_INFINITY;
      this.#most[at] = Number.NEGATIVE_INFINITY;
      const to = Math.floor(Math.floor(at / channels) / factor) * channels + (at % channels);
      this.#least[to] = Math.min(this.#least[to]!, least);
      this.#most[to] = Math.max(this.#most[to]!, most);
    }
    this.#widthMs = next;
  }
}
