// The example of the papers (tech report 3.1): five SMALL instances for six days from 21 August 2009, 10:00, on the testbed of five
// nodes with four CPUs; earlier reservations leave no room before the 23rd.
import { describe, expect, test } from 'vitest';
import { DAY, HOUR, node } from '../../support/setup.ts';
import { type Story, tell } from '../../support/story.ts';

/** Nodes of 4 GiB, of which Dom-0 keeps 512 MiB; one terabyte of disk for all. */
function testbed(): Story {
  const story = tell({
    day: '2009-08-17',
    nodes: Array.from({ length: 5 }, (_, i) => node(`node${i + 1}`, 4, 4096 - 512)),
    sharedDiskGib: 1000,
  });
  // Earlier reservations: four nodes until the 23rd, the fifth for longer.
  story.at('2009-08-17T09:00:00Z').book('physics', {
    start: '2009-08-18T10:00:00Z',
    duration: '5d',
    type: 'XLARGE',
    instances: 4,
  });
  story.at('2009-08-17T09:05:00Z').book('biology', {
    start: '2009-08-20T10:00:00Z',
    duration: '10d',
    type: 'XLARGE',
  });
  return story;
}

const ASKED = { start: '2009-08-21T10:00:00Z', duration: '6d', type: 'SMALL', instances: 5 } as const;

describe('the worked example of the papers', () => {
  test('the counter-offer starts on the 23rd and changes nothing else', () => {
    const story = testbed().runUntil('2009-08-17T10:00:00Z');
    const asked = story.proposal(ASKED);
    const reply = story.user('alice').request(ASKED);
    expect(reply).toMatchObject({
      reply: 'COUNTER',
      proposal: { ...asked, startMs: story.ms('2009-08-23T10:00:00Z') },
    });
    story.user('alice').reject();
    story.run();
  });

  test('alice takes it, and nobody else is offered what she is thinking about', () => {
    const story = testbed();
    story.at('2009-08-17T10:00:00Z').request('alice', ASKED);
    // Sixteen CPUs are free from the 23rd; alice's hold leaves eleven.
    story.at('2009-08-17T10:01:00Z').request('bob', { ...ASKED, instances: 12 });
    story.at('2009-08-17T10:01:00Z').request('carol', { ...ASKED, instances: 11 });
    story.at('2009-08-17T10:02:00Z').accept('alice').confirm('alice');
    story.at('2009-08-23T10:00:00Z').activate('alice');
    expect(story.run().timeline()).toMatchInlineSnapshot(`
      "08-17 09:00  physics asks for 4 XLARGE 08-18 10:00-08-23 10:00
                   physics <- ACCEPT on node1+node2+node3+node4, held until 08-17 09:10
                   physics is CONFIRMED on node1+node2+node3+node4
      08-17 09:05  biology asks for 1 XLARGE 08-20 10:00-08-30 10:00
                   biology <- ACCEPT on node5, held until 08-17 09:15
                   biology is CONFIRMED on node5
      08-17 10:00  alice asks for 5 SMALL 08-21 10:00-08-27 10:00
                   alice <- COUNTER 08-23 10:00-08-29 10:00 on 4xnode1+node2, held until 08-17 10:10
      08-17 10:01  bob asks for 12 SMALL 08-21 10:00-08-27 10:00
                   bob <- COUNTER 08-29 10:00-09-04 10:00 on 4xnode1+4xnode2+4xnode3, held until 08-17 10:11
                   carol asks for 11 SMALL 08-21 10:00-08-27 10:00
                   carol <- COUNTER 08-23 10:00-08-29 10:00 on 3xnode2+4xnode3+4xnode4, held until 08-17 10:11
      08-17 10:02  alice <- CONFIRM_REQUEST
                   alice is CONFIRMED on 4xnode1+node2
      08-17 10:11  bob is EXPIRED: hold-expired
                   carol is EXPIRED: hold-expired
      08-18 10:00  physics may run until 08-23 10:00 on node1+node2+node3+node4
      08-20 10:00  biology may run until 08-30 10:00 on node5
      08-23 10:00  physics is EXPIRED: window-over [no-show]
                   alice may run until 08-29 10:00 on 4xnode1+node2
                   alice is ACTIVATED
                   alice/1,2,3,4 HALTED on node1
                   alice/5 HALTED on node2
                   alice/1,2,3,4 RUNNING on node1
                   alice/5 RUNNING on node2
      08-29 10:00  alice is EXPIRED: window-over
                   alice/1,2,3,4 HALTED on node1
                   alice/5 HALTED on node2
                   alice/1,2,3,4 DELETED on node1
                   alice/5 DELETED on node2
      08-30 10:00  biology is EXPIRED: window-over [no-show]"
    `);
  });

  test('a request is rejected only when it can never be met', () => {
    const story = testbed().runUntil('2009-08-17T10:00:00Z');
    expect(story.user('all').request({ ...ASKED, instances: 20 })).toMatchObject({
      reply: 'COUNTER',
      proposal: { startMs: story.ms('2009-08-30T10:00:00Z') },
    });
    expect(story.user('more').request({ ...ASKED, instances: 21 })).toEqual({
      reply: 'REJECT',
      reason: 'never-fits',
    });
    story.run();
  });

  test('on the testbed CPUs are what runs out: every mix of types that fills a node fits its memory', () => {
    for (const types of [
      ['SMALL', 'SMALL', 'SMALL', 'SMALL'],
      ['MEDIUM', 'MEDIUM'],
      ['LARGE', 'SMALL'],
      ['MEDIUM', 'SMALL', 'SMALL'],
      ['XLARGE'],
    ]) {
      const story = tell({ nodes: [node('node1', 4, 4096 - 512)] });
      types.forEach((type, i) => {
        expect(story.user(`u${i}`).request({ type })).toMatchObject({ reply: 'ACCEPT' });
      });
      expect(story.user('last').request({})).toMatchObject({ reply: 'COUNTER', proposal: { startMs: HOUR } });
      story.run();
    }
  });

  test('the published REST exchange: a start displaced by 3808 seconds, the duration kept to the millisecond', () => {
    const story = tell({ nodes: [node('n1', 1)], day: '2009-08-17' });
    story.user('before').book({ start: '2009-08-17T04:00:00Z', duration: '6751s' });
    const reply = story.user('alice').request({ start: '2009-08-17T04:49:03Z', duration: '1h' });
    expect(reply).toMatchObject({
      reply: 'COUNTER',
      proposal: { startMs: story.ms('2009-08-17T04:49:03Z') + 3_808_000, durationMs: 3_600_000 },
    });
    story.run();
    expect(story.clock.now()).toBeLessThan(story.ms('2009-08-17T00:00:00Z') + DAY);
  });
});
