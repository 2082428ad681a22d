import { expect, test } from 'vitest';
import { StoppedTime } from './daemon.ts';

test('to clear timers that have run already keeps nothing else from running', async () => {
  const time = new StoppedTime(0);
  const woken: string[] = [];
  const timers = [time.setTimer(() => woken.push('later'), 10), time.setTimer(() => undefined, 0)];
  await time.moveTo(10, () => new Promise((resolve) => setTimeout(resolve, 1)));
  for (const timer of [...timers, ...timers]) time.clearTimer(timer);
  // Node counts its pending immediates: one too few, and the next of them waits for another.
  const ran = await Promise.race([
    new Promise((resolve) => setImmediate(resolve, 'at once')),
    new Promise((resolve) => setTimeout(resolve, 1000, 'late')),
  ]);
  expect([woken, ran]).toEqual([['later'], 'at once']);
});
