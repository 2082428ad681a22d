// One node of the simulated hypervisor, and what it refuses. All of them together are in simulated-nodes.ts.
import type { NodeSpec } from '../../domain/node.ts';
import type { Resources } from '../../domain/resources.ts';
import { DispatcherError } from '../dispatcher.ts';

export interface SimulatedNode {
  readonly spec: NodeSpec;
  isUp: boolean;
  used: Resources;
  /** When its last loss is noticed; what comes after is noticed later. */
  lossKnownMs: number;
}

/** Where the disk of a VM lies: on the storage of that name, or on the nodes that have none. */
export interface Storage {
  readonly name: string | undefined;
}

export function storageOf(node: NodeSpec | undefined): Storage {
  return { name: node?.limits?.storage };
}

export function isEmpty({ used }: SimulatedNode): boolean {
  return used.milliCpus === 0 && used.memoryMib === 0;
}

export function unreachable(nodeId: string): DispatcherError {
  return new DispatcherError('NODE_UNREACHABLE', `node ${nodeId} does not answer`);
}

/** @throws DispatcherError REFUSED when the node is not made for that */
export function requireAble(node: SimulatedNode | undefined, what: 'liveMigration' | 'suspension'): void {
  const { limits, nodeId } = node?.spec ?? {};
  if (limits?.[what] === false)
    throw new DispatcherError('REFUSED', `node ${nodeId} is not made for ${what}`, 'not-supported');
}
