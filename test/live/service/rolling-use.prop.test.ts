// What a limit in any period leaves, against counting every instant of every period for every start.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mostWith, RollingRoom, type Use } from '../../../live/service/rolling-use.ts';
import { runs } from '../../support/fast-check.ts';

const INSTANTS = 24;
const MOST = 40;

const uses: fc.Arbitrary<Use> = fc
  .record({ fromMs: fc.nat(INSTANTS), lengthMs: fc.nat(INSTANTS), amount: fc.nat(4) })
  .map(({ amount, fromMs, lengthMs }) => ({ fromMs, untilMs: fromMs + lengthMs, amount }));

const asked = fc.record({
  present: fc.array(uses, { maxLength: 5 }),
  periodMs: fc.integer({ min: 1, max: INSTANTS + 6 }),
  limit: fc.nat(MOST),
  each: fc.integer({ min: 1, max: 3 }),
  firstMs: fc.nat(INSTANTS),
  further: fc.nat(6),
  durationMs: fc.integer({ min: 1, max: INSTANTS }),
});

test('as many may begin as never make more than the limit, whichever start and period one looks at', () => {
  const property = fc.property(asked, ({ durationMs, each, firstMs, further, limit, periodMs, present }) => {
    const lastMs = firstMs + further;
    const usedAt = (ms: number) =>
      present.reduce(
        (sum, { amount, fromMs, untilMs }) => sum + (ms >= fromMs && ms < untilMs ? amount : 0),
        0,
      );
    let most = MOST;
    for (let startMs = firstMs; startMs <= lastMs; startMs++) {
      for (let beginMs = startMs - periodMs + 1; beginMs < startMs + durationMs; beginMs++) {
        let used = 0;
        let overlapMs = 0;
        for (let ms = beginMs; ms < beginMs + periodMs; ms++) {
          used += usedAt(ms);
          if (ms >= startMs && ms < startMs + durationMs) overlapMs += 1;
        }
        while (most > 0 && used + most * each * overlapMs > limit) most -= 1;
      }
    }
    const room = new RollingRoom(present, periodMs, limit);
    expect(room.countFrom(each, { firstMs, lastMs }, durationMs)).toBe(most);
  });
  fc.assert(property, { numRuns: runs(300) });
});

test('what may begin is what a request is judged by', () => {
  const property = fc.property(asked, ({ durationMs, each, firstMs, limit, periodMs, present }) => {
    const count = new RollingRoom(present, periodMs, limit).countFrom(
      each,
      { firstMs, lastMs: firstMs },
      durationMs,
    );
    const withMore = (instances: number) =>
      mostWith(
        [{ fromMs: firstMs, untilMs: firstMs + durationMs, amount: each * instances }],
        present,
        periodMs,
      );
    if (count > 0) expect(withMore(count)).toBeLessThanOrEqual(limit);
    expect(withMore(count + 1)).toBeGreaterThan(limit);
  });
  fc.assert(property, { numRuns: runs(300) });
});
