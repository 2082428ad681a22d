// How often the fuzzer disturbs a provider.
import { expect, test } from 'vitest';
import { disturbedProvider } from '../../../experiments/fuzz/disturbed-provider.ts';
import { HOUR } from '../../support/setup.ts';
import { tell } from '../../support/story.ts';

test('a run of many inputs is disturbed less and less often, but to its end', () => {
  const atMs: number[] = [];
  let quotes = 0;
  const story = tell({
    providerOf: (setup) =>
      disturbedProvider(setup, {
        disturbance: { seed: 1, restarts: 1, quotes: 0 },
        again: () => setup,
        proposals: [],
        onRestart: () => atMs.push(story.clock.now()),
        onQuote: () => {
          quotes += 1;
        },
      }),
  });
  for (let i = 0; i < 1500; i += 1) {
    story.at(9 * HOUR + i);
    story.user(`u${i}`).request({ start: '08:00' });
  }
  expect(atMs.slice(0, 300)).toEqual(Array.from({ length: 300 }, (_, i) => 9 * HOUR + i));
  expect(atMs.length).toBeGreaterThan(600);
  expect(atMs.length).toBeLessThan(900);
  expect(atMs.at(-1)).toBeGreaterThan(9 * HOUR + 1450);
  expect(quotes).toBe(0);
});
