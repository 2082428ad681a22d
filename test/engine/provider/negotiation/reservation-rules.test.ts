// Rules of reservation as users meet them: too soon and too far ahead, lengths that are sold, and what binds.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  NO_RULES,
  type ReservationRules,
  soldAtMostMs,
  soldDurationMs,
} from '../../../../engine/provider/negotiation/reservation-rules.ts';
import { DAY, HOUR, MINUTE, node, policy } from '../../../support/setup.ts';
import { tell } from '../../../support/story.ts';

function under(rules: Partial<ReservationRules>, counterOffer = 'earliest-start') {
  return tell({
    nodes: [node('n1', 4)],
    manager: { rules: { ...NO_RULES, ...rules } },
    policies: { counterOffer: policy('counter-offer', counterOffer) },
  });
}

const HOURS = [{ stepMs: HOUR, upToMs: 3 * HOUR }];

test('a start that is too near is countered with the first that is not, or rejected', () => {
  const terms = { start: '01:00', duration: '1h' } as const;
  expect(
    under({ leadMinMs: 2 * HOUR })
      .user('alice')
      .request(terms),
  ).toMatchObject({
    reply: 'COUNTER',
    proposal: { startMs: 2 * HOUR },
  });
  expect(
    under({ leadMinMs: 2 * HOUR }, 'none')
      .user('alice')
      .request(terms),
  ).toMatchObject({
    reply: 'REJECT',
    reason: 'too-soon',
  });
  expect(under({ leadMinMs: HOUR }, 'none').user('alice').request(terms).reply).toBe('ACCEPT');
});

test('a start that is too far ahead is rejected, and later is none', () => {
  const story = under({ leadMaxMs: 2 * HOUR });
  expect(story.user('alice').request({ start: '02:00' }).reply).toBe('ACCEPT');
  expect(story.user('bob').request({ start: '02:01' })).toMatchObject({ reason: 'too-far-ahead' });
  // What there is no room for is not offered for later than that either.
  story.user('carol').book({ start: '00:30', duration: '1h', instances: 3 });
  expect(story.user('dave').request({ start: '01:00', duration: '2h', instances: 4 })).toMatchObject({
    reply: 'REJECT',
    reason: 'no-capacity',
  });
  story.run();
});

test('a shorter time is offered at a length that is sold', () => {
  const story = under({ durations: HOURS }, 'shorter');
  story.user('alice').book({ start: '02:30', instances: 4 });
  // From one o'clock there is room for an hour and a half.
  expect(story.user('bob').request({ start: '01:00', duration: '2h' })).toMatchObject({
    reply: 'COUNTER',
    proposal: { startMs: HOUR, durationMs: HOUR },
  });
  // Half an hour is not sold.
  expect(story.user('carol').request({ start: '02:00', duration: '1h' }).reply).toBe('REJECT');
  const long = tell({
    nodes: [node('n1', 4)],
    manager: { shortestDurationMs: 100 * MINUTE },
    policies: { counterOffer: policy('counter-offer', 'shorter', { leastShare: 0.1 }) },
  });
  long.user('alice').book({ start: '03:00', duration: '2h', instances: 4 });
  expect(long.user('bob').request({ start: '01:00', duration: '4h' })).toMatchObject({
    proposal: { durationMs: 2 * HOUR },
  });
});

test('an immediate lease is no window ahead of time', () => {
  const story = under({ leadMinMs: HOUR });
  expect(story.user('alice').request({ kind: 'immediate' }).reply).toBe('ACCEPT');
  story.run();
});

test('a length that is not sold is offered as the next that is, and too long a one not at all', () => {
  const story = under({ durations: HOURS });
  expect(story.user('alice').request({ start: '01:00', duration: '61m' })).toMatchObject({
    reply: 'COUNTER',
    proposal: { durationMs: 2 * HOUR },
  });
  expect(story.user('bob').request({ start: '01:00', duration: '2h' }).reply).toBe('ACCEPT');
  expect(story.user('carol').request({ start: '01:00', duration: '181m' })).toMatchObject({
    reason: 'too-long',
  });
  story.run();
});

test('a reservation is extended by lengths that are sold', () => {
  const story = under({ durations: HOURS });
  story.user('alice').book({ start: '01:00', duration: '1h', instances: 3 });
  expect(story.user('alice').change({ duration: '90m' })).toMatchObject({
    reply: 'COUNTER',
    proposal: { durationMs: 2 * HOUR },
  });
  story.user('alice').answerChange('REJECT');
  // 40 minutes past the second hour are free, of which nothing is sold.
  story.user('bob').book({ start: '03:40', duration: '1h', instances: 2 });
  expect(story.user('alice').change({ duration: '3h' })).toMatchObject({
    reply: 'COUNTER',
    proposal: { durationMs: 2 * HOUR },
  });
  expect(story.user('alice').change({ duration: '4h' })).toMatchObject({ reason: 'too-long' });
  story.run();
});

test('what is binding is made more, and neither called off nor made less', () => {
  const story = under({ binding: { fromMs: HOUR, untilMs: HOUR } });
  const alice = story.user('alice');
  alice.book({ start: '10:00', duration: '4h', instances: 2 });
  expect(alice.change({ instances: 1 }).reply).toBe('ACCEPT');
  alice.answerChange('REJECT');

  story.runUntil('09:00');
  expect(alice.cancel()).toMatchObject({ reply: 'REQUEST_FAILED', reason: 'committed' });
  for (const less of [{ instances: 1 }, { duration: '3h' }, { start: '10:30' }])
    expect(alice.change(less)).toMatchObject({ reply: 'REJECT', reason: 'committed' });
  expect(alice.change({ instances: 3, duration: '5h' }).reply).toBe('ACCEPT');
  alice.answerChange('REJECT');

  story.runUntil('11:00');
  expect(alice.change({ duration: '3h' }).reply).toBe('ACCEPT');
  expect(alice.cancel().reply).toBe('REQUEST_SUCCESS');
  story.run();
});

test('what is only on offer binds nobody', () => {
  const story = under({ binding: { fromMs: Number.POSITIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY } });
  story.user('alice').request({ start: '10:00' });
  expect(story.user('alice').cancel().reply).toBe('REQUEST_SUCCESS');
  story.run();
});

test('of all lengths that are sold the next longer and the next shorter are found', () => {
  const durations = fc
    .array(fc.record({ stepMs: fc.integer({ min: 1, max: 7 }), times: fc.integer({ min: 1, max: 6 }) }), {
      minLength: 1,
      maxLength: 3,
    })
    .map((entries) => {
      let upToMs = 0;
      return entries.map(({ stepMs, times }) => {
        upToMs += stepMs * times;
        return { stepMs, upToMs };
      });
    });
  fc.assert(
    fc.property(durations, fc.integer({ min: 1, max: 150 }), (sold, askedMs) => {
      const rules = { ...NO_RULES, durations: sold };
      // Naively: each multiple of each step, up to its length.
      const lengths = sold.flatMap(({ stepMs, upToMs }) =>
        Array.from({ length: Math.floor(upToMs / stepMs) }, (_, i) => (i + 1) * stepMs),
      );
      const ofFirst = sold.map(({ stepMs, upToMs }) =>
        Math.min(
          ...Array.from({ length: Math.floor(upToMs / stepMs) }, (_, i) => (i + 1) * stepMs).filter(
            (length) => length >= askedMs,
          ),
        ),
      );
      const expected = ofFirst.find(Number.isFinite);
      expect(soldDurationMs(rules, askedMs)).toBe(expected);
      // A length is sold if it is not made longer.
      const shorter = lengths.filter(
        (length) => length <= askedMs && soldDurationMs(rules, length) === length,
      );
      expect(soldAtMostMs(rules, askedMs)).toBe(shorter.length === 0 ? undefined : Math.max(...shorter));
    }),
  );
});

test('a minute and a day are what they say', () => {
  const rules = { ...NO_RULES, durations: [{ stepMs: MINUTE, upToMs: DAY }] };
  expect(soldDurationMs(rules, HOUR + 1)).toBe(HOUR + MINUTE);
  expect(soldDurationMs(rules, DAY + 1)).toBeUndefined();
});
