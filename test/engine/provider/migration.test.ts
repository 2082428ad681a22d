// Stories of VMs that a migration policy moves. An auditor hears all of them: nothing is promised twice, whatever moves.
import { Type } from 'typebox';
import { expect, test } from 'vitest';
import {
  type MigrationPolicy,
  type Move,
  migrationPolicy,
  type Named,
  PolicyError,
  Provider,
} from '../../../engine/index.ts';
import { makePolicy, resolvePolicy } from '../../../policies/resolve-policy.ts';
import { MINUTE, node, policy, SECOND } from '../../support/setup.ts';
import { type Story, type StorySettings, tell } from '../../support/story.ts';

const SLOW = { migrate: { minMs: 30 * SECOND, maxMs: 30 * SECOND } };
const FIRST = {
  allocation: policy('allocation', 'first-fit'),
  counterOffer: policy('counter-offer', 'none'),
};

/** Two VMs of three CPUs on n1 and of one CPU on n2 run until twelve; who asks for all of a node at ten finds room in pieces only. */
function scattered(migration: Named<MigrationPolicy>, settings: StorySettings = {}): Story {
  const story = tell({
    nodes: [node('n1'), node('n2')],
    hypervisor: SLOW,
    ...settings,
    policies: { seed: 1, ...FIRST, migration, ...settings.policies },
  });
  story
    .at('08:00')
    .request('ann', { start: '08:00', duration: '4h', type: 'LARGE' })
    .confirm('ann')
    .activate('ann');
  story
    .at('08:01')
    .request('bob', { start: '08:01', duration: '4h', type: 'MEDIUM' })
    .confirm('bob')
    .activate('bob');
  return story;
}

/** Moves what it is told at one instant. */
function moving(atMs: number, moves: readonly Move[]): Named<MigrationPolicy> {
  const definition = migrationPolicy({
    name: 'told',
    summary: 'As it is told.',
    options: Type.Object({}),
    create: () => ({ rebalance: ({ nowMs }) => (nowMs === atMs ? moves : []) }),
  });
  return makePolicy(resolvePolicy(definition));
}

test('a request that would be turned away gets its room when a running VM moves for it', () => {
  const without = scattered(policy('migration', 'none'));
  without.at('09:00').request('cleo', { start: '10:00', duration: '1h', type: 'MEDIUM' });
  expect(without.run().timeline()).toContain('REJECT');
  const story = scattered(policy('migration', 'make-room'));
  story.at('09:00').request('cleo', { start: '10:00', duration: '1h', type: 'MEDIUM' }).confirm('cleo');
  expect(story.run().timeline()).toMatchInlineSnapshot();
});
