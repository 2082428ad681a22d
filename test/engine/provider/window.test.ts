// The window of a confirmed reservation, from its start to its end: activation, boots that take time, shutdowns that take longer.
import { expect, test } from 'vitest';
import { MINUTE, node, SECOND } from '../../support/setup.ts';
import { tell } from '../../support/story.ts';

const minute = { minMs: MINUTE, maxMs: MINUTE };

test('VMs are started at the start of the window, also when the reservation was activated long before', () => {
  const story = tell({ hypervisor: { create: minute, start: minute } });
  story.at('09:00').book('alice', { start: '10:00' }).activate('alice');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 10:00-11:00
           alice <- ACCEPT on n1, held until 09:10
           alice is CONFIRMED on n1
           alice is ACTIVATED
    10:00  alice may run until 11:00 on n1
    10:01  alice/1 HALTED on n1
    10:02  alice/1 RUNNING on n1
    11:00  alice is EXPIRED: window-over
           alice/1 HALTED on n1
           alice/1 DELETED on n1"
  `);
});

test('a reservation can be activated at any time before its end, and runs for the rest', () => {
  const story = tell();
  story.at('09:00').book('alice', { start: '10:00' }).book('bob', { start: '10:00' });
  story.at('10:59:59').activate('alice');
  story.at('11:00').activate('bob');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00     alice asks for 1 SMALL 10:00-11:00
              alice <- ACCEPT on n1, held until 09:10
              alice is CONFIRMED on n1
              bob asks for 1 SMALL 10:00-11:00
              bob <- ACCEPT on n1, held until 09:10
              bob is CONFIRMED on n1
    10:00     alice may run until 11:00 on n1
              bob may run until 11:00 on n1
    10:59:59  alice is ACTIVATED
              alice/1 HALTED on n1
              alice/1 RUNNING on n1
    11:00     alice is EXPIRED: window-over
              bob is EXPIRED: window-over [no-show]
              alice/1 HALTED on n1
              alice/1 DELETED on n1
              bob <- REQUEST_FAILED to activate: ended"
  `);
});

test('a reservation that is not activated keeps its capacity to its end', () => {
  const story = tell({ nodes: [node('n1', 1)] });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('10:30').request('bob', { start: '10:30' });
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 10:00-11:00
           alice <- ACCEPT on n1, held until 09:10
           alice is CONFIRMED on n1
    10:00  alice may run until 11:00 on n1
    10:30  bob asks for 1 SMALL 10:30-11:30
           bob <- COUNTER 11:00-12:00 on n1, held until 10:40
    10:40  bob is EXPIRED: hold-expired
    11:00  alice is EXPIRED: window-over [no-show]"
  `);
});

test('an activated reservation can be deleted until its window opens', () => {
  const story = tell();
  story.at('09:00').book('alice', { start: '10:00' }).activate('alice').cancel('alice');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 10:00-11:00
           alice <- ACCEPT on n1, held until 09:10
           alice is CONFIRMED on n1
           alice is ACTIVATED
           alice is CANCELLED: cancelled-by-user [refund 100000]"
  `);
});

test('the next reservation on the node starts at the instant at which the one before ends', () => {
  const story = tell({ nodes: [node('n1')], manager: { autoActivate: true }, hypervisor: { stop: minute } });
  story.at('09:00').book('alice', { start: '10:00', instances: 4 });
  story.at('09:00').book('bob', { start: '11:00', instances: 4 });
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 4 SMALL 10:00-11:00
           alice <- ACCEPT on 4xn1, held until 09:10
           alice is CONFIRMED on 4xn1
           bob asks for 4 SMALL 11:00-12:00
           bob <- ACCEPT on 4xn1, held until 09:10
           bob is CONFIRMED on 4xn1
    10:00  alice may run until 11:00 on 4xn1
           alice is ACTIVATED
           alice/1,2,3,4 HALTED on n1
           alice/1,2,3,4 RUNNING on n1
    11:00  alice is EXPIRED: window-over
           alice/1,2,3,4 HALTED on n1
           alice/1,2,3,4 DELETED on n1
           bob may run until 12:00 on 4xn1
           bob is ACTIVATED
           bob/1,2,3,4 HALTED on n1
           bob/1,2,3,4 RUNNING on n1
    12:00  bob is EXPIRED: window-over
           bob/1,2,3,4 HALTED on n1
           bob/1,2,3,4 DELETED on n1"
  `);
});

test('a clean shutdown begins early enough to be over at the end of the window', () => {
  const story = tell({
    manager: { autoActivate: true, shutdownLeadMs: 2 * MINUTE },
    hypervisor: { stop: minute },
  });
  story.at('09:00').book('alice', { start: '10:00' });
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 10:00-11:00
           alice <- ACCEPT on n1, held until 09:10
           alice is CONFIRMED on n1
    10:00  alice may run until 11:00 on n1
           alice is ACTIVATED
           alice/1 HALTED on n1
           alice/1 RUNNING on n1
    10:59  alice/1 HALTED on n1
           alice/1 DELETED on n1
    11:00  alice is EXPIRED: window-over"
  `);
});

test('a guest that is not down at the end of its window loses its power', () => {
  const story = tell({
    nodes: [node('n1', 1)],
    manager: { autoActivate: true, shutdownLeadMs: 30 * SECOND },
    hypervisor: { stop: minute },
  });
  story.at('09:00').book('alice', { start: '10:00' }).book('bob', { start: '11:00' });
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 10:00-11:00
           alice <- ACCEPT on n1, held until 09:10
           alice is CONFIRMED on n1
           bob asks for 1 SMALL 11:00-12:00
           bob <- ACCEPT on n1, held until 09:10
           bob is CONFIRMED on n1
    10:00  alice may run until 11:00 on n1
           alice is ACTIVATED
           alice/1 HALTED on n1
           alice/1 RUNNING on n1
    11:00  alice is EXPIRED: window-over
           alice/1 HALTED on n1
           alice/1 DELETED on n1
           bob may run until 12:00 on n1
           bob is ACTIVATED
           bob/1 HALTED on n1
           bob/1 RUNNING on n1
    12:00  bob is EXPIRED: window-over
           bob/1 HALTED on n1
           bob/1 DELETED on n1"
  `);
});

test('a guest that does not answer is tried in vain during the lead and loses its power at the end', () => {
  const story = tell({
    manager: { autoActivate: true, shutdownLeadMs: MINUTE, retryDelayMs: 40 * SECOND },
    hypervisor: { stop: minute, hangDetectionMs: 10 * MINUTE },
  });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('10:55').hang('alice/1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00     alice asks for 1 SMALL 10:00-11:00
              alice <- ACCEPT on n1, held until 09:10
              alice is CONFIRMED on n1
    10:00     alice may run until 11:00 on n1
              alice is ACTIVATED
              alice/1 HALTED on n1
              alice/1 RUNNING on n1
    10:59     alice/1 cannot stop: OPERATION_FAILED (attempt 1)
    10:59:40  alice/1 cannot stop: OPERATION_FAILED (attempt 2)
    11:00     alice is EXPIRED: window-over
              alice/1 HALTED on n1
              alice/1 DELETED on n1"
  `);
});

test('a boot that is still in progress at the end of the window is given up', () => {
  const story = tell({
    nodes: [node('n1', 1)],
    manager: { autoActivate: true },
    hypervisor: { start: minute },
  });
  story.at('09:00').book('alice', { start: '10:00', duration: '30s' });
  story.at('09:00').book('bob', { start: '10:00:30', duration: '2m' });
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00     alice asks for 1 SMALL 10:00-10:00:30
              alice <- ACCEPT on n1, held until 09:10
              alice is CONFIRMED on n1
              bob asks for 1 SMALL 10:00:30-10:02:30
              bob <- ACCEPT on n1, held until 09:10
              bob is CONFIRMED on n1
    10:00     alice may run until 10:00:30 on n1
              alice is ACTIVATED
              alice/1 HALTED on n1
    10:00:30  alice is EXPIRED: window-over
              alice/1 DELETED on n1
              bob may run until 10:02:30 on n1
              bob is ACTIVATED
              bob/1 HALTED on n1
    10:01:30  bob/1 RUNNING on n1
    10:02:30  bob is EXPIRED: window-over
              bob/1 HALTED on n1
              bob/1 DELETED on n1"
  `);
});

test('a VM whose making is still in progress at the end of the window is not left behind', () => {
  const story = tell({ manager: { autoActivate: true }, hypervisor: { create: minute } });
  story.at('09:00').book('alice', { start: '10:00', duration: '30s' });
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00     alice asks for 1 SMALL 10:00-10:00:30
              alice <- ACCEPT on n1, held until 09:10
              alice is CONFIRMED on n1
    10:00     alice may run until 10:00:30 on n1
              alice is ACTIVATED
    10:00:30  alice is EXPIRED: window-over
              alice/1 HALTED on n1
              alice/1 DELETED on n1"
  `);
});

test('a window no longer than the lead of the shutdown is used to its end', () => {
  const story = tell({ manager: { autoActivate: true, shutdownLeadMs: 5 * MINUTE } });
  story.at('09:00').book('alice', { start: '10:00', duration: '5m' });
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 10:00-10:05
           alice <- ACCEPT on n1, held until 09:10
           alice is CONFIRMED on n1
    10:00  alice may run until 10:05 on n1
           alice is ACTIVATED
           alice/1 HALTED on n1
           alice/1 RUNNING on n1
    10:05  alice is EXPIRED: window-over
           alice/1 HALTED on n1
           alice/1 DELETED on n1"
  `);
});

test('what is started during the lead still has until the end of the window', () => {
  const story = tell({ manager: { shutdownLeadMs: 5 * MINUTE }, hypervisor: { stop: minute } });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('10:58').activate('alice');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 10:00-11:00
           alice <- ACCEPT on n1, held until 09:10
           alice is CONFIRMED on n1
    10:00  alice may run until 11:00 on n1
    10:58  alice is ACTIVATED
           alice/1 HALTED on n1
           alice/1 RUNNING on n1
    11:00  alice is EXPIRED: window-over
           alice/1 HALTED on n1
           alice/1 DELETED on n1"
  `);
});
