// What guests do on their own account: shut down, crash, hang; and what the VM Monitor makes of it.
import { expect, test } from 'vitest';
import { HOUR, MINUTE, node, SECOND } from '../../support/setup.ts';
import { tell } from '../../support/story.ts';

const auto = { autoActivate: true };
const minute = { minMs: MINUTE, maxMs: MINUTE };

test('a reservation whose guests have all shut down ends there and gives back the rest of its window', () => {
  const story = tell({ nodes: [node('n1', 1)], manager: auto, guests: { alice: '20m' } });
  story.at('09:00').book('alice', { start: '10:00', duration: '4h' });
  story.at('10:20').request('bob', { start: '10:20' });
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 10:00-14:00
           alice <- ACCEPT on n1, held until 09:10
           alice is CONFIRMED on n1
    10:00  alice may run until 14:00 on n1
           alice is ACTIVATED
           alice/1 HALTED on n1
           alice/1 RUNNING on n1
    10:20  alice/1 HALTED on n1 (guest-shutdown)
           alice is EXPIRED: completed
           alice/1 DELETED on n1
           bob asks for 1 SMALL 10:20-11:20
           bob <- ACCEPT on n1, held until 10:30
    10:30  bob is EXPIRED: hold-expired"
  `);
});

test('without early release the window stays reserved to its end', () => {
  const story = tell({
    nodes: [node('n1', 1)],
    manager: { ...auto, earlyRelease: false },
    guests: { alice: '20m' },
  });
  story.at('09:00').book('alice', { start: '10:00', duration: '4h' });
  story.at('10:20').request('bob', { start: '10:20' });
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 10:00-14:00
           alice <- ACCEPT on n1, held until 09:10
           alice is CONFIRMED on n1
    10:00  alice may run until 14:00 on n1
           alice is ACTIVATED
           alice/1 HALTED on n1
           alice/1 RUNNING on n1
    10:20  alice/1 HALTED on n1 (guest-shutdown)
           bob asks for 1 SMALL 10:20-11:20
           bob <- COUNTER 14:00-15:00 on n1, held until 10:30
    10:30  bob is EXPIRED: hold-expired
    14:00  alice is EXPIRED: window-over
           alice/1 DELETED on n1"
  `);
});

test('a reservation goes on until the last of its guests has shut down', () => {
  const story = tell({ nodes: [node('n1')], manager: auto, guests: { alice: '20m' } });
  story.at('09:00').book('alice', { start: '10:00', duration: '4h', options: 1 });
  story.at('10:10').claim('alice', 1);
  expect(story.run().endOf('alice')).toMatchObject({ reason: 'completed', atMs: story.ms('10:30') });
});

test('a guest that has shut down is not started again when its node is lost', () => {
  const story = tell({ manager: { ...auto, earlyRelease: false }, guests: { alice: '20m' } });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('10:30').fail('n1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 10:00-11:00
           alice <- ACCEPT on n1, held until 09:10
           alice is CONFIRMED on n1
    10:00  alice may run until 11:00 on n1
           alice is ACTIVATED
           alice/1 HALTED on n1
           alice/1 RUNNING on n1
    10:20  alice/1 HALTED on n1 (guest-shutdown)
    10:30  n1 is lost with 0 VMs
    11:00  alice is EXPIRED: window-over
           alice/1 DELETED on n1"
  `);
});

test('a crashed guest is started again', () => {
  const story = tell({ manager: auto, hypervisor: { start: minute } });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('10:30').crash('alice/1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 10:00-11:00
           alice <- ACCEPT on n1, held until 09:10
           alice is CONFIRMED on n1
    10:00  alice may run until 11:00 on n1
           alice is ACTIVATED
           alice/1 HALTED on n1
    10:01  alice/1 RUNNING on n1
    10:30  alice/1 HALTED on n1 (guest-crash)
    10:31  alice/1 RUNNING on n1
    11:00  alice is EXPIRED: window-over
           alice/1 HALTED on n1
           alice/1 DELETED on n1"
  `);
});

test('a guest that crashes again and again fails its reservation', () => {
  const story = tell({ manager: { ...auto, maxAttempts: 3 }, hypervisor: { start: minute } });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('10:10').crash('alice/1');
  story.at('10:20').crash('alice/1');
  story.at('10:30').crash('alice/1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 10:00-11:00
           alice <- ACCEPT on n1, held until 09:10
           alice is CONFIRMED on n1
    10:00  alice may run until 11:00 on n1
           alice is ACTIVATED
           alice/1 HALTED on n1
    10:01  alice/1 RUNNING on n1
    10:10  alice/1 HALTED on n1 (guest-crash)
    10:11  alice/1 RUNNING on n1
    10:20  alice/1 HALTED on n1 (guest-crash)
    10:21  alice/1 RUNNING on n1
    10:30  alice/1 HALTED on n1 (guest-crash)
           alice is FAILED: instance-failed [refund 50000, penalty 10000]
           alice/1 DELETED on n1"
  `);
});

test('a hung guest is rebooted when its silence is noticed', () => {
  const story = tell({ manager: auto, hypervisor: { reboot: minute, hangDetectionMs: 30 * SECOND } });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('10:30').hang('alice/1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00     alice asks for 1 SMALL 10:00-11:00
              alice <- ACCEPT on n1, held until 09:10
              alice is CONFIRMED on n1
    10:00     alice may run until 11:00 on n1
              alice is ACTIVATED
              alice/1 HALTED on n1
              alice/1 RUNNING on n1
    10:30:30  alice/1 RUNNING without load on n1 (guest-hang)
    10:31:30  alice/1 RUNNING on n1
    11:00     alice is EXPIRED: window-over
              alice/1 HALTED on n1
              alice/1 DELETED on n1"
  `);
});

test('a guest that hangs again and again fails its reservation', () => {
  const story = tell({ manager: { ...auto, maxAttempts: 3 }, hypervisor: { reboot: minute } });
  story.at('09:00').book('alice', { start: '10:00' });
  for (const time of ['10:10', '10:20', '10:30', '10:40']) story.at(time).hang('alice/1');
  expect(story.run().endOf('alice')).toMatchObject({ reason: 'instance-failed', atMs: story.ms('10:30') });
});

test('a hung guest that is stopped before anybody noticed is not rebooted', () => {
  const story = tell({ manager: auto, hypervisor: { hangDetectionMs: 10 * MINUTE } });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('10:55').hang('alice/1');
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 10:00-11:00
           alice <- ACCEPT on n1, held until 09:10
           alice is CONFIRMED on n1
    10:00  alice may run until 11:00 on n1
           alice is ACTIVATED
           alice/1 HALTED on n1
           alice/1 RUNNING on n1
    11:00  alice is EXPIRED: window-over
           alice/1 HALTED on n1
           alice/1 DELETED on n1"
  `);
});

test('a guest works for its whole run time although it was suspended in between', () => {
  const story = tell({
    nodes: [node('n1')],
    manager: auto,
    guests: { alice: '30m' },
    hypervisor: { suspend: minute, resume: minute },
  });
  story.at('09:00').book('alice', { start: '10:00', duration: '3h' });
  story.at('10:10').drain('n1');
  story.at('10:40').enable('n1');
  // 10 minutes before the suspension, 20 after the resumption, which took a minute.
  expect(story.run().endOf('alice')).toMatchObject({ reason: 'completed', atMs: story.ms('11:01') });
});

test('a restarted guest begins its work anew', () => {
  const story = tell({ manager: auto, guests: { alice: '30m' } });
  story.at('09:00').book('alice', { start: '10:00', duration: '3h' });
  story.at('10:20').crash('alice/1');
  expect(story.run().endOf('alice')).toMatchObject({ reason: 'completed', atMs: story.ms('10:50') });
});

test('a guest that shuts down at the very instant at which its window ends is over, not completed', () => {
  const story = tell({ manager: auto, guests: { alice: '1h' } });
  story.at('09:00').book('alice', { start: '10:00' });
  expect(story.run().endOf('alice')).toMatchObject({ reason: 'window-over', atMs: 11 * HOUR });
});

test('news of a guest that is older than the end of its reservation changes nothing', () => {
  const story = tell({ manager: { ...auto, maxAttempts: 1 } });
  story.at('09:00').book('alice', { start: '10:00', instances: 2 });
  // The crashes fail the reservation; that alice/2 hangs is heard while its power is being taken away.
  story.at('10:30').crash('alice/1').crash('alice/2').hang('alice/2');
  story.run();
  const last = story.eventsOf('vm-state-changed').filter(({ vmId }) => vmId === 'alice/2');
  expect(last.map(({ to }) => to)).toEqual(['HALTED', 'RUNNING', 'HALTED', 'DELETED']);
});
