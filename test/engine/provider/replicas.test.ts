// Copies of VMs on other nodes: where they are, what is held for them, and what goes on from them. An auditor hears all stories.
import { describe, expect, test } from 'vitest';
import { type ReplicaSettings, USUAL_LEASE_KINDS } from '../../../engine/index.ts';
import { HOUR, MINUTE, node, policy, SECOND } from '../../support/setup.ts';
import { type StorySettings, tell } from '../../support/story.ts';

const HOLDS_MEMORY: ReplicaSettings = { holds: 'memory', apart: 'node' };
const EPOCH = 100;

function replicated(settings: StorySettings = {}, replicas: Partial<ReplicaSettings> = {}) {
  return tell({
    leaseKinds: USUAL_LEASE_KINDS,
    nodes: [node('n1', 4), node('n2', 4), node('n3', 4)],
    policies: { recovery: policy('recovery', 'wait') },
    ...settings,
    manager: { autoActivate: true, replicas: { ...HOLDS_MEMORY, ...replicas }, ...settings.manager },
    hypervisor: {
      start: { minMs: 20 * SECOND, maxMs: 20 * SECOND },
      checkpoints: { everyMs: EPOCH, pauseMs: 0, restore: { minMs: SECOND, maxMs: SECOND } },
      ...settings.hypervisor,
    },
  });
}

type Story = ReturnType<typeof tell>;

function replicasOf(story: Story): string[] {
  return [...story.eventsOf('replica-placed'), ...story.eventsOf('replica-ended')]
    .sort((a, b) => a.seq - b.seq)
    .map((event) =>
      event.type === 'replica-placed'
        ? `${event.atMs / SECOND} ${event.vmId} on ${event.nodeId}`
        : `${event.atMs / SECOND} ${event.vmId} ${event.reason} on ${event.nodeId}`,
    );
}

const livesOf = (story: Story) =>
  story
    .eventsOf('vm-state-changed')
    .map(({ atMs, cause, keptMs, nodeId, to }) =>
      `${atMs / SECOND - 36_000} ${to} ${nodeId} ${cause} ${keptMs ?? ''}`.trim(),
    );

describe('a replica', () => {
  test('is kept from when its VM runs until it does no more, and holds memory alone', () => {
    const story = replicated();
    story.at('09:00').book('alice', { start: '10:00' });
    story.runUntil('10:30');
    const on = (nodeId: string) => {
      const { calendar } = story.provider;
      const index = calendar.nodeIndexOf(nodeId)!;
      return calendar.bookingsOn(index, 10.5 * HOUR, 10.5 * HOUR + 1).map(({ demand }) => demand);
    };
    expect(on('n2')).toEqual([{ milliCpus: 0, memoryMib: 768, diskGib: 0 }]);
    story.run();
    expect(replicasOf(story)).toEqual(['36020 alice/1 on n2', '39600 alice/1 not-needed on n2']);
  });

  test('goes on within an epoch of where its VM was when the node is lost, and has another one then', () => {
    const story = replicated({ guests: { alice: '40m' }, manager: { earlyRelease: true } });
    story.at('09:00').book('alice', { start: '10:00', duration: '2h' });
    story.at('10:30').fail('n1');
    story.run();
    // Up for 1,780 s when it is lost; it has all of it but nothing of a new epoch, and is done 40 minutes of work after its beginning.
    expect(livesOf(story)).toEqual([
      '0 HALTED n1 operation',
      '20 RUNNING n1 operation',
      '1800 HALTED n1 node-lost',
      '1801 RUNNING n2 operation 1780000',
      '2421 HALTED n2 guest-shutdown',
      '2421 DELETED n2 operation',
    ]);
    expect(replicasOf(story)).toEqual([
      '36020 alice/1 on n2',
      '37800 alice/1 taken-over on n2',
      '37801 alice/1 on n3',
      '38421 alice/1 not-needed on n3',
    ]);
  });

  test('is of no use where there is no CPU for it, unless all is held', () => {
    const full = (holds: 'memory' | 'all') => {
      const nodes = [node('n1', 1), node('n2', 1), node('n3', 1)];
      const story = replicated({ nodes, guests: { alice: '2h' } }, { holds });
      story.at('09:00').book('alice', { start: '10:00', duration: '2h' });
      // Whoever comes later finds what is left.
      story.at('10:10').book('bob', { start: '10:10', duration: '1h' });
      story.at('10:30').fail('n1');
      return story.run();
    };
    expect(livesOf(full('memory')).slice(3)).toContain('1820 RUNNING n3 operation');
    expect(livesOf(full('all'))).toContain('1801 RUNNING n2 operation 1780000');
  });

  test('of a node that is lost or drained is kept elsewhere, and never on the node of its VM', () => {
    const story = replicated();
    story.at('09:00').book('alice', { start: '10:00' });
    story.at('10:10').fail('n2');
    story.at('10:20').return('n2');
    story.at('10:30').drain('n3');
    // It goes to the node of its replica, which is kept where it came from no more, as that is drained.
    story.at('10:40').drain('n1');
    expect(replicasOf(story.run())).toEqual([
      '36020 alice/1 on n2',
      '36600 alice/1 node-out on n2',
      '36600 alice/1 on n3',
      '37800 alice/1 node-out on n3',
      '37800 alice/1 on n2',
      expect.stringMatching(/^38400 alice\/1 not-needed on n2$/),
    ]);
  });

  test('waits for room, which others have before it', () => {
    const story = replicated({ nodes: [node('n1', 1), node('n2', 1, 768)] });
    story.at('09:00').book('alice', { start: '10:00', duration: '2h' });
    story.at('09:01').book('bob', { start: '10:00', duration: '30m' });
    story.at('09:02').book('carol', { start: '11:00', duration: '30m' });
    // There is room to the end of its window only when carol is through.
    expect(replicasOf(story.run()).filter((text) => text.includes('alice'))).toEqual([
      '41400 alice/1 on n2',
      '43200 alice/1 not-needed on n2',
    ]);
  });

  test('is in another group, or on another site, where that is asked for', () => {
    const rack = (nodeId: string, group: string) => ({ ...node(nodeId), group });
    const nodes = [rack('a1', 'a'), rack('a2', 'a'), rack('b1', 'b')];
    const story = replicated({ nodes }, { apart: 'group' });
    story.at('09:00').book('alice', { start: '10:00' });
    expect(replicasOf(story.run())[0]).toBe('36020 alice/1 on b1');
    const alone = replicated({ nodes: nodes.slice(0, 2) }, { apart: 'group' });
    alone.at('09:00').book('alice', { start: '10:00' });
    expect(replicasOf(alone.run())).toEqual([]);
  });

  test('is no use when both nodes are lost at once', () => {
    const story = replicated({ hypervisor: { nodeDetectionMs: MINUTE } });
    story.at('09:00').book('alice', { start: '10:00', duration: '2h' });
    story.at('10:30').fail('n1');
    story.at('10:30').fail('n2');
    story.run();
    expect(livesOf(story).slice(2)).toEqual([
      '1860 HALTED n1 node-lost',
      '1880 RUNNING n3 operation',
      expect.stringContaining('HALTED n3'),
      expect.stringContaining('DELETED n3'),
    ]);
  });
});
