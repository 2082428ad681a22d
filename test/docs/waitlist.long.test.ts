// What docs/validation.md says of the waitlist: at a load of 1.2 with 10 % cancellations it makes at least 3 % more CPU-hours of what is called off,
// and tells when a turn comes as truly as it is set to.
import { expect, test } from 'vitest';
import { studyFigures } from '../support/study-figures.ts';

const figuresWith = (waitlist: number, seed: number) =>
  studyFigures('waitlist', { 'negotiation.waitlist': waitlist }, seed);

test('who waits gets what is called off', async () => {
  for (const seed of [1, 2]) {
    const lost = await figuresWith(0, seed);
    const offered = await figuresWith(1000, seed);
    expect(lost.waitlist.waited).toBe(0);
    expect(offered.waitlist.turns).toBeGreaterThan(10);
    expect(offered.negotiation.agreedCpuMs / lost.negotiation.agreedCpuMs).toBeGreaterThan(1.03);
  }
}, 600_000);

test('turns come about as often within their interval as is told, and about as many as is told have one', async () => {
  const forecasts = [];
  for (const seed of [1, 2, 3, 4])
    forecasts.push(
      (await studyFigures('waitlist', { 'manager.startForecast': {} }, seed)).waitlist.forecasts,
    );
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const turns = sum(forecasts.map((each) => each.turns));
  const told = sum(forecasts.map((each) => each.told));
  expect(turns).toBeGreaterThan(50);
  expect(sum(forecasts.map((each) => each.trueShare! * each.turns)) / turns).toBeGreaterThan(0.85);
  expect(Math.abs(sum(forecasts.map((each) => each.meanChance! * each.told)) - turns) / told).toBeLessThan(
    0.08,
  );
}, 600_000);
