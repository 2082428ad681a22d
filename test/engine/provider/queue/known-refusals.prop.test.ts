// What follows from refusals, against all of them looked at one by one.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { KnownRefusals } from '../../../../engine/provider/leases/known-refusals.ts';

const small = fc.integer({ min: 0, max: 3 });
const ask = fc.record({
  demand: fc.record({ milliCpus: small, memoryMib: small, diskGib: small, named: fc.record({ gpu: small }) }),
  numInstancesFixed: fc.integer({ min: 1, max: 3 }),
  endMs: small,
});

test('whoever wants no less, of as many, for no shorter than what was refused is refused', () => {
  fc.assert(
    fc.property(fc.array(ask, { maxLength: 12 }), ask, (refused, asked) => {
      const refusals = new KnownRefusals();
      for (const each of refused) refusals.add(each, each.endMs);
      const naive = refused.some(
        ({ demand, endMs, numInstancesFixed }) =>
          asked.endMs >= endMs &&
          asked.numInstancesFixed >= numInstancesFixed &&
          asked.demand.milliCpus >= demand.milliCpus &&
          asked.demand.memoryMib >= demand.memoryMib &&
          asked.demand.diskGib >= demand.diskGib &&
          asked.demand.named.gpu >= demand.named.gpu,
      );
      expect(refusals.cover(asked, asked.endMs)).toBe(naive);
    }),
  );
});
