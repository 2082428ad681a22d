// A request that says what its user takes as well: the first of it that can be had is held, before anything that the provider thinks of.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Proposal, ProviderReply, SecondChoice } from '../../../../engine/index.ts';
import { HOUR, node, policy } from '../../../support/setup.ts';
import { type Story, type StorySettings, type Terms, TYPES, tell } from '../../../support/story.ts';

const NONE: StorySettings = { policies: { counterOffer: policy('counter-offer', 'none') } };

/** One node of four CPUs, of which each of these takes something. */
function taken(settings: StorySettings, ...bookings: Terms[]): Story {
  const story = tell({ nodes: [node('n1', 4)], ...settings });
  for (const [index, terms] of bookings.entries()) story.user(`before-${index}`).book(terms);
  return story;
}

const asked: Terms = { start: '10:00', duration: '2h', instances: 4 };
const busy = (start: Terms['start'], instances = 4): Terms => ({ start, duration: '2h', instances }) as Terms;

function ask(story: Story, otherwise: readonly SecondChoice[], more: Partial<Proposal> = {}): ProviderReply {
  const user = story.user('ann');
  user.initiate();
  return user.propose({ ...story.proposal(asked), ...more, otherwise });
}

const at = (hour: number): SecondChoice => ({ startMs: hour * HOUR });

describe('second choices', () => {
  test('are offered in the order of their user, held, and without a word of further ones', () => {
    const story = taken(NONE, busy('10:00'), busy('14:00'));
    const reply = ask(story, [at(14), at(18), at(16)]);
    expect(reply).toMatchObject({
      reply: 'COUNTER',
      proposal: { startMs: 18 * HOUR, durationMs: 2 * HOUR, numInstancesFixed: 4 },
      alternatives: [{ proposal: { startMs: 16 * HOUR } }],
    });
    expect(reply).not.toHaveProperty('proposal.otherwise');
    expect(story.user('bob').request(busy('18:00'))).toMatchObject({ reply: 'REJECT' });
    expect(story.user('ann').accept()).toMatchObject({ reply: 'CONFIRM_REQUEST' });
    expect(story.user('ann').confirm()).toMatchObject({ reply: 'REQUEST_SUCCESS' });
  });

  test('come before what the counter-offer policy thinks of, which is told as an alternative', () => {
    const story = taken({}, busy('10:00'));
    expect(ask(story, [at(20)])).toMatchObject({
      reply: 'COUNTER',
      proposal: { startMs: 20 * HOUR },
      alternatives: [{ proposal: { startMs: 12 * HOUR } }],
    });
  });

  test('do not matter where the first can be had, and leave the policy alone where none can', () => {
    expect(ask(taken(NONE), [at(14)])).toMatchObject({ reply: 'ACCEPT', proposal: { startMs: 10 * HOUR } });
    const full = taken({}, busy('10:00'), busy('14:00'));
    const reply = ask(full, [at(14), { startMs: -HOUR }]);
    expect(reply).toMatchObject({ reply: 'COUNTER', proposal: { startMs: 12 * HOUR } });
    expect(reply).not.toHaveProperty('alternatives');
  });

  test('may be fewer instances, a shorter time or another type, also where the first would never fit', () => {
    const tall = taken(NONE, busy('10:00', 2));
    expect(ask(tall, [{ numInstancesFixed: 3 }, { numInstancesFixed: 2 }])).toMatchObject({
      proposal: { startMs: 10 * HOUR, numInstancesFixed: 2 },
    });
    const late = taken(NONE, busy('11:00'));
    expect(ask(late, [{ durationMs: HOUR }])).toMatchObject({ proposal: { durationMs: HOUR } });
    // Four of MEDIUM have eight CPUs, which the cluster never has.
    const [SMALL, MEDIUM] = [TYPES['SMALL']!, TYPES['MEDIUM']!];
    const medium = { type: 'MEDIUM', demand: MEDIUM };
    expect(ask(taken(NONE), [{ type: 'SMALL', demand: SMALL }], medium)).toMatchObject({
      reply: 'COUNTER',
      proposal: { type: 'SMALL', demand: SMALL },
    });
    expect(ask(taken(NONE), [at(12)], medium)).toEqual({ reply: 'REJECT', reason: 'never-fits' });
  });

  test('are looked at when the price is too high, and left out where theirs is', () => {
    // 0.10 for a CPU-hour: four for two hours are 0.80, three 0.60, two 0.40.
    const choices = [{ numInstancesFixed: 3 }, { numInstancesFixed: 2 }];
    expect(ask(taken(NONE), choices, { maxPriceMicros: 500_000 })).toMatchObject({
      reply: 'COUNTER',
      proposal: { numInstancesFixed: 2 },
      priceMicros: 400_000,
    });
    expect(ask(taken(NONE), choices, { maxPriceMicros: 300_000 })).toMatchObject({ reply: 'REJECT' });
  });

  test('have prices of their own, which bound what is offered, for more or for less than the first', () => {
    const choices = [
      { ...at(14), maxPriceMicros: 799_999 },
      { ...at(16), maxPriceMicros: 800_000 },
      { ...at(18), maxPriceMicros: 900_000 },
    ];
    const reply = ask(taken(NONE), choices, { maxPriceMicros: 500_000 });
    expect(reply).toMatchObject({
      reply: 'COUNTER',
      proposal: { startMs: 16 * HOUR, maxPriceMicros: 800_000 },
      priceMicros: 800_000,
      alternatives: [{ proposal: { startMs: 18 * HOUR, maxPriceMicros: 900_000 } }],
    });
    const dear = taken(NONE, busy('10:00'));
    const cheap = [{ ...at(14), maxPriceMicros: 1 }];
    expect(ask(dear, cheap, { maxPriceMicros: 900_000 })).toMatchObject({ reply: 'REJECT' });
  });

  test('the one that is held is the first that would be accepted if it were asked for', () => {
    const hours = fc.integer({ min: 1, max: 20 });
    const booking = fc.record({
      from: hours,
      hours: fc.integer({ min: 1, max: 6 }),
      count: fc.integer({ min: 1, max: 4 }),
    });
    const choice = fc.record(
      {
        startMs: hours.map((hour) => hour * HOUR),
        durationMs: fc.integer({ min: 1, max: 4 }).map((length) => length * HOUR),
        numInstancesFixed: fc.integer({ min: 1, max: 5 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.array(booking, { maxLength: 8 }),
        fc.array(choice, { minLength: 1, maxLength: 4 }),
        (bookings, choices) => {
          const fresh = () => {
            const story = tell({ nodes: [node('n1', 4)], ...NONE });
            for (const [index, { count, from, hours: length }] of bookings.entries())
              story.user(`before-${index}`).book({
                start: `${String(from).padStart(2, '0')}:00`,
                duration: `${length}h`,
                instances: count,
              } as Terms);
            return story;
          };
          const plain = (terms: Partial<Proposal>) => {
            const story = fresh();
            const user = story.user('ann');
            user.initiate();
            return user.propose({ ...story.proposal(asked), ...terms });
          };
          const reply = ask(fresh(), choices);
          const first = [{}, ...choices].find((terms) => plain(terms).reply === 'ACCEPT');
          if (first === undefined) expect(reply.reply).toBe('REJECT');
          else
            expect(reply).toMatchObject({
              proposal: { startMs: 10 * HOUR, durationMs: 2 * HOUR, numInstancesFixed: 4, ...first },
            });
        },
      ),
      { numRuns: 40 },
    );
  });
});
