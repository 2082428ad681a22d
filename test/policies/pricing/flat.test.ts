import { expect, test } from 'vitest';
import type { PricingView } from '../../../engine/index.ts';
import { decision, HOUR, make, proposal, SMALL } from '../views.ts';

const view: PricingView = { nowMs: 0, clusterCapacity: SMALL, resources: [], bookedShare: () => 0 };
const large = proposal({
  demand: { milliCpus: 3000, memoryMib: 2560, diskGib: 40 },
  numInstancesFixed: 2,
  numInstancesOption: 4,
  durationMs: 90 * 60_000,
});

test('by default a CPU costs 0.10 credits for each hour that was begun', () => {
  // 2 instances x 3 CPUs x 2 hours x 0.10
  expect(make('pricing', 'flat').price(large, view, decision())).toBe(1_200_000);
});

test('memory and disk are priced by the GiB, and the billing increment can be as fine as one likes', () => {
  const flat = make('pricing', 'flat', {
    cpuHour: 0.05,
    memoryGibHour: 0.01,
    diskGibHour: 0.0005,
    billingIncrement: '1ms',
  });
  // 2 instances x 1.5 hours x (3 x 0.05 + 2.5 x 0.01 + 40 x 0.0005)
  expect(flat.price(large, view, decision())).toBe(585_000);
});

test('optional instances are not part of the price', () => {
  const flat = make('pricing', 'flat');
  expect(flat.price(proposal({ ...large, numInstancesOption: 0 }), view, decision())).toBe(
    flat.price(large, view, decision()),
  );
});

test('a price is rounded once, to whole micro-credits', () => {
  const flat = make('pricing', 'flat', { cpuHour: 0.000001, billingIncrement: '1ms' });
  expect(flat.price(proposal({ durationMs: 20 * 60_000 }), view, decision())).toBe(0);
  expect(flat.price(proposal({ durationMs: 20 * 60_000, numInstancesFixed: 2 }), view, decision())).toBe(1);
});

test('a broken promise is refunded by what was not delivered, with a penalty on the whole price', () => {
  const flat = make('pricing', 'flat', { penaltyShare: 0.2 });
  const agreement = { proposal: proposal({ durationMs: 4 * HOUR }), priceMicros: 400_000 };
  expect(flat.compensation({ ...agreement, deliveredMs: HOUR }, decision())).toEqual({
    refundMicros: 300_000,
    penaltyMicros: 80_000,
  });
  expect(flat.compensation({ ...agreement, deliveredMs: 0 }, decision()).refundMicros).toBe(400_000);
  expect(flat.compensation({ ...agreement, deliveredMs: 4 * HOUR }, decision()).refundMicros).toBe(0);
});
