// What follows from refusals, against all of them looked at one by one.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { KnownRefusals } from '../../../../engine/provider/leases/known-refusals.ts';

const small = fc.integer({ min: 0, max: 3 });
const sizes = fc
  .array(
    fc.record({
      demand: fc.record({
        milliCpus: small,
        memoryMib: small,
        diskGib: small,
        named: fc.record({ gpu: small }),
      }),
      numInstancesFixed: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((all) => all.map((size, number) => ({ ...size, number })));
const index = fc.nat({ max: 5 });
const step = fc.record({
  what: fc.constantFrom('add', 'add-above', 'ask', 'ask', 'forget'),
  size: index,
  ms: small,
});

test('whoever wants no less, of as many, for no shorter than what was refused is refused', () => {
  fc.assert(
    fc.property(sizes, fc.array(step, { maxLength: 24 }), (all, steps) => {
      const under = new KnownRefusals();
      const above = new KnownRefusals(under);
      const refused = { under: [] as [number, number][], above: [] as [number, number][] };
      const naive = (asked: (typeof all)[number], ms: number, of: readonly [number, number][]) =>
        of.some(([i, refusedMs]) => {
          const { demand, numInstancesFixed } = all[i]!;
          return (
            ms >= refusedMs &&
            asked.numInstancesFixed >= numInstancesFixed &&
            asked.demand.milliCpus >= demand.milliCpus &&
            asked.demand.memoryMib >= demand.memoryMib &&
            asked.demand.diskGib >= demand.diskGib &&
            asked.demand.named.gpu >= demand.named.gpu
          );
        });
      for (const { ms, size: drawn, what } of steps) {
        const i = drawn % all.length;
        const size = all[i]!;
        if (what === 'add') {
          under.add(size, ms);
          refused.under.push([i, ms]);
        } else if (what === 'add-above') {
          above.add(size, ms);
          refused.above.push([i, ms]);
        } else if (what === 'forget') under.forget(size.number);
        else {
          expect(under.cover(size, ms)).toBe(naive(size, ms, refused.under));
          expect(above.cover(size, ms)).toBe(naive(size, ms, [...refused.under, ...refused.above]));
        }
      }
    }),
  );
});
