// Optional instances: oversold on the chance that not all are claimed, and granted while there is room.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { node, policy } from '../../support/setup.ts';
import { type Story, tell } from '../../support/story.ts';

/** The testbed of the papers: twenty CPUs. */
const testbed = Array.from({ length: 5 }, (_, i) => node(`n${i + 1}`));
const noCounterOffer = { counterOffer: policy('counter-offer', 'none') };

describe('the claim risk: bound + fixed + 0.8 (unbound + optional) <= total', () => {
  function askBeside(
    { bound, unbound }: { bound: number; unbound: number },
    fixed: number,
    optional: number,
  ) {
    const story = tell({ nodes: testbed, policies: noCounterOffer });
    story.user('before').book({ start: '10:00', instances: bound, options: unbound });
    return story.user('alice').request({ start: '10:00', instances: fixed, options: optional });
  }

  test('8 bound and 4 unbound leave room for 4 with 4 optional, at 18.4 of 20', () => {
    expect(askBeside({ bound: 8, unbound: 4 }, 4, 4)).toMatchObject({ reply: 'ACCEPT' });
  });

  test('14 bound and 4 unbound leave no room for 2 with 4 optional, at 22.4 of 20', () => {
    expect(askBeside({ bound: 14, unbound: 4 }, 2, 4)).toEqual({ reply: 'REJECT', reason: 'claim-risk' });
  });

  test('it decides whenever the guaranteed instances fit', () => {
    const few = fc.integer({ min: 1, max: 12 });
    const some = fc.integer({ min: 0, max: 12 });
    fc.assert(
      fc.property(few, some, few, some, (bound, unbound, fixed, optional) => {
        fc.pre(bound + 0.8 * unbound <= 20 && bound + fixed <= 20);
        const admitted = bound + fixed + 0.8 * (unbound + optional) <= 20 + 1e-9;
        expect(askBeside({ bound, unbound }, fixed, optional).reply).toBe(admitted ? 'ACCEPT' : 'REJECT');
      }),
      { numRuns: 100, seed: 8 },
    );
  });

  test('what the options of others forbid now is offered when they are gone', () => {
    const story = tell({ nodes: testbed });
    story.user('bob').book({ start: '10:00', duration: '3h', instances: 14, options: 4 });
    expect(story.user('alice').request({ start: '11:00', instances: 2, options: 4 })).toMatchObject({
      reply: 'COUNTER',
      proposal: { startMs: story.ms('13:00'), numInstancesFixed: 2, numInstancesOption: 4 },
    });
    story.run();
  });

  test('options stand in the way of guaranteed instances too, though nodes are empty', () => {
    const story = tell({ nodes: testbed, policies: noCounterOffer });
    story.user('bob').book({ start: '10:00', instances: 10, options: 10 });
    expect(story.user('alice').request({ start: '10:00', instances: 2 })).toMatchObject({ reply: 'ACCEPT' });
    expect(story.user('carol').request({ start: '10:00' })).toEqual({
      reply: 'REJECT',
      reason: 'claim-risk',
    });
    // When the options are gone, so is the obstacle.
    story.user('bob').cancel();
    expect(story.user('dave').request({ start: '10:00', instances: 18 })).toMatchObject({ reply: 'ACCEPT' });
    story.run();
  });
});

describe('the claim risk after a claim', () => {
  test('claimed options count in full, those still open at the risk', () => {
    const story = tell({ nodes: testbed, policies: noCounterOffer, manager: { claimRisk: 0.5 } });
    story.at('09:00').book('alice', { start: '10:00', instances: 5, options: 10 });
    story.at('10:00').activate('alice').claim('alice', 6);
    story.runUntil('10:00');
    // 11 are bound and 2 of 4 expected: 7 are left, where 10 were before the claim.
    expect(story.user('bob').request({ start: '10:00', instances: 8, duration: '30m' })).toEqual({
      reply: 'REJECT',
      reason: 'claim-risk',
    });
    expect(story.user('carol').request({ start: '10:00', instances: 7, duration: '30m' })).toMatchObject({
      reply: 'ACCEPT',
    });
    story.run();
  });

  test('claims are granted beyond it while nodes have room, and leave nothing behind', () => {
    const story = tell({ nodes: testbed, policies: noCounterOffer, manager: { claimRisk: 0.5 } });
    story.at('09:00').book('alice', { start: '10:00', instances: 5, options: 10 });
    story.at('09:00').book('bob', { start: '10:00', instances: 5, options: 10 });
    story.at('10:00').activate('alice');
    story.runUntil('10:00');
    // 20 are bound and 5 more expected of 20.
    expect(story.user('alice').claim(10)).toBe(10);
    story.runUntil('11:00');
    expect(story.user('carol').request({ start: '11:00', instances: 18, options: 4 })).toMatchObject({
      reply: 'ACCEPT',
    });
    story.run();
  });
});

describe('claims', () => {
  function withOptions(options: number): Story {
    const story = tell({ nodes: [node('n1', 2), node('n2', 2)], manager: { claimRisk: 0.2 } });
    story.at('09:00').book('alice', { start: '10:00', options });
    story.at('10:00').activate('alice');
    return story;
  }

  test('claimed instances are started, and end with the window', () => {
    const story = withOptions(2);
    story.at('10:30').claim('alice', 2);
    expect(story.run().timeline()).toMatchInlineSnapshot(`
      "09:00  alice asks for 1 (+2) SMALL 10:00-11:00
             alice <- ACCEPT on n1, held until 09:10
             alice is CONFIRMED on n1
      10:00  alice may run until 11:00 on n1
             alice is ACTIVATED
             alice/1 HALTED on n1
             alice/1 RUNNING on n1
      10:30  alice claims 2 options, gets n1+n2
             alice/2 HALTED on n1
             alice/3 HALTED on n2
             alice/2 RUNNING on n1
             alice/3 RUNNING on n2
      11:00  alice is EXPIRED: window-over
             alice/1,2 HALTED on n1
             alice/3 HALTED on n2
             alice/1,2 DELETED on n1
             alice/3 DELETED on n2"
    `);
  });

  test('what has no room is not granted', () => {
    const story = withOptions(4);
    story.at('09:30').book('bob', { start: '10:30', duration: '30m', instances: 1 });
    story.at('10:15').claim('alice', 4);
    story.at('10:20').claim('alice', 4);
    expect(story.run().timeline()).toMatchInlineSnapshot(`
      "09:00  alice asks for 1 (+4) SMALL 10:00-11:00
             alice <- ACCEPT on n1, held until 09:10
             alice is CONFIRMED on n1
      09:30  bob asks for 1 SMALL 10:30-11:00
             bob <- ACCEPT on n1, held until 09:40
             bob is CONFIRMED on n1
      10:00  alice may run until 11:00 on n1
             alice is ACTIVATED
             alice/1 HALTED on n1
             alice/1 RUNNING on n1
      10:15  alice claims 4 options, gets 2xn2
             alice/2,3 HALTED on n2
             alice/2,3 RUNNING on n2
      10:20  alice claims 4 options, gets none
      10:30  bob may run until 11:00 on n1
      11:00  alice is EXPIRED: window-over
             bob is EXPIRED: window-over [no-show]
             alice/1 HALTED on n1
             alice/2,3 HALTED on n2
             alice/1 DELETED on n1
             alice/2,3 DELETED on n2"
    `);
  });

  test('no more is granted than was agreed', () => {
    const story = withOptions(2).runUntil('10:10');
    expect(story.user('alice').claim(1)).toBe(1);
    expect(story.user('alice').claim(5)).toBe(1);
    expect(story.user('alice').claim(5)).toBe(0);
    expect(story.user('alice').claim(-3)).toBe(0);
    story.run();
  });

  test('nothing is granted before the window opens, to those who are not activated, and to strangers', () => {
    const story = tell().runUntil('09:00');
    story.user('alice').book({ start: '10:00', options: 2 });
    expect(story.user('alice').claim(1)).toBe(0);
    story.user('alice').activate();
    expect(story.user('alice').claim(1)).toBe(0);
    expect(story.user('nobody').claim(1)).toBe(0);
    story.runUntil('10:00');
    expect(story.user('alice').claim(1)).toBe(1);
    story.run();
    expect(story.eventsOf('message-refused')).toMatchObject([
      { reservationId: 'alice', reason: 'illegal-in-state' },
      { reservationId: 'nobody', reason: 'unknown-reservation' },
    ]);
  });

  test('a claimed instance is a promise like the others: without room on the loss of its node the reservation fails', () => {
    const story = tell({ nodes: [node('n1', 1), node('n2', 1)] });
    story.at('09:00').book('alice', { start: '10:00', options: 1 });
    story.at('10:00').activate('alice').claim('alice', 1);
    story.at('10:30').fail('n2');
    expect(story.run().endOf('alice')).toMatchObject({ reason: 'node-lost', atMs: story.ms('10:30') });
  });
});
