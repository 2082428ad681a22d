// What has no room as a whole is offered in parts: held, answered and let go of together, and from the confirmation on reservations that know
// nothing of each other.
import { describe, expect, test } from 'vitest';
import {
  type DraftPart,
  type Named,
  type PricingPolicy,
  Provider,
  type ProviderReply,
} from '../../../../engine/index.ts';
import type { PlanCheck } from '../../../../engine/provider/plan/applier.ts';
import { HOUR, MINUTE, node, policy } from '../../../support/setup.ts';
import { type Story, type StorySettings, type Terms, tell } from '../../../support/story.ts';

const splitting = (options = {}): StorySettings => ({
  nodes: [node('n1', 4)],
  policies: { counterOffer: policy('counter-offer', 'split', options) },
});

/** Four CPUs that are taken from 11 to 13 o'clock. */
function interrupted(settings: StorySettings = splitting()): Story {
  const story = tell(settings);
  story.user('before').book({ start: '11:00', duration: '2h', instances: 4 });
  return story;
}

const asked: Terms = { start: '10:00', duration: '2h', instances: 4 };

function states(story: Story): Record<string, string> {
  return Object.fromEntries(
    story.provider
      .snapshot()
      .reservations.filter(({ reservationId }) => reservationId.startsWith('ann'))
      .map(({ reservationId, state }) => [reservationId, state]),
  );
}

const refused: PlanCheck = ([edit]) => ({
  ...{ kind: 'refused', index: 0, edit: edit!, reason: 'no-room', details: {} },
});

const countered = { ann: 'COUNTERED', 'ann.1.2': 'COUNTERED' };

describe('an offer in parts', () => {
  test('in time: as long as there is room from the start, and the rest when there is again', () => {
    const story = interrupted();
    const reply = story.user('ann').request(asked);
    expect(reply).toMatchObject({
      reply: 'COUNTER',
      proposal: { startMs: 10 * HOUR, durationMs: HOUR, numInstancesFixed: 4 },
      parts: [
        {
          reservationId: 'ann.1.2',
          proposal: { startMs: 13 * HOUR, durationMs: HOUR, numInstancesFixed: 4 },
        },
      ],
    });
    expect(states(story)).toEqual(countered);
    expect(story.user('bob').request({ start: '13:00', instances: 1 })).toMatchObject({ reply: 'REJECT' });
    expect(story.user('ann').accept()).toMatchObject({ reply: 'CONFIRM_REQUEST' });
    expect(story.user('ann').confirm()).toEqual({ reply: 'REQUEST_SUCCESS' });
    expect(states(story)).toEqual({ ann: 'CONFIRMED', 'ann.1.2': 'CONFIRMED' });
    // Each is activated, and ends, by itself.
    story.at('10:00').activate('ann');
    story.at('13:00').activate('ann.1.2');
    story.run();
    expect(story.endOf('ann')).toMatchObject({ state: 'EXPIRED', noShow: false, atMs: 11 * HOUR });
    expect(story.endOf('ann.1.2')).toMatchObject({ state: 'EXPIRED', noShow: false, atMs: 14 * HOUR });
  });

  test('in instances: as many as have room in the window, the others beside or after them', () => {
    const story = tell(splitting({ ways: ['instances'] }));
    story.user('before').book({ start: '10:00', duration: '1h', instances: 2 });
    expect(story.user('ann').request({ ...asked, instances: 4 })).toMatchObject({
      reply: 'COUNTER',
      proposal: { startMs: 10 * HOUR, durationMs: 2 * HOUR, numInstancesFixed: 2 },
      parts: [{ proposal: { startMs: 11 * HOUR, durationMs: 2 * HOUR, numInstancesFixed: 2 } }],
    });
    // The first four of six are in the way of the others: they come after them.
    const full = tell({ ...splitting({ ways: ['instances'] }), nodes: [node('n1', 4), node('n2', 2)] });
    full.user('before').book({ start: '10:00', duration: '1h', instances: 3 });
    expect(full.user('ann').request({ ...asked, instances: 6 })).toMatchObject({
      proposal: { startMs: 10 * HOUR, numInstancesFixed: 3 },
      parts: [{ proposal: { startMs: 11 * HOUR, numInstancesFixed: 3 } }],
    });
  });

  test('costs what its windows cost, and is made for no more than its user pays', () => {
    const prices = (reply: ProviderReply) =>
      reply.reply === 'COUNTER' && [
        reply.priceMicros,
        ...(reply.parts ?? []).map((part) => part.priceMicros),
      ];
    const flat = { ...splitting().policies, pricing: policy('pricing', 'flat', {}) };
    const story = interrupted({ ...splitting(), policies: flat });
    const [first, rest] = prices(story.user('ann').request(asked)) as number[];
    expect(first).toBeGreaterThan(0);
    expect(rest).toBe(first);
    const most = { ...asked, maxPriceMicros: first! * 2 };
    expect(
      interrupted({ ...splitting(), policies: flat })
        .user('ann')
        .request(most),
    ).toHaveProperty('parts');
    const less = { ...asked, maxPriceMicros: first! * 2 - 1 };
    expect(
      interrupted({ ...splitting(), policies: flat })
        .user('ann')
        .request(less),
    ).toMatchObject({
      reply: 'REJECT',
    });
  });

  test.each<[string, (story: Story) => unknown, object]>([
    ['declined', (story) => story.user('ann').reject(), { state: 'REJECTED', reason: 'declined' }],
    [
      'cancelled',
      (story) => story.command({ name: 'cancel', reservationId: 'ann' }),
      { state: 'CANCELLED', reason: 'cancelled-by-user' },
    ],
    [
      'forgotten',
      (story) => story.runUntil(story.provider.reservation('ann')!.holdUntilMs),
      { state: 'EXPIRED', reason: 'hold-expired' },
    ],
    [
      'on a node that is drained',
      (story) => story.drain('n1', 'never'),
      { state: 'FAILED', reason: 'node-drained' },
    ],
  ])('that is %s gives everything back', (_, end, how) => {
    const story = interrupted();
    story.user('ann').request(asked);
    end(story);
    expect(states(story)).toEqual({});
    expect(story.endOf('ann')).toMatchObject(how);
    expect(story.endOf('ann.1.2')).toMatchObject(how);
    story.run();
  });

  test('is answered as a whole: of a part nothing can be said before it is confirmed', () => {
    const story = interrupted();
    story.user('ann').request(asked);
    for (const name of ['accept', 'reject'] as const)
      expect(story.user('ann.1.2')[name]()).toMatchObject({
        reply: 'REQUEST_FAILED',
        reason: 'part-of-offer',
      });
    expect(story.command({ name: 'cancel', reservationId: 'ann.1.2' })).toMatchObject({
      reason: 'part-of-offer',
    });
    expect(states(story)).toEqual(countered);
    story.user('ann').accept();
    expect(story.user('ann.1.2').confirm()).toMatchObject({ reason: 'part-of-offer' });
    story.user('ann').confirm();
    expect(story.command({ name: 'cancel', reservationId: 'ann.1.2' })).toEqual({ reply: 'REQUEST_SUCCESS' });
    expect(states(story)).toEqual({ ann: 'CONFIRMED' });
  });

  test('leaves nothing behind in a new round, in which its room counts', () => {
    const story = interrupted();
    story.user('ann').request(asked);
    expect(story.user('ann').counter({ start: '13:00', duration: '2h', instances: 4 })).toMatchObject({
      reply: 'ACCEPT',
    });
    expect(states(story)).toEqual({ ann: 'ACCEPTED' });
    expect(story.endOf('ann.1.2')).toMatchObject({ state: 'REJECTED', reason: 'declined' });
    const again = interrupted();
    again.user('ann').request(asked);
    again.user('ann').counter({ ...asked, duration: '110m' });
    expect(states(again)).toEqual({ ann: 'COUNTERED', 'ann.2.2': 'COUNTERED' });
  });

  test('gives back what was pledged for its further windows too, when its user asks for something else', () => {
    const pledge = { share: 0.5, keptOf: 'unconfirmed' } as const;
    const story = interrupted({ ...splitting(), manager: { pledge } });
    story.user('ann').request(asked);
    const { pledgeMicros } = story
      .eventsOf('offer-countered')
      .find(({ reservationId }) => reservationId === 'ann.1.2')!;
    expect(pledgeMicros).toBeGreaterThan(0);
    story.user('ann').counter({ start: '13:00', duration: '2h', instances: 4 });
    expect(story.endOf('ann.1.2')).toMatchObject({ pledgeBackMicros: pledgeMicros });
  });

  test('has windows of lengths that are sold', () => {
    const durations = [{ stepMs: 2 * HOUR, upToMs: 8 * HOUR }];
    const rules = { leadMinMs: 0, leadMaxMs: Number.POSITIVE_INFINITY, isUntold: false, durations };
    const story = interrupted({ ...splitting(), manager: { rules } });
    expect(story.user('ann').request(asked)).toMatchObject({ reply: 'REJECT' });
    expect(story.user('ben').request({ ...asked, start: '09:00', duration: '4h' })).toMatchObject({
      reply: 'COUNTER',
      proposal: { startMs: 9 * HOUR, durationMs: 2 * HOUR },
      parts: [{ proposal: { startMs: 13 * HOUR, durationMs: 2 * HOUR } }],
    });
    // An hour and a half is sold, and the six and a half that are left are not.
    const steps = [
      { stepMs: MINUTE, upToMs: 4 * HOUR },
      { stepMs: 4 * HOUR, upToMs: 24 * HOUR },
    ];
    const longer = tell({ ...splitting(), manager: { rules: { ...rules, durations: steps } } });
    longer.user('before').book({ start: '11:00', duration: '8h', instances: 4 });
    expect(longer.user('ann').request({ ...asked, start: '09:30', duration: '8h' })).toMatchObject({
      reply: 'REJECT',
    });
  });

  test('is confirmed in one plan: when that is refused, all of it stays on offer', () => {
    let refuses = false;
    const story = interrupted({
      ...splitting(),
      planCheck: (plan) =>
        refuses && plan.some(({ edit }) => edit === 'rekind') ? refused(plan) : undefined,
    });
    story.user('ann').request(asked);
    story.user('ann').accept();
    refuses = true;
    expect(story.user('ann').confirm()).toMatchObject({ reply: 'REQUEST_FAILED', reason: 'capacity-lost' });
    expect(states(story)).toEqual({ ann: 'ACCEPTED', 'ann.1.2': 'ACCEPTED' });
    refuses = false;
    expect(story.user('ann').confirm()).toEqual({ reply: 'REQUEST_SUCCESS' });
  });

  test('is held as a whole: when there is no room for a part after all, nothing is', () => {
    let holds = 0;
    const story = tell({
      ...splitting(),
      planCheck: (plan) => {
        const isHold = plan.some((edit) => edit.edit === 'book' && edit.kind === 'hold');
        if (isHold) holds += 1;
        return isHold && holds === 3 ? refused(plan) : undefined;
      },
    });
    story.user('before').book({ start: '11:00', duration: '2h', instances: 4 });
    expect(story.user('ann').request(asked)).toEqual({ reply: 'REJECT', reason: 'no-capacity' });
    expect(states(story)).toEqual({});
    story.run();
  });

  test('outlives the provider: one made from its snapshot knows what belongs together', () => {
    const story = interrupted();
    story.user('ann').request(asked);
    const stored = JSON.parse(JSON.stringify(story.provider.snapshot()));
    const again = new Provider({ ...story.setup }, { snapshot: stored });
    expect(again.heldWith('ann').map(({ id }) => id)).toEqual(['ann.1.2']);
    expect(again.heldWith('ann.1.2').map(({ id }) => id)).toEqual(['ann']);
    expect(again.snapshot()).toEqual(stored);
  });

  test('is told by a quote, which holds nothing', () => {
    const story = interrupted();
    const quote = story.provider.quote(story.proposal(asked), 0);
    expect(quote).toMatchObject({ reply: 'COUNTER', parts: [{ proposal: { startMs: 13 * HOUR } }] });
    expect(states(story)).toEqual({});
    expect(story.provider.calendar.bookingCount).toBe(4);
  });

  test('of a policy of one’s own is told to be wrong when its further windows have no room', () => {
    const offering = (...rest: readonly DraftPart[]) =>
      interrupted({
        ...splitting(),
        policies: {
          counterOffer: { name: 'mine', policy: { respond: () => [{ durationMs: HOUR, rest }] } },
        },
      }).user('ann');
    const hour = (start: number) => ({ startMs: start * HOUR, durationMs: HOUR, numInstancesFixed: 4 });
    expect(offering(hour(13)).request(asked)).toMatchObject({ reply: 'COUNTER' });
    const wrong = /policy "mine" returned .* from respond\(\); expected offers that fit/;
    // Taken already; in the way of each other; in the past.
    expect(() => offering(hour(12)).request(asked)).toThrow(wrong);
    expect(() => offering(hour(13), hour(13)).request(asked)).toThrow(wrong);
    expect(() => offering(hour(-1)).request(asked)).toThrow(wrong);
    // No policy knows which lengths are sold without asking: that is passed over, as it is of the first window.
    const durations = [{ stepMs: HOUR, upToMs: 8 * HOUR }];
    const rules = { leadMinMs: 0, leadMaxMs: Number.POSITIVE_INFINITY, isUntold: false, durations };
    const story = interrupted({
      manager: { rules },
      nodes: [node('n1', 4)],
      policies: {
        counterOffer: {
          name: 'mine',
          policy: { respond: () => [{ durationMs: HOUR, rest: [{ ...hour(13), durationMs: MINUTE }] }] },
        },
      },
    });
    expect(story.user('ann').request(asked)).toMatchObject({ reply: 'REJECT' });
  });

  test('leaves no trace in the memory of the pricing policy when it is passed over', () => {
    const pricing: Named<PricingPolicy> = {
      name: 'counting',
      memory: () => ({ asked: 0 }),
      policy: {
        ...policy('pricing', 'flat').policy,
        price: (_proposal, _view, { memory }) => {
          (memory as { asked: number }).asked += 1;
          return 10;
        },
      },
    };
    const story = interrupted({
      nodes: [node('n1', 4)],
      policies: {
        pricing,
        // The second is what was asked for, at the same price.
        counterOffer: { name: 'mine', policy: { respond: () => [{}, {}] } },
      },
    });
    const asked = () =>
      story.provider.snapshot().policyMemory.find(({ kind }) => kind === 'pricing')?.memory as object;
    const before = asked();
    expect(story.user('ann').request({ start: '14:00', maxPriceMicros: 9 })).toMatchObject({
      reply: 'REJECT',
      reason: 'price-too-high',
    });
    expect(asked()).toEqual(before);
  });

  test('is not made of optional instances, nor of leases that bend themselves', () => {
    expect(
      interrupted()
        .user('ann')
        .request({ ...asked, instances: 3, options: 1 }),
    ).toMatchObject({
      reply: 'REJECT',
    });
    expect(
      interrupted()
        .user('ann')
        .request({ ...asked, kind: 'deadline', deadline: '12:00' }),
    ).toMatchObject({ reply: 'REJECT' });
  });
});
