// What cannot be done with a VM never costs a VM: refusals leave it as it was and are told, what passes by itself waits, and only what
// brings a VM up may fail its instance.
import { defer, throwError } from 'rxjs';
import { describe, expect, test } from 'vitest';
import {
  type Dispatcher,
  DispatcherError,
  type DispatcherErrorCode,
} from '../../../engine/hypervisor/dispatcher.ts';
import type { Hindrance, InstanceCommand } from '../../../engine/index.ts';
import { around, type Operation } from '../../support/dispatchers.ts';
import { node } from '../../support/setup.ts';
import { type Story, tell } from '../../support/story.ts';

const auto = { autoActivate: true };
const WITHOUT_TOOLS = { guestsWithoutTools: 1 };

/** Answers so, as long as it says so, instead of the operation. */
function answering(
  answers: Partial<Record<Operation, () => [DispatcherErrorCode, Hindrance?] | undefined>>,
): (dispatcher: Dispatcher) => Dispatcher {
  return (real) =>
    around(real, (name, attempt) =>
      defer(() => {
        const answer = answers[name]?.();
        if (answer === undefined) return attempt();
        return throwError(() => new DispatcherError(answer[0], `${name} on purpose`, answer[1]));
      }),
    );
}

/** What is told from a time on. */
function from(time: string, timeline: string): string {
  return timeline.slice(timeline.indexOf(`\n${time}`) + 1);
}

function order(story: Story, time: string, vmId: string, command: InstanceCommand): void {
  story.runUntil(time).command({ name: 'instance', vmId, command });
}

test('a guest without tools refuses its suspension once, is told so, and runs on with all others', () => {
  const story = tell({ manager: auto, hypervisor: WITHOUT_TOOLS });
  story.at('09:00').book('alice', { start: '10:00', instances: 3 });
  order(story, '10:10', 'alice/1', 'suspend');
  expect(from('10:10', story.run().timeline())).toMatchInlineSnapshot(`
    "10:10  alice/1 is told to suspend
           alice/1 gives up to suspend: no-guest-tools
    11:00  alice is EXPIRED: window-over
           alice/1,2,3 HALTED on n1
           alice/1,2,3 DELETED on n1"
  `);
});

test('a node with guests without tools is not emptied; they run on, and it says why', () => {
  const story = tell({ manager: auto, hypervisor: WITHOUT_TOOLS });
  story.at('09:00').book('alice', { start: '10:00', instances: 2 });
  story.at('10:30').drain('n1');
  expect(from('10:30', story.run().timeline())).toMatchInlineSnapshot(`
    "10:30  n1 is drained until 14:30
           alice/1,2 is moved n1 -> n2 (drain)
           alice/1 is moved n2 -> n1 (not-moved)
           alice/1 stays on n1: it cannot migrate (no-guest-tools)
           alice/2 is moved n2 -> n1 (not-moved)
           alice/2 stays on n1: it cannot migrate (no-guest-tools)
    11:00  alice is EXPIRED: window-over
           alice/1,2 HALTED on n1
           alice/1,2 DELETED on n1"
  `);
});

test('where there is no room elsewhere, what can be neither moved nor suspended stays and runs on', () => {
  const story = tell({ nodes: [node('n1')], manager: auto, hypervisor: WITHOUT_TOOLS });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('10:30').drain('n1');
  expect(from('10:30', story.run().timeline())).toMatchInlineSnapshot(`
    "10:30  n1 is drained until 14:30
           alice/1 stays on n1: it cannot suspend (no-guest-tools)
    11:00  alice is EXPIRED: window-over
           alice/1 HALTED on n1
           alice/1 DELETED on n1"
  `);
});

test('what could not be moved tries again when its guest restarts and when its node is drained again', () => {
  let isFixed = false;
  const story = tell({
    manager: auto,
    dispatcher: answering({ migrate: () => (isFixed ? undefined : ['REFUSED', 'device-attached']) }),
  });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('10:30').drain('n1');
  order(story, '10:40', 'alice/1', 'reboot');
  story.runUntil('10:49');
  isFixed = true;
  story.at('10:50').drain('n1');
  expect(from('10:30', story.run().timeline())).toMatchInlineSnapshot(`
    "10:30  n1 is drained until 14:30
           alice/1 is moved n1 -> n2 (drain)
           alice/1 is moved n2 -> n1 (not-moved)
           alice/1 stays on n1: it cannot migrate (device-attached)
    10:40  alice/1 is told to reboot
           alice/1 is moved n1 -> n2 (drain)
           alice/1 is moved n2 -> n1 (not-moved)
           alice/1 stays on n1: it cannot migrate (device-attached)
    10:50  alice/1 is moved n1 -> n2 (drain)
           alice/1 has migrated n1 -> n2
    11:00  alice is EXPIRED: window-over
           alice/1 HALTED on n2
           alice/1 DELETED on n2"
  `);
});

test('what stays is not asked again when its node is not back in time, and once when an operator drains it again', () => {
  let asked = 0;
  const story = tell({
    nodes: [node('n1')],
    manager: auto,
    dispatcher: answering({
      suspend: () => {
        asked += 1;
        return ['REFUSED', 'no-suspend-storage'];
      },
    }),
  });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('10:20').drain('n1', { until: '10:30' });
  story.runUntil('10:35');
  expect(story.eventsOf('node-return-expected')).toHaveLength(1);
  expect(asked).toBe(1);
  story.at('10:40').drain('n1', { until: '17:00' });
  story.runUntil('10:50');
  expect(story.eventsOf('node-return-expected')).toHaveLength(2);
  expect(asked).toBe(2);
  expect(story.eventsOf('node-not-emptied')).toHaveLength(1);
  story.run();
});

test('what could not be moved is left in peace when its node is enabled', () => {
  const story = tell({ manager: auto, hypervisor: WITHOUT_TOOLS });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('10:30').drain('n1');
  story.at('10:40').enable('n1');
  story.at('10:41').drain('n2');
  expect(from('10:40', story.run().timeline())).toMatchInlineSnapshot(`
    "10:40  n1 is enabled
    10:41  n2 is drained until 14:41
    11:00  alice is EXPIRED: window-over
           alice/1 HALTED on n1
           alice/1 DELETED on n1"
  `);
});

test('what stays tries again when the outage of another node ends', () => {
  let isFixed = false;
  const story = tell({
    manager: auto,
    dispatcher: answering({ suspend: () => (isFixed ? undefined : ['REFUSED', 'no-suspend-storage']) }),
  });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('10:20').drain('n2');
  story.at('10:30').drain('n1');
  story.runUntil('10:35');
  isFixed = true;
  story.at('10:40').enable('n2');
  expect(from('10:30', story.run().timeline())).toMatchInlineSnapshot(`
    "10:30  n1 is drained until 14:30
           alice/1 stays on n1: it cannot suspend (no-suspend-storage)
    10:40  n2 is enabled
           alice/1 is moved n1 -> n2 (drain)
           alice/1 has migrated n1 -> n2
    11:00  alice is EXPIRED: window-over
           alice/1 HALTED on n2
           alice/1 DELETED on n2"
  `);
});

test('what stays for want of room goes as soon as there is some', () => {
  const story = tell({
    manager: auto,
    dispatcher: answering({ suspend: () => ['REFUSED', 'no-suspend-storage'] }),
  });
  story.at('09:00').book('alice', { start: '10:00', type: 'XLARGE' });
  story.at('09:01').book('bob', { start: '09:45', type: 'XLARGE' });
  story.at('10:30').drain('n1');
  expect(from('10:30', story.run().timeline())).toMatchInlineSnapshot(`
    "10:30  n1 is drained until 14:30
           alice/1 stays on n1: it cannot suspend (no-suspend-storage)
    10:45  bob is EXPIRED: window-over
           alice/1 is moved n1 -> n2 (drain)
           bob/1 HALTED on n2
           alice/1 has migrated n1 -> n2
           bob/1 DELETED on n2
    11:00  alice is EXPIRED: window-over
           alice/1 HALTED on n2
           alice/1 DELETED on n2"
  `);
});

test.each([
  ['suspend', 'OPERATION_FAILED'],
  ['reboot', 'OPERATION_FAILED'],
  ['stop', 'OPERATION_FAILED'],
  ['suspend', 'BAD_POWER_STATE'],
  ['reboot', 'REFUSED'],
] as const)('a %s that ends with %s is given up, and costs no VM', (operation, code) => {
  let isBroken = true;
  const story = tell({
    manager: auto,
    dispatcher: answering({ [operation]: () => (isBroken ? [code, 'not-supported'] : undefined) }),
  });
  story.at('09:00').book('alice', { start: '10:00', instances: 3 });
  order(story, '10:10', 'alice/2', operation);
  story.runUntil('10:59');
  const states = story.provider
    .reservation('alice')!
    .instances.map(({ vm }) => [vm?.state, vm?.wanted, vm?.trouble?.operation]);
  expect(states).toEqual([
    ['RUNNING', 'running', undefined],
    ['RUNNING', 'running', operation],
    ['RUNNING', 'running', undefined],
  ]);
  isBroken = false;
  story.run();
  expect(story.endOf('alice')).toMatchObject({ state: 'EXPIRED', refundMicros: 0 });
  expect(story.eventsOf('operation-given-up')).toHaveLength(1);
});

describe('what passes by itself', () => {
  const busyUntil = (story: () => Story, time: string) => () =>
    story().clock.now() < story().ms(time)
      ? (['NOT_NOW', 'disk-in-use'] as [DispatcherErrorCode, Hindrance])
      : undefined;

  test('waits, is told once, and is no failed try', () => {
    const story: Story = tell({
      manager: auto,
      dispatcher: answering({ start: busyUntil(() => story, '10:20') }),
    });
    story.at('09:00').book('alice', { start: '10:00' });
    expect(from('10:00', story.run().timeline())).toMatchInlineSnapshot(`
      "10:00  alice may run until 11:00 on n1
             alice is ACTIVATED
             alice/1 HALTED on n1
             alice/1 waits to start: disk-in-use
      10:20  alice/1 RUNNING on n1
      11:00  alice is EXPIRED: window-over
             alice/1 HALTED on n1
             alice/1 DELETED on n1"
    `);
  });

  test.each([0, 60_000])(
    'waits to the end of the window, and then is paid back (shutdown lead %d ms)',
    (shutdownLeadMs) => {
      const story: Story = tell({
        manager: { ...auto, shutdownLeadMs },
        dispatcher: answering({ start: busyUntil(() => story, '12:00') }),
      });
      story.at('09:00').book('alice', { start: '10:00' });
      story.run();
      expect(story.endOf('alice')).toMatchObject({
        state: 'FAILED',
        reason: 'instance-failed',
        atMs: story.ms('11:00'),
      });
      expect(story.endOf('alice')?.refundMicros).toBe(100_000);
      expect(story.eventsOf('operation-waits')).toHaveLength(1);
    },
  );
});

test('what cannot be started and has never run fails at once', () => {
  const story = tell({
    manager: auto,
    dispatcher: answering({ start: () => ['REFUSED', 'operation-blocked'] }),
  });
  story.at('09:00').book('alice', { start: '10:00' });
  story.run();
  expect(story.endOf('alice')).toMatchObject({
    state: 'FAILED',
    reason: 'instance-failed',
    atMs: story.ms('10:00'),
  });
});

test.each(['REFUSED', 'OPERATION_FAILED'] as const)(
  'what has run and cannot be started again (%s) keeps its disk to the end of its window, and is paid back',
  (code) => {
    let isBlocked = false;
    const story = tell({
      manager: auto,
      dispatcher: answering({ start: () => (isBlocked ? [code, 'operation-blocked'] : undefined) }),
    });
    story.at('09:00').book('alice', { start: '10:00', instances: 2 });
    order(story, '10:10', 'alice/1', 'stop');
    isBlocked = true;
    order(story, '10:20', 'alice/1', 'start');
    story.runUntil('10:59');
    expect(story.hypervisor.vmCount).toBe(2);
    expect(story.provider.reservation('alice')?.state).toBe('ACTIVATED');
    story.run();
    expect(story.endOf('alice')).toMatchObject({ state: 'FAILED', atMs: story.ms('11:00') });
    expect(story.endOf('alice')?.refundMicros).toBeGreaterThan(0);
  },
);

test('what is suspended and cannot be resumed stays suspended, and can be started afresh from its disk', () => {
  const story = tell({ manager: auto, dispatcher: answering({ resume: () => ['OPERATION_FAILED'] }) });
  story.at('09:00').book('alice', { start: '10:00' });
  order(story, '10:10', 'alice/1', 'suspend');
  order(story, '10:20', 'alice/1', 'resume');
  order(story, '10:40', 'alice/1', 'stop');
  order(story, '10:41', 'alice/1', 'start');
  expect(from('10:20', story.run().timeline())).toMatchInlineSnapshot(`
    "10:20     alice/1 is told to resume
              alice/1 cannot resume: OPERATION_FAILED (attempt 1)
    10:20:10  alice/1 cannot resume: OPERATION_FAILED (attempt 2)
    10:20:20  alice/1 cannot resume: OPERATION_FAILED (attempt 3)
              alice/1 gives up to resume: failed
    10:40     alice/1 is told to stop
              alice/1 HALTED on n1
    10:41     alice/1 is told to start
              alice/1 RUNNING on n1
    11:00     alice is EXPIRED: window-over
              alice/1 HALTED on n1
              alice/1 DELETED on n1"
  `);
});

test('the power of a guest without tools is taken at once: it cannot be asked', () => {
  const story = tell({
    manager: auto,
    hypervisor: { ...WITHOUT_TOOLS, stop: { minMs: 60_000, maxMs: 60_000 } },
  });
  story.at('09:00').book('alice', { start: '10:00' });
  order(story, '10:10', 'alice/1', 'stop');
  story.run();
  const halted = story.eventsOf('vm-state-changed').findLast(({ to }) => to === 'HALTED');
  expect(halted?.atMs).toBe(story.ms('10:10'));
});

describe('the disk of a guest that shuts down by itself', () => {
  const kept = { ...auto, keepDisksMs: 3_600_000 };

  test('stays to the end of the window, can be started again, and goes after the time that it is kept', () => {
    const story = tell({ manager: kept, guests: { alice: '10m' } });
    story.at('09:00').book('alice', { start: '10:00' });
    order(story, '10:20', 'alice/1', 'start');
    expect(from('10:00', story.run().timeline())).toMatchInlineSnapshot(`
      "10:00  alice may run until 11:00 on n1
             alice is ACTIVATED
             alice/1 HALTED on n1
             alice/1 RUNNING on n1
      10:10  alice/1 HALTED on n1 (guest-shutdown)
      10:20  alice/1 is told to start
             alice/1 RUNNING on n1
      10:30  alice/1 HALTED on n1 (guest-shutdown)
      11:00  alice/1 is kept until 12:00
             alice is EXPIRED: window-over
      12:00  alice/1 DELETED on n1"
    `);
  });

  test('goes when its user says so, in the window or after it', () => {
    const story = tell({ manager: kept, guests: { alice: '10m', bob: '10m' } });
    story.at('09:00').book('alice', { start: '10:00' });
    story.at('09:00').book('bob', { start: '10:00' });
    order(story, '10:20', 'alice/1', 'delete');
    order(story, '11:20', 'bob/1', 'delete');
    story.run();
    const gone = story.eventsOf('vm-state-changed').filter(({ to }) => to === 'DELETED');
    expect(gone.map(({ atMs, vmId }) => [vmId, atMs])).toEqual([
      ['alice/1', story.ms('10:20')],
      ['bob/1', story.ms('11:20')],
    ]);
    expect(story.endOf('alice')?.reason).toBe('completed');
  });

  test('is not touched by the shutdown before the end, nor by the failure of another instance', () => {
    const story = tell({
      nodes: [node('n1'), node('n2')],
      manager: { ...kept, shutdownLeadMs: 60_000 },
      guests: { alice: '10m' },
    });
    story.at('09:00').book('alice', { start: '10:00', type: 'XLARGE', instances: 2 });
    story.runUntil('10:15').command({ name: 'instance', vmId: 'alice/2', command: 'start' });
    for (const time of ['10:20', '10:20:20', '10:20:40']) story.at(time).crash('alice/2');
    story.runUntil('10:30');
    expect(story.hypervisor.vmCount).toBe(2);
    expect(story.run().endOf('alice')?.state).toBe('FAILED');
    expect(story.eventsOf('disk-kept').map(({ vmId }) => vmId)).toEqual(['alice/1', 'alice/2']);
  });
});

describe('the disk of a guest that cannot be kept up', () => {
  const kept = { ...auto, maxAttempts: 3, keepDisksMs: 3_600_000 };

  test('stays when it crashes again and again, its user may start it, and the other instance goes on', () => {
    const story = tell({ nodes: [node('n1'), node('n2')], manager: kept });
    story.at('09:00').book('alice', { start: '10:00', type: 'XLARGE', instances: 2 });
    for (const time of ['10:10', '10:20', '10:30', '10:50']) story.at(time).crash('alice/1');
    order(story, '10:40', 'alice/1', 'start');
    const timeline = from('10:30', story.run().timeline());
    expect(timeline).toMatchInlineSnapshot(`
      "10:30  alice/1 HALTED on n1 (guest-crash)
             alice/1 gives up to start: failed
      10:40  alice/1 is told to start
             alice/1 RUNNING on n1
      10:50  alice/1 HALTED on n1 (guest-crash)
             alice/1 RUNNING on n1
      11:00  alice is EXPIRED: window-over
             alice/1 HALTED on n1
             alice/2 HALTED on n2
             alice/1 DELETED on n1
             alice/2 DELETED on n2"
    `);
  });

  test('stays for a while after the window that it did not outlive, and what was not delivered is paid back', () => {
    const story = tell({ manager: kept });
    story.at('09:00').book('alice', { start: '10:00' });
    for (const time of ['10:10', '10:20', '10:30']) story.at(time).crash('alice/1');
    expect(from('10:30', story.run().timeline())).toMatchInlineSnapshot(`
      "10:30  alice/1 HALTED on n1 (guest-crash)
             alice/1 gives up to start: failed
      11:00  alice/1 is kept until 12:00
             alice is FAILED: instance-failed [refund 50000, penalty 10000]
      12:00  alice/1 DELETED on n1"
    `);
  });

  test('stays when it hangs again and again: its power is taken away', () => {
    const story = tell({ manager: kept });
    story.at('09:00').book('alice', { start: '10:00' });
    for (const time of ['10:10', '10:20', '10:30', '10:40']) story.at(time).hang('alice/1');
    expect(from('10:30', story.run().timeline())).toMatchInlineSnapshot(`
      "10:30  alice/1 RUNNING without load on n1 (guest-hang)
             alice/1 gives up to start: failed
             alice/1 HALTED on n1
      11:00  alice/1 is kept until 12:00
             alice is FAILED: instance-failed [refund 50000, penalty 10000]
      12:00  alice/1 DELETED on n1"
    `);
  });
});
