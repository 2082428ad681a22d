// What is due at whole multiples of an interval, over restarts between two inputs of one instant.
import { expect, test } from 'vitest';
import { restarting } from '../../support/restarting.ts';
import { HOUR, node, policy } from '../../support/setup.ts';
import { tell } from '../../support/story.ts';

test('an auction that is due when the VMs are looked at is held, and once, whatever restarts come between', () => {
  const [events, restarted] = [false, true].map((restarts) => {
    const story = tell({
      nodes: [node('n1', 1), node('n2', 1)],
      manager: { migrationIntervalMs: HOUR, autoActivate: true },
      policies: {
        waitlist: policy('waitlist', 'uniform-price'),
        migration: policy('migration', 'balance'),
      },
      ...(restarts && { providerOf: restarting }),
    });
    story.at('00:01').book('ann', { duration: '12h' });
    story.at('00:05').request('bob', {
      start: '10:00',
      duration: '1h',
      maxPriceMicros: 5_000_000,
      waitUntil: '09:00',
    });
    return story.run().events;
  });
  const held = events!.filter(({ type }) => type === 'auction-held');
  expect(held.map(({ atMs }) => atMs % HOUR)).toEqual(held.map(() => 0));
  expect(held.length).toBeGreaterThan(0);
  expect(restarted).toEqual(events);
});
