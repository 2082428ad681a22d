// A node dies with everything on it: what starts again elsewhere, what fails, what waits, and what it costs.
import { expect, test } from 'vitest';
import { MINUTE, node, SECOND } from '../../support/setup.ts';
import { tell } from '../../support/story.ts';

const auto = { autoActivate: true };

test('VMs of a lost node start again elsewhere within their window', () => {
  const story = tell({ manager: auto, hypervisor: { nodeDetectionMs: 30 * SECOND } });
  story.at('09:00').book('alice', { start: '10:00', instances: 2 });
  story.at('10:30').fail('n1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00     alice asks for 2 SMALL 10:00-11:00
              alice <- ACCEPT on 2xn1, held until 09:10
              alice is CONFIRMED on 2xn1
    10:00     alice may run until 11:00 on 2xn1
              alice is ACTIVATED
              alice/1,2 HALTED on n1
              alice/1,2 RUNNING on n1
    10:30:30  n1 is lost with 2 VMs
              alice/1,2 HALTED on n1 (node-lost)
              alice/1,2 is moved n1 -> n2 (node-lost)
              alice/1,2 RUNNING on n2
    11:00     alice is EXPIRED: window-over
              alice/1,2 HALTED on n2
              alice/1,2 DELETED on n2"
  `);
});

test('where there is no room the reservation fails, with refund for what was not delivered and a penalty', () => {
  const story = tell({ manager: auto });
  story.at('09:00').book('alice', { start: '10:00', instances: 4 });
  story.at('09:01').book('bob', { start: '10:00', instances: 3 });
  story.at('10:30').fail('n1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 4 SMALL 10:00-11:00
           alice <- ACCEPT on 4xn1, held until 09:10
           alice is CONFIRMED on 4xn1
    09:01  bob asks for 3 SMALL 10:00-11:00
           bob <- ACCEPT on 3xn2, held until 09:11
           bob is CONFIRMED on 3xn2
    10:00  alice may run until 11:00 on 4xn1
           alice is ACTIVATED
           alice/1,2,3,4 HALTED on n1
           alice/1,2,3,4 RUNNING on n1
           bob may run until 11:00 on 3xn2
           bob is ACTIVATED
           bob/1,2,3 HALTED on n2
           bob/1,2,3 RUNNING on n2
    10:30  n1 is lost with 4 VMs
           alice/1,2,3,4 HALTED on n1 (node-lost)
           alice/1 is moved n1 -> n2 (node-lost)
           alice is FAILED: node-lost [refund 200000, penalty 40000]
           alice/1 DELETED on n2
           alice/2,3,4 DELETED on n1
    11:00  bob is EXPIRED: window-over
           bob/1,2,3 HALTED on n2
           bob/1,2,3 DELETED on n2"
  `);
});

test('a reservation of which only a part can be placed again fails as a whole and frees what it had', () => {
  const story = tell({ nodes: [node('n1', 2), node('n2', 2), node('n3', 1)], manager: auto });
  // Ties go to the lowest index: alice gets n1 and one CPU of n2, bob the other.
  story.at('09:00').book('alice', { start: '10:00', instances: 3 });
  story.at('09:01').book('bob', { start: '10:00' });
  story.at('10:15').fail('n1');
  story.at('10:20').request('carol', { start: '10:20', duration: '30m', instances: 2 });
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 3 SMALL 10:00-11:00
           alice <- ACCEPT on 2xn1+n2, held until 09:10
           alice is CONFIRMED on 2xn1+n2
    09:01  bob asks for 1 SMALL 10:00-11:00
           bob <- ACCEPT on n2, held until 09:11
           bob is CONFIRMED on n2
    10:00  alice may run until 11:00 on 2xn1+n2
           alice is ACTIVATED
           alice/1,2 HALTED on n1
           alice/3 HALTED on n2
           alice/1,2 RUNNING on n1
           alice/3 RUNNING on n2
           bob may run until 11:00 on n2
           bob is ACTIVATED
           bob/1 HALTED on n2
           bob/1 RUNNING on n2
    10:15  n1 is lost with 2 VMs
           alice/1,2 HALTED on n1 (node-lost)
           alice/1 is moved n1 -> n3 (node-lost)
           alice is FAILED: node-lost [refund 225000, penalty 30000]
           alice/3 HALTED on n2
           alice/1 DELETED on n3
           alice/2 DELETED on n1
           alice/3 DELETED on n2
    10:20  carol asks for 2 SMALL 10:20-10:50
           carol <- ACCEPT on n2+n3, held until 10:30
    10:30  carol is EXPIRED: hold-expired
    11:00  bob is EXPIRED: window-over
           bob/1 HALTED on n2
           bob/1 DELETED on n2"
  `);
});

test('what runs is placed before what is still to come, and the soonest start before the later', () => {
  const story = tell({ nodes: [node('n1', 3), node('n2', 1)], manager: auto });
  // Booked in the reverse of the order in which they are rescued.
  story.at('09:00').book('late', { start: '11:30', instances: 2 });
  story.at('09:01').book('soon', { start: '11:15', instances: 1, duration: '2h' });
  story.at('09:02').book('now', { start: '10:00', instances: 1, duration: '75m' });
  story.at('10:30').fail('n1');
  story.at('12:00').return('n1');
  expect(story.run().eventsOf('instance-moved')).toMatchObject([
    { reservationId: 'now', atMs: story.ms('10:30'), windowOpen: true },
    { reservationId: 'soon', atMs: story.ms('10:30'), windowOpen: false },
  ]);
  expect(story.endOf('late')).toMatchObject({ reason: 'node-lost', atMs: story.ms('11:30') });
});

test('a booking of the future that finds no room is tried again at its start, and saved when the node is back by then', () => {
  const story = tell({ nodes: [node('n1')], manager: auto });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('09:10').fail('n1');
  story.at('09:50').return('n1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 10:00-11:00
           alice <- ACCEPT on n1, held until 09:10
           alice is CONFIRMED on n1
    09:10  n1 is lost with 0 VMs
    09:50  n1 is back
    10:00  alice may run until 11:00 on n1
           alice is ACTIVATED
           alice/1 HALTED on n1
           alice/1 RUNNING on n1
    11:00  alice is EXPIRED: window-over
           alice/1 HALTED on n1
           alice/1 DELETED on n1"
  `);
});

test('a booking of the future that finds no room is tried again at its start, and placed where one is free by then', () => {
  const story = tell({ manager: auto });
  story.at('09:00').book('alice', { start: '10:00', instances: 4 });
  story.at('09:01').book('bob', { start: '10:00', instances: 4 });
  story.at('09:10').fail('n1');
  story.at('09:30').cancel('bob');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 4 SMALL 10:00-11:00
           alice <- ACCEPT on 4xn1, held until 09:10
           alice is CONFIRMED on 4xn1
    09:01  bob asks for 4 SMALL 10:00-11:00
           bob <- ACCEPT on 4xn2, held until 09:11
           bob is CONFIRMED on 4xn2
    09:10  n1 is lost with 0 VMs
    09:30  bob is CANCELLED: cancelled-by-user [refund 400000]
    10:00  alice/1,2,3,4 is moved n1 -> n2 (node-unavailable-at-start)
           alice may run until 11:00 on 4xn2
           alice is ACTIVATED
           alice/1,2,3,4 HALTED on n2
           alice/1,2,3,4 RUNNING on n2
    11:00  alice is EXPIRED: window-over
           alice/1,2,3,4 HALTED on n2
           alice/1,2,3,4 DELETED on n2"
  `);
});

test('a booking of the future whose node stays away fails at its start with the whole price refunded', () => {
  const story = tell({ nodes: [node('n1')] });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('09:10').fail('n1');
  story.at('10:00').activate('alice');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 10:00-11:00
           alice <- ACCEPT on n1, held until 09:10
           alice is CONFIRMED on n1
    09:10  n1 is lost with 0 VMs
    10:00  alice is FAILED: node-lost [refund 100000, penalty 10000]
           alice <- REQUEST_FAILED to activate: capacity-lost"
  `);
});

test('a hold moves with its node, and its confirmation is as good as ever', () => {
  const story = tell();
  story.at('09:00').request('alice', { start: '10:00' });
  story.at('09:01').fail('n1');
  story.at('09:02').confirm('alice');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 10:00-11:00
           alice <- ACCEPT on n1, held until 09:10
    09:01  n1 is lost with 0 VMs
           alice/1 is moved n1 -> n2 (node-lost)
    09:02  alice is CONFIRMED on n2
    10:00  alice may run until 11:00 on n2
    11:00  alice is EXPIRED: window-over [no-show]"
  `);
});

test('a hold that cannot move is lost: the confirmation fails and says why', () => {
  const story = tell({ nodes: [node('n1')] });
  story.at('09:00').request('alice', { start: '10:00' });
  story.at('09:01').fail('n1');
  story.at('09:02').confirm('alice');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 10:00-11:00
           alice <- ACCEPT on n1, held until 09:10
    09:01  n1 is lost with 0 VMs
           alice is FAILED: node-lost
    09:02  alice <- REQUEST_FAILED to CONFIRM: capacity-lost"
  `);
});

test('a confirmed reservation is placed before a hold that starts sooner', () => {
  const story = tell({ nodes: [node('n1', 2), node('n2', 1)] });
  story.at('09:00').book('alice', { start: '10:30', duration: '1h' });
  story.at('09:01').request('bob', { start: '10:00', duration: '1h' });
  story.at('09:02').fail('n1');
  const { auditor } = story.runUntil('09:03');
  expect(auditor.usedOn('n2', story.ms('11:00')).milliCpus).toBe(1000);
  expect(story.user('bob').confirm()).toMatchObject({ reason: 'capacity-lost' });
  story.at('10:00').return('n1');
  expect(story.run().endOf('alice')).toMatchObject({ reason: 'window-over' });
});

test('a node that returns before its loss was noticed has lost its VMs all the same', () => {
  const story = tell({ manager: auto, hypervisor: { nodeDetectionMs: MINUTE } });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('10:30').fail('n1');
  story.at('10:30:10').return('n1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00     alice asks for 1 SMALL 10:00-11:00
              alice <- ACCEPT on n1, held until 09:10
              alice is CONFIRMED on n1
    10:00     alice may run until 11:00 on n1
              alice is ACTIVATED
              alice/1 HALTED on n1
              alice/1 RUNNING on n1
    10:31     n1 is lost with 1 VMs
              alice/1 HALTED on n1 (node-lost)
              alice/1 is moved n1 -> n2 (node-lost)
              alice/1 RUNNING on n2
    10:31:10  n1 is back
    11:00     alice is EXPIRED: window-over
              alice/1 HALTED on n2
              alice/1 DELETED on n2"
  `);
});

test('a VM that was started on a node whose loss is yet to be noticed leaves no trace', () => {
  // The manager hears at 10:00:40 that n1 was lost, and gives up for want of room, while alice's VM runs on the returned n1.
  const story = tell({
    nodes: [node('n1')],
    manager: { ...auto, retryDelayMs: 5 * SECOND },
    hypervisor: { nodeDetectionMs: 50 * SECOND },
  });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('09:59:50').fail('n1');
  story.at('09:59:58').return('n1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00     alice asks for 1 SMALL 10:00-11:00
              alice <- ACCEPT on n1, held until 09:10
              alice is CONFIRMED on n1
    10:00     alice may run until 11:00 on n1
              alice is ACTIVATED
              alice/1 HALTED on n1
              alice/1 RUNNING on n1
    10:00:40  n1 is lost with 1 VMs
              alice/1 HALTED on n1 (node-lost)
              alice is FAILED: node-lost [refund 98889, penalty 10000]
              alice/1 DELETED on n1"
  `);
});

test('operations on a node that does not answer are tried again until its loss is known', () => {
  const story = tell({
    manager: { ...auto, retryDelayMs: 20 * SECOND },
    hypervisor: { nodeDetectionMs: 50 * SECOND },
  });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('09:59:50').fail('n1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00     alice asks for 1 SMALL 10:00-11:00
              alice <- ACCEPT on n1, held until 09:10
              alice is CONFIRMED on n1
    10:00     alice may run until 11:00 on n1
              alice is ACTIVATED
              alice/1 cannot create: NODE_UNREACHABLE (attempt 0)
    10:00:20  alice/1 cannot create: NODE_UNREACHABLE (attempt 0)
    10:00:40  n1 is lost with 0 VMs
              alice/1 is moved n1 -> n2 (node-lost)
              alice/1 HALTED on n2
              alice/1 RUNNING on n2
    11:00     alice is EXPIRED: window-over
              alice/1 HALTED on n2
              alice/1 DELETED on n2"
  `);
});

test('without a pause between tries time goes on all the same', () => {
  const story = tell({
    manager: { ...auto, retryDelayMs: 0 },
    hypervisor: { nodeDetectionMs: 50 },
  });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at(story.ms('10:00') - 1).fail('n1');
  expect(story.run().eventsOf('operation-failed')).toHaveLength(49);
});

test('a node that is drained before its loss was noticed does not cost its reservations a try', () => {
  const story = tell({
    manager: { ...auto, maxAttempts: 1 },
    hypervisor: { nodeDetectionMs: MINUTE },
  });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('10:30').fail('n1');
  story.at('10:30:10').drain('n1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00     alice asks for 1 SMALL 10:00-11:00
              alice <- ACCEPT on n1, held until 09:10
              alice is CONFIRMED on n1
    10:00     alice may run until 11:00 on n1
              alice is ACTIVATED
              alice/1 HALTED on n1
              alice/1 RUNNING on n1
    10:30:10  n1 is drained until 14:30:10
              alice/1 is moved n1 -> n2 (drain)
              alice/1 cannot migrate: NODE_UNREACHABLE (attempt 0)
    10:30:20  alice/1 cannot migrate: NODE_UNREACHABLE (attempt 0)
    10:30:30  alice/1 cannot migrate: NODE_UNREACHABLE (attempt 0)
    10:30:40  alice/1 cannot migrate: NODE_UNREACHABLE (attempt 0)
    10:30:50  alice/1 cannot migrate: NODE_UNREACHABLE (attempt 0)
    10:31     n1 is lost with 1 VMs
              alice/1 HALTED on n1 (node-lost)
              alice/1 RUNNING on n2
    11:00     alice is EXPIRED: window-over
              alice/1 HALTED on n2
              alice/1 DELETED on n2"
  `);
});

test('a booting VM starts again elsewhere', () => {
  const spread = { minMs: MINUTE, maxMs: MINUTE };
  const story = tell({ manager: auto, hypervisor: { create: spread, start: spread } });
  story.at('09:00').book('making', { start: '10:00' }).book('booting', { start: '09:59' });
  story.at('10:00:30').fail('n1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00     making asks for 1 SMALL 10:00-11:00
              making <- ACCEPT on n1, held until 09:10
              making is CONFIRMED on n1
              booting asks for 1 SMALL 09:59-10:59
              booting <- ACCEPT on n1, held until 09:10
              booting is CONFIRMED on n1
    09:59     booting may run until 10:59 on n1
              booting is ACTIVATED
    10:00     booting/1 HALTED on n1
              making may run until 11:00 on n1
              making is ACTIVATED
    10:00:30  booting/1 cannot start: NODE_UNREACHABLE (attempt 0)
              n1 is lost with 0 VMs
              booting/1 is moved n1 -> n2 (node-lost)
              making/1 is moved n1 -> n2 (node-lost)
    10:01:30  booting/1 RUNNING on n2
              making/1 HALTED on n2
    10:02:30  making/1 RUNNING on n2
    10:59     booting is EXPIRED: window-over
              booting/1 HALTED on n2
              booting/1 DELETED on n2
    11:00     making is EXPIRED: window-over
              making/1 HALTED on n2
              making/1 DELETED on n2"
  `);
});

test('a reservation that ends at the instant of the loss has ended before it', () => {
  const story = tell({ manager: auto });
  story.at('09:00').book('alice', { start: '10:00' }).book('bob', { start: '10:00', duration: '61m' });
  story.at('11:00').fail('n1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 10:00-11:00
           alice <- ACCEPT on n1, held until 09:10
           alice is CONFIRMED on n1
           bob asks for 1 SMALL 10:00-11:01
           bob <- ACCEPT on n1, held until 09:10
           bob is CONFIRMED on n1
    10:00  alice may run until 11:00 on n1
           alice is ACTIVATED
           alice/1 HALTED on n1
           alice/1 RUNNING on n1
           bob may run until 11:01 on n1
           bob is ACTIVATED
           bob/1 HALTED on n1
           bob/1 RUNNING on n1
    11:00  alice is EXPIRED: window-over
           alice/1 HALTED on n1
           n1 is lost with 1 VMs
           bob/1 HALTED on n1 (node-lost)
           bob/1 is moved n1 -> n2 (node-lost)
           alice/1 DELETED on n1
           bob/1 RUNNING on n2
    11:01  bob is EXPIRED: window-over
           bob/1 HALTED on n2
           bob/1 DELETED on n2"
  `);
});

test('instances move although the shared disk is full: their disks stay where they are', () => {
  const story = tell({ sharedDiskGib: 20, manager: auto });
  story.at('09:00').book('alice', { start: '10:00', instances: 2 });
  story.at('10:30').fail('n1');
  const { auditor } = story.runUntil('10:31');
  expect(auditor.usedOn('n2', story.ms('10:45'))).toEqual({ milliCpus: 2000, memoryMib: 1536, diskGib: 20 });
  expect(story.run().endOf('alice')).toMatchObject({ reason: 'window-over' });
});
