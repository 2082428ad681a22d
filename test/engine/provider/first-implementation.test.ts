// What the first implementation of 2009 got wrong, one test each: none of it may come back. Numbers are those with which the faults
// were observed there.
import { describe, expect, test } from 'vitest';
import { node } from '../../support/setup.ts';
import { tell } from '../../support/story.ts';

const oneNode = () => tell({ nodes: [node('n1')] });

describe('the node calendar', () => {
  test('a booking of several CPUs takes all of them for its whole window', () => {
    const story = oneNode();
    story.user('xl').book({ start: '00:13', duration: '60m', type: 'XLARGE' });
    expect(story.user('a').request({ start: '00:22', duration: '10m' })).toMatchObject({ reply: 'COUNTER' });
    expect(story.user('b').request({ start: '00:13', duration: '10m' })).toMatchObject({
      reply: 'COUNTER',
      // One CPU of n1 is held for a from 01:13.
      proposal: { startMs: story.ms('01:13') },
    });
    story.run();
  });

  test('a later booking does not cut off the end of an earlier one', () => {
    const story = oneNode();
    story.user('first').book({ start: '00:10', duration: '60m', type: 'XLARGE' });
    story.user('second').book({ start: '02:00', duration: '60m', type: 'XLARGE' });
    expect(story.user('a').request({ start: '01:09', duration: '1m' })).toMatchObject({
      reply: 'COUNTER',
      proposal: { startMs: story.ms('01:10') },
    });
    story.run();
  });

  test('a booking on one node does not move the bookings of another', () => {
    const story = tell();
    story.user('first').book({ start: '00:30', duration: '60m', type: 'XLARGE' });
    story.user('second').book({ start: '00:07', duration: '60m', type: 'XLARGE' });
    story.user('third').book({ start: '00:45', duration: '5m', type: 'SMALL' });
    const confirmed = story
      .eventsOf('reservation-confirmed')
      .map((e) => [e.reservationId, e.proposal.startMs]);
    expect(confirmed).toEqual([
      ['first', story.ms('00:30')],
      ['second', story.ms('00:07')],
      ['third', story.ms('01:07')],
    ]);
    story.run();
  });

  test('a start inside a booked stretch is not overlooked for being unaligned, nor is a window of two minutes', () => {
    const story = oneNode();
    story.user('xl').book({ start: '00:00', duration: '61m', type: 'XLARGE' });
    expect(story.user('a').request({ start: '00:21', duration: '2m' })).toMatchObject({
      reply: 'COUNTER',
      proposal: { startMs: story.ms('01:01') },
    });
    story.run();
  });

  test('what was deleted, declined, or has ended gives its capacity back', () => {
    const story = oneNode();
    const all = { start: '01:00', duration: '1h', instances: 4 } as const;
    story.user('a').book(all);
    story.user('a').cancel();
    expect(story.user('b').request(all)).toMatchObject({ reply: 'ACCEPT' });
    story.user('b').reject();
    expect(story.user('c').request(all)).toMatchObject({ reply: 'ACCEPT' });
    story.run();
  });
});

describe('the size of requests', () => {
  test('what no calendar could ever take is rejected, not accepted and refused at its confirmation', () => {
    const story = oneNode();
    expect(story.user('a').request({ type: 'XLARGE', instances: 2 })).toMatchObject({ reason: 'never-fits' });
    expect(story.user('b').request({ instances: 5 })).toMatchObject({ reason: 'never-fits' });
    story.run();
  });

  test('more instances than nodes are no reason to reject', () => {
    const story = tell();
    expect(story.user('a').request({ instances: 8 })).toMatchObject({ reply: 'ACCEPT' });
    expect(story.user('a').confirm()).toEqual({ reply: 'REQUEST_SUCCESS' });
    story.run();
  });

  test('optional instances do not count against the size of the cluster as if they were guaranteed', () => {
    const story = tell({ nodes: [node('n1'), node('n2')] });
    expect(story.user('a').request({ instances: 4, options: 5 })).toMatchObject({ reply: 'ACCEPT' });
    story.run();
  });

  test('memory is looked at', () => {
    const story = tell({ nodes: [node('n1', 4, 3 * 768)] });
    expect(story.user('a').request({ instances: 4 })).toMatchObject({ reason: 'never-fits' });
    expect(story.user('b').request({ instances: 3 })).toMatchObject({ reply: 'ACCEPT' });
    story.run();
  });

  test('a reservation of no duration is not booked', () => {
    const story = oneNode();
    expect(() => story.user('a').request({ duration: '0s' })).toThrow();
    expect(story.provider.calendar.bookingCount).toBe(0);
  });
});

describe('the promises', () => {
  test('an offer is held: of two users who are both told ACCEPT, both can confirm', () => {
    const story = tell();
    const replies = ['a', 'b'].map((name) => story.user(name).request({ instances: 4 }).reply);
    expect(replies).toEqual(['ACCEPT', 'ACCEPT']);
    for (const name of ['a', 'b']) expect(story.user(name).confirm()).toEqual({ reply: 'REQUEST_SUCCESS' });
    story.run();
  });

  test('a counter-offer to a counter-offer is negotiated', () => {
    const story = oneNode();
    story.user('before').book({ start: '10:00', instances: 4 });
    story.user('a').request({ start: '10:00', instances: 4 });
    expect(story.user('a').counter({ start: '08:00', instances: 4 })).toMatchObject({ reply: 'ACCEPT' });
    story.run();
  });

  test('the terms are kept as they were asked: type, template, options', () => {
    const story = oneNode();
    story.user('before').book({ start: '10:00', duration: '1h', instances: 4 });
    const asked = story.proposal({ start: '10:00', type: 'MEDIUM', options: 1 });
    story.user('a').initiate();
    const reply = story.user('a').propose({ ...asked, template: 'PEX Debian Etch 4.0 Template' });
    expect(reply).toMatchObject({
      proposal: { ...asked, template: 'PEX Debian Etch 4.0 Template', startMs: story.ms('11:00') },
    });
    story.run();
  });
});

describe('the window', () => {
  test('nothing runs before the start, however early it was activated, and every guaranteed instance runs then', () => {
    const story = tell();
    story.at('09:00').book('alice', { start: '10:00', instances: 5 }).activate('alice');
    story.runUntil(story.ms('10:00') - 1);
    expect(story.hypervisor.vmCount).toBe(0);
    story.runUntil('10:00');
    expect([...story.provider.vms()].map(({ state }) => state)).toEqual(Array(5).fill('RUNNING'));
    story.run();
  });

  test('VMs have the size of their type', () => {
    const story = tell({ nodes: [node('n1', 8, 8192)] });
    story.at('09:00').book('alice', { start: '10:00', type: 'LARGE' }).activate('alice');
    const [vm] = [...story.runUntil('10:00').provider.vms()];
    expect(vm?.demand).toEqual({ milliCpus: 3000, memoryMib: 2560, diskGib: 40 });
    story.run();
  });

  test('what has ended is gone: VMs are removed, and the reservation is EXPIRED', () => {
    const story = tell({ manager: { autoActivate: true } });
    story.at('09:00').book('alice', { start: '10:00' });
    story.run();
    expect(story.hypervisor.vmCount).toBe(0);
    expect(story.endOf('alice')).toMatchObject({ state: 'EXPIRED' });
  });
});
