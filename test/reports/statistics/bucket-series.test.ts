import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BucketSeries } from '../../../reports/statistics/bucket-series.ts';

function contents(series: BucketSeries, channel = 0): number[] {
  return Array.from({ length: series.length }, (_, bucket) => series.integral(bucket, channel));
}

describe('a bucket series', () => {
  test('spreads an interval over the buckets it touches', () => {
    const series = new BucketSeries(1000, 2, 10);
    series.add(1500, 4250, [2, 10]);
    expect(series.widthMs).toBe(1000);
    expect(contents(series, 0)).toEqual([1000, 2000, 2000, 500]);
    expect(contents(series, 1)).toEqual([5000, 10_000, 10_000, 2500]);
    expect(series.spanMs(3)).toBe(250);
  });

  test('widens its buckets when the run outgrows them and loses nothing', () => {
    const series = new BucketSeries(0, 1, 4);
    for (let second = 0; second < 4; second++) series.add(second * 1000, (second + 1) * 1000, [1]);
    expect(series.widthMs).toBe(1000);
    series.add(4000, 5000, [1]);
    expect(series.widthMs).toBe(5000);
    expect(contents(series)).toEqual([5000]);
  });

  test('never has more buckets than allowed and always the exact total', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 4_000_000_000 }), fc.integer({ min: 0, max: 9 })), {
          minLength: 1,
          maxLength: 40,
        }),
        (changes) => {
          const series = new BucketSeries(0, 1, 16);
          const times = changes.map(([at]) => at).sort((a, b) => a - b);
          let total = 0;
          for (const [i, [, level]] of changes.entries()) {
            const from = times[i]!;
            const to = times[i + 1] ?? from;
            series.add(from, to, [level]);
            total += level * (to - from);
          }
          expect(series.length).toBeLessThanOrEqual(16);
          expect(contents(series).reduce((sum, value) => sum + value, 0)).toBe(total);
        },
      ),
    );
  });

  test('ends up the same whether it grew step by step or knew its end from the start', () => {
    const grown = new BucketSeries(0, 1, 8);
    const planned = new BucketSeries(0, 1, 8);
    planned.extendTo(40 * 86_400_000);
    for (let day = 0; day < 40; day++) {
      for (const series of [grown, planned]) series.add(day * 86_400_000, (day + 1) * 86_400_000, [day]);
    }
    expect(grown.widthMs).toBe(8 * 86_400_000);
    expect(contents(grown)).toEqual(contents(planned));
  });

  test('absorbs another one with other buckets', () => {
    const one = new BucketSeries(0, 1, 4);
    one.add(0, 2000, [1]);
    const other = new BucketSeries(0, 1, 4);
    other.add(0, 20_000, [3]);
    one.absorb(other);
    expect(one.endMs).toBe(20_000);
    expect(contents(one)).toEqual([2000 + 15_000, 15_000, 15_000, 15_000]);
  });
});
