// The users of a simulation: how they think, answer, show up, claim and withdraw.
import { describe, expect, test } from 'vitest';
import {
  type BuyerPolicy,
  type DomainEvent,
  type EventOf,
  OVERBOOKED,
  simulate,
  USUAL_LEASE_KINDS,
  type UserSettings,
} from '../../../engine/index.ts';
import { HOUR, MINUTE, node, policy, provider, QUIET_USERS, request, setup } from '../../support/setup.ts';

async function eventsOf(overrides: Parameters<typeof setup>[0]): Promise<DomainEvent[]> {
  const events: DomainEvent[] = [];
  await simulate(setup({ cluster: { nodes: [node('n1', 1)] }, ...overrides }), {
    onEvent: (event) => events.push(event),
  });
  return events;
}

function only<T extends DomainEvent['type']>(events: readonly DomainEvent[], type: T): EventOf<T>[] {
  return events.filter((event): event is EventOf<T> => event.type === type);
}

const users = (overrides: Partial<UserSettings>): UserSettings => ({ ...QUIET_USERS, ...overrides });

const always = (minutes: number) => ({ minMs: minutes * MINUTE, maxMs: minutes * MINUTE });

describe('a user of the simulation', () => {
  test('says where the request came from', async () => {
    const [initiated] = only(
      await eventsOf({ requests: [request({ requestId: 'job 7', userId: 'ann', latestStartMs: HOUR })] }),
      'reservation-initiated',
    );
    expect(initiated).toMatchObject({
      userId: 'ann',
      origin: { requestId: 'job 7', kind: 'advance', buyer: 'earliest-slot', latestStartMs: HOUR },
    });
  });

  test('thinks before each answer, and confirms at once after accepting a counter-offer', async () => {
    const events = await eventsOf({
      users: users({ thinkTime: always(3) }),
      requests: [request({ startMs: HOUR }), request({ submitMs: MINUTE, startMs: HOUR })],
    });
    expect(only(events, 'reservation-confirmed')).toMatchObject([
      { reservationId: 'R1', atMs: 3 * MINUTE },
      { reservationId: 'R2', atMs: 4 * MINUTE, proposal: { startMs: 2 * HOUR } },
    ]);
    expect(only(events, 'counter-accepted')).toMatchObject([{ reservationId: 'R2', atMs: 4 * MINUTE }]);
  });

  test('takes what they said they take as well, as the first of it that can be had, and nothing else', async () => {
    const exact = { buyer: () => policy('buyer', 'exact-or-nothing') };
    const wanted = request({ submitMs: MINUTE, startMs: HOUR, latestStartMs: HOUR });
    const otherwise = [5 * HOUR, 8 * HOUR, 3 * HOUR].map((startMs) => ({ startMs }));
    const agreed = async (proposal: typeof wanted.proposal) => {
      const taken = [request({ startMs: HOUR }), request({ startMs: 5 * HOUR })];
      const events = await eventsOf({ requests: [...taken, { ...wanted, proposal }], ...exact });
      return only(events, 'reservation-confirmed')
        .filter(({ reservationId }) => reservationId === 'R3')
        .map(({ proposal: { startMs } }) => startMs);
    };
    expect(await agreed({ ...wanted.proposal, otherwise })).toEqual([8 * HOUR]);
    expect(await agreed(wanted.proposal)).toEqual([]);
  });

  test('who thinks as long as the hold lasts is too late', async () => {
    const events = await eventsOf({
      users: users({ thinkTime: always(10) }),
      // The second keeps the run going until the first has tried.
      requests: [request({ startMs: HOUR }), request({ submitMs: MINUTE, startMs: HOUR })],
    });
    expect(only(events, 'message-refused')).toMatchObject([
      { reservationId: 'R1', message: 'CONFIRM', reason: 'hold-expired', atMs: 10 * MINUTE },
    ]);
    expect(only(events, 'reservation-ended')).toMatchObject([
      { reservationId: 'R1', reason: 'hold-expired', atMs: 10 * MINUTE },
      { reservationId: 'R2', reason: 'hold-expired', atMs: 11 * MINUTE },
    ]);
  });

  test('asks again when what was overbooked is not sold any more, and takes what there is', async () => {
    const { settings } = provider();
    const overbooking = { noShowChance: 0.9, risk: 0.5 };
    const window = { startMs: 2 * HOUR, durationMs: 4 * HOUR };
    const events = await eventsOf({
      settings: { ...settings, noShowGraceMs: 15 * MINUTE, overbooking },
      leaseKinds: [...USUAL_LEASE_KINDS, OVERBOOKED],
      users: users({ thinkTime: always(1) }),
      requests: [
        request({ ...window, cancelAtMs: 2.5 * MINUTE }),
        // Begins by itself when the first has cancelled.
        request({ kind: 'best-effort', submitMs: MINUTE / 2, durationMs: 8 * HOUR }),
        request({ ...window, submitMs: 2 * MINUTE }),
      ],
    });
    expect(only(events, 'message-refused')).toMatchObject([
      { reservationId: 'R3', message: 'CONFIRM', reason: 'overbooking-risk', atMs: 3 * MINUTE },
    ]);
    expect(only(events, 'reservation-confirmed').at(-1)).toMatchObject({
      reservationId: 'R3',
      proposal: { startMs: 2.5 * MINUTE + 8 * HOUR },
    });
  });

  test('thinks for a time between the two that are set', async () => {
    const events = await eventsOf({
      cluster: { nodes: [node('n1', 400, 400_000)] },
      users: users({ thinkTime: { minMs: MINUTE, maxMs: 5 * MINUTE } }),
      requests: Array.from({ length: 200 }, () => request({ startMs: HOUR })),
    });
    const times = only(events, 'reservation-confirmed').map(({ atMs }) => atMs);
    expect(times).toHaveLength(200);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(MINUTE);
    expect(Math.min(...times)).toBeLessThan(1.2 * MINUTE);
    expect(Math.max(...times)).toBeLessThanOrEqual(5 * MINUTE);
    expect(Math.max(...times)).toBeGreaterThan(4.8 * MINUTE);
  });

  test('activates at the start, or as soon as a window that has begun is confirmed', async () => {
    const events = await eventsOf({
      users: users({ thinkTime: always(5) }),
      requests: [request({ startMs: 0 }), request({ submitMs: HOUR, startMs: 2 * HOUR })],
    });
    expect(only(events, 'reservation-activated')).toMatchObject([
      { reservationId: 'R1', atMs: 5 * MINUTE },
      { reservationId: 'R2', atMs: 2 * HOUR },
    ]);
  });

  test('does not show up as often as is set: the capacity stays reserved, and nothing runs', async () => {
    const noShow = await eventsOf({ users: users({ noShow: 1 }), requests: [request()] });
    expect(only(noShow, 'reservation-ended')).toMatchObject([
      { noShow: true, reason: 'window-over', atMs: HOUR },
    ]);
    expect(only(noShow, 'vm-state-changed')).toEqual([]);

    const requests = Array.from({ length: 400 }, (_, i) =>
      request({ submitMs: i * HOUR, startMs: i * HOUR }),
    );
    const some = await eventsOf({ users: users({ noShow: 0.3 }), requests });
    const count = only(some, 'reservation-ended').filter((event) => event.noShow).length;
    // Binomial: mean 120, standard deviation 9.2.
    expect(Math.abs(count - 120)).toBeLessThan(4 * 9.2);
  });

  test('needs not show up where reservations are activated by themselves', async () => {
    const { settings } = provider();
    const events = await eventsOf({
      settings: { ...settings, autoActivate: true },
      users: users({ noShow: 1 }),
      requests: [request()],
    });
    expect(only(events, 'reservation-ended')).toMatchObject([{ noShow: false }]);
  });

  test('claims optional instances at the start, each with the chance that is set', async () => {
    const events = await eventsOf({
      cluster: { nodes: [node('n1', 4)] },
      users: users({ claim: 1 }),
      requests: [request({ startMs: HOUR, numInstancesOption: 2 }), request({ submitMs: 3 * HOUR })],
    });
    expect(only(events, 'options-claimed')).toMatchObject([{ atMs: HOUR, asked: 2, granted: 2 }]);
  });

  test('withdraws at the instant that the workload says, unless the window has opened by then', async () => {
    const events = await eventsOf({
      cluster: { nodes: [node('n1', 4)] },
      requests: [
        request({ startMs: HOUR, cancelAtMs: 30 * MINUTE }),
        request({ startMs: HOUR, cancelAtMs: HOUR }),
        request({ startMs: HOUR, cancelAtMs: 90 * MINUTE }),
      ],
    });
    expect(only(events, 'reservation-ended')).toMatchObject([
      { reservationId: 'R1', reason: 'cancelled-by-user', atMs: 30 * MINUTE },
      { reservationId: 'R2', reason: 'window-over' },
      { reservationId: 'R3', reason: 'window-over' },
    ]);
  });

  test('whose guests finish early ends early', async () => {
    const events = await eventsOf({ requests: [request({ runTimeMs: 20 * MINUTE })] });
    expect(only(events, 'reservation-ended')).toMatchObject([{ reason: 'completed', atMs: 20 * MINUTE }]);
  });

  test('may bring a buyer policy of their own', async () => {
    const events = await eventsOf({
      requests: [
        request({ startMs: HOUR }),
        request({ startMs: HOUR, buyer: 'exact-or-nothing' }),
        request({ startMs: HOUR }),
      ],
    });
    expect(only(events, 'reservation-ended')).toMatchObject([
      { reservationId: 'R2', reason: 'declined' },
      { reservationId: 'R1', reason: 'window-over', atMs: 2 * HOUR },
      { reservationId: 'R3', reason: 'window-over', atMs: 3 * HOUR },
    ]);
    expect(only(events, 'offer-declined')).toMatchObject([{ reason: 'other-start' }]);
  });

  test('may counter a counter-offer, round by round, until the rounds are used up', async () => {
    const rounds: number[] = [];
    const stubborn: BuyerPolicy = {
      respond: (offer, { proposal }, round) => {
        rounds.push(round);
        return offer.reply === 'ACCEPT' ? { reply: 'ACCEPT' } : { reply: 'COUNTER', proposal };
      },
    };
    const { settings } = provider();
    const events = await eventsOf({
      settings: { ...settings, maxRounds: 3 },
      users: {
        buyer: (name) => (name === undefined ? policy('buyer', 'earliest-slot') : { name, policy: stubborn }),
      },
      requests: [request({ startMs: HOUR }), request({ startMs: HOUR, buyer: 'stubborn' })],
    });
    expect(rounds).toEqual([1, 2, 3]);
    expect(only(events, 'reservation-ended')[0]).toMatchObject({
      reservationId: 'R2',
      reason: 'too-many-rounds',
    });
  });

  test('draws as often whatever is agreed, so that policies are compared under the same chances', async () => {
    const shows = async (counterOffer: string) => {
      const requests = Array.from({ length: 60 }, (_, i) =>
        request({ submitMs: i * 10 * MINUTE, startMs: i * 10 * MINUTE }),
      );
      const events = await eventsOf({
        policies: { ...provider().policies, counterOffer: policy('counter-offer', counterOffer) },
        users: users({ noShow: 0.5 }),
        requests,
      });
      const confirmed = new Set(only(events, 'reservation-confirmed').map((event) => event.reservationId));
      const activated = new Set(only(events, 'reservation-activated').map((event) => event.reservationId));
      return new Map([...confirmed].map((id) => [id, activated.has(id)]));
    };
    const [few, all] = [await shows('none'), await shows('earliest-start')];
    expect(all.size).toBe(60);
    expect(few.size).toBeLessThan(20);
    for (const [id, shown] of few) expect(all.get(id)).toBe(shown);
  });
});
