// What docs/validation.md says of bargaining: how fast users give way only shares out, and bursts find more to agree on, later.
import { expect, test } from 'vitest';
import { studyFigures } from '../support/study-figures.ts';

const figuresOf = async (name: string, options: object, seed: number) => {
  const figures = await studyFigures('bargaining', { 'policies.buyer': { name, options } }, seed);
  return { ...figures.market.total, laterMs: figures.displacement.overAll.mean! };
};

test('who holds out keeps more of the same agreements', async () => {
  const [slow, fast] = [
    await figuresOf('bargainer', { beta: 0.2 }, 3),
    await figuresOf('bargainer', { beta: 5 }, 3),
  ];
  expect(slow.agreed).toBe(fast.agreed);
  expect(slow.customerMicros).toBeGreaterThan(1.3 * fast.customerMicros);
  expect(slow.rounds).toBeGreaterThan(1.5 * fast.rounds);
});

test('bursts leave users more money, and have them start later', async () => {
  const options = { timeDeadline: '12h', burstStep: '3h' };
  const totals = { more: 0, laterMs: 0 };
  for (const seed of [1, 2]) {
    const one = await figuresOf('trade-off', options, seed);
    const three = await figuresOf('trade-off', { ...options, burst: 3 }, seed);
    totals.more += three.customerMicros - one.customerMicros;
    totals.laterMs += three.laterMs - one.laterMs;
  }
  expect(totals.more).toBeGreaterThan(0);
  expect(totals.laterMs).toBeGreaterThan(0);
});
