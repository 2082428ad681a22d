// Nodes that fail and return at random: for each, an alternating renewal process with exponential times to failure and to repair.
import { type Clock, Phase } from '../../clock/clock.ts';
import type { Rng } from '../../random/rng.ts';
import type { FaultSettings } from './hypervisor-settings.ts';

export interface FaultTarget {
  failNode(nodeId: string): void;
  returnNode(nodeId: string): void;
}

/** Schedules failures and returns for ever. Each node has a stream of its own, so its fate does not depend on the others. @returns how many timers it has at any time */
export function scheduleNodeFaults({
  clock,
  rng,
  faults,
  nodeIds,
  target,
}: {
  clock: Clock;
  rng: Rng;
  faults: Pick<FaultSettings, 'nodeMtbfMs' | 'nodeMttrMs'>;
  nodeIds: readonly string[];
  target: FaultTarget;
}): number {
  if (faults.nodeMtbfMs === Number.POSITIVE_INFINITY) return 0;
  for (const nodeId of nodeIds) {
    const draws = rng.stream(nodeId);
    const after = (meanMs: number, what: () => void) =>
      clock.at(clock.now() + Math.round(draws.exponential(meanMs)), Phase.Fault, what);
    const failLater = (): unknown =>
      after(faults.nodeMtbfMs, () => {
        target.failNode(nodeId);
        after(faults.nodeMttrMs, () => {
          target.returnNode(nodeId);
          failLater();
        });
      });
    failLater();
  }
  return nodeIds.length;
}
