// For how long a node is out, and what that means for windows ahead: those that begin when it is expected back are granted and stay, what
// is not back in time is displaced, and maintenance is planned like any other booking.
import { describe, expect, test } from 'vitest';
import { Provider } from '../../../engine/index.ts';
import { HOUR, node, policy } from '../../support/setup.ts';
import { tell } from '../../support/story.ts';

const auto = { autoActivate: true };
const ONE_NODE = { nodes: [node('n1')], manager: auto };

describe('a drained node', () => {
  test('takes what begins when it is expected back, offers that to what would begin before, and says why', () => {
    const story = tell(ONE_NODE).runUntil('09:00');
    story.drain('n1', '12:00');
    expect(story.user('later').request({ start: '12:00' })).toMatchObject({ reply: 'ACCEPT' });
    expect(story.user('before').request({ start: '10:00' })).toMatchObject({
      reply: 'COUNTER',
      proposal: { startMs: story.ms('12:00') },
      because: 'node-outage',
    });
    expect(story.eventsOf('offer-countered')).toMatchObject([{ because: 'node-outage' }]);
    story.at('12:00').enable('n1');
    story.run();
  });

  test('of which nobody knows when it is back is out of every window', () => {
    const story = tell({ nodes: [node('n1'), node('n2', 2)] }).runUntil('09:00');
    story.drain('n1', 'never');
    expect(story.user('alice').request({ start: '+30d 09:00', instances: 3 })).toEqual({
      reply: 'REJECT',
      reason: 'node-outage',
    });
    expect(story.user('bob').request({ start: '+30d 09:00', instances: 2 })).toMatchObject({
      reply: 'ACCEPT',
    });
    story.run();
  });

  test('without a word of its return is taken to be back after the assumed repair time', () => {
    const story = tell({ ...ONE_NODE, manager: { ...auto, assumedRepairMs: HOUR } }).runUntil('09:00');
    story.drain('n1');
    expect(story.user('later').request({ start: '+30d 09:00' })).toMatchObject({ reply: 'ACCEPT' });
    expect(story.user('soon').request({ start: '09:30' })).toMatchObject({
      reply: 'COUNTER',
      proposal: { startMs: story.ms('10:00') },
    });
    expect(story.eventsOf('node-drained')).toMatchObject([{ expectedBackMs: story.ms('10:00') }]);
    story.at('09:40').enable('n1');
    story.run();
  });

  test('keeps the bookings that begin later; only those before move', () => {
    const story = tell({ manager: auto });
    story.at('09:00').book('soon', { start: '10:00' }).book('late', { start: '12:00' });
    story.at('09:30').drain('n1', { until: '12:00' });
    story.at('11:30').enable('n1');
    expect(story.run().timeline()).toMatchInlineSnapshot(`
      "09:00  soon asks for 1 SMALL 10:00-11:00
             soon <- ACCEPT on n1, held until 09:10
             soon is CONFIRMED on n1
             late asks for 1 SMALL 12:00-13:00
             late <- ACCEPT on n1, held until 09:10
             late is CONFIRMED on n1
      09:30  n1 is drained until 12:00
             soon/1 is moved n1 -> n2 (drain)
      10:00  soon may run until 11:00 on n2
             soon is ACTIVATED
             soon/1 HALTED on n2
             soon/1 RUNNING on n2
      11:00  soon is EXPIRED: window-over
             soon/1 HALTED on n2
             soon/1 DELETED on n2
      11:30  n1 is enabled
      12:00  late may run until 13:00 on n1
             late is ACTIVATED
             late/1 HALTED on n1
             late/1 RUNNING on n1
      13:00  late is EXPIRED: window-over
             late/1 HALTED on n1
             late/1 DELETED on n1"
    `);
  });

  test('that is not back in time is expected later, and what starts meanwhile moves', () => {
    const story = tell({ manager: { ...auto, assumedRepairMs: 2 * HOUR } });
    story
      .at('09:00')
      .book('one', { start: '12:00' })
      .book('two', { start: '13:30' })
      .book('three', { start: '14:00' });
    story.at('09:30').drain('n1', { until: '12:00' });
    story.at('13:45').enable('n1');
    expect(story.run().timeline()).toMatchInlineSnapshot(`
      "09:00  one asks for 1 SMALL 12:00-13:00
             one <- ACCEPT on n1, held until 09:10
             one is CONFIRMED on n1
             two asks for 1 SMALL 13:30-14:30
             two <- ACCEPT on n1, held until 09:10
             two is CONFIRMED on n1
             three asks for 1 SMALL 14:00-15:00
             three <- ACCEPT on n1, held until 09:10
             three is CONFIRMED on n1
      09:30  n1 is drained until 12:00
      12:00  n1 is expected back at 14:00
             one/1 is moved n1 -> n2 (drain)
             two/1 is moved n1 -> n2 (drain)
             one may run until 13:00 on n2
             one is ACTIVATED
             one/1 HALTED on n2
             one/1 RUNNING on n2
      13:00  one is EXPIRED: window-over
             one/1 HALTED on n2
             one/1 DELETED on n2
      13:30  two may run until 14:30 on n2
             two is ACTIVATED
             two/1 HALTED on n2
             two/1 RUNNING on n2
      13:45  n1 is enabled
      14:00  three may run until 15:00 on n1
             three is ACTIVATED
             three/1 HALTED on n1
             three/1 RUNNING on n1
      14:30  two is EXPIRED: window-over
             two/1 HALTED on n2
             two/1 DELETED on n2
      15:00  three is EXPIRED: window-over
             three/1 HALTED on n1
             three/1 DELETED on n1"
    `);
  });

  test('is expected earlier or later as soon as its operator knows better', () => {
    const story = tell(ONE_NODE);
    story.at('09:00').drain('n1', { until: '12:00' });
    story.at('09:10').drain('n1', { until: '10:00' });
    story.at('09:10').request('alice', { start: '10:00' });
    story.at('09:20').drain('n1', { until: 'never' }).drain('n1');
    story.at('09:30').request('bob', { start: '+1d 09:00' });
    story.at('09:40').enable('n1');
    expect(story.run().timeline()).toMatchInlineSnapshot(`
      "09:00  n1 is drained until 12:00
      09:10  n1 is expected back at 10:00
             alice asks for 1 SMALL 10:00-11:00
             alice <- ACCEPT on n1, held until 09:20
      09:20  alice is EXPIRED: hold-expired
             n1 is expected back at no known time
      09:30  bob asks for 1 SMALL +1d 09:00-+1d 10:00
             bob is REJECTED: no-node
      09:40  n1 is enabled"
    `);
  });
});

describe('a lost node', () => {
  test('is taken to be back after the assumed repair time, and again after that', () => {
    const story = tell({ manager: { ...auto, assumedRepairMs: HOUR } });
    story
      .at('09:00')
      .book('soon', { start: '10:00' })
      .book('later', { start: '10:30' })
      .book('late', { start: '12:00' });
    story.at('09:30').fail('n1');
    story.at('11:00').return('n1');
    expect(story.run().timeline()).toMatchInlineSnapshot(`
      "09:00  soon asks for 1 SMALL 10:00-11:00
             soon <- ACCEPT on n1, held until 09:10
             soon is CONFIRMED on n1
             later asks for 1 SMALL 10:30-11:30
             later <- ACCEPT on n1, held until 09:10
             later is CONFIRMED on n1
             late asks for 1 SMALL 12:00-13:00
             late <- ACCEPT on n1, held until 09:10
             late is CONFIRMED on n1
      09:30  n1 is lost with 0 VMs
             soon/1 is moved n1 -> n2 (node-lost)
      10:00  soon may run until 11:00 on n2
             soon is ACTIVATED
             soon/1 HALTED on n2
             soon/1 RUNNING on n2
      10:30  n1 is expected back at 11:30
             later/1 is moved n1 -> n2 (node-lost)
             later may run until 11:30 on n2
             later is ACTIVATED
             later/1 HALTED on n2
             later/1 RUNNING on n2
      11:00  soon is EXPIRED: window-over
             soon/1 HALTED on n2
             n1 is back
             soon/1 DELETED on n2
      11:30  later is EXPIRED: window-over
             later/1 HALTED on n2
             later/1 DELETED on n2
      12:00  late may run until 13:00 on n1
             late is ACTIVATED
             late/1 HALTED on n1
             late/1 RUNNING on n1
      13:00  late is EXPIRED: window-over
             late/1 HALTED on n1
             late/1 DELETED on n1"
    `);
  });

  test('that is back at the very instant at which it was expected is not late', () => {
    const story = tell({ ...ONE_NODE, manager: { ...auto, assumedRepairMs: 2 * HOUR } });
    story.at('09:00').book('alice', { start: '12:00' });
    story.at('10:00').fail('n1');
    story.at('12:00').return('n1');
    expect(story.run().endOf('alice')).toMatchObject({ reason: 'window-over' });
    expect(story.eventsOf('node-return-expected')).toEqual([]);
  });

  test('of which nobody assumes when it is back is out of every window', () => {
    const story = tell({ ...ONE_NODE, manager: { assumedRepairMs: Number.POSITIVE_INFINITY } }).runUntil(
      '09:00',
    );
    story.hypervisor.failNode('n1');
    story.runUntil('09:01');
    expect(story.user('alice').request({ start: '+30d 09:00' })).toEqual({
      reply: 'REJECT',
      reason: 'no-node',
    });
    expect(story.provider.dues()).toEqual([]);
  });

  test('that is still out when a lease starts there, with no room elsewhere, fails it at its start', () => {
    const story = tell({ ...ONE_NODE, manager: { ...auto, assumedRepairMs: HOUR } });
    story.at('09:00').book('alice', { start: '10:30' });
    story.at('09:30').fail('n1');
    story.at('10:40').return('n1');
    expect(story.run().endOf('alice')).toMatchObject({
      state: 'FAILED',
      reason: 'node-lost',
      atMs: story.ms('10:30'),
    });
  });
});

describe('planned maintenance', () => {
  test('is booked ahead: requests avoid it, and it begins and ends by itself', () => {
    const story = tell(ONE_NODE);
    story.at('09:00').maintain('n1', { from: '12:00', until: '14:00' });
    story
      .at('09:10')
      .book('before', { start: '11:00' })
      .book('into', { start: '11:30' })
      .book('after', { start: '14:00' });
    story.at('12:30').request('during', { start: '12:30' });
    expect(story.run().timeline()).toMatchInlineSnapshot(`
      "09:00  n1 is to be maintained 12:00-14:00
      09:10  before asks for 1 SMALL 11:00-12:00
             before <- ACCEPT on n1, held until 09:20
             before is CONFIRMED on n1
             into asks for 1 SMALL 11:30-12:30
             into <- COUNTER 14:00-15:00 on n1, held until 09:20
             into <- CONFIRM_REQUEST
             into is CONFIRMED on n1
             after asks for 1 SMALL 14:00-15:00
             after <- ACCEPT on n1, held until 09:20
             after is CONFIRMED on n1
      11:00  before may run until 12:00 on n1
             before is ACTIVATED
             before/1 HALTED on n1
             before/1 RUNNING on n1
      12:00  before is EXPIRED: window-over
             n1 is maintained
             before/1 HALTED on n1
             before/1 DELETED on n1
      12:30  during asks for 1 SMALL 12:30-13:30
             during <- COUNTER 14:00-15:00 on n1, held until 12:40
      12:40  during is EXPIRED: hold-expired
      14:00  n1 is maintained no more: over
             into may run until 15:00 on n1
             into is ACTIVATED
             into/1 HALTED on n1
             into/1 RUNNING on n1
             after may run until 15:00 on n1
             after is ACTIVATED
             after/1 HALTED on n1
             after/1 RUNNING on n1
      15:00  into is EXPIRED: window-over
             after is EXPIRED: window-over
             into/1 HALTED on n1
             after/1 HALTED on n1
             into/1 DELETED on n1
             after/1 DELETED on n1"
    `);
  });

  test('moves what collides with it when it is announced: running VMs migrate, offers without another place fail', () => {
    const story = tell({ manager: auto });
    story
      .at('09:00')
      .book('runs', { start: '09:00', duration: '8h' })
      .book('waits', { start: '12:00', instances: 3 });
    story
      .at('10:00')
      .book('stays', { start: '10:00', duration: '1h', instances: 2 })
      .book('full', { start: '12:00', instances: 2 });
    story.at('11:00').request('offer', { start: '13:00', instances: 2 });
    story.at('11:05').maintain('n1', { from: '12:30', until: '14:00' });
    expect(story.run().timeline()).toMatchInlineSnapshot(`
      "09:00  runs asks for 1 SMALL 09:00-17:00
             runs <- ACCEPT on n1, held until 09:10
             runs is CONFIRMED on n1
             runs may run until 17:00 on n1
             runs is ACTIVATED
             runs/1 HALTED on n1
             runs/1 RUNNING on n1
             waits asks for 3 SMALL 12:00-13:00
             waits <- ACCEPT on 3xn1, held until 09:10
             waits is CONFIRMED on 3xn1
      10:00  stays asks for 2 SMALL 10:00-11:00
             stays <- ACCEPT on 2xn1, held until 10:10
             stays is CONFIRMED on 2xn1
             stays may run until 11:00 on 2xn1
             stays is ACTIVATED
             stays/1,2 HALTED on n1
             stays/1,2 RUNNING on n1
             full asks for 2 SMALL 12:00-13:00
             full <- ACCEPT on 2xn2, held until 10:10
             full is CONFIRMED on 2xn2
      11:00  stays is EXPIRED: window-over
             stays/1,2 HALTED on n1
             stays/1,2 DELETED on n1
             offer asks for 2 SMALL 13:00-14:00
             offer <- ACCEPT on 2xn1, held until 11:10
      11:05  n1 is to be maintained 12:30-14:00
             runs/1 is moved n1 -> n2 (drain)
             waits/1 is moved n1 -> n2 (drain)
             offer/1,2 is moved n1 -> n2 (drain)
             runs/1 has migrated n1 -> n2
      11:10  offer is EXPIRED: hold-expired
      12:00  waits may run until 13:00 on n2+2xn1
             waits is ACTIVATED
             waits/1 HALTED on n2
             waits/2,3 HALTED on n1
             waits/1 RUNNING on n2
             waits/2,3 RUNNING on n1
             full may run until 13:00 on 2xn2
             full is ACTIVATED
             full/1,2 HALTED on n2
             full/1,2 RUNNING on n2
      12:30  n1 is maintained
             waits/2,3 SUSPENDED on n1
      13:00  waits is FAILED: node-drained [refund 100000, penalty 20000]
             full is EXPIRED: window-over
             waits/1 HALTED on n2
             waits/2,3 HALTED on n1
             full/1,2 HALTED on n2
             waits/1 DELETED on n2
             waits/2,3 DELETED on n1
             full/1,2 DELETED on n2
      14:00  n1 is maintained no more: over
      17:00  runs is EXPIRED: window-over
             runs/1 HALTED on n2
             runs/1 DELETED on n2"
    `);
  });

  test('suspends at its beginning what could not move, which goes on at its end', () => {
    const story = tell({ ...ONE_NODE, guests: { alice: '3h' } });
    story.at('09:00').book('alice', { start: '10:00', duration: '6h' });
    story.at('09:30').maintain('n1', { from: '11:00', until: '12:00' });
    expect(story.run().timeline()).toMatchInlineSnapshot(`
      "09:00  alice asks for 1 SMALL 10:00-16:00
             alice <- ACCEPT on n1, held until 09:10
             alice is CONFIRMED on n1
      09:30  n1 is to be maintained 11:00-12:00
      10:00  alice may run until 16:00 on n1
             alice is ACTIVATED
             alice/1 HALTED on n1
             alice/1 RUNNING on n1
      11:00  n1 is maintained
             alice/1 SUSPENDED on n1
      12:00  n1 is maintained no more: over
             alice/1 RUNNING on n1
      14:00  alice/1 HALTED on n1 (guest-shutdown)
             alice is EXPIRED: completed
             alice/1 DELETED on n1"
    `);
  });

  test('can be called off, before it begins and in its midst', () => {
    const story = tell(ONE_NODE);
    story.at('09:00').maintain('n1', { from: '12:00', until: '14:00', id: 'a' });
    story.at('09:00').maintain('n1', { from: '15:00', until: '17:00', id: 'b' });
    story.at('09:00').maintain('n1', { from: '18:00', until: '20:00', id: 'c' });
    story.at('10:00').endMaintenance('a').endMaintenance('none');
    story.at('10:00').book('alice', { start: '12:00' });
    story.at('15:30').endMaintenance('b').book('bob', { start: '15:30' });
    story.at('18:30').enable('n1').book('carol', { start: '18:30' });
    expect(story.run().timeline()).toMatchInlineSnapshot(`
      "09:00  n1 is to be maintained 12:00-14:00
             n1 is to be maintained 15:00-17:00
             n1 is to be maintained 18:00-20:00
      10:00  n1 is maintained no more: cancelled
             alice asks for 1 SMALL 12:00-13:00
             alice <- ACCEPT on n1, held until 10:10
             alice is CONFIRMED on n1
      12:00  alice may run until 13:00 on n1
             alice is ACTIVATED
             alice/1 HALTED on n1
             alice/1 RUNNING on n1
      13:00  alice is EXPIRED: window-over
             alice/1 HALTED on n1
             alice/1 DELETED on n1
      15:00  n1 is maintained
      15:30  n1 is maintained no more: cancelled
             bob asks for 1 SMALL 15:30-16:30
             bob <- ACCEPT on n1, held until 15:40
             bob is CONFIRMED on n1
             bob may run until 16:30 on n1
             bob is ACTIVATED
             bob/1 HALTED on n1
             bob/1 RUNNING on n1
      16:30  bob is EXPIRED: window-over
             bob/1 HALTED on n1
             bob/1 DELETED on n1
      18:00  n1 is maintained
      18:30  n1 is maintained no more: cancelled
             carol asks for 1 SMALL 18:30-19:30
             carol <- ACCEPT on n1, held until 18:40
             carol is CONFIRMED on n1
             carol may run until 19:30 on n1
             carol is ACTIVATED
             carol/1 HALTED on n1
             carol/1 RUNNING on n1
      19:30  carol is EXPIRED: window-over
             carol/1 HALTED on n1
             carol/1 DELETED on n1"
    `);
  });

  test('of the past changes nothing, and one of a node that there is not is refused', () => {
    const story = tell(ONE_NODE).runUntil('12:00');
    const plan = { name: 'plan-maintenance', maintenanceId: 'm', nodeId: 'n1' } as const;
    const before = story.events.length;
    story.command({ ...plan, fromMs: story.ms('10:00'), untilMs: story.ms('12:00') });
    expect(story.events).toHaveLength(before);
    const ahead = { fromMs: story.ms('13:00'), untilMs: story.ms('14:00') };
    expect(() => story.command({ ...plan, ...ahead, nodeId: 'n9' })).toThrow(RangeError);
    story.command({ ...plan, ...ahead });
    expect(() => story.command({ ...plan, ...ahead })).toThrow(RangeError);
    expect(story.provider.nodeConditions()).toMatchObject([
      { isUp: true, isInService: true, outages: [{ outageId: 'm', cause: 'maintenance', ...ahead }] },
    ]);
  });

  test('goes on over a restart, with what falls due because of it', () => {
    const story = tell(ONE_NODE);
    story.at('09:00').maintain('n1', { from: '12:00', until: '14:00', id: 'a' });
    story.at('09:00').maintain('n1', { from: '16:00', until: '17:00', id: 'b' });
    story.at('11:00').drain('n1', { until: '18:00' });
    const { provider } = story.runUntil('13:00');
    const snapshot = JSON.parse(JSON.stringify(provider.snapshot()));
    const next = new Provider(story.setup, { snapshot });
    expect(next.snapshot()).toEqual(provider.snapshot());
    expect(next.dues()).toEqual(provider.dues());
    expect(next.dues().map(({ atMs, kind }) => [kind, atMs / HOUR])).toEqual([
      ['maintenance-start', 16],
      ['outage-overdue', 18],
      ['maintenance-end', 14],
    ]);
    expect(next.nodeConditions()).toEqual(provider.nodeConditions());
  });
});

test('a policy without counter-offers rejects for an outage what it would accept otherwise, and for want of room what it would not', () => {
  const story = tell({ policies: { counterOffer: policy('counter-offer', 'none') } }).runUntil('09:00');
  story.drain('n1', '12:00');
  const ask = (user: string, instances: number) => story.user(user).request({ start: '10:00', instances });
  expect(ask('alice', 4)).toMatchObject({ reply: 'ACCEPT' });
  expect(ask('bob', 4)).toEqual({ reply: 'REJECT', reason: 'node-outage' });
  expect(ask('carol', 5)).toEqual({ reply: 'REJECT', reason: 'no-capacity' });
  story.drain('n2', '12:00');
  expect(ask('dave', 1)).toEqual({ reply: 'REJECT', reason: 'no-node' });
});

test('VMs that stand still for want of a node go on at one that is back, whichever it is', () => {
  const story = tell({ nodes: [node('n1', 1), node('n2', 1)], manager: auto });
  story.at('09:00').drain('n2', { until: 'never' });
  story.at('09:00').book('alice', { start: '09:00', duration: '4h' });
  story.at('10:00').drain('n1', { until: 'never' });
  story.at('11:00').enable('n2');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  n2 is drained
           alice asks for 1 SMALL 09:00-13:00
           alice <- ACCEPT on n1, held until 09:10
           alice is CONFIRMED on n1
           alice may run until 13:00 on n1
           alice is ACTIVATED
           alice/1 HALTED on n1
           alice/1 RUNNING on n1
    10:00  n1 is drained
           alice/1 SUSPENDED on n1
    11:00  n2 is enabled
           alice/1 is moved n1 -> n2 (drain)
           alice/1 RUNNING on n2
    13:00  alice is EXPIRED: window-over
           alice/1 HALTED on n2
           alice/1 DELETED on n2"
  `);
});
