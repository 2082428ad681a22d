// The negotiation as users live through it: offers, holds, rounds and prices.
import { describe, expect, test } from 'vitest';
import type { CounterOfferPolicy, Proposal } from '../../../engine/index.ts';
import { DAY, HOUR, MINUTE, node, policy } from '../../support/setup.ts';
import { tell } from '../../support/story.ts';

describe('holds', () => {
  test('a counter-offer that expires gives its slot to the next request', () => {
    const story = tell({ nodes: [node('n1')] });
    story.at('09:00').book('carol', { start: '10:00', duration: '2h', instances: 4 });
    story.at('09:00').request('alice', { start: '10:00', duration: '2h', instances: 4 });
    story.at('09:09').request('bob', { start: '12:00', instances: 4 });
    story.at('09:10').request('dave', { start: '12:00', instances: 4 });
    expect(story.run().timeline()).toMatchInlineSnapshot(`
      "09:00  carol asks for 4 SMALL 10:00-12:00
             carol <- ACCEPT on 4xn1, held until 09:10
             carol is CONFIRMED on 4xn1
             alice asks for 4 SMALL 10:00-12:00
             alice <- COUNTER 12:00-14:00 on 4xn1, held until 09:10
      09:09  bob asks for 4 SMALL 12:00-13:00
             bob <- COUNTER 14:00-15:00 on 4xn1, held until 09:19
      09:10  alice is EXPIRED: hold-expired
             dave asks for 4 SMALL 12:00-13:00
             dave <- ACCEPT on 4xn1, held until 09:20
      09:19  bob is EXPIRED: hold-expired
      09:20  dave is EXPIRED: hold-expired
      10:00  carol may run until 12:00 on 4xn1
      12:00  carol is EXPIRED: window-over [no-show]"
    `);
  });

  test('the hold of one user is not offered to another', () => {
    const story = tell({ nodes: [node('n1')] });
    story.at('09:00').request('alice', { start: '10:00', instances: 4 });
    story.at('09:01').request('bob', { start: '10:00', instances: 1 });
    story.at('09:02').confirm('alice');
    expect(story.run().timeline()).toMatchInlineSnapshot(`
      "09:00  alice asks for 4 SMALL 10:00-11:00
             alice <- ACCEPT on 4xn1, held until 09:10
      09:01  bob asks for 1 SMALL 10:00-11:00
             bob <- COUNTER 11:00-12:00 on n1, held until 09:11
      09:02  alice is CONFIRMED on 4xn1
      09:11  bob is EXPIRED: hold-expired
      10:00  alice may run until 11:00 on 4xn1
      11:00  alice is EXPIRED: window-over [no-show]"
    `);
  });

  test('a confirmation just before the end of the hold is in time, at the end of the hold it is late', () => {
    const early = tell();
    early.at('09:00').request('alice');
    early.at(early.ms('09:10') - 1).confirm('alice');
    expect(early.run().endOf('alice')).toMatchObject({ reason: 'window-over' });

    const late = tell();
    late.at('09:00').request('alice');
    late.at('09:10').confirm('alice');
    expect(late.run().timeline()).toMatchInlineSnapshot(`
      "09:00  alice asks for 1 SMALL 09:00-10:00
             alice <- ACCEPT on n1, held until 09:10
      09:10  alice is EXPIRED: hold-expired
             alice <- REQUEST_FAILED to CONFIRM: hold-expired"
    `);
  });

  test('accepting a counter-offer does not prolong its hold', () => {
    const story = tell({ nodes: [node('n1', 1)] });
    story.at('09:00').book('carol', { start: '10:00' });
    story.at('09:00').request('alice', { start: '10:00' });
    story.at('09:08').accept('alice');
    story.at('09:12').confirm('alice');
    expect(story.run().timeline()).toMatchInlineSnapshot(`
      "09:00  carol asks for 1 SMALL 10:00-11:00
             carol <- ACCEPT on n1, held until 09:10
             carol is CONFIRMED on n1
             alice asks for 1 SMALL 10:00-11:00
             alice <- COUNTER 11:00-12:00 on n1, held until 09:10
      09:08  alice <- CONFIRM_REQUEST
      09:10  alice is EXPIRED: hold-expired
      09:12  alice <- REQUEST_FAILED to CONFIRM: hold-expired
      10:00  carol may run until 11:00 on n1
      11:00  carol is EXPIRED: window-over [no-show]"
    `);
  });

  test('a hold ends with the window that it is for, since nothing is left to confirm then', () => {
    const story = tell({ manager: { holdMs: 2 * HOUR } });
    story.at('09:00').request('alice', { start: '09:00', duration: '1m' });
    story.at('10:59').confirm('alice');
    expect(story.run().timeline()).toMatchInlineSnapshot(`
      "09:00  alice asks for 1 SMALL 09:00-09:01
             alice <- ACCEPT on n1, held until 09:01
      09:01  alice is EXPIRED: hold-expired
      10:59  alice <- REQUEST_FAILED to CONFIRM: hold-expired"
    `);
  });

  test('holds that outlast their windows are released in good order however long nobody asks for anything', () => {
    const story = tell({ nodes: [node('n1')], manager: { holdMs: DAY } });
    for (let i = 0; i < 20; i++) {
      story.at(i * 2 * HOUR).request(`user${i}`, { duration: '1h', instances: 4 });
    }
    expect(story.run().eventsOf('offer-accepted')).toHaveLength(20);
  });

  test('a session without a proposal expires like a hold', () => {
    const story = tell();
    story.at('09:00').initiate('alice');
    story.at('09:05').initiate('bob');
    story.at('09:14').propose('bob', { start: '10:00' });
    story.at('09:15').propose('alice', { start: '10:00' });
    expect(story.run().timeline()).toMatchInlineSnapshot(`
      "09:10  alice is EXPIRED: hold-expired
      09:14  bob asks for 1 SMALL 10:00-11:00
             bob <- ACCEPT on n1, held until 09:24
      09:15  alice <- REQUEST_FAILED to request: hold-expired
      09:24  bob is EXPIRED: hold-expired"
    `);
  });

  test('an offer of a window that has begun can be confirmed until it ends, and runs for the rest of it', () => {
    const story = tell({ manager: { holdMs: HOUR, autoActivate: true } });
    story.at('09:00').request('alice', { start: '09:10', duration: '30m' });
    story.at('09:20').confirm('alice');
    expect(story.run().timeline()).toMatchInlineSnapshot(`
      "09:00  alice asks for 1 SMALL 09:10-09:40
             alice <- ACCEPT on n1, held until 09:40
      09:20  alice is CONFIRMED on n1
             alice may run until 09:40 on n1
             alice is ACTIVATED
             alice/1 HALTED on n1
             alice/1 RUNNING on n1
      09:40  alice is EXPIRED: window-over
             alice/1 HALTED on n1
             alice/1 DELETED on n1"
    `);
  });
});

describe('rounds', () => {
  test('a new round gives the old hold back before it looks for room', () => {
    const story = tell({ nodes: [node('n1')] });
    story.at('09:00').book('carol', { start: '10:00', instances: 4 });
    story.at('09:00').request('alice', { start: '10:00', instances: 4 });
    // Overlaps her own hold from 11:00 to 12:00: fits only when that is gone.
    story.at('09:01').counter('alice', { start: '11:30', instances: 4 });
    story.at('09:02').confirm('alice');
    expect(story.run().timeline()).toMatchInlineSnapshot(`
      "09:00  carol asks for 4 SMALL 10:00-11:00
             carol <- ACCEPT on 4xn1, held until 09:10
             carol is CONFIRMED on 4xn1
             alice asks for 4 SMALL 10:00-11:00
             alice <- COUNTER 11:00-12:00 on 4xn1, held until 09:10
      09:01  alice asks for 4 SMALL 11:30-12:30
             alice <- ACCEPT on 4xn1, held until 09:11
      09:02  alice is CONFIRMED on 4xn1
      10:00  carol may run until 11:00 on 4xn1
      11:00  carol is EXPIRED: window-over [no-show]
      11:30  alice may run until 12:30 on 4xn1
      12:30  alice is EXPIRED: window-over [no-show]"
    `);
  });

  test('the proposal after the last round is rejected, and its hold released', () => {
    const story = tell({ nodes: [node('n1', 1)], manager: { maxRounds: 2 } });
    story.at('09:00').book('carol', { start: '10:00' });
    story.at('09:00').request('alice', { start: '10:00' });
    story.at('09:01').counter('alice', { start: '10:10' });
    story.at('09:02').counter('alice', { start: '10:20' });
    story.at('09:03').request('bob', { start: '11:00' });
    expect(story.run().timeline()).toMatchInlineSnapshot(`
      "09:00  carol asks for 1 SMALL 10:00-11:00
             carol <- ACCEPT on n1, held until 09:10
             carol is CONFIRMED on n1
             alice asks for 1 SMALL 10:00-11:00
             alice <- COUNTER 11:00-12:00 on n1, held until 09:10
      09:01  alice asks for 1 SMALL 10:10-11:10
             alice <- COUNTER 11:00-12:00 on n1, held until 09:11
      09:02  alice asks for 1 SMALL 10:20-11:20
             alice is REJECTED: too-many-rounds
      09:03  bob asks for 1 SMALL 11:00-12:00
             bob <- ACCEPT on n1, held until 09:13
      09:13  bob is EXPIRED: hold-expired
      10:00  carol may run until 11:00 on n1
      11:00  carol is EXPIRED: window-over [no-show]"
    `);
  });

  test('a second request in a countered session is a round like any other', () => {
    const story = tell({ nodes: [node('n1', 1)] });
    story.at('09:00').book('carol', { start: '10:00' });
    story.at('09:00').request('alice', { start: '10:00' });
    story.at('09:01').propose('alice', { start: '12:00' });
    story.at('09:02').confirm('alice');
    expect(story.run().eventsOf('proposal-received').at(-1)).toMatchObject({
      reservationId: 'alice',
      round: 2,
    });
    expect(story.endOf('alice')).toMatchObject({ reason: 'window-over' });
  });
});

describe('prices', () => {
  // One credit for an hour of a SMALL.
  const dear = { pricing: policy('pricing', 'flat', { cpuHour: 1 }) };

  const limited = { start: '10:00', duration: '2h', maxPriceMicros: 1_999_999 };
  const counterOffer = (respond: CounterOfferPolicy['respond']) => ({
    ...dear,
    counterOffer: { name: 'mine', policy: { respond } },
  });

  test('what costs more than the user pays is rejected when the counter-offer policy has nothing to offer', () => {
    const story = tell({ policies: dear });
    const answer = story.user('alice').request(limited);
    expect(answer).toEqual({ reply: 'REJECT', reason: 'price-too-high' });
    story.run();
  });

  test('the counter-offer policy is asked for the price, and may change the terms to meet it', () => {
    const asked: object[] = [];
    const policies = counterOffer((ask) => {
      asked.push({ ...ask });
      return [{ durationMs: HOUR }];
    });
    const story = tell({ policies });
    const offer = story.user('alice').request(limited);
    expect(asked).toMatchObject([{ reason: 'price', round: 1, priceMicros: 2_000_000, shortfall: 0 }]);
    expect(offer).toMatchObject({ reply: 'COUNTER', priceMicros: 1_000_000 });
    expect(offer).toMatchObject({ proposal: { startMs: story.ms('10:00'), durationMs: HOUR } });
    expect(story.user('alice').accept()).toMatchObject({ reply: 'CONFIRM_REQUEST', priceMicros: 1_000_000 });
    expect(story.user('alice').confirm()).toEqual({ reply: 'REQUEST_SUCCESS' });
    story.run();
  });

  test('a counter-offer always differs from what was asked, if only in its price', () => {
    const same = tell({ policies: counterOffer(({ proposal }) => [{}, { startMs: proposal.startMs }]) });
    expect(same.user('alice').request(limited)).toEqual({ reply: 'REJECT', reason: 'price-too-high' });
    const cheaper = tell({ policies: counterOffer(() => [{}, { priceMicros: 5 }]) });
    expect(cheaper.user('alice').request(limited)).toMatchObject({ reply: 'COUNTER', priceMicros: 5 });
    cheaper.run();
  });

  test('a lack of room is told with the instances that have none', () => {
    const asked: object[] = [];
    const policies = counterOffer((ask) => {
      asked.push({ ...ask });
      return [];
    });
    const story = tell({ policies });
    story.user('alice').request({ start: '10:00', instances: 6 });
    expect(story.user('bob').request({ start: '10:00', instances: 5 })).toMatchObject({ reply: 'REJECT' });
    expect(asked).toMatchObject([{ reason: 'no-room', round: 1, shortfall: 3 }]);
    expect(asked[0]).not.toHaveProperty('priceMicros');
    story.run();
  });

  test('what costs exactly what the user pays is accepted', () => {
    const story = tell({ policies: dear });
    const offer = story.user('alice').request({ start: '10:00', maxPriceMicros: 1_000_000 });
    expect(offer).toMatchObject({ reply: 'ACCEPT', priceMicros: 1_000_000 });
    story.run();
  });

  test('deleting a confirmed reservation before its activation refunds the price', () => {
    const story = tell({ policies: dear });
    story.at('09:00').book('alice', { start: '10:00' });
    story.at('09:30').cancel('alice').cancel('alice');
    expect(story.run().timeline()).toMatchInlineSnapshot(`
      "09:00  alice asks for 1 SMALL 10:00-11:00
             alice <- ACCEPT on n1, held until 09:10
             alice is CONFIRMED on n1
      09:30  alice is CANCELLED: cancelled-by-user [refund 1000000]
             alice <- REQUEST_FAILED to cancel: ended"
    `);
  });
});

describe('rejections', () => {
  const rejection = (reason: string) => ({ reply: 'REJECT', reason });

  test('what no wait could make fit is rejected', () => {
    const story = tell({ nodes: [node('n1'), node('n2', 2)] });
    expect(story.user('a').request({ instances: 6 })).toMatchObject({ reply: 'ACCEPT' });
    expect(story.user('b').request({ instances: 7 })).toEqual(rejection('never-fits'));
    // Six CPUs are free, but on no single node.
    expect(story.user('c').request({ type: 'XLARGE', instances: 2 })).toEqual(rejection('never-fits'));
    story.run();
  });

  test('memory and shared disk count like CPUs', () => {
    const small = tell({ nodes: [node('n1', 4, 1000)] });
    expect(small.user('a').request({ instances: 2 })).toEqual(rejection('never-fits'));
    small.run();

    const shared = tell({ sharedDiskGib: 25 });
    expect(shared.user('a').request({ instances: 3 })).toEqual(rejection('never-fits'));
    expect(shared.user('b').request({ instances: 2 })).toMatchObject({ reply: 'ACCEPT' });
    expect(shared.user('c').request({})).toMatchObject({
      reply: 'COUNTER',
      proposal: { startMs: HOUR },
    });
    shared.run();
  });

  test('a start in the past is rejected, a start now is not', () => {
    const story = tell().runUntil('09:00');
    expect(story.user('a').request({ start: story.ms('09:00') - 1 })).toEqual(rejection('start-in-past'));
    expect(story.user('b').request({ start: '09:00' })).toMatchObject({ reply: 'ACCEPT' });
    story.run();
  });

  test('a longer time than the provider takes is rejected', () => {
    const story = tell({ manager: { longestDurationMs: HOUR } });
    expect(story.user('a').request({ duration: '61m' })).toEqual(rejection('too-long'));
    expect(story.user('b').request({ duration: '1h' })).toMatchObject({ reply: 'ACCEPT' });
    story.run();
  });

  test('a time in which a VM would hardly be up is rejected, and not offered either', () => {
    const story = tell({
      nodes: [node('n1', 1)],
      manager: { shortestDurationMs: HOUR },
      policies: {
        counterOffer: {
          name: 'shorter',
          policy: {
            respond: ({ proposal }, { canPlace }) =>
              [2, 4]
                .map((part) => ({ ...proposal, durationMs: proposal.durationMs / part }))
                .filter(canPlace)
                .map(({ durationMs }) => ({ durationMs })),
          },
        },
      },
    });
    expect(story.user('a').request({ duration: '59m' })).toEqual(rejection('too-short'));
    expect(story.user('b').request({ start: 2 * HOUR, duration: '1h' })).toMatchObject({ reply: 'ACCEPT' });
    // Half of it would end when the other begins; half an hour would fit as well.
    expect(story.user('c').request({ start: HOUR, duration: '2h' })).toMatchObject({
      reply: 'COUNTER',
      proposal: { durationMs: HOUR },
    });
    expect(story.user('d').request({ start: 2 * HOUR + 1, duration: '1h' })).toEqual(
      rejection('no-capacity'),
    );
    story.run();
  });

  test('nothing is promised beyond the booking horizon, not by a counter-offer either', () => {
    const story = tell({ nodes: [node('n1', 1)], manager: { bookingHorizonMs: 3 * HOUR } });
    expect(story.user('a').request({ start: 2 * HOUR + 1 })).toEqual(rejection('beyond-booking-horizon'));
    expect(story.user('b').request({ start: 2 * HOUR })).toMatchObject({ reply: 'ACCEPT' });
    expect(story.user('c').request({ start: 90 * MINUTE })).toEqual(rejection('no-capacity'));
    story.run();
  });

  test('without a node in service there is nothing to offer', () => {
    const story = tell({ nodes: [node('n1')] });
    story.command({ name: 'drain', nodeId: 'n1', untilMs: null });
    expect(story.user('a').request({})).toEqual(rejection('no-node'));
    story.command({ name: 'enable', nodeId: 'n1' });
    expect(story.user('b').request({})).toMatchObject({ reply: 'ACCEPT' });
    story.run();
  });

  test('a provider without counter-offers rejects what does not fit as asked', () => {
    const story = tell({
      nodes: [node('n1', 1)],
      policies: { counterOffer: policy('counter-offer', 'none') },
    });
    expect(story.user('a').request({})).toMatchObject({ reply: 'ACCEPT' });
    expect(story.user('b').request({})).toEqual(rejection('no-capacity'));
    story.run();
  });
});

test('the provider picks the most loaded of the nodes that can host the request, and spreads what no node can host alone', () => {
  const story = tell({ nodes: [node('n1'), node('n2'), node('n3')] });
  story.at('09:00').book('alice', { start: '10:00', instances: 4 });
  story.at('09:01').book('bob', { start: '10:00' });
  story.at('09:02').book('carol', { start: '10:00', instances: 2 });
  story.at('09:03').book('dave', { start: '10:00', instances: 5 });
  const placed = story
    .run()
    .eventsOf('reservation-confirmed')
    .map(({ pieces, reservationId }) => [reservationId, ...pieces.map((p) => `${p.instances}x${p.nodeId}`)]);
  expect(placed).toEqual([
    ['alice', '4xn1'],
    ['bob', '1xn2'],
    ['carol', '2xn2'],
    ['dave', '1xn2', '4xn3'],
  ]);
});

test('an earlier start is offered only to a user who said so, and only when it is closer', () => {
  const story = tell({ nodes: [node('n1', 1)] });
  story.user('first').book({ start: '10:00', duration: '2h' });
  const asked = { start: '10:30', duration: '1h' } as const;
  const startOf = (offer: object) => (offer as { proposal: Proposal }).proposal.startMs;
  expect(startOf(story.user('a').request(asked))).toBe(story.ms('12:00'));
  story.user('a').reject();
  // 09:00 is the last start before 10:00, but 09:30 is as early as this user comes.
  expect(startOf(story.user('b').request({ ...asked, earliest: '09:30' }))).toBe(story.ms('12:00'));
  story.user('b').reject();
  expect(startOf(story.user('c').request({ ...asked, earliest: '08:00' }))).toBe(story.ms('09:00'));
  // Now 09:00 is held: 08:00 is further than 12:00.
  expect(startOf(story.user('d').request({ ...asked, earliest: '08:00' }))).toBe(story.ms('12:00'));
  story.run();
});
