// Who gives way in the hybrid manager, victim by victim, and that no other order would be cheaper.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { VictimView } from '../../../engine/index.ts';
import { runs } from '../../support/fast-check.ts';
import { decision, HOUR, make, proposal, SMALL } from '../views.ts';

const MINUTE = HOUR / 60;
/** Four CPUs from 10:00. */
const asked = proposal({ startMs: 10 * HOUR, durationMs: 2 * HOUR, numInstancesFixed: 4 });

/** Suspended in no time, with `left` of its `whole` duration to run at 10:00. */
function victim(
  index: number,
  of: { cpus: number; left: number; whole: number } & Partial<VictimView>,
): VictimView {
  const { cpus, left, whole, ...others } = of;
  return {
    index,
    reservationId: `R${index}`,
    startMs: 10 * HOUR + left - whole,
    endMs: 10 * HOUR + left,
    instances: cpus,
    demand: SMALL,
    lostMs: 0,
    suspensionMs: 1,
    durationMs: whole,
    bidMicros: 0,
    isEnoughAlone: false,
    ...others,
  };
}

function order(victims: readonly VictimView[], options: Record<string, unknown> = {}): number[] {
  return make('preemption', 'rule-based', options)
    .order(asked, victims, decision())
    .map(({ index }) => index);
}

test('if some are enough alone, the one whose rest is cheapest goes; nobody else is asked', () => {
  expect(
    order([
      victim(0, { cpus: 4, left: 5 * HOUR, whole: 8 * HOUR, isEnoughAlone: true }),
      victim(1, { cpus: 4, left: 3 * HOUR, whole: 5 * HOUR, isEnoughAlone: true }),
      victim(2, { cpus: 2, left: 2 * HOUR, whole: 3 * HOUR }),
    ]),
  ).toEqual([1, 0]);
});

test('else those of at least half the size, the cheapest first; smaller ones are left alone', () => {
  expect(
    order([
      victim(0, { cpus: 3, left: 3 * HOUR, whole: 4 * HOUR }),
      victim(1, { cpus: 2, left: 3 * HOUR, whole: 4 * HOUR }),
      victim(2, { cpus: 1, left: HOUR, whole: 1.5 * HOUR }),
    ]),
  ).toEqual([1, 0]);
});

test('a begun hour is a whole one, and what will have been in vain is paid again', () => {
  const short = victim(0, { cpus: 2, left: 61 * MINUTE, whole: 2 * HOUR });
  const lost = victim(1, { cpus: 2, left: 59 * MINUTE, whole: 1.5 * HOUR, lostMs: 90 * MINUTE });
  expect(order([lost, short])).toEqual([0, 1]);
  expect(order([lost, short], { billingIncrement: '1ms' })).toEqual([0, 1]);
  // Without the loss an hour begun twice costs more than one.
  expect(order([short, { ...lost, lostMs: 0 }])).toEqual([1, 0]);
});

test('at exactly half it is let be, as long as others are enough; if it ends soon it is waited for', () => {
  const half = { cpus: 4, left: 2 * HOUR, whole: 4 * HOUR, isEnoughAlone: true };
  const young = { cpus: 4, left: 9 * HOUR, whole: 10 * HOUR, isEnoughAlone: true };
  expect(order([victim(0, half), victim(1, young)])).toEqual([1, 0]);
  expect(order([victim(0, half)])).toEqual([0]);
  // Within the wait: what is critical waits for it.
  expect(order([victim(0, half), victim(1, young)], { wait: '3h' })).toEqual([1]);
  expect(order([victim(0, half)], { wait: '3h' })).toEqual([]);
  expect(order([victim(0, half)], { wait: '0s' })).toEqual([0]);
});

test('the price level does not change who goes', () => {
  const victims = fc.array(
    fc.record({
      cpus: fc.integer({ min: 1, max: 4 }),
      left: fc.integer({ min: 1, max: 600 }).map((minutes) => minutes * MINUTE),
      whole: fc.integer({ min: 601, max: 900 }).map((minutes) => minutes * MINUTE),
      isEnoughAlone: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(victims, fc.integer({ min: 1, max: 50 }), (drawn, times) => {
      const views = drawn.map((of, index) => victim(index, of));
      const once = order(views, { cpuHour: 0.1 });
      expect(order(views, { cpuHour: times / 10 })).toEqual(once);
      // Whoever is first costs no more than anybody of the same standing.
      const [first] = once;
      if (first === undefined) return;
      const priceOf = (index: number) => {
        const { endMs, instances } = views[index]!;
        return instances * Math.ceil((endMs - asked.startMs) / HOUR);
      };
      const isYoung = (index: number) => {
        const { durationMs, endMs } = views[index]!;
        return 1 - (endMs - asked.startMs) / durationMs < 0.5;
      };
      for (const other of once.filter((index) => isYoung(index) === isYoung(first)))
        expect(priceOf(first)).toBeLessThanOrEqual(priceOf(other));
    }),
    { numRuns: runs(50) },
  );
});
