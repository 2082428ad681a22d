// The Node Monitor of the paper: knows which nodes are up and in service, and sees to it that the calendar offers no other.
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { Clock } from '../../clock/clock.ts';
import type { NodeSpec } from '../../domain/node.ts';
import type { Evacuation } from '../delivery/evacuation.ts';
import type { EventQueue } from '../event-queue.ts';

export interface NodeMonitorParts {
  readonly clock: Clock;
  readonly queue: EventQueue;
  readonly calendar: CapacityCalendar;
  readonly evacuation: Evacuation;
  readonly nodes: readonly NodeSpec[];
}

export class NodeMonitor {
  readonly #parts: NodeMonitorParts;
  readonly #isUp: boolean[];
  readonly #inService: boolean[];

  constructor(parts: NodeMonitorParts) {
    this.#parts = parts;
    this.#isUp = parts.nodes.map(() => true);
    this.#inService = parts.nodes.map(() => true);
  }

  /** Enters every node in the event stream, but for those that were before. */
  announce(knownNodeIds: readonly string[] = []): void {
    const { clock, nodes, queue } = this.#parts;
    for (const { nodeId, group, capacity, power } of nodes) {
      if (knownNodeIds.includes(nodeId)) continue;
      queue.emit({ type: 'node-joined', atMs: clock.now(), nodeId, group, capacity, power: power ?? null });
    }
  }

  /** Takes over what is known of the nodes, without a word: all of it was announced before. */
  restore({
    drainedNodeIds,
    lostNodeIds,
  }: {
    drainedNodeIds: readonly string[];
    lostNodeIds: readonly string[];
  }): void {
    for (const nodeId of drainedNodeIds) this.#inService[this.#indexOf(nodeId)] = false;
    for (const nodeId of lostNodeIds) this.#isUp[this.#indexOf(nodeId)] = false;
    for (const nodeId of [...drainedNodeIds, ...lostNodeIds])
      this.#parts.calendar.setAvailable(this.#indexOf(nodeId), false);
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
    const { clock, evacuation, queue } = this.#parts;
    this.#updateAvailability(node);
    queue.emit({ type: 'node-lost', atMs: clock.now(), nodeId, vmsLost: evacuation.vmsOn(node) });
    evacuation.nodeLost(node);
  }

  nodeUp(nodeId: string): void {
    const node = this.#indexOf(nodeId);
    if (this.#isUp[node]) return;
    this.#isUp[node] = true;
    const { clock, queue } = this.#parts;
    queue.emit({ type: 'node-returned', atMs: clock.now(), nodeId });
    this.#updateAvailability(node);
  }

  /** Takes a node out of service and empties it. No effect on one that is already out. */
  drain(nodeId: string): void {
    const node = this.#indexOf(nodeId);
    if (!this.#inService[node]) return;
    this.#inService[node] = false;
    const { clock, evacuation, queue } = this.#parts;
    this.#updateAvailability(node);
    queue.emit({ type: 'node-drained', atMs: clock.now(), nodeId });
    evacuation.nodeDrained(node);
  }

  /** Puts a drained node back into service. */
  enable(nodeId: string): void {
    const node = this.#indexOf(nodeId);
    if (this.#inService[node]) return;
    this.#inService[node] = true;
    const { clock, queue } = this.#parts;
    queue.emit({ type: 'node-enabled', atMs: clock.now(), nodeId });
    this.#updateAvailability(node);
  }

  #updateAvailability(node: number): void {
    const available = this.#isUp[node] === true && this.#inService[node] === true;
    this.#parts.calendar.setAvailable(node, available);
    if (available) this.#parts.evacuation.nodeBack(node);
  }

  #indexOf(nodeId: string): number {
    const node = this.#parts.calendar.nodeIndexOf(nodeId);
    if (node === undefined) throw new RangeError(`no node is called "${nodeId}"`);
    return node;
  }
}
