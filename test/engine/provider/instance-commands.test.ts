import { expect, test } from 'vitest';
import {
  commandVerdicts,
  INSTANCE_COMMANDS,
  type InstanceCommand,
  type InstanceCondition,
  type InstanceReply,
} from '../../../engine/index.ts';
import { MINUTE, node, provider, SECOND } from '../../support/setup.ts';
import { type Story, tell } from '../../support/story.ts';

const auto = { ...provider().settings, autoActivate: true };
const slow = { minMs: 20 * SECOND, maxMs: 20 * SECOND };

function command(story: Story, vmId: string, what: InstanceCommand): InstanceReply {
  return story.command({ name: 'instance', vmId, command: what });
}

const refused = (reason: string, state?: string) => ({
  reply: 'REQUEST_FAILED',
  reason,
  ...(state === undefined ? {} : { state }),
});

test('a user stops, starts, suspends, resumes, reboots and deletes an instance while its window is open', () => {
  const story = tell({ manager: { ...auto, earlyRelease: true }, hypervisor: { reboot: slow } });
  story.at('09:00').book('alice', { start: '10:00', instances: 2 });
  story.runUntil('10:05');
  for (const [time, what] of [
    ['10:10', 'stop'],
    ['10:15', 'start'],
    ['10:20', 'suspend'],
    ['10:25', 'resume'],
    ['10:30', 'reboot'],
    ['10:35', 'delete'],
  ] as const) {
    story.runUntil(time);
    expect(command(story, 'alice/1', what), what).toEqual({ reply: 'REQUEST_SUCCESS' });
  }
  expect(story.run().timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 2 SMALL 10:00-11:00
           alice <- ACCEPT on 2xn1, held until 09:10
           alice is CONFIRMED on 2xn1
    10:00  alice may run until 11:00 on 2xn1
           alice is ACTIVATED
           alice/1,2 HALTED on n1
           alice/1,2 RUNNING on n1
    10:10  alice/1 is told to stop
           alice/1 HALTED on n1
    10:15  alice/1 is told to start
           alice/1 RUNNING on n1
    10:20  alice/1 is told to suspend
           alice/1 SUSPENDED on n1
    10:25  alice/1 is told to resume
           alice/1 RUNNING on n1
    10:30  alice/1 is told to reboot
    10:35  alice/1 is told to delete
           alice/1 HALTED on n1
           alice/1 DELETED on n1
    11:00  alice is EXPIRED: window-over
           alice/2 HALTED on n1
           alice/2 DELETED on n1"
  `);
});

test('deleting the last instance gives back the rest of the window', () => {
  const story = tell({ manager: { ...auto, earlyRelease: true } });
  story.at('09:00').book('alice', { start: '10:00' });
  story.runUntil('10:10');
  command(story, 'alice/1', 'delete');
  story.run();
  expect(story.endOf('alice')).toMatchObject({ atMs: story.ms('10:10'), reason: 'completed' });
});

test('a stopped instance stays stopped and keeps its place to the end', () => {
  const story = tell({ manager: auto });
  story.at('09:00').book('alice', { start: '10:00' });
  story.runUntil('10:10');
  command(story, 'alice/1', 'stop');
  story.run();
  expect(story.endOf('alice')).toMatchObject({ atMs: story.ms('11:00'), reason: 'window-over' });
});

test('what an instance is meant to be decides what is legal', () => {
  const story = tell({ manager: auto, hypervisor: { start: slow } });
  story.at('09:00').book('alice', { start: '10:00' });
  expect(command(story, 'alice/1', 'start')).toEqual(refused('unknown-instance'));
  story.runUntil('10:00:05');
  // It is still being started: too early for a reboot, not for a stop.
  expect(command(story, 'alice/1', 'start')).toEqual(refused('illegal-in-state', 'HALTED'));
  expect(command(story, 'alice/1', 'reboot')).toEqual(refused('illegal-in-state', 'HALTED'));
  expect(command(story, 'alice/1', 'resume')).toEqual(refused('illegal-in-state', 'HALTED'));
  expect(command(story, 'alice/1', 'stop')).toEqual({ reply: 'REQUEST_SUCCESS' });
  story.runUntil('10:01');
  expect(command(story, 'alice/1', 'stop')).toEqual(refused('illegal-in-state', 'HALTED'));
  expect(command(story, 'alice/1', 'suspend')).toEqual(refused('illegal-in-state', 'HALTED'));
  story.run();
  expect(command(story, 'alice/1', 'start')).toEqual(refused('unknown-instance'));
});

test('nothing is legal once the window is over, while the VM is being removed', () => {
  const story = tell({ manager: { ...auto, shutdownLeadMs: 0 }, hypervisor: { destroy: slow } });
  story.at('09:00').book('alice', { start: '10:00' });
  story.runUntil('11:00:05');
  expect(command(story, 'alice/1', 'start')).toEqual(refused('unknown-instance'));
  story.run();
});

test('a suspended instance whose node was drained goes on elsewhere, or waits for room', () => {
  const story = tell({ manager: auto });
  story.at('09:00').book('alice', { start: '10:00' });
  story.at('09:00').book('bob', { start: '10:00', instances: 7 });
  story.runUntil('10:10');
  const home = [...story.provider.vms()].find(({ id }) => id === 'alice/1')!.nodeIndex;
  command(story, 'alice/1', 'suspend');
  story.runUntil('10:11');
  story.command({ name: 'drain', nodeId: home === 0 ? 'n1' : 'n2' });
  expect(command(story, 'alice/1', 'resume')).toMatchObject({ reason: 'no-node' });
  story.runUntil(story.ms('10:11') + MINUTE);
  story.command({ name: 'enable', nodeId: home === 0 ? 'n1' : 'n2' });
  expect(command(story, 'alice/1', 'resume')).toEqual({ reply: 'REQUEST_SUCCESS' });
  story.run();
});

test('an instance that a drain suspended is not resumed by its user: it goes on by itself', () => {
  const story = tell({ nodes: [node('n1')], manager: auto });
  story.at('09:00').book('alice', { start: '10:00' });
  story.runUntil('10:10');
  story.command({ name: 'drain', nodeId: 'n1' });
  story.runUntil('10:11');
  expect([...story.provider.vms()]).toMatchObject([{ state: 'SUSPENDED', wanted: 'suspended' }]);
  expect(command(story, 'alice/1', 'resume')).toEqual(refused('parked', 'SUSPENDED'));
  expect(command(story, 'alice/1', 'start')).toEqual(refused('illegal-in-state', 'SUSPENDED'));
  story.runUntil('10:15');
  story.command({ name: 'enable', nodeId: 'n1' });
  story.runUntil('10:16');
  expect([...story.provider.vms()]).toMatchObject([{ state: 'RUNNING', wanted: 'running' }]);
  story.run();
});

const OPEN = { parkedSinceMs: null, keptUntilMs: null, windowOpen: true } as const;

test.each([
  [
    { ...OPEN, state: 'RUNNING', wanted: 'running' },
    ['stop', 'reboot', 'pause', 'suspend', 'delete'],
    'illegal-in-state',
  ],
  [
    { ...OPEN, state: 'NOT_PROVISIONED', wanted: 'running' },
    ['stop', 'suspend', 'delete'],
    'illegal-in-state',
  ],
  [{ ...OPEN, state: 'RUNNING', wanted: 'halted' }, ['start', 'delete'], 'illegal-in-state'],
  [
    { ...OPEN, state: 'PAUSED', wanted: 'paused' },
    ['stop', 'unpause', 'suspend', 'delete'],
    'illegal-in-state',
  ],
  [{ ...OPEN, state: 'SUSPENDED', wanted: 'suspended' }, ['stop', 'resume', 'delete'], 'illegal-in-state'],
  [{ ...OPEN, state: 'HALTED', wanted: 'deleted' }, [], 'unknown-instance'],
  [{ ...OPEN, state: 'DELETED', wanted: 'running' }, [], 'unknown-instance'],
  [{ ...OPEN, state: 'RUNNING', wanted: 'running', windowOpen: false }, [], 'ended'],
] as const)('of %j exactly %j is legal, the rest is %s', (condition, legal, reason) => {
  const verdicts = Object.entries(commandVerdicts(condition));
  expect(verdicts.filter(([, verdict]) => verdict === 'legal').map(([name]) => name)).toEqual(legal);
  expect(verdicts.flatMap(([, verdict]) => (verdict === 'legal' ? [] : [verdict]))).toEqual(
    Array(INSTANCE_COMMANDS.length - legal.length).fill(reason),
  );
});

test('of a parked instance everything but its resumption is judged as of one that its user suspended', () => {
  const suspended: InstanceCondition = { ...OPEN, state: 'SUSPENDED', wanted: 'suspended' };
  expect(commandVerdicts({ ...suspended, parkedSinceMs: 0 })).toEqual({
    ...commandVerdicts(suspended),
    resume: 'parked',
  });
});
