// A node is taken out of service: its VMs leave by live migration, or are suspended where there is no room, and go on later.
import { expect, test } from 'vitest';
import { MINUTE, node, SECOND } from '../../support/setup.ts';
import { tell } from '../../support/story.ts';

const auto = { autoActivate: true };
const minute = { minMs: MINUTE, maxMs: MINUTE };

test('running VMs migrate, bookings of the future move, and nothing new is placed there', () => {
  const story = tell({ manager: auto, hypervisor: { migrate: minute } });
  story.at('09:00').book('alice', { start: '10:00' }).book('bob', { start: '11:30' });
  story.at('10:30').drain('n1');
  story.at('10:30').request('carol', { start: '10:30', instances: 4 });
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 10:00-11:00
           alice <- ACCEPT on n1, held until 09:10
           alice is CONFIRMED on n1
           bob asks for 1 SMALL 11:30-12:30
           bob <- ACCEPT on n1, held until 09:10
           bob is CONFIRMED on n1
    10:00  alice may run until 11:00 on n1
           alice is ACTIVATED
           alice/1 HALTED on n1
           alice/1 RUNNING on n1
    10:30  n1 is drained until 14:30
           alice/1 is moved n1 -> n2 (drain)
           bob/1 is moved n1 -> n2 (drain)
           carol asks for 4 SMALL 10:30-11:30
           carol <- COUNTER 12:30-13:30 on 4xn2, held until 10:40
    10:31  alice/1 has migrated n1 -> n2
    10:40  carol is EXPIRED: hold-expired
    11:00  alice is EXPIRED: window-over
           alice/1 HALTED on n2
           alice/1 DELETED on n2
    11:30  bob may run until 12:30 on n2
           bob is ACTIVATED
           bob/1 HALTED on n2
           bob/1 RUNNING on n2
    12:30  bob is EXPIRED: window-over
           bob/1 HALTED on n2
           bob/1 DELETED on n2"
  `);
});

test('the booking on the old node is kept until the VM has left it', () => {
  const story = tell({ manager: auto, hypervisor: { migrate: minute } });
  story.at('09:00').book('alice', { start: '10:00', instances: 4 });
  story.at('10:30').drain('n1');
  story.at('10:30:30').enable('n1');
  story.at('10:30:30').request('early', { start: '10:30:30', duration: '10m' });
  story.at('10:31').request('later', { start: '10:31', duration: '10m' });
  expect(story.run().eventsOf('offer-countered')).toMatchObject([
    { reservationId: 'early', proposal: { startMs: story.ms('11:00') } },
  ]);
  expect(story.eventsOf('offer-accepted').at(-1)).toMatchObject({
    reservationId: 'later',
    pieces: [{ nodeId: 'n1' }],
  });
});

test('where there is no room VMs are suspended, and go on when the node is back in service', () => {
  const story = tell({ nodes: [node('n1')], manager: auto, guests: { alice: '40m' } });
  story.at('09:00').book('alice', { start: '10:00', duration: '2h' });
  story.at('10:30').drain('n1');
  story.at('11:00').enable('n1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 10:00-12:00
           alice <- ACCEPT on n1, held until 09:10
           alice is CONFIRMED on n1
    10:00  alice may run until 12:00 on n1
           alice is ACTIVATED
           alice/1 HALTED on n1
           alice/1 RUNNING on n1
    10:30  n1 is drained until 14:30
           alice/1 SUSPENDED on n1
    11:00  n1 is enabled
           alice/1 RUNNING on n1
    11:10  alice/1 HALTED on n1 (guest-shutdown)
           alice is EXPIRED: completed
           alice/1 DELETED on n1"
  `);
});

test('a VM that is still suspended at the end of its window was not delivered in full', () => {
  const story = tell({ nodes: [node('n1')], manager: auto });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('10:30').drain('n1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 10:00-11:00
           alice <- ACCEPT on n1, held until 09:10
           alice is CONFIRMED on n1
    10:00  alice may run until 11:00 on n1
           alice is ACTIVATED
           alice/1 HALTED on n1
           alice/1 RUNNING on n1
    10:30  n1 is drained until 14:30
           alice/1 SUSPENDED on n1
    11:00  alice is FAILED: node-drained [refund 50000, penalty 10000]
           alice/1 HALTED on n1
           alice/1 DELETED on n1"
  `);
});

test('suspended VMs go on elsewhere as soon as another reservation has made room', () => {
  const story = tell({ nodes: [node('n1', 2), node('n2', 1)], manager: auto });
  story.at('09:00').book('alice', { start: '10:00', duration: '2h', instances: 2 });
  story.at('09:00').book('bob', { start: '10:00' });
  story.at('10:30').drain('n1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 2 SMALL 10:00-12:00
           alice <- ACCEPT on 2xn1, held until 09:10
           alice is CONFIRMED on 2xn1
           bob asks for 1 SMALL 10:00-11:00
           bob <- ACCEPT on n2, held until 09:10
           bob is CONFIRMED on n2
    10:00  alice may run until 12:00 on 2xn1
           alice is ACTIVATED
           alice/1,2 HALTED on n1
           alice/1,2 RUNNING on n1
           bob may run until 11:00 on n2
           bob is ACTIVATED
           bob/1 HALTED on n2
           bob/1 RUNNING on n2
    10:30  n1 is drained until 14:30
           alice/1,2 SUSPENDED on n1
    11:00  bob is EXPIRED: window-over
           alice/1 is moved n1 -> n2 (drain)
           bob/1 HALTED on n2
           alice/1 RUNNING on n2
           bob/1 DELETED on n2
    12:00  alice is FAILED: node-drained [refund 150000, penalty 20000]
           alice/1 HALTED on n2
           alice/2 HALTED on n1
           alice/1 DELETED on n2
           alice/2 DELETED on n1"
  `);
});

test('a VM that was suspended and has gone on elsewhere does not mind the loss of its old node', () => {
  const story = tell({ nodes: [node('n1', 1), node('n2', 1)], manager: auto });
  story.at('09:00').book('alice', { start: '10:00', duration: '2h' }).book('bob', { start: '10:00' });
  story.at('10:30').drain('n1');
  story.at('11:10').fail('n1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 10:00-12:00
           alice <- ACCEPT on n1, held until 09:10
           alice is CONFIRMED on n1
           bob asks for 1 SMALL 10:00-11:00
           bob <- ACCEPT on n2, held until 09:10
           bob is CONFIRMED on n2
    10:00  alice may run until 12:00 on n1
           alice is ACTIVATED
           alice/1 HALTED on n1
           alice/1 RUNNING on n1
           bob may run until 11:00 on n2
           bob is ACTIVATED
           bob/1 HALTED on n2
           bob/1 RUNNING on n2
    10:30  n1 is drained until 14:30
           alice/1 SUSPENDED on n1
    11:00  bob is EXPIRED: window-over
           alice/1 is moved n1 -> n2 (drain)
           bob/1 HALTED on n2
           alice/1 RUNNING on n2
           bob/1 DELETED on n2
    11:10  n1 is lost with 0 VMs
    12:00  alice is EXPIRED: window-over
           alice/1 HALTED on n2
           alice/1 DELETED on n2"
  `);
});

test('a VM whose boot is in progress finishes it and then migrates', () => {
  const story = tell({ manager: auto, hypervisor: { start: minute, migrate: minute } });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('10:00:30').drain('n1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00     alice asks for 1 SMALL 10:00-11:00
              alice <- ACCEPT on n1, held until 09:10
              alice is CONFIRMED on n1
    10:00     alice may run until 11:00 on n1
              alice is ACTIVATED
              alice/1 HALTED on n1
    10:00:30  n1 is drained until 14:00:30
              alice/1 is moved n1 -> n2 (drain)
    10:01     alice/1 RUNNING on n1
    10:02     alice/1 has migrated n1 -> n2
    11:00     alice is EXPIRED: window-over
              alice/1 HALTED on n2
              alice/1 DELETED on n2"
  `);
});

test('a node lost in the middle of a migration from it: the VM starts again at its destination', () => {
  const story = tell({ manager: auto, hypervisor: { migrate: minute } });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('10:30').drain('n1');
  story.at('10:30:30').fail('n1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00     alice asks for 1 SMALL 10:00-11:00
              alice <- ACCEPT on n1, held until 09:10
              alice is CONFIRMED on n1
    10:00     alice may run until 11:00 on n1
              alice is ACTIVATED
              alice/1 HALTED on n1
              alice/1 RUNNING on n1
    10:30     n1 is drained until 14:30
              alice/1 is moved n1 -> n2 (drain)
    10:30:30  alice/1 cannot migrate: NODE_UNREACHABLE (attempt 0)
              n1 is lost with 1 VMs
              alice/1 HALTED on n1 (node-lost)
              alice/1 RUNNING on n2
    11:00     alice is EXPIRED: window-over
              alice/1 HALTED on n2
              alice/1 DELETED on n2"
  `);
});

test('a node lost in the middle of a migration to it: the VM runs on and goes elsewhere', () => {
  const story = tell({
    nodes: [node('n1'), node('n2'), node('n3')],
    manager: auto,
    hypervisor: { migrate: minute },
  });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('10:30').drain('n1');
  story.at('10:30:30').fail('n2');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00     alice asks for 1 SMALL 10:00-11:00
              alice <- ACCEPT on n1, held until 09:10
              alice is CONFIRMED on n1
    10:00     alice may run until 11:00 on n1
              alice is ACTIVATED
              alice/1 HALTED on n1
              alice/1 RUNNING on n1
    10:30     n1 is drained until 14:30
              alice/1 is moved n1 -> n2 (drain)
    10:30:30  alice/1 cannot migrate: NODE_UNREACHABLE (attempt 0)
              n2 is lost with 0 VMs
              alice/1 is moved n2 -> n3 (node-lost)
    10:31:30  alice/1 has migrated n1 -> n3
    11:00     alice is EXPIRED: window-over
              alice/1 HALTED on n3
              alice/1 DELETED on n3"
  `);
});

test('the only destination is lost in the middle of a migration: the VM stays, suspended until its node is back in service', () => {
  const story = tell({ manager: auto, hypervisor: { migrate: minute } });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('10:30').drain('n1');
  story.at('10:30:30').fail('n2');
  story.at('10:40').enable('n1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00     alice asks for 1 SMALL 10:00-11:00
              alice <- ACCEPT on n1, held until 09:10
              alice is CONFIRMED on n1
    10:00     alice may run until 11:00 on n1
              alice is ACTIVATED
              alice/1 HALTED on n1
              alice/1 RUNNING on n1
    10:30     n1 is drained until 14:30
              alice/1 is moved n1 -> n2 (drain)
    10:30:30  alice/1 cannot migrate: NODE_UNREACHABLE (attempt 0)
              n2 is lost with 0 VMs
              alice/1 is moved n2 -> n1 (node-lost)
              alice/1 SUSPENDED on n1
    10:40     n1 is enabled
              alice/1 RUNNING on n1
    11:00     alice is EXPIRED: window-over
              alice/1 HALTED on n1
              alice/1 DELETED on n1"
  `);
});

test('the destination is drained in the middle of a migration: the VM goes on to a third node', () => {
  const story = tell({
    nodes: [node('n1'), node('n2'), node('n3')],
    manager: auto,
    hypervisor: { migrate: minute },
  });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('10:30').drain('n1');
  story.at('10:30:30').drain('n2');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00     alice asks for 1 SMALL 10:00-11:00
              alice <- ACCEPT on n1, held until 09:10
              alice is CONFIRMED on n1
    10:00     alice may run until 11:00 on n1
              alice is ACTIVATED
              alice/1 HALTED on n1
              alice/1 RUNNING on n1
    10:30     n1 is drained until 14:30
              alice/1 is moved n1 -> n2 (drain)
    10:30:30  n2 is drained until 14:30:30
              alice/1 is moved n2 -> n3 (drain)
    10:31     alice/1 has migrated n1 -> n2
    10:32     alice/1 has migrated n2 -> n3
    11:00     alice is EXPIRED: window-over
              alice/1 HALTED on n3
              alice/1 DELETED on n3"
  `);
});

test('a window that ends in the middle of a migration leaves nothing on either node', () => {
  const story = tell({ manager: auto, hypervisor: { migrate: minute } });
  story.at('09:00').book('alice', { start: '10:00', instances: 4 });
  story.at('10:59:30').drain('n1');
  story.at('11:00').request('bob', { start: '11:00', instances: 4 });
  expect(story.run().eventsOf('offer-accepted').at(-1)).toMatchObject({ reservationId: 'bob' });
});

test('a reservation whose node was drained when there was no room is placed at its start', () => {
  const story = tell({ nodes: [node('n1', 1), node('n2', 1)] });
  story.at('09:00').book('alice', { start: '10:00' }).book('bob', { start: '10:00' });
  story.at('09:30').drain('n1');
  story.at('09:40').cancel('bob');
  story.at('09:50').book('carol', { start: '09:50', duration: '10m' });
  story.at('10:00').activate('alice');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 10:00-11:00
           alice <- ACCEPT on n1, held until 09:10
           alice is CONFIRMED on n1
           bob asks for 1 SMALL 10:00-11:00
           bob <- ACCEPT on n2, held until 09:10
           bob is CONFIRMED on n2
    09:30  n1 is drained until 13:30
    09:40  bob is CANCELLED: cancelled-by-user [refund 100000]
    09:50  carol asks for 1 SMALL 09:50-10:00
           carol <- ACCEPT on n2, held until 10:00
           carol is CONFIRMED on n2
           carol may run until 10:00 on n2
    10:00  carol is EXPIRED: window-over [no-show]
           alice/1 is moved n1 -> n2 (node-unavailable-at-start)
           alice may run until 11:00 on n2
           alice is ACTIVATED
           alice/1 HALTED on n2
           alice/1 RUNNING on n2
    11:00  alice is EXPIRED: window-over
           alice/1 HALTED on n2
           alice/1 DELETED on n2"
  `);
});

test('a reservation whose node is still drained at its start fails when there is still no room', () => {
  const story = tell({ nodes: [node('n1')] });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('09:30').drain('n1');
  expect(story.run().endOf('alice')).toMatchObject({
    atMs: story.ms('10:00'),
    state: 'FAILED',
    reason: 'node-drained',
    refundMicros: 100_000,
  });
});

test('an offer that a drain leaves without a place fails, and cannot be confirmed', () => {
  const story = tell({ nodes: [node('n1')] });
  story.at('09:00').request('alice', { start: '10:00' });
  story.at('09:05').drain('n1');
  story.runUntil('09:05');
  expect(story.user('alice').confirm()).toEqual({
    reply: 'REQUEST_FAILED',
    reason: 'capacity-lost',
    state: 'FAILED',
  });
  expect(story.run().endOf('alice')).toMatchObject({ atMs: story.ms('09:05'), reason: 'node-drained' });
});

test('a VM that is first started while its node is drained waits for room or for the node', () => {
  const story = tell({ nodes: [node('n1')] });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('10:10').drain('n1');
  story.at('10:20').activate('alice');
  story.at('10:30').enable('n1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 10:00-11:00
           alice <- ACCEPT on n1, held until 09:10
           alice is CONFIRMED on n1
    10:00  alice may run until 11:00 on n1
    10:10  n1 is drained until 14:10
    10:20  alice is ACTIVATED
    10:30  n1 is enabled
           alice/1 HALTED on n1
           alice/1 RUNNING on n1
    11:00  alice is EXPIRED: window-over
           alice/1 HALTED on n1
           alice/1 DELETED on n1"
  `);
});

test('draining and enabling twice is the same as once', () => {
  const story = tell();
  story.at('09:00').drain('n1').drain('n1').enable('n1').enable('n1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  n1 is drained until 13:00
           n1 is enabled"
  `);
});

test('a node that is lost while drained takes no bookings until it is back and enabled', () => {
  const story = tell({ nodes: [node('n1')] });
  story.at('09:00').drain('n1', { until: 'never' }).fail('n1');
  story.at('09:10').return('n1');
  story.at('09:10').request('alice');
  story.at('09:20').enable('n1');
  story.at('09:20').request('bob');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  n1 is lost with 0 VMs
           n1 is drained
    09:10  n1 is back
           alice asks for 1 SMALL 09:10-10:10
           alice is REJECTED: no-node
    09:20  n1 is enabled
           bob asks for 1 SMALL 09:20-10:20
           bob <- ACCEPT on n1, held until 09:30
    09:30  bob is EXPIRED: hold-expired"
  `);
});

test('an unknown node cannot be drained', () => {
  expect(() => tell().command({ name: 'drain', nodeId: 'n9' })).toThrow(RangeError);
});

test('a guest that hangs while it migrates is rebooted when it has arrived', () => {
  const story = tell({
    manager: auto,
    hypervisor: { migrate: minute, reboot: minute, hangDetectionMs: 10 * SECOND },
  });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('10:30').drain('n1');
  story.at('10:30:30').hang('alice/1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 10:00-11:00
           alice <- ACCEPT on n1, held until 09:10
           alice is CONFIRMED on n1
    10:00  alice may run until 11:00 on n1
           alice is ACTIVATED
           alice/1 HALTED on n1
           alice/1 RUNNING on n1
    10:30  n1 is drained until 14:30
           alice/1 is moved n1 -> n2 (drain)
    10:31  alice/1 has migrated n1 -> n2
           alice/1 RUNNING without load on n2
    10:32  alice/1 RUNNING on n2
    11:00  alice is EXPIRED: window-over
           alice/1 HALTED on n2
           alice/1 DELETED on n2"
  `);
});

test('a guest that crashes while it migrates is started at the destination', () => {
  const story = tell({ manager: { ...auto, maxAttempts: 2 }, hypervisor: { migrate: minute } });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('10:30').drain('n1');
  story.at('10:30:30').crash('alice/1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00     alice asks for 1 SMALL 10:00-11:00
              alice <- ACCEPT on n1, held until 09:10
              alice is CONFIRMED on n1
    10:00     alice may run until 11:00 on n1
              alice is ACTIVATED
              alice/1 HALTED on n1
              alice/1 RUNNING on n1
    10:30     n1 is drained until 14:30
              alice/1 is moved n1 -> n2 (drain)
    10:30:30  alice/1 cannot migrate: BAD_POWER_STATE (attempt 1)
              alice/1 HALTED on n1 (guest-crash)
              alice/1 RUNNING on n2
    11:00     alice is EXPIRED: window-over
              alice/1 HALTED on n2
              alice/1 DELETED on n2"
  `);
});
