// What nodes cannot do decides where VMs of a drained node go: nothing is planned that would be refused.
import { expect, test } from 'vitest';
import type { NodeLimits } from '../../../engine/index.ts';
import { MINUTE, node } from '../../support/setup.ts';
import { type StorySettings, tell } from '../../support/story.ts';

const minute = { minMs: MINUTE, maxMs: MINUTE };

function limited(nodeId: string, limits: Partial<NodeLimits>, cpus = 4) {
  return { ...node(nodeId, cpus), limits: { liveMigration: true, suspension: true, ...limits } };
}

/** Alice runs on n1, which is drained at 10:30 and back in service at 11:00. */
function drained(nodes: StorySettings['nodes'], settings: Partial<StorySettings> = {}) {
  const story = tell({
    nodes: nodes!,
    manager: { autoActivate: true },
    hypervisor: { migrate: minute, suspend: minute, resume: minute },
    ...settings,
  });
  story.at('09:00').book('alice', { start: '10:00', duration: '3h' });
  story.at('10:30').drain('n1');
  story.at('11:00').enable('n1');
  story.run();
  // Nobody had to learn it from an answer.
  expect(story.eventsOf('operation-failed')).toEqual([]);
  expect(story.eventsOf('operation-given-up')).toEqual([]);
  return story;
}

test('a VM is moved to a node that can take it, not to the one that comes first', () => {
  const n1 = limited('n1', { storage: 'rack-a' });
  const story = drained([
    n1,
    node('n2'),
    limited('n3', { storage: 'rack-a', liveMigration: false }),
    { ...n1, nodeId: 'n4' },
  ]);
  expect(story.eventsOf('vm-migrated')).toMatchObject([{ fromNodeId: 'n1', toNodeId: 'n4' }]);
});

test.each([
  ['its node hands over no VMs', [limited('n1', { liveMigration: false }), node('n2')]],
  ['no other node takes any', [node('n1'), limited('n2', { liveMigration: false })]],
  ['its disk is on its node', [limited('n1', { storage: 'n1' }), limited('n2', { storage: 'n2' })]],
])('where %s it is suspended, and goes on there', (_why, nodes) => {
  const story = drained(nodes);
  expect(story.eventsOf('vm-migrated')).toEqual([]);
  expect(story.eventsOf('instance-moved')).toEqual([]);
  const states = story.eventsOf('vm-state-changed').map(({ nodeId, to }) => `${to} ${nodeId}`);
  expect(states).toEqual([
    'HALTED n1',
    'RUNNING n1',
    'SUSPENDED n1',
    'RUNNING n1',
    'HALTED n1',
    'DELETED n1',
  ]);
});

test('what is suspended goes on elsewhere when there is room on a node with its storage, and only there', () => {
  const story = tell({
    nodes: [
      limited('n1', { storage: 'a', liveMigration: false }),
      limited('n2', { storage: 'b' }),
      limited('n3', { storage: 'a', liveMigration: false }),
    ],
    manager: { autoActivate: true },
  });
  story.at('09:00').book('alice', { start: '10:00', duration: '3h' });
  story.at('10:30').drain('n1');
  // Any room that comes free is offered.
  story.at('10:40').book('bob', { start: '10:40', duration: '5m' });
  story.run();
  const alice = story.eventsOf('vm-state-changed').filter(({ vmId }) => vmId === 'alice/1');
  expect(alice.map(({ nodeId, to }) => `${to} ${nodeId}`)).toEqual([
    'HALTED n1',
    'RUNNING n1',
    'SUSPENDED n1',
    'RUNNING n3',
    'HALTED n3',
    'DELETED n3',
  ]);
});

test('where it can be neither moved nor suspended it stays, and the drain says why, once', () => {
  const story = drained([limited('n1', { liveMigration: false, suspension: false }), node('n2')]);
  expect(story.eventsOf('node-not-emptied')).toMatchObject([
    { nodeId: 'n1', vmId: 'alice/1', operation: 'suspend', reason: 'not-supported' },
  ]);
  expect(story.eventsOf('vm-state-changed').map(({ to }) => to)).toEqual([
    'HALTED',
    'RUNNING',
    'HALTED',
    'DELETED',
  ]);
  expect(story.endOf('alice')).toMatchObject({ state: 'EXPIRED', reason: 'window-over' });
});

test('a node that cannot suspend hands over what it has when another one has room', () => {
  const story = tell({
    nodes: [limited('n1', { suspension: false }), node('n2')],
    manager: { autoActivate: true },
  });
  story.at('09:00').book('alice', { start: '10:00', duration: '3h' });
  story.at('10:29').book('bob', { start: '10:29', duration: '31m', type: 'XLARGE' });
  story.at('10:30').drain('n1');
  story.run();
  expect(story.eventsOf('node-not-emptied')).toHaveLength(1);
  expect(story.eventsOf('vm-migrated')).toMatchObject([
    { atMs: story.ms('11:00'), vmId: 'alice/1', toNodeId: 'n2' },
  ]);
});

test('simulated nodes refuse what they are not made for, when it is asked for all the same', () => {
  const story = tell({
    nodes: [limited('n1', { suspension: false })],
    manager: { autoActivate: true },
  });
  story.at('09:00').book('alice', { start: '10:00' });
  story.runUntil('10:10').command({ name: 'instance', vmId: 'alice/1', command: 'suspend' });
  story.run();
  expect(story.eventsOf('operation-given-up')).toMatchObject([
    { vmId: 'alice/1', operation: 'suspend', reason: 'not-supported' },
  ]);
});
