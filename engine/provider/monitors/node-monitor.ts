// The Node Monitor of the paper: knows which nodes are up and in service, and sees to it that the calendar offers no other.
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { NodeSpec } from '../../domain/node.ts';
import type { Displacement } from '../delivery/displacement.ts';
import type { Outbox } from '../outbox.ts';
import type { ProviderState } from '../state/snapshot.ts';
import type { VmMonitor } from './vm-monitor.ts';

export interface NodeMonitorParts {
  readonly outbox: Outbox;
  readonly calendar: CapacityCalendar;
  readonly displacement: Displacement;
  readonly vms: VmMonitor;
  readonly nodes: readonly NodeSpec[];
}

type NodeKnowledge = Pick<ProviderState, 'knownNodeIds' | 'drainedNodeIds' | 'lostNodeIds'>;

export class NodeMonitor {
  readonly #parts: NodeMonitorParts;
  readonly #isUp: boolean[];
  readonly #inService: boolean[];
  readonly #known = new Set<string>();

  constructor(parts: NodeMonitorParts) {
    this.#parts = parts;
    this.#isUp = parts.nodes.map(() => true);
    this.#inService = parts.nodes.map(() => true);
  }

  /** Enters every node in the event stream, but for those that were before. */
  announce(): void {
    const { nodes, outbox } = this.#parts;
    for (const { nodeId, group, capacity, power } of nodes) {
      if (this.#known.has(nodeId)) continue;
      this.#known.add(nodeId);
      outbox.emit({ type: 'node-joined', nodeId, group, capacity, power: power ?? null });
    }
  }

  /** Takes over what is known of the nodes, without a word: all of it was announced before. */
  restore({ drainedNodeIds, knownNodeIds, lostNodeIds }: NodeKnowledge): void {
    for (const nodeId of knownNodeIds) this.#known.add(nodeId);
    for (const nodeId of drainedNodeIds) this.#inService[this.#indexOf(nodeId)] = false;
    for (const nodeId of lostNodeIds) this.#isUp[this.#indexOf(nodeId)] = false;
    for (const nodeId of [...drainedNodeIds, ...lostNodeIds])
      this.#parts.calendar.setAvailable(this.#indexOf(nodeId), false);
  }

  /** What {@link restore} goes on from. */
  knowledge(): NodeKnowledge {
    const ids = this.#parts.nodes.map(({ nodeId }) => nodeId);
    return {
      knownNodeIds: [...this.#known],
      drainedNodeIds: ids.filter((_, node) => !this.#inService[node]),
      lostNodeIds: ids.filter((_, node) => !this.#isUp[node]),
    };
  }

  /** Not drained by an operator. */
  isInService(nodeIndex: number): boolean {
    return this.#inService[nodeIndex] === true;
  }

  /** Up as far as is known, in service or not. */
  isUp(nodeIndex: number): boolean {
    return this.#isUp[nodeIndex] === true;
  }

  nodeDown(nodeId: string): void {
    const node = this.#indexOf(nodeId);
    if (!this.#isUp[node]) return;
    this.#isUp[node] = false;
    const { displacement, outbox } = this.#parts;
    this.#updateAvailability(node);
    outbox.emit({ type: 'node-lost', nodeId, vmsLost: this.#vmsOn(node) });
    displacement.nodeLost(node);
  }

  nodeUp(nodeId: string): void {
    const node = this.#indexOf(nodeId);
    if (this.#isUp[node]) return;
    this.#isUp[node] = true;
    const { outbox } = this.#parts;
    outbox.emit({ type: 'node-returned', nodeId });
    this.#updateAvailability(node);
  }

  /** Takes a node out of service and empties it. On one that is already out, what could not leave it tries again. */
  drain(nodeId: string): void {
    const node = this.#indexOf(nodeId);
    const { displacement, outbox } = this.#parts;
    if (!this.#inService[node]) {
      displacement.drainedAgain(node);
      return;
    }
    this.#inService[node] = false;
    this.#updateAvailability(node);
    outbox.emit({ type: 'node-drained', nodeId });
    displacement.nodeDrained(node);
  }

  /** Puts a drained node back into service. */
  enable(nodeId: string): void {
    const node = this.#indexOf(nodeId);
    if (this.#inService[node]) return;
    this.#inService[node] = true;
    const { outbox } = this.#parts;
    outbox.emit({ type: 'node-enabled', nodeId });
    this.#updateAvailability(node);
  }

  #updateAvailability(node: number): void {
    const available = this.#isUp[node] === true && this.#inService[node] === true;
    this.#parts.calendar.setAvailable(node, available);
    if (available) this.#parts.displacement.nodeBack(node);
  }

  /** VMs that run on a node. */
  #vmsOn(node: number): number {
    let count = 0;
    for (const vm of this.#parts.vms.values()) if (vm.nodeIndex === node && vm.isUp) count += 1;
    return count;
  }

  #indexOf(nodeId: string): number {
    const node = this.#parts.calendar.nodeIndexOf(nodeId);
    if (node === undefined) throw new RangeError(`no node is called "${nodeId}"`);
    return node;
  }
}
