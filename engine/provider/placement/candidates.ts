// The nodes as an allocation policy sees them while one request is being placed: lazily found, lazily computed, and up to date with
// the instances of this very request that were placed a moment ago.
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { Resources } from '../../domain/resources.ts';
import type { NodeView, PlacementRequest } from '../../policy/views.ts';

export class PlacementNode implements NodeView {
  readonly index: number;
  readonly nodeId: string;
  readonly group: string;
  readonly capacity: Resources;
  placedHere = 0;
  readonly #calendar: CapacityCalendar;
  readonly #request: PlacementRequest;
  #freeCount: number | undefined;
  #minFree: Resources | undefined;
  #load: number | undefined;

  constructor(calendar: CapacityCalendar, request: PlacementRequest, node: { index: number; group: string }) {
    this.index = node.index;
    this.nodeId = calendar.nodeId(node.index);
    this.group = node.group;
    this.capacity = calendar.capacityOf(node.index);
    this.#calendar = calendar;
    this.#request = request;
  }

  get freeCount(): number {
    this.#freeCount ??= this.#calendar.freeCount(this.index, this.#request);
    return this.#freeCount - this.placedHere;
  }

  get minFree(): Resources {
    const { demand, startMs, endMs } = this.#request;
    this.#minFree ??= this.#calendar.minFree(this.index, startMs, endMs);
    const free = this.#minFree;
    return {
      milliCpus: free.milliCpus - this.placedHere * demand.milliCpus,
      memoryMib: free.memoryMib - this.placedHere * demand.memoryMib,
      diskGib: free.diskGib - this.placedHere * demand.diskGib,
    };
  }

  get load(): number {
    const { demand, startMs, endMs } = this.#request;
    const total = this.capacity.milliCpus;
    this.#load ??=
      this.#calendar.reservedMilliCpuMs(this.index, startMs, endMs) / (total * (endMs - startMs));
    return this.#load + (this.placedHere * demand.milliCpus) / total;
  }
}

/**
 * The candidates of one request: those that have room for one more of its instances. Can be walked several times, also within a
 * walk, and looks for further nodes only when a walk gets that far.
 */
export class Candidates implements Iterable<PlacementNode> {
  readonly #found: PlacementNode[] = [];
  readonly #byIndex = new Map<number, PlacementNode>();
  readonly #rest: Iterator<number>;
  readonly #makeNode: (index: number) => PlacementNode;

  constructor(calendar: CapacityCalendar, request: PlacementRequest, groups: readonly string[]) {
    this.#rest = calendar.candidates(request);
    this.#makeNode = (index) => new PlacementNode(calendar, request, { index, group: groups[index]! });
  }

  /** The candidate with that index, if a walk has come across it. */
  find(index: number | undefined): PlacementNode | undefined {
    return index === undefined ? undefined : this.#byIndex.get(index);
  }

  *[Symbol.iterator](): Generator<PlacementNode, void, undefined> {
    for (let position = 0; ; position++) {
      const node = this.#found[position] ?? this.#findNext();
      if (node === undefined) return;
      if (node.placedHere === 0 || node.freeCount > 0) yield node;
    }
  }

  #findNext(): PlacementNode | undefined {
    const next = this.#rest.next();
    if (next.done === true) return undefined;
    const node = this.#makeNode(next.value);
    this.#found.push(node);
    this.#byIndex.set(node.index, node);
    return node;
  }
}
