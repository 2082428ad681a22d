// Nodes that are switched off while nothing is on them.
import { expect, test } from 'vitest';
import { MINUTE, node, SECOND } from '../../support/setup.ts';
import { type Story, tell } from '../../support/story.ts';

const STANDBY = {
  afterMs: 10 * MINUTE,
  boot: { minMs: 2 * MINUTE, maxMs: 2 * MINUTE },
  offW: 5,
  bootW: 120,
};
const spread = (ms: number) => ({ minMs: ms, maxMs: ms });
const auto = { autoActivate: true };

/** What was told of power and of VMs: minutes after midnight. */
function told(story: Story): string[] {
  return story.events.flatMap((event) => {
    if (event.type === 'node-power-changed')
      return [`${event.atMs / MINUTE} ${event.nodeId} ${event.power} ${event.watts ?? 'as it works'}`];
    const isUp = event.type === 'vm-state-changed' && event.to === 'RUNNING';
    if (isUp || event.type === 'vm-migrated') return [`${event.atMs / MINUTE} ${event.vmId} ${event.type}`];
    return [];
  });
}

test('an empty node is switched off after a while, and what starts there waits until it has booted', () => {
  const story = tell({
    nodes: [node('n1')],
    manager: auto,
    hypervisor: { standby: STANDBY, start: spread(30 * SECOND) },
  });
  story.at('00:01').book('ann', { start: '01:00', duration: '30m' });
  story.at('00:01').book('bob', { start: '01:01', duration: '29m' });
  story.at('00:01').book('cid', { start: '01:35', duration: '10m' });
  story.run();
  expect(told(story)).toEqual([
    '10 n1 off 5',
    '60 n1 booting 120',
    '62 n1 on as it works',
    '62.5 ann/1 vm-state-changed',
    '62.5 bob/1 vm-state-changed',
    // It was empty for five minutes: not for long enough.
    '95.5 cid/1 vm-state-changed',
  ]);
});

test('a VM that migrates waits for its new node as well, and leaves the old one empty', () => {
  const story = tell({
    manager: auto,
    hypervisor: { standby: STANDBY, migrate: spread(MINUTE) },
  });
  story.at('00:01').book('ann', { start: '00:05', duration: '2h' });
  story.at('01:00').drain('n1', { until: '03:00' });
  story.run();
  expect(told(story)).toEqual([
    '5 ann/1 vm-state-changed',
    '10 n2 off 5',
    '60 n2 booting 120',
    '62 n2 on as it works',
    '63 ann/1 vm-migrated',
    '73 n1 off 5',
  ]);
});

test('a node that dies while it boots is no longer said to boot, and its VM starts elsewhere', () => {
  const story = tell({ manager: auto, hypervisor: { standby: STANDBY } });
  story.at('00:01').book('ann', { start: '01:00', duration: '2h' });
  story.at('01:01').fail('n1');
  story.at('01:30').return('n1');
  story.run();
  expect(told(story)).toEqual([
    '10 n1 off 5',
    '10 n2 off 5',
    '60 n1 booting 120',
    '61 n1 on as it works',
    '61 n2 booting 120',
    '63 n2 on as it works',
    '63 ann/1 vm-state-changed',
    '100 n1 off 5',
  ]);
});
