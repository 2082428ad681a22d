// A run is a pure function of its setup.
import { describe, expect, test } from 'vitest';
import {
  type DomainEvent,
  EventDigest,
  simulate,
  type UserRequest,
  type World,
} from '../../../engine/index.ts';
import { eventful } from '../../support/eventful.ts';

async function digestOf(world: World): Promise<string> {
  return (await simulate(world)).digest;
}

/** The same requests, as if they were read from something slow. */
async function* trickle(requests: Iterable<UserRequest>): AsyncGenerator<UserRequest> {
  let count = 0;
  for (const request of requests) {
    if (count++ % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
    yield request;
  }
}

describe('determinism', () => {
  test('the eventful setup deserves its name', async () => {
    const kinds = new Set<string>();
    await simulate(eventful(), {
      onEvent: (event) => {
        kinds.add(event.type === 'reservation-ended' ? `${event.type}: ${event.reason}` : event.type);
      },
    });
    expect([...kinds].sort()).toMatchInlineSnapshot(`
      [
        "change-accepted",
        "change-asked",
        "change-given-up",
        "change-offered",
        "counter-accepted",
        "instance-moved",
        "maintenance-begun",
        "maintenance-ended",
        "maintenance-planned",
        "message-refused",
        "node-drained",
        "node-enabled",
        "node-joined",
        "node-lost",
        "node-return-expected",
        "node-returned",
        "offer-accepted",
        "offer-countered",
        "offer-declined",
        "operation-failed",
        "operation-given-up",
        "options-claimed",
        "proposal-received",
        "provider-joined",
        "reservation-activated",
        "reservation-changed",
        "reservation-confirmed",
        "reservation-ended: cancelled-by-user",
        "reservation-ended: completed",
        "reservation-ended: declined",
        "reservation-ended: hold-expired",
        "reservation-ended: instance-failed",
        "reservation-ended: node-drained",
        "reservation-ended: node-lost",
        "reservation-ended: window-over",
        "reservation-initiated",
        "run-finished",
        "vm-migrated",
        "vm-state-changed",
        "window-closed",
        "window-opened",
      ]
    `);
  });

  test('the same setup gives the same events, another seed gives others', async () => {
    const first = await simulate(eventful({ seed: 5 }));
    const second = await simulate(eventful({ seed: 5 }));
    expect(second).toEqual(first);
    expect(first.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(await digestOf(eventful({ seed: 6 }))).not.toBe(first.digest);
  });

  test('the seed alone makes a difference, under the very same requests', async () => {
    const { requests } = eventful({ seed: 5 });
    const other = { ...eventful({ seed: 6 }), requests };
    expect(await digestOf(other)).not.toBe(await digestOf(eventful({ seed: 5 })));
  });

  test('two runs at once in one process do not disturb each other', async () => {
    const alone = await digestOf(eventful({ seed: 5 }));
    const pause = () => new Promise<void>((resolve) => setImmediate(resolve));
    const together = await Promise.all([5, 6, 5].map((seed) => simulate(eventful({ seed }), { pause })));
    expect(together.map(({ digest }) => digest === alone)).toEqual([true, false, true]);
  });

  test('requests may be there already, be generated, or be waited for', async () => {
    const requests = [...(eventful().requests as Iterable<UserRequest>)];
    function* generated() {
      yield* requests;
    }
    const expected = await digestOf({ ...eventful(), requests });
    expect(await digestOf({ ...eventful(), requests: generated() })).toBe(expected);
    expect(await digestOf({ ...eventful(), requests: trickle(requests) })).toBe(expected);
  });

  test.each([0, 1, 511, 512, 513, 1024, 1030])(
    'reading %i requests in batches has no influence on the run',
    async (count) => {
      const expected = await digestOf(eventful({ requests: count }));
      const requests = trickle(eventful({ requests: count }).requests as Iterable<UserRequest>);
      expect(await digestOf({ ...eventful(), requests })).toBe(expected);
    },
  );

  test('observers and pauses have no influence', async () => {
    const expected = await digestOf(eventful());
    const seen: DomainEvent[] = [];
    const watched = await simulate(eventful(), {
      onEvent: (event) => seen.push(event),
      pause: () => new Promise((resolve) => setImmediate(resolve)),
    });
    expect(watched.digest).toBe(expected);
    const digest = new EventDigest();
    for (const event of seen) digest.add(event);
    expect(digest.value()).toBe(expected);
    expect(seen).toHaveLength(watched.events);
  });
});
