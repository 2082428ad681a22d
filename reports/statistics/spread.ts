// Mean, median and 95th percentile of any number of values in bounded memory.
import { QuantileSketch } from './quantile-sketch.ts';

/** Mean (exact), median, 95th percentile (nearest rank, within 0.2 %) and extremes; null when nothing was counted. */
export interface Distribution {
  readonly count: number;
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly min: number | null;
  readonly max: number | null;
}

/** Collects a {@link Distribution} of integers in bounded memory. */
export class Spread {
  readonly #sketch = new QuantileSketch();
  #sum = 0;

  add(value: number): void {
    this.#sum += value;
    this.#sketch.add(value);
  }

  get distribution(): Distribution {
    const count = this.#sketch.total;
    return {
      count,
      mean: count === 0 ? null : this.#sum / count,
      p50: this.#sketch.quantile(0.5),
      p95: this.#sketch.quantile(0.95),
      min: this.#sketch.min,
      max: this.#sketch.max,
    };
  }
}
