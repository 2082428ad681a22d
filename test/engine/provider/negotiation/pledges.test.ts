// Offers that cost something while they are held: what is taken counts at the confirmation, comes back when the offer is let go in time, and is kept of what
// was held in vain. An auditor hears all stories, and the books of the report are kept of each.
import { describe, expect, test } from 'vitest';
import { type Command, type DomainEvent, Provider } from '../../../../engine/index.ts';
import { ledger } from '../../../../reports/metrics/ledger.ts';
import { restarting } from '../../../support/restarting.ts';
import { node } from '../../../support/setup.ts';
import { type Story, type StorySettings, tell } from '../../../support/story.ts';

const HALF = { share: 0.5, keptOf: 'expired' } as const;
// 0.10 credits for a CPU and hour.
const HOUR_OF_ONE = 100_000;

function pledging(pledge: StorySettings['manager'] = { pledge: HALF }): Story {
  // Whatever is not kept in the snapshot is lost.
  return tell({ nodes: [node('n1', 4)], manager: pledge, providerOf: restarting });
}

/** Every movement of a pledge: what is taken, what comes back, what counts; as shares of the price of one CPU and hour. */
function moved(story: Pick<Story, 'events'>): string[] {
  return story.events.flatMap((event) => {
    const { pledgeBackMicros, pledgeMicros, pledgedMicros } = event as unknown as Partial<
      Record<string, number>
    >;
    const said = Object.entries({ taken: pledgeMicros, back: pledgeBackMicros, counts: pledgedMicros });
    const told = said.filter(([, micros]) => micros !== undefined);
    return told.length === 0
      ? []
      : [`${event.type}: ${told.map(([what, micros]) => `${what} ${micros! / HOUR_OF_ONE}`).join(', ')}`];
  });
}

function booksOf(events: readonly DomainEvent[]) {
  const meter = ledger.start({} as never);
  for (const event of events)
    (meter.hears as Partial<Record<string, (event: DomainEvent) => void>>)[event.type]?.(event);
  return meter.finish(0, undefined as never);
}

describe('a pledge', () => {
  test('is a part of the price, and counts when the offer is confirmed', () => {
    const story = pledging();
    expect(story.user('alice').request({ start: '10:00' })).toMatchObject({
      reply: 'ACCEPT',
      priceMicros: HOUR_OF_ONE,
      pledgeMicros: HOUR_OF_ONE / 2,
    });
    story.user('alice').confirm();
    story.run();
    expect(moved(story)).toEqual(['offer-accepted: taken 0.5', 'reservation-confirmed: counts 0.5']);
    expect(booksOf(story.events)).toMatchObject({
      entries: 2,
      chargedMicros: HOUR_OF_ONE,
      refundedMicros: 0,
      pledgesKeptMicros: 0,
      breaches: 0,
    });
  });

  test.each([
    ['comes back of an offer that ran out while the provider was away', 60_000, ['taken 0.5', 'back 0.5']],
    ['is kept where the provider is a moment late', 100, ['taken 0.5']],
  ])('%s', (_, lateMs, expected) => {
    const provider = new Provider(pledging().setup);
    const handle = (command: Command, atMs: number) => provider.handle({ kind: 'command', command }, atMs);
    handle({ name: 'begin' }, 0);
    handle({ name: 'initiate', reservationId: 'r', userId: 'ada', origin: null }, 0);
    const proposal = pledging().proposal({ start: '10:00' });
    const { armed, events } = handle({ name: 'request', reservationId: 'r', proposal }, 0);
    const due = armed.find(({ kind }) => kind === 'hold-expiry')!;
    const late = provider.handle({ kind: 'due', due }, due.atMs + lateMs);
    expect(moved({ events: [...events, ...late.events] }).map((told) => told.split(': ')[1])).toEqual(
      expected,
    );
  });

  test('is kept of an offer that nobody answers', () => {
    const story = pledging();
    story.at('09:00').request('alice', { start: '10:00' });
    story.run();
    expect(story.endOf('alice')?.reason).toBe('hold-expired');
    expect(moved(story)).toEqual(['offer-accepted: taken 0.5']);
    expect(booksOf(story.events)).toMatchObject({
      chargedMicros: HOUR_OF_ONE / 2,
      refundedMicros: 0,
      pledgesKeptMicros: HOUR_OF_ONE / 2,
      breaches: 0,
    });
  });

  test('comes back when the offer is declined, or deleted, unless it is kept then too', () => {
    for (const keptOf of ['expired', 'unconfirmed'] as const) {
      const story = pledging({ pledge: { share: 0.5, keptOf } });
      story.user('alice').request({ start: '10:00' });
      story.user('alice').cancel();
      story.at('09:00').book('early', { start: '10:00', instances: 4 });
      story.at('09:01').request('bob', { start: '10:00' });
      story.at('09:02').reject('bob');
      story.run();
      const back = keptOf === 'expired' ? ['reservation-ended: back 0.5'] : [];
      expect(moved(story)).toEqual([
        'offer-accepted: taken 0.5',
        ...back,
        'offer-accepted: taken 2',
        'reservation-confirmed: counts 2',
        'offer-countered: taken 0.5',
        ...back,
      ]);
      expect(booksOf(story.events)).toMatchObject({
        breaches: 0,
        pledgesKeptMicros: keptOf === 'expired' ? 0 : HOUR_OF_ONE,
      });
    }
  });

  test('of an offer gives way to that of the next round, also where there is none or the user waits', () => {
    const story = pledging();
    story.at('09:00').book('early', { start: '10:00', instances: 4 });
    for (const user of ['alice', 'bob', 'carol']) story.at('09:01').request(user, { start: '10:00' });
    story.at('09:02').counter('alice', { start: '12:00', duration: '2h' });
    story.at('09:03').counter('bob', { start: '12:00', instances: 9 });
    story.at('09:04').counter('carol', { start: '10:00', waitUntil: '09:30', waitInstead: true });
    story.runUntil('09:05');
    expect(moved(story).slice(2)).toEqual([
      'offer-countered: taken 0.5',
      'offer-countered: taken 0.5',
      'offer-countered: taken 0.5',
      'offer-accepted: taken 1, back 0.5',
      'reservation-ended: back 0.5',
      'waitlist-joined: back 0.5',
    ]);
    story.run();
    expect(booksOf(story.events).breaches).toBe(0);
  });

  test('is not taken for a turn on the waitlist', () => {
    const story = pledging();
    story.at('09:00').book('early', { start: '10:00', instances: 4 });
    story.at('09:01').request('waits', { start: '10:00', waitUntil: '09:50', waitInstead: true });
    story.at('09:10').cancel('early');
    story.runUntil('09:11');
    expect(story.provider.reservation('waits')).toMatchObject({ state: 'ACCEPTED', pledgedMicros: 0 });
    story.run();
    expect(booksOf(story.events).breaches).toBe(0);
  });

  test('nothing is taken where nothing is set', () => {
    const story = pledging({});
    story.at('09:00').request('alice', { start: '10:00' });
    expect(moved(story.run())).toEqual([]);
  });
});
