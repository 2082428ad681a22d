// On equal nodes what capacity allows is not refused: a window of equal instances is granted if and only if at no instant there are more of
// them than all nodes take, whatever was booked in which order.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../../../support/fast-check.ts';
import { HOUR, node, policy } from '../../../support/setup.ts';
import { type Story, tell } from '../../../support/story.ts';

interface Ask {
  readonly waitMs: number;
  readonly leadMs: number;
  readonly durationMs: number;
  readonly instances: number;
}

const upTo = (max: number, min = 0) => fc.integer({ min, max });
const ask: fc.Arbitrary<Ask> = fc.record({
  waitMs: upTo(4),
  leadMs: upTo(14),
  durationMs: upTo(12, 1),
  instances: upTo(3, 1),
});

const cluster = (nodes: number, slots: number, rePlacementMax: number, allocation: string): Story =>
  tell({
    nodes: Array.from({ length: nodes }, (_, i) => node(`n${i}`, slots, 100_000)),
    manager: { rePlacementMax, autoActivate: true },
    policies: { allocation: policy('allocation', allocation) },
  });

/** Which of the asks are granted as asked; nobody takes anything else. */
function grantsOf(story: Story, asks: readonly Ask[]): boolean[] {
  return asks.map(({ durationMs, instances, leadMs, waitMs }, i) => {
    const nowMs = story.clock.now() + waitMs;
    story.runUntil(nowMs);
    const user = story.user(`u${i}`);
    const { reply } = user.request({ start: nowMs + leadMs, duration: `${durationMs}ms`, instances });
    if (reply === 'ACCEPT') user.confirm();
    else if (reply === 'COUNTER') user.reject();
    return reply === 'ACCEPT';
  });
}

/** The same by counting, at every instant of every window. */
function countedGrants(capacity: number, asks: readonly Ask[]): boolean[] {
  const used = new Map<number, number>();
  let nowMs = 0;
  return asks.map(({ durationMs, instances, leadMs, waitMs }) => {
    nowMs += waitMs;
    const instants = Array.from({ length: durationMs }, (_, i) => nowMs + leadMs + i);
    if (instants.some((ms) => (used.get(ms) ?? 0) + instances > capacity)) return false;
    for (const ms of instants) used.set(ms, (used.get(ms) ?? 0) + instances);
    return true;
  });
}

test('what capacity allows on equal nodes is not refused', () => {
  fc.assert(
    fc.property(
      upTo(4, 1),
      upTo(3, 1),
      fc.constantFrom('least-loaded', 'worst-fit', 'random'),
      fc.array(ask, { minLength: 1, maxLength: 30, size: 'max' }),
      (nodes, slots, allocation, asks) => {
        const story = cluster(nodes, slots, 1000, allocation);
        expect(grantsOf(story, asks)).toEqual(countedGrants(nodes * slots, asks));
        story.run();
      },
    ),
    { numRuns: runs(150) },
  );
});

test('two windows that leave gaps on two nodes are put together for a longer one', () => {
  const granted = (rePlacementMax: number) => {
    const story = cluster(2, 1, rePlacementMax, 'first-fit');
    story.user('early').book({ start: HOUR, duration: '1h' });
    story.user('gone').book({ start: 3 * HOUR, duration: '1h' });
    story.user('late').book({ start: 3 * HOUR, duration: '1h' });
    story.user('gone').cancel();
    const { reply } = story.user('long').request({ start: HOUR, duration: '3h' });
    const moves = story
      .eventsOf('instance-moved')
      .map((event) => [event.cause, event.reservationId, event.toNodeId]);
    return { reply, moves };
  };
  expect(granted(0)).toEqual({ reply: 'COUNTER', moves: [] });
  expect(granted(10)).toEqual({ reply: 'ACCEPT', moves: [['made-room', 'early', 'n1']] });
  // The bound counts what would be looked at: two.
  expect(granted(1).reply).toBe('COUNTER');
});
