// Nodes that are switched off while nothing is on them.
import { describe, expect, test } from 'vitest';
import type { Named, ProvisioningPolicy, ProvisioningView } from '../../../engine/index.ts';
import { MINUTE, node, SECOND } from '../../support/setup.ts';
import { type Story, tell } from '../../support/story.ts';

const STANDBY = {
  afterMs: 10 * MINUTE,
  everyMs: 5 * MINUTE,
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

describe('nodes that are to stay on', () => {
  const everyMs = 30 * MINUTE;
  const keep = (keepOn: ProvisioningPolicy['keepOn']): Named<ProvisioningPolicy> => ({
    name: 'test',
    policy: { keepOn: keepOn! },
  });

  test('boot at a look and are switched off a while after they are empty and no longer wanted', () => {
    const story = tell({
      manager: auto,
      hypervisor: { standby: { ...STANDBY, everyMs } },
      policies: {
        provisioning: keep(({ nodes, nowMs }) =>
          nodes.filter(() => nowMs >= 90 * MINUTE && nowMs < 120 * MINUTE),
        ),
      },
    });
    story.at('00:01').book('ann', { start: '01:55', duration: '10m' });
    story.runUntil('03:00');
    expect(told(story)).toEqual([
      // All were kept until the first look.
      '30 n1 off 5',
      '30 n2 off 5',
      '90 n1 booting 120',
      '90 n2 booting 120',
      '92 n1 on as it works',
      '92 n2 on as it works',
      // It need not wait.
      '115 ann/1 vm-state-changed',
      '120 n2 off 5',
      '135 n1 off 5',
    ]);
  });

  test('the policy sees what is on each node, and which is lost', () => {
    const seen: string[] = [];
    const story = tell({
      manager: auto,
      hypervisor: { standby: { ...STANDBY, everyMs }, guestLoadPermille: { min: 500, max: 500 } },
      policies: {
        provisioning: keep(({ nodes, nowMs }) => {
          for (const { allocated, busy, isKept, isUp, nodeId, power, vmCount } of nodes)
            seen.push(
              `${nowMs / MINUTE} ${nodeId} ${isUp ? power : 'lost'} ${vmCount} ${allocated} ${busy}${isKept ? ' kept' : ''}`,
            );
          return nodes.filter(({ nodeId }) => nodeId === 'n1');
        }),
      },
    });
    story.at('00:01').book('ann', { start: '00:05', duration: '2h' });
    story.at('00:40').fail('n2');
    story.runUntil('01:01');
    expect(seen).toEqual([
      '30 n1 on 1 0.25 0.125 kept',
      '30 n2 on 0 0 0 kept',
      '60 n1 on 1 0.25 0.125 kept',
      '60 n2 lost 0 0 0',
    ]);
  });

  test.each([
    [
      'answers with something else',
      () => [{ index: 7 }],
      /returned .* from keepOn\(\); expected a list of some/,
    ],
    [
      'names a node twice',
      ({ nodes }: ProvisioningView) => [nodes[0]!, nodes[0]!],
      /returned .* from keepOn\(\); expected a list of some of the nodes, each once/,
    ],
  ])('a policy that %s is named, and when', (_, keepOn, message) => {
    const story = tell({
      hypervisor: { standby: { ...STANDBY, everyMs } },
      policies: { provisioning: keep(keepOn as ProvisioningPolicy['keepOn']) },
    });
    expect(() => story.runUntil('01:00')).toThrow(message);
  });
});
