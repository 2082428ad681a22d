import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ownLanes } from '../../../../live/portal/src/charts/own-lanes.ts';
import { runs } from '../../../support/fast-check.ts';

const windows = fc
  .array(fc.record({ fromMs: fc.integer({ min: 0, max: 50 }), lengthMs: fc.integer({ min: 1, max: 20 }) }), {
    maxLength: 20,
  })
  .map((all) =>
    all.map(({ fromMs, lengthMs }, index) => ({
      id: `R${index}`,
      label: '1 × SMALL',
      isHeld: false,
      fromMs,
      toMs: fromMs + lengthMs,
    })),
  );

test("one's own windows lie apart, in no more lanes than are open at one instant", () => {
  fc.assert(
    fc.property(windows, (all) => {
      const span = { fromMs: 10, toMs: 60 };
      const lanes = ownLanes(all, span);
      const seen = all.filter(({ fromMs, toMs }) => fromMs < span.toMs && toMs > span.fromMs);
      expect(new Set(lanes.flat())).toEqual(new Set(seen));
      for (const lane of lanes)
        for (const [index, window] of lane.entries())
          if (index > 0) expect(window.fromMs).toBeGreaterThanOrEqual(lane[index - 1]!.toMs);
      const openAt = (ms: number) => seen.filter(({ fromMs, toMs }) => fromMs <= ms && ms < toMs).length;
      expect(lanes.length).toBe(Math.max(0, ...seen.map(({ fromMs }) => openAt(fromMs))));
    }),
    { numRuns: runs(100) },
  );
});
