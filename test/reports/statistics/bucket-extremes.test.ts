import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BucketExtremes } from '../../../reports/statistics/bucket-extremes.ts';
import { BucketSeries } from '../../../reports/statistics/bucket-series.ts';

test('the extremes of a bucket are those of the stretches that touch it, however wide it has become', () => {
  const stretch = fc.record({
    gapMs: fc.integer({ min: 0, max: 90_000 }),
    lengthMs: fc.integer({ min: 1, max: 4_000_000 }),
    level: fc.integer({ min: -5, max: 5 }),
  });
  fc.assert(
    fc.property(fc.array(stretch, { minLength: 1, maxLength: 20 }), (stretches) => {
      const series = new BucketSeries(0, 1, 50);
      const extremes = new BucketExtremes(series, 2);
      const told: Array<{ from: number; to: number; level: number }> = [];
      let atMs = 0;
      for (const { gapMs, lengthMs, level } of stretches) {
        const from = atMs + gapMs;
        atMs = from + lengthMs;
        series.add(from, atMs, [level]);
        extremes.add(from, atMs, [level, -level], series);
        told.push({ from, to: atMs, level });
      }
      for (let bucket = 0; bucket < series.length; bucket += 1) {
        const [from, to] = [bucket * series.widthMs, (bucket + 1) * series.widthMs];
        const levels = told.filter((each) => each.from < to && each.to > from).map(({ level }) => level);
        const found = extremes.of(bucket, 0);
        expect(found).toEqual(
          levels.length === 0 ? null : { least: Math.min(...levels), most: Math.max(...levels) },
        );
        if (found !== null)
          expect(extremes.of(bucket, 1)).toEqual({ least: -found.most, most: -found.least });
      }
    }),
    { numRuns: 100 },
  );
});
