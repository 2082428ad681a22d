// Nodes that fail and return at random.
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../engine/clock/virtual-clock.ts';
import type { MeanTimes } from '../../../engine/hypervisor/simulated/hypervisor-settings.ts';
import { scheduleNodeFaults } from '../../../engine/hypervisor/simulated/node-faults.ts';
import { Rng } from '../../../engine/index.ts';
import { HOUR } from '../../support/setup.ts';

interface Change {
  readonly nodeId: string;
  readonly atMs: number;
  readonly isUp: boolean;
}

function fateOf(
  nodeIds: readonly string[],
  nodeMtbfMs: number,
  untilMs: number,
  nodeMttrMs = HOUR,
): Change[] {
  const clock = new VirtualClock(0);
  const changes: Change[] = [];
  scheduleNodeFaults({
    clock,
    rng: Rng.fromSeed(7),
    faults: { nodeMtbfMs, nodeMttrMs },
    nodes: nodeIds.map((nodeId) => ({ nodeId, group: 'all' })),
    target: {
      failNode: (nodeId) => changes.push({ nodeId, atMs: clock.now(), isUp: false }),
      returnNode: (nodeId) => changes.push({ nodeId, atMs: clock.now(), isUp: true }),
    },
  });
  clock.runUntil(untilMs);
  return changes;
}

describe('random node faults', () => {
  test('failures and returns alternate, with the mean times that are set', () => {
    const changes = fateOf(['n1'], 9 * HOUR, 20_000 * HOUR);
    changes.forEach(({ isUp }, i) => {
      expect(isUp).toBe(i % 2 === 1);
    });
    let upMs = 0;
    let downMs = 0;
    let lastMs = 0;
    for (const { atMs, isUp } of changes) {
      if (isUp) downMs += atMs - lastMs;
      else upMs += atMs - lastMs;
      lastMs = atMs;
    }
    const failures = changes.filter(({ isUp }) => !isUp).length;
    // Exponential times: the relative standard deviation of a mean of n is 1/sqrt(n).
    const tolerance = 4 / Math.sqrt(failures);
    expect(Math.abs(upMs / failures / (9 * HOUR) - 1)).toBeLessThan(tolerance);
    expect(Math.abs(downMs / failures / HOUR - 1)).toBeLessThan(tolerance);
  });

  test('the fate of a node does not depend on which others there are', () => {
    const alone = fateOf(['n2'], 5 * HOUR, 200 * HOUR);
    const among = fateOf(['n1', 'n2', 'n3'], 5 * HOUR, 200 * HOUR);
    expect(among.filter(({ nodeId }) => nodeId === 'n2')).toEqual(alone);
    expect(among.filter(({ nodeId }) => nodeId === 'n1')).not.toEqual(alone);
  });

  test('a mean time of Infinity means never', () => {
    expect(fateOf(['n1'], Number.POSITIVE_INFINITY, 1000 * HOUR)).toEqual([]);
  });

  test('nodes of a group that differs are lost by its own means, and the others as before', () => {
    const changesOf = (nodesOfGroup: Readonly<Record<string, MeanTimes>>) => {
      const clock = new VirtualClock(0);
      const lost: string[] = [];
      scheduleNodeFaults({
        clock,
        rng: Rng.fromSeed(5),
        faults: { nodeMtbfMs: 40 * HOUR, nodeMttrMs: HOUR, nodesOfGroup },
        nodes: ['a1', 'b1', 'c1'].map((nodeId) => ({ nodeId, group: nodeId[0]! })),
        target: { failNode: (nodeId) => lost.push(`${nodeId} ${clock.now()}`), returnNode: () => undefined },
      });
      clock.runUntil(2000 * HOUR);
      return (nodeId: string) => lost.filter((text) => text.startsWith(nodeId));
    };
    const differing = changesOf({
      a: { mtbfMs: 4 * HOUR, mttrMs: HOUR },
      b: { mtbfMs: Number.POSITIVE_INFINITY, mttrMs: HOUR },
    });
    expect(differing('a1').length).toBeGreaterThan(300);
    expect(differing('b1')).toEqual([]);
    expect(differing('c1')).toEqual(changesOf({})('c1'));
  });

  test('the nodes of a group are lost together, and back when nothing keeps them down', () => {
    const clock = new VirtualClock(0);
    const down = new Set<string>();
    const together: number[] = [];
    let lastMs = -1;
    scheduleNodeFaults({
      clock,
      rng: Rng.fromSeed(3),
      faults: {
        nodeMtbfMs: 30 * HOUR,
        nodeMttrMs: 5 * HOUR,
        groupMtbfMs: 50 * HOUR,
        groupMttrMs: HOUR,
        groupShare: 1,
      },
      nodes: ['a1', 'a2', 'a3', 'b1'].map((nodeId) => ({ nodeId, group: nodeId[0]! })),
      target: {
        failNode: (nodeId) => {
          expect(down.has(nodeId)).toBe(false);
          down.add(nodeId);
          if (nodeId.startsWith('a')) {
            if (clock.now() === lastMs) together[together.length - 1]! += 1;
            else together.push(1);
            lastMs = clock.now();
          }
        },
        returnNode: (nodeId) => {
          expect(down.delete(nodeId)).toBe(true);
        },
      },
    });
    clock.runUntil(3000 * HOUR);
    // Three at once, or fewer where some were down already.
    const common = together.filter((count) => count > 1);
    expect(common.length).toBeGreaterThan(30);
    expect(Math.max(...common)).toBe(3);
    expect(together.filter((count) => count === 1).length).toBeGreaterThan(150);
  });
});
