// Quantiles of any number of values in bounded memory and with a bounded relative error: a histogram whose buckets are as wide as
// the values are large (the idea of HdrHistogram and DDSketch), with the bucket read from the bits of the number itself, so that it
// is the same on every machine.

/** Each power of two is cut into 2^8 buckets; the middle of a bucket is at most 1/512 off. */
const SUBDIVISION_BITS = 8;

/** Greatest relative error of {@link QuantileSketch.quantile}: 2^-(8+1), i.e. 0.2 %. */
export const QUANTILE_RELATIVE_ERROR = 2 ** -(SUBDIVISION_BITS + 1);

const bits = new DataView(new ArrayBuffer(8));

/** Takes finite numbers of either sign. Memory: at most 256 counters for each power of two that occurs. */
export class QuantileSketch {
  readonly #weights = new Map<number, number>();
  /** Of this bucket nothing is in the map yet: levels tend to come back to where they were. */
  #lastBucket = 0;
  #lastWeight = 0;
  #total = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  /** Counts `value` as often as `weight` says (a count, or how long the value lasted). O(1). */
  add(value: number, weight = 1): void {
    if (weight <= 0) return;
    const bucket = bucketOf(value);
    if (bucket !== this.#lastBucket) {
      this.#settle();
      this.#lastBucket = bucket;
    }
    this.#lastWeight += weight;
    this.#total += weight;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  /** Sum of the weights. */
  get total(): number {
    return this.#total;
  }

  /** Exact; null when nothing was added. */
  get min(): number | null {
    return this.#total === 0 ? null : this.#min;
  }

  /** Exact; null when nothing was added. */
  get max(): number | null {
    return this.#total === 0 ? null : this.#max;
  }

  /**
   * The smallest value that at least the share `p` of the weight does not exceed (the nearest-rank quantile), within
   * {@link QUANTILE_RELATIVE_ERROR}; zeros and both ends are exact. null when nothing was added. O(k log k) in the counters.
   *
   * @param p 0..1
   */
  quantile(p: number): number | null {
    if (this.#total === 0) return null;
    if (p <= 0) return this.#min;
    if (p >= 1) return this.#max;
    this.#settle();
    const wanted = p * this.#total;
    let passed = 0;
    for (const bucket of [...this.#weights.keys()].sort((a, b) => a - b)) {
      passed += this.#weights.get(bucket)!;
      if (passed >= wanted) return Math.min(Math.max(middleOf(bucket), this.#min), this.#max);
    }
    return this.#max;
  }

  #settle(): void {
    if (this.#lastWeight === 0) return;
    this.#weights.set(this.#lastBucket, (this.#weights.get(this.#lastBucket) ?? 0) + this.#lastWeight);
    this.#lastWeight = 0;
  }
}

/** Grows with the value: the sign, the exponent and the first bits of the fraction of a double, as an integer. Zero is bucket 0. */
function bucketOf(value: number): number {
  if (value === 0) return 0;
  bits.setFloat64(0, Math.abs(value));
  const bucket = 1 + (bits.getUint32(0) >>> (20 - SUBDIVISION_BITS));
  return value < 0 ? -bucket : bucket;
}

function middleOf(bucket: number): number {
  if (bucket === 0) return 0;
  const lowest = (edge: number) => {
    bits.setUint32(0, edge << (20 - SUBDIVISION_BITS));
    bits.setUint32(4, 0);
    return bits.getFloat64(0);
  };
  const size = Math.abs(bucket) - 1;
  return (Math.sign(bucket) * (lowest(size) + lowest(size + 1))) / 2;
}
