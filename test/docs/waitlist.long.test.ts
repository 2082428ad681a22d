// What docs/validation.md says of the waitlist: at a load of 1.2 with 10 % cancellations it makes at least 3 % more CPU-hours of what is called off.
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
