// What docs/validation.md says of windows that users sell each other: nobody loses by it, and more of what was paid for is used.
import { expect, test } from 'vitest';
import { studyFigures } from '../support/study-figures.ts';

test('what users sell each other is used, and more is had of the machines than where it is kept', async () => {
  for (const seed of [1, 2]) {
    const kept = await studyFigures('second-hand', {}, seed);
    const ask = { min: 0, max: 0 };
    const sold = await studyFigures('second-hand', { 'users.exchange': { ask, fee: 0.12 } }, seed);
    for (const { ledger } of [kept, sold]) expect(ledger.breaches).toBe(0);
    expect(kept.exchange.listed).toBe(0);
    const { bidMicros, neededCpuMs, paidMicros, tradedCpuMs } = sold.exchange;
    expect(neededCpuMs).toBeGreaterThan(0);
    expect(neededCpuMs).toBeLessThanOrEqual(tradedCpuMs);
    expect(paidMicros).toBeLessThanOrEqual(bidMicros);
    expect(sold.fulfilment.deliveredCpuMs).toBeGreaterThan(kept.fulfilment.deliveredCpuMs);
  }
}, 600_000);
