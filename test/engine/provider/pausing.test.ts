// A paused VM: its guest stands still in the memory of its node, which keeps it. What becomes of it when the node is to be left or is lost, when its
// lease gives way, when its window ends, and over a restart.
import { defer, type Observable, Subject, throwError } from 'rxjs';
import { expect, test } from 'vitest';
import {
  type Dispatcher,
  DispatcherError,
  type InstanceCommand,
  type Observation,
  Provider,
} from '../../../engine/index.ts';
import { delegating } from '../../support/dispatchers.ts';
import { restarting } from '../../support/restarting.ts';
import { MINUTE, node } from '../../support/setup.ts';
import { type Story, tell } from '../../support/story.ts';

const auto = { autoActivate: true };
const minute = { minMs: MINUTE, maxMs: MINUTE };

function order(story: Story, time: string, command: InstanceCommand, vmId = 'alice/1'): void {
  const reply = story.runUntil(time).command({ name: 'instance', vmId, command });
  expect(reply, command).toEqual({ reply: 'REQUEST_SUCCESS' });
}

/** What is told from a time on. */
function from(time: string, story: Story): string {
  const timeline = story.run().timeline();
  return timeline.slice(timeline.indexOf(`\n${time}`) + 1);
}

test('a guest that is paused makes no progress, and its node keeps its place', () => {
  const story = tell({ nodes: [node('n1', 1)], manager: auto, guests: { alice: '20m' } });
  story.at('09:00').book('alice', { start: '10:00' });
  order(story, '10:10', 'pause');
  story.runUntil('10:11');
  expect([...story.provider.vms()]).toMatchObject([{ state: 'PAUSED', wanted: 'paused', loadPermille: 0 }]);
  story.at('10:15').request('bob', { start: '10:15', duration: '30m' });
  order(story, '10:40', 'unpause');
  expect(from('10:10', story)).toMatchInlineSnapshot(`
    "10:10  alice/1 is told to pause
           alice/1 PAUSED on n1
    10:15  bob asks for 1 SMALL 10:15-10:45
           bob <- COUNTER 11:00-11:30 on n1, held until 10:25
    10:25  bob is EXPIRED: hold-expired
    10:40  alice/1 is told to unpause
           alice/1 RUNNING on n1
    10:50  alice/1 HALTED on n1 (guest-shutdown)
           alice is EXPIRED: completed
           alice/1 DELETED on n1"
  `);
});

test('it is suspended, stopped and deleted from there as from anywhere else', () => {
  const story = tell({
    manager: { ...auto, earlyRelease: true },
    hypervisor: { suspend: minute, stop: minute },
  });
  story.at('09:00').book('alice', { start: '10:00' });
  order(story, '10:10', 'pause');
  order(story, '10:11', 'suspend');
  order(story, '10:15', 'resume');
  order(story, '10:16', 'pause');
  order(story, '10:17', 'stop');
  order(story, '10:20', 'start');
  order(story, '10:21', 'pause');
  order(story, '10:22', 'delete');
  expect(from('10:10', story)).toMatchInlineSnapshot(`
    "10:10  alice/1 is told to pause
           alice/1 PAUSED on n1
    10:11  alice/1 is told to suspend
           alice/1 RUNNING on n1
    10:12  alice/1 SUSPENDED on n1
    10:15  alice/1 is told to resume
           alice/1 RUNNING on n1
    10:16  alice/1 is told to pause
           alice/1 PAUSED on n1
    10:17  alice/1 is told to stop
    10:18  alice/1 HALTED on n1
    10:20  alice/1 is told to start
           alice/1 RUNNING on n1
    10:21  alice/1 is told to pause
           alice/1 PAUSED on n1
    10:22  alice/1 is told to delete
           alice is EXPIRED: completed
           alice/1 HALTED on n1
           alice/1 DELETED on n1"
  `);
});

test('at the end of its window it is shut down as any other', () => {
  const story = tell({ manager: { ...auto, shutdownLeadMs: 5 * MINUTE }, hypervisor: { stop: minute } });
  story.at('09:00').book('alice', { start: '10:00' });
  order(story, '10:10', 'pause');
  expect(from('10:10', story)).toMatchInlineSnapshot(`
    "10:10  alice/1 is told to pause
           alice/1 PAUSED on n1
    10:56  alice/1 HALTED on n1
           alice/1 DELETED on n1
    11:00  alice is EXPIRED: window-over"
  `);
});

test('a drained node keeps what is paused, tells why, and is left when it goes on', () => {
  const story = tell({ manager: auto, hypervisor: { migrate: minute } });
  story.at('09:00').book('alice', { start: '10:00' });
  order(story, '10:10', 'pause');
  story.runUntil('10:20').command({ name: 'drain', nodeId: 'n1' });
  expect([...story.provider.vms()]).toMatchObject([
    { state: 'PAUSED', trouble: { operation: 'migrate', reason: 'paused' } },
  ]);
  order(story, '10:30', 'unpause');
  expect(from('10:10', story)).toMatchInlineSnapshot(`
    "10:10  alice/1 is told to pause
           alice/1 PAUSED on n1
    10:20  n1 is drained until 14:20
           alice/1 stays on n1: it cannot migrate (paused)
    10:30  alice/1 is told to unpause
           alice/1 RUNNING on n1
           alice/1 is moved n1 -> n2 (drain)
    10:31  alice/1 has migrated n1 -> n2
    11:00  alice is EXPIRED: window-over
           alice/1 HALTED on n2
           alice/1 DELETED on n2"
  `);
});

test('where no other node has room it is suspended when it goes on, as any other', () => {
  const story = tell({ nodes: [node('n1')], manager: auto, hypervisor: { suspend: minute } });
  story.at('09:00').book('alice', { start: '10:00' });
  order(story, '10:10', 'pause');
  story.runUntil('10:20').command({ name: 'drain', nodeId: 'n1' });
  order(story, '10:30', 'unpause');
  story.runUntil('10:40').command({ name: 'enable', nodeId: 'n1' });
  expect(from('10:10', story)).toMatchInlineSnapshot(`
    "10:10  alice/1 is told to pause
           alice/1 PAUSED on n1
    10:20  n1 is drained until 14:20
           alice/1 stays on n1: it cannot migrate (paused)
    10:30  alice/1 is told to unpause
           alice/1 RUNNING on n1
    10:31  alice/1 SUSPENDED on n1
    10:40  n1 is enabled
           alice/1 RUNNING on n1
    11:00  alice is EXPIRED: window-over
           alice/1 HALTED on n1
           alice/1 DELETED on n1"
  `);
});

test('a node that is back may keep it', () => {
  const story = tell({ manager: auto });
  story.at('09:00').book('alice', { start: '10:00' });
  order(story, '10:10', 'pause');
  story.runUntil('10:20').command({ name: 'drain', nodeId: 'n1' });
  story.runUntil('10:25').command({ name: 'enable', nodeId: 'n1' });
  expect([...story.provider.vms()]).toMatchObject([{ state: 'PAUSED', trouble: undefined }]);
  order(story, '10:30', 'unpause');
  expect(from('10:25', story)).toMatchInlineSnapshot(`
    "10:25  n1 is enabled
    10:30  alice/1 is told to unpause
           alice/1 RUNNING on n1
    11:00  alice is EXPIRED: window-over
           alice/1 HALTED on n1
           alice/1 DELETED on n1"
  `);
});

test('a VM that is on its way to another node is paused there', () => {
  const story = tell({ manager: auto, hypervisor: { migrate: minute } });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('10:10').drain('n1');
  order(story, '10:10:30', 'pause');
  expect(from('10:10', story)).toMatchInlineSnapshot(`
    "10:10     n1 is drained until 14:10
              alice/1 is moved n1 -> n2 (drain)
    10:10:30  alice/1 is told to pause
    10:11     alice/1 has migrated n1 -> n2
              alice/1 PAUSED on n2
    11:00     alice is EXPIRED: window-over
              alice/1 HALTED on n2
              alice/1 DELETED on n2"
  `);
});

test('it is lost with its node, and begins again elsewhere as one that ran', () => {
  const story = tell({ manager: auto });
  story.at('09:00').book('alice', { start: '10:00' });
  order(story, '10:10', 'pause');
  story.at('10:20').fail('n1');
  expect(from('10:10', story)).toMatchInlineSnapshot(`
    "10:10  alice/1 is told to pause
           alice/1 PAUSED on n1
    10:20  n1 is lost with 1 VMs
           alice/1 HALTED on n1 (node-lost)
           alice/1 is moved n1 -> n2 (node-lost)
           alice/1 RUNNING on n2
    11:00  alice is EXPIRED: window-over
           alice/1 HALTED on n2
           alice/1 DELETED on n2"
  `);
});

test('a lease that gives way takes it along, and its user resumes it', () => {
  const suspension = {
    suspendMibPerS: 12.8,
    resumeMibPerS: 12.8,
    enactmentMs: 0,
    exclusion: 'node',
    threshold: 1,
  } as const;
  const story = tell({ nodes: [node('n1', 1)], manager: { suspension } });
  story.at('08:00').book('reservation', { start: '10:00', duration: '1h' });
  story.at('09:00').book('alice', { kind: 'preemptible', instances: 1, duration: '2h' });
  order(story, '09:30', 'pause');
  order(story, '11:10', 'resume');
  expect(from('09:30', story)).toMatchInlineSnapshot(`
    "09:30  alice/1 is told to pause
           alice/1 PAUSED on n1
    09:59  alice/1 RUNNING on n1
           alice/1 SUSPENDED on n1
    10:00  alice is suspended with 61m left
           reservation may run until 11:00 on n1
    11:00  reservation is EXPIRED: window-over [no-show]
           alice may run until 12:02 on n1
           alice is resumed with 61m left
    11:10  alice/1 is told to resume
           alice/1 RUNNING on n1
    12:02  alice is EXPIRED: window-over
           alice/1 HALTED on n1
           alice/1 DELETED on n1"
  `);
});

test('what cannot be paused runs on; what cannot go on yet stays paused, and may be told again', () => {
  const fails = { pause: false, unpause: false };
  const sometimes = (real: Dispatcher): Dispatcher => {
    const failing = (name: 'pause' | 'unpause') => (vmId: string) =>
      defer(() =>
        fails[name]
          ? throwError(() => new DispatcherError('OPERATION_FAILED', 'on purpose'))
          : real[name](vmId),
      );
    return delegating(real, { pause: failing('pause'), unpause: failing('unpause') });
  };
  const story = tell({ manager: auto, dispatcher: sometimes });
  story.at('09:00').book('alice', { start: '10:00' });
  fails.pause = true;
  order(story, '10:10', 'pause');
  story.runUntil('10:19');
  fails.pause = false;
  order(story, '10:20', 'pause');
  fails.unpause = true;
  order(story, '10:30', 'unpause');
  story.runUntil('10:39');
  fails.unpause = false;
  order(story, '10:40', 'unpause');
  expect(from('10:10', story)).toMatchInlineSnapshot(`
    "10:10     alice/1 is told to pause
              alice/1 cannot pause: OPERATION_FAILED (attempt 1)
    10:10:10  alice/1 cannot pause: OPERATION_FAILED (attempt 2)
    10:10:20  alice/1 cannot pause: OPERATION_FAILED (attempt 3)
              alice/1 gives up to pause: failed
    10:20     alice/1 is told to pause
              alice/1 PAUSED on n1
    10:30     alice/1 is told to unpause
              alice/1 cannot unpause: OPERATION_FAILED (attempt 1)
    10:30:10  alice/1 cannot unpause: OPERATION_FAILED (attempt 2)
    10:30:20  alice/1 cannot unpause: OPERATION_FAILED (attempt 3)
              alice/1 gives up to unpause: failed
    10:40     alice/1 is told to unpause
              alice/1 RUNNING on n1
    11:00     alice is EXPIRED: window-over
              alice/1 HALTED on n1
              alice/1 DELETED on n1"
  `);
});

test('one that somebody pauses at the hypervisor stays so until they, or its user, let it go on', () => {
  const outside = new Subject<Observation>();
  let real: Dispatcher | undefined;
  const watched = (dispatcher: Dispatcher): Dispatcher => {
    real = dispatcher;
    return delegating(dispatcher, { observations$: outside });
  };
  const story = tell({ manager: auto, dispatcher: watched });
  const does = (time: string, act: (dispatcher: Dispatcher) => Observable<unknown>) => {
    story.runUntil(time);
    act(real!).subscribe();
    real!.inventory().subscribe(([vm]) => outside.next({ kind: 'vm', vm: vm!, cause: 'outside' }));
  };
  story.at('09:00').book('alice', { start: '10:00' });
  does('10:10', (dispatcher) => dispatcher.pause('alice/1'));
  does('10:20', (dispatcher) => dispatcher.unpause('alice/1'));
  does('10:30', (dispatcher) => dispatcher.pause('alice/1'));
  order(story, '10:40', 'unpause');
  expect(from('10:10', story)).toMatchInlineSnapshot(`
    "10:10  alice/1 PAUSED on n1 (outside)
    10:20  alice/1 RUNNING on n1 (outside)
    10:30  alice/1 PAUSED on n1 (outside)
    10:40  alice/1 is told to unpause
           alice/1 RUNNING on n1
    11:00  alice is EXPIRED: window-over
           alice/1 HALTED on n1
           alice/1 DELETED on n1"
  `);
});

test('a provider that takes over leaves it paused, and carries out what was ordered', () => {
  const tale = (story: Story) => {
    story.at('09:00').book('alice', { start: '10:00' }).book('bob', { start: '10:00' });
    order(story, '10:10', 'pause');
    story.at('10:20').drain('n1');
    order(story, '10:30', 'pause', 'bob/1');
    order(story, '10:31', 'unpause');
    order(story, '10:40', 'unpause', 'bob/1');
    return story.run().timeline();
  };
  const settings = { manager: auto, hypervisor: { migrate: minute } };
  expect(tale(tell({ ...settings, providerOf: restarting }))).toBe(tale(tell(settings)));
});

test('one that an earlier life was starting, and that is paused until its host has made it, goes on', () => {
  const story = tell({ manager: auto, hypervisor: { start: { minMs: 10 * MINUTE, maxMs: 10 * MINUTE } } });
  story.at('09:00').book('alice', { start: '10:00' });
  story.runUntil('10:05');
  // What is in progress is not stored by a service.
  const stored = JSON.stringify(story.provider.snapshot(), (name, value) =>
    name === 'operation' ? undefined : value,
  );
  const provider = new Provider(story.setup, { snapshot: JSON.parse(stored) });
  const nowMs = story.clock.now();
  provider.handle({ kind: 'command', command: { name: 'begin' } }, nowMs);
  const seen = { vmId: 'alice/1', nodeId: 'n1', state: 'PAUSED', loadPermille: 0 } as const;
  const { effects } = provider.handle({ kind: 'report', report: { kind: 'inventory', vms: [seen] } }, nowMs);
  expect([...provider.vms()]).toMatchObject([{ state: 'PAUSED', wanted: 'running' }]);
  expect(effects).toMatchObject([{ kind: 'unpause', vmId: 'alice/1' }]);
});
