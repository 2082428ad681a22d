// When the loss and the return of a node are noticed, and how soon its VMs are up again.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Heartbeats } from '../../../engine/hypervisor/simulated/heartbeats.ts';
import { Rng } from '../../../engine/index.ts';
import { MINUTE, SECOND } from '../../support/setup.ts';
import { tell } from '../../support/story.ts';

test('a node is lost and back after so many of its heartbeats, counted one by one', () => {
  fc.assert(
    fc.property(
      fc.record({
        everyMs: fc.integer({ min: 1, max: 50 }),
        misses: fc.integer({ min: 1, max: 5 }),
        returns: fc.integer({ min: 1, max: 5 }),
      }),
      fc.integer({ min: 0, max: 1000 }),
      fc.integer({ min: 0, max: 99 }),
      (settings, atMs, seed) => {
        const heartbeats = new Heartbeats(settings, Rng.fromSeed(seed));
        const phaseMs = Rng.fromSeed(seed).integer(0, settings.everyMs - 1);
        const instants = Array.from({ length: 1200 }, (_, n) => phaseMs + (n - 100) * settings.everyMs);
        const toCome = instants.filter((instant) => instant >= atMs);
        expect(heartbeats.lostMs(atMs)).toBe(toCome[settings.misses - 1]);
        expect(heartbeats.backMs(atMs)).toBe(toCome[settings.returns - 1]);
        expect(heartbeats.lastBeforeMs(atMs)).toBe(instants.filter((instant) => instant < atMs).at(-1));
      },
    ),
    { numRuns: 100 },
  );
});

test('from the last sign of life to the end of a boot elsewhere it takes k heartbeats and the boot', () => {
  for (const seed of [1, 2, 3]) {
    const story = tell({
      seed,
      manager: { autoActivate: true },
      hypervisor: {
        heartbeats: { everyMs: 10 * SECOND, misses: 3, returns: 2 },
        start: { minMs: 97 * SECOND, maxMs: 97 * SECOND },
      },
    });
    story.at('09:00').book('alice', { start: '10:00', duration: '2h' });
    story.at('11:00').fail('n1');
    story.at('11:00:05').return('n1');
    story.run();
    const [lost] = story.eventsOf('node-lost');
    const [back] = story.eventsOf('node-returned');
    const again = story.eventsOf('vm-state-changed').filter(({ to }) => to === 'RUNNING')[1];
    expect(again!.atMs - lost!.silentSinceMs!).toBe(127 * SECOND);
    // It is missed before it is back.
    expect(lost!.atMs - story.ms('11:00')).toBeGreaterThan(20 * SECOND - 1);
    expect(lost!.atMs - story.ms('11:00')).toBeLessThanOrEqual(30 * SECOND);
    expect(back!.atMs).toBeGreaterThanOrEqual(lost!.atMs);
  }
});

test('a boot that fails is tried again, and nothing else is', () => {
  const story = tell({
    seed: 4,
    manager: { autoActivate: true, maxAttempts: 100, retryDelayMs: MINUTE },
    faults: { bootFailure: 0.5 },
  });
  for (let i = 0; i < 8; i++) story.at('09:00').book(`u${i}`, { start: '10:00', duration: '2h' });
  story.run();
  const failed = story.eventsOf('operation-failed');
  expect(failed.length).toBeGreaterThan(2);
  expect(new Set(failed.map(({ operation }) => operation))).toEqual(new Set(['start']));
  expect(story.eventsOf('vm-state-changed').filter(({ to }) => to === 'RUNNING')).toHaveLength(8);
});
