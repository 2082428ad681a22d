// Why not: what counter-offers and rejections say of what is in the way, and what else they name.
import { describe, expect, test } from 'vitest';
import type { DomainEvent, EventOf } from '../../../../engine/index.ts';
import { HOUR, node, policy } from '../../../support/setup.ts';
import { type StorySettings, type Terms, TYPES, tell } from '../../../support/story.ts';

const explains = { explains: true };

function answerTo(settings: StorySettings, terms: Terms, before: (story: ReturnType<typeof tell>) => void) {
  const story = tell({ manager: explains, ...settings });
  before(story);
  story.at('02:00').request('bob', terms);
  story.run();
  const isAnswer = (event: DomainEvent): event is EventOf<'offer-countered' | 'reservation-ended'> =>
    (event.type === 'offer-countered' || event.type === 'reservation-ended') && event.atMs === 2 * HOUR;
  return story.events.find(isAnswer)!;
}

const full: Terms = { start: '10:00', duration: '2h', instances: 8 };

describe('what is in the way', () => {
  test('names the resource, the nodes and the hours that are short', () => {
    const { bottleneck } = answerTo({}, { start: '09:00', duration: '4h', instances: 2 }, (story) => {
      story.at('01:00').request('alice', full);
      story.at('01:01').confirm('alice');
    });
    expect(bottleneck).toEqual({
      by: 'capacity',
      resource: 'milliCpus',
      scope: 'node',
      shortfall: 2,
      nodes: 2,
      nodeIds: ['n1', 'n2'],
      fromMs: 10 * HOUR,
      untilMs: 12 * HOUR,
    });
  });

  test('is the resource of which more would help, not the one that is scarcest', () => {
    // 8 CPUs with 1 GiB: memory for one SMALL of 768 MiB.
    const { bottleneck, type } = answerTo(
      {
        nodes: [node('n1', 8, 1024), node('n2', 1, 8192)],
        policies: { counterOffer: policy('counter-offer', 'none') },
      },
      { start: '09:00', duration: '1h', instances: 2 },
      (story) => {
        story.at('01:00').request('alice', { start: '09:00', duration: '1h', instances: 1 });
        story.at('01:01').confirm('alice');
      },
    );
    expect(type).toBe('reservation-ended');
    // Alice is on n2, where memory abounds: another CPU there helps one instance, memory on n1 helps as well; CPUs come first.
    expect(bottleneck).toMatchObject({ by: 'capacity', shortfall: 1 });
  });

  test('is the shared disk where that is what runs out', () => {
    const { bottleneck } = answerTo(
      { sharedDiskGib: 80 },
      { start: '11:00', duration: '1h', instances: 3 },
      (story) => {
        story.at('01:00').request('alice', { start: '10:00', duration: '2h', instances: 6 });
        story.at('01:01').confirm('alice');
      },
    );
    expect(bottleneck).toMatchObject({
      resource: 'diskGib',
      scope: 'pool',
      shortfall: 1,
      fromMs: 11 * HOUR,
      untilMs: 12 * HOUR,
    });
  });

  test('is the price when the user pays less', () => {
    const event = answerTo(
      {},
      { start: '09:00', duration: '2h', instances: 2, maxPriceMicros: 300_000 },
      () => undefined,
    );
    expect(event).toMatchObject({
      type: 'reservation-ended',
      reason: 'price-too-high',
      bottleneck: { by: 'price', priceMicros: 400_000, maxPriceMicros: 300_000 },
    });
  });

  test('is not told by a provider that does not explain itself', () => {
    const event = answerTo({ manager: {} }, { start: '09:00', duration: '4h', instances: 2 }, (story) => {
      story.at('01:00').request('alice', full);
      story.at('01:01').confirm('alice');
    });
    expect(event.type).toBe('offer-countered');
    expect(event).not.toHaveProperty('bottleneck');
  });
});

describe('alternatives', () => {
  const multiTerm = policy('counter-offer', 'multi-term', { leastShare: 0.25 });

  test('come with the offer, are not held, and are held when they are asked for', () => {
    const story = tell({ policies: { counterOffer: multiTerm } });
    story.at('01:00').request('alice', { start: '10:00', duration: '2h', instances: 6 });
    story.at('01:01').confirm('alice');
    story.at('02:00').request('bob', { start: '10:00', duration: '1h', instances: 4 });
    story.at('02:01').counter('bob', { start: '10:00', duration: '1h', instances: 2 });
    story.at('02:02').confirm('bob');
    story.run();
    const offer = story.events.find((event) => event.type === 'offer-countered')!;
    expect(offer.proposal).toMatchObject({ startMs: 10 * HOUR, numInstancesFixed: 2 });
    expect(offer.alternatives!.length).toBeGreaterThan(0);
    for (const { proposal } of offer.alternatives!) expect(proposal.demand).toEqual(TYPES.SMALL);
    expect(story.events.filter((event) => event.type === 'reservation-confirmed')).toHaveLength(2);
  });

  test('that do not fit are an error of the policy, as the first is', () => {
    const greedy = {
      name: 'greedy',
      policy: { respond: () => [{ numInstancesFixed: 1 }, { numInstancesFixed: 100 }] },
    };
    const story = tell({ policies: { counterOffer: greedy } });
    story.at('01:00').request('alice', { start: '10:00', duration: '2h', instances: 7 });
    story.at('01:01').confirm('alice');
    story.at('02:00').request('bob', { start: '10:00', duration: '1h', instances: 4 });
    expect(() => story.run()).toThrow('offers that fit');
  });
});
