import { expect, test } from 'vitest';
import { runName } from '../../cli/run-name.ts';

test.each([
  [[], [], 'day-seed7'],
  [['allocation=best-fit'], [], 'day-seed7-allocation=best-fit'],
  [
    ['counter-offer=none', 'allocation=../mine/smallest-node.ts'],
    [],
    'day-seed7-counter-offer=none-allocation=smallest-node',
  ],
  [[], ['negotiation.hold=5m'], 'day-seed7-hold=5m'],
  [[], ['cluster.nodes[0].count=16'], 'day-seed7-count=16'],
  [[], ['users.thinkTime={ min: 1m, max: 20m }'], 'day-seed7-thinkTime=_min_1m_max_20m'],
])('a run with policies %j and settings %j is left in %s', (policy, set, expected) => {
  expect(runName({ policy, set }, { name: 'day', seed: 7 })).toBe(expected);
});
