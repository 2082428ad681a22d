// Stories of VMs that a migration policy moves. An auditor hears all of them: nothing is promised twice, whatever moves.
import { Type } from 'typebox';
import { expect, test } from 'vitest';
import {
  type MigrationPolicy,
  type Move,
  migrationPolicy,
  type Named,
  PolicyError,
} from '../../../engine/index.ts';
import { makePolicy, resolvePolicy } from '../../../policies/resolve-policy.ts';
import { HOUR, MINUTE, node, policy, SECOND } from '../../support/setup.ts';
import { type Story, type StorySettings, tell } from '../../support/story.ts';

const TAKES_30_S = { migrate: { minMs: 30 * SECOND, maxMs: 30 * SECOND } };

/** From eight to twelve a small VM of ann runs on n1, and one of bob on n2: at ten neither node has four CPUs. */
function scattered(migration: Named<MigrationPolicy>, settings: StorySettings = {}): Story {
  const story = tell({
    hypervisor: TAKES_30_S,
    ...settings,
    policies: {
      allocation: policy('allocation', 'least-loaded'),
      counterOffer: policy('counter-offer', 'none'),
      migration,
    },
  });
  for (const user of ['ann', 'bob'])
    story.at('08:00').book(user, { start: '08:00', duration: '4h' }).activate(user);
  return story;
}

function bookAtTen(story: Story, askedAt = '09:00'): Story {
  story.at(askedAt).book('cleo', { start: '10:00', duration: '1h', type: 'XLARGE' });
  story.at('10:00').activate('cleo');
  return story;
}

/** Moves what it is told, at one instant. */
function told(atMs: number, ...moves: readonly Move[]): Named<MigrationPolicy> {
  const definition = migrationPolicy({
    name: 'told',
    summary: 'As it is told.',
    options: Type.Object({}),
    create: () => ({ rebalance: ({ nowMs }) => (nowMs === atMs ? moves : []) }),
  });
  return makePolicy(resolvePolicy(definition));
}

/** When VMs of a user came up, in minutes after ten. */
function upAt(story: Story, user: string): number[] {
  return story
    .eventsOf('vm-state-changed')
    .filter(({ from, reservationId, to }) => reservationId === user && to === 'RUNNING' && from !== to)
    .map(({ atMs }) => (atMs - 10 * HOUR) / MINUTE);
}

test('who would be turned away gets room because a running VM moves', () => {
  const without = bookAtTen(scattered(policy('migration', 'none'))).run();
  expect(without.endOf('cleo')).toMatchObject({ state: 'REJECTED', reason: 'no-capacity' });
  const story = bookAtTen(scattered(policy('migration', 'make-room'))).run();
  expect(story.endOf('cleo')).toMatchObject({ state: 'EXPIRED', reason: 'window-over' });
  expect(story.eventsOf('instance-moved')).toMatchObject([
    { atMs: 9 * HOUR, reservationId: 'ann', toNodeId: 'n2', cause: 'made-room', windowOpen: true },
  ]);
  expect(story.eventsOf('vm-migrated')).toMatchObject([{ atMs: 9 * HOUR + 30 * SECOND, toNodeId: 'n2' }]);
  expect(upAt(story, 'cleo')).toEqual([0]);
  for (const user of ['ann', 'bob']) expect(story.endOf(user)?.reason).toBe('window-over');
});

test('a quote moves nothing', () => {
  const story = scattered(policy('migration', 'make-room'));
  story.runUntil('09:00');
  const terms = story.proposal({ start: '10:00', duration: '1h', type: 'XLARGE' });
  expect(story.provider.quote(terms, story.clock.now()).reply).toBe('ACCEPT');
  expect(story.run().eventsOf('instance-moved')).toEqual([]);
});

test('what starts on a node that a VM has not left yet waits for it, and is not given up', () => {
  const hasty = policy('migration', 'make-room', { safety: 0, worth: 1000 });
  const slow = { migrate: { minMs: 5 * MINUTE, maxMs: 5 * MINUTE } };
  const story = bookAtTen(scattered(hasty, { hypervisor: slow }), '09:59').run();
  expect(story.eventsOf('vm-migrated')).toHaveLength(1);
  expect(upAt(story, 'cleo')).toEqual([4]);
  expect(story.endOf('cleo')?.reason).toBe('window-over');
});

test.each([
  ['before the window begins', '09:00', 'room-not-made'],
  ['when it has begun already', '09:59:58', 'room-not-made'],
])('a VM that cannot be moved keeps its place, and who was granted it fails: %s', (_, askedAt, reason) => {
  const hasty = policy('migration', 'make-room', { safety: 0, worth: 1000 });
  const story = bookAtTen(scattered(hasty, { faults: { operationRefusal: 1 } }), askedAt).run();
  expect(story.endOf('cleo')).toMatchObject({ state: 'FAILED', reason });
  expect(story.eventsOf('instance-moved').map(({ cause }) => cause)).toEqual(['made-room', 'not-moved']);
  expect(story.eventsOf('operation-given-up')).toMatchObject([{ vmId: 'ann/1', operation: 'migrate' }]);
  for (const user of ['ann', 'bob']) expect(story.endOf(user)?.reason).toBe('window-over');
});

test('the node where a VM was to go is lost: it stays, and whose room it was to be fails', () => {
  const slow = { migrate: { minMs: 5 * MINUTE, maxMs: 5 * MINUTE } };
  const story = scattered(policy('migration', 'make-room'), {
    hypervisor: slow,
    nodes: [node('n1'), node('n2')],
  });
  bookAtTen(story).at('09:02').fail('n2');
  story.at('09:30').return('n2');
  story.run();
  expect(story.endOf('ann')?.reason).toBe('window-over');
  expect(story.endOf('cleo')?.state).toBe('FAILED');
});

test('moves are made all together or not at all, and a policy that makes no sense is named', () => {
  const nine = 9 * HOUR;
  const both = scattered(
    told(nine, { vmId: 'ann/1', toNodeId: 'n2' }, { vmId: 'bob/1', toNodeId: 'n1' }),
  ).run();
  expect(both.eventsOf('vm-migrated').map(({ toNodeId }) => toNodeId)).toEqual(['n2', 'n1']);
  for (const wrong of [
    { vmId: 'bob/1', toNodeId: 'n2' },
    { vmId: 'bob/1', toNodeId: 'n3' },
    { vmId: 'dan/1', toNodeId: 'n1' },
    { vmId: 'ann/1', toNodeId: 'n2' },
  ]) {
    const story = scattered(told(nine, { vmId: 'ann/1', toNodeId: 'n2' }, wrong));
    expect(() => story.run()).toThrow(PolicyError);
    expect(story.eventsOf('instance-moved')).toEqual([]);
  }
});

test('a hotspot is resolved within 20 s of its third look', () => {
  const story = tell({
    nodes: [node('n1', 4, 8192), node('n2', 4, 8192)],
    manager: { migrationIntervalMs: 10 * SECOND },
    hypervisor: { migrate: { minMs: 12 * SECOND, maxMs: 12 * SECOND } },
    policies: { allocation: policy('allocation', 'first-fit'), migration: policy('migration', 'hotspot') },
  });
  story.at('08:00:05').book('ann', { duration: '1h', instances: 4 }).activate('ann');
  story.run();
  const [first, ...others] = story.eventsOf('vm-migrated');
  expect(first).toMatchObject({ startedMs: 8 * HOUR + 30 * SECOND, atMs: 8 * HOUR + 42 * SECOND });
  expect(others).toEqual([]);
});
