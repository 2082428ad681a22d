// Nodes that fail and return at random: for each, an alternating renewal process with exponential times to failure and to repair, and one for
// what the nodes of a group have in common. A node is up when nothing keeps it down.
import { type Clock, Phase } from '../../clock/clock.ts';
import type { NodeSpec } from '../../domain/node.ts';
import type { Rng } from '../../random/rng.ts';
import type { FaultSettings, MeanTimes } from './hypervisor-settings.ts';

export interface FaultTarget {
  failNode(nodeId: string): void;
  returnNode(nodeId: string): void;
}

type FaultTimes = Pick<
  FaultSettings,
  'nodeMtbfMs' | 'nodeMttrMs' | 'nodesOfGroup' | 'groupMtbfMs' | 'groupMttrMs' | 'groupShare'
>;

/** What is to come of failures by chance. */
export interface NodeFaults {
  /** Timers that are pending. */
  readonly timers: number;
  /** It is down, and will not come back by chance. */
  isGone(nodeId: string): boolean;
}

/**
 * Schedules failures and returns, for ever unless what is lost never returns. Each node and each group has a stream of its own, so that the
 * fate of one does not depend on the others.
 */
export function scheduleNodeFaults({
  clock,
  rng,
  faults,
  nodes,
  target,
}: {
  clock: Clock;
  rng: Rng;
  faults: FaultTimes;
  nodes: readonly Pick<NodeSpec, 'nodeId' | 'group'>[];
  target: FaultTarget;
}): NodeFaults {
  const { groupMtbfMs = Number.POSITIVE_INFINITY, groupMttrMs = 0, groupShare = 1 } = faults;
  /** How many things keep a node down; absent: nothing does. */
  const holds = new Map<string, number>();
  const gone = new Set<string>();
  let timers = 0;
  const goesDown = (nodeId: string) => {
    holds.set(nodeId, (holds.get(nodeId) ?? 0) + 1);
    if (holds.get(nodeId) === 1) target.failNode(nodeId);
  };
  const comesBack = (nodeId: string) => {
    holds.set(nodeId, holds.get(nodeId)! - 1);
    if (holds.get(nodeId) === 0) target.returnNode(nodeId);
  };
  const alternate = (draws: Rng, { mtbfMs, mttrMs }: MeanTimes, stricken: () => readonly string[]) => {
    const after = (meanMs: number, what: () => void) => {
      timers += 1;
      clock.at(clock.now() + Math.round(draws.exponential(meanMs)), Phase.Fault, () => {
        timers -= 1;
        what();
      });
    };
    const failLater = (): void =>
      after(mtbfMs, () => {
        const down = stricken();
        for (const nodeId of down) goesDown(nodeId);
        if (mttrMs === Number.POSITIVE_INFINITY) {
          for (const nodeId of down) gone.add(nodeId);
          return;
        }
        after(mttrMs, () => {
          for (const nodeId of down) comesBack(nodeId);
          failLater();
        });
      });
    failLater();
  };
  const ofAll: MeanTimes = { mtbfMs: faults.nodeMtbfMs, mttrMs: faults.nodeMttrMs };
  for (const { group, nodeId } of nodes) {
    const means = faults.nodesOfGroup?.[group] ?? ofAll;
    if (means.mtbfMs === Number.POSITIVE_INFINITY) continue;
    alternate(rng.stream(nodeId), means, () => [nodeId]);
  }
  if (groupMtbfMs !== Number.POSITIVE_INFINITY) {
    const groups = new Map<string, string[]>();
    for (const { group, nodeId } of nodes) groups.set(group, [...(groups.get(group) ?? []), nodeId]);
    for (const [group, nodeIds] of groups) {
      const draws = rng.stream('groups').stream(group);
      const means = { mtbfMs: groupMtbfMs, mttrMs: groupMttrMs };
      alternate(draws, means, () => nodeIds.filter(() => groupShare >= 1 || draws.next() < groupShare));
    }
  }
  return {
    get timers() {
      return timers;
    },
    isGone: (nodeId) => gone.has(nodeId),
  };
}
