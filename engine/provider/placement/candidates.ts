// The nodes as an allocation policy sees them while one request is being placed: lazily found, lazily computed, and up to date with
// the instances of this very request that were placed a moment ago. Nothing but getters: a policy that writes to a node is stopped.
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import { chooseDevices, DEVICE_UNITS, type Devices } from '../../domain/devices.ts';
import { loadOf } from '../../domain/ranking.ts';
import { amountOf, type Resources, subtractResources } from '../../domain/resources.ts';
import { frozen } from '../../policy/frozen.ts';
import type { DeviceChoice, NodeHistory, NodeView, PlacementRequest } from '../../policy/views.ts';
import type { NodeRecords } from '../state/node-records.ts';

/** What is known of the nodes beside the calendar. */
export interface NodeKnowledge {
  /** Of all nodes, in the order of the cluster. */
  readonly groups: readonly string[];
  readonly records: NodeRecords;
  readonly nowMs: number;
}

export class PlacementNode implements NodeView {
  readonly #index: number;
  readonly #known: NodeKnowledge;
  readonly #calendar: CapacityCalendar;
  readonly #request: PlacementRequest;
  #placedHere = 0;
  #freeCount: number | undefined;
  #minFree: Resources | undefined;
  #reservedMilliCpuMs: number | undefined;
  #freeDevices: Record<string, number[]> | undefined;

  constructor(calendar: CapacityCalendar, request: PlacementRequest, index: number, known: NodeKnowledge) {
    this.#index = index;
    this.#known = known;
    this.#calendar = calendar;
    this.#request = request;
  }

  /**
   * One more of the request's instances goes here. No method of its own: policies have the view in their hands.
   * @param devices those that it gets; absent: by the rules of their resources
   */
  static place(node: PlacementNode, devices?: Devices): void {
    node.#placedHere += 1;
    node.#minFree = undefined;
    if (node.#calendar.space.devices.length > 0) node.#takeDevices(devices);
  }

  /** By their numbers on the node, devices that a policy names by their places among those of each resource; undefined: it has no room on such. */
  static devices(node: PlacementNode, choice: DeviceChoice): Devices | undefined {
    const { demand } = node.#request;
    const numbers: number[] = [];
    let first = 0;
    for (const [name, free] of Object.entries(node.#free())) {
      const amount = amountOf(demand, name);
      const places = choice[name] ?? [];
      const each = Math.min(amount, DEVICE_UNITS);
      const isEnough =
        places.length === Math.ceil(amount / DEVICE_UNITS) && new Set(places).size === places.length;
      if (!isEnough || !places.every((place) => (free[place] ?? -1) >= each)) return undefined;
      for (const place of places) numbers.push(first + place);
      first += free.length;
    }
    return numbers;
  }

  get index(): number {
    return this.#index;
  }

  get nodeId(): string {
    return this.#calendar.nodeId(this.#index);
  }

  get group(): string {
    return this.#known.groups[this.#index]!;
  }

  get site(): string | undefined {
    return this.#calendar.siteOf(this.#index);
  }

  get capacity(): Resources {
    return this.#calendar.capacityOf(this.#index);
  }

  get placedHere(): number {
    return this.#placedHere;
  }

  get losses(): number {
    return this.#history.losses;
  }

  get servedMs(): number {
    return this.#history.servedMs;
  }

  get freeCount(): number {
    this.#freeCount ??= this.#calendar.freeCount(this.#index, this.#request);
    return this.#freeCount - this.#placedHere;
  }

  get minFree(): Resources {
    this.#minFree ??= this.#findMinFree();
    return this.#minFree;
  }

  get freeDevices(): Readonly<Record<string, readonly number[]>> {
    return frozen(structuredClone(this.#free()));
  }

  get load(): number {
    const { demand, startMs, endMs } = this.#request;
    const capacityMilliCpus = this.capacity.milliCpus;
    this.#reservedMilliCpuMs ??= this.#calendar.reservedMilliCpuMs(this.#index, startMs, endMs);
    return loadOf(
      this.#reservedMilliCpuMs,
      { capacityMilliCpus, durationMs: endMs - startMs },
      this.#placedHere * demand.milliCpus,
    );
  }

  get milliCpuMsAhead(): number {
    const { demand, endMs, startMs } = this.#request;
    const booked = this.#calendar.reservedMilliCpuMs(this.#index, this.#known.nowMs, Number.MAX_SAFE_INTEGER);
    return booked + this.#placedHere * demand.milliCpus * (endMs - startMs);
  }

  get instancesBooked(): number {
    const { endMs, startMs } = this.#request;
    return this.#calendar.bookingsOn(this.#index, startMs, endMs).length + this.#placedHere;
  }

  get nextChangeMs(): number {
    const { endMs, startMs } = this.#request;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const booking of this.#calendar.bookingsOn(this.#index, startMs, endMs)) {
      for (const ms of [booking.startMs, booking.endMs]) if (ms > startMs && ms < nextMs) nextMs = ms;
    }
    return nextMs < endMs ? nextMs : Number.POSITIVE_INFINITY;
  }

  get #history(): NodeHistory {
    const { nowMs, records } = this.#known;
    return records.historyOf(this.nodeId, nowMs);
  }

  /** After the instances that were placed here. */
  #free(): Record<string, number[]> {
    if (this.#freeDevices === undefined) {
      const { endMs, startMs } = this.#request;
      const free = this.#calendar.freeDevices(this.#index, startMs, endMs);
      this.#freeDevices = Object.fromEntries(Object.entries(free).map(([name, each]) => [name, [...each]]));
    }
    return this.#freeDevices;
  }

  #takeDevices(devices: Devices | undefined): void {
    const { demand } = this.#request;
    let first = 0;
    for (const { name, rule } of this.#calendar.space.devices) {
      const free = this.#free()[name]!;
      const amount = amountOf(demand, name);
      const places =
        devices?.map((device) => device - first).filter((place) => place >= 0 && place < free.length) ??
        chooseDevices(free, amount, rule)!;
      for (const place of places) free[place]! -= Math.min(amount, DEVICE_UNITS);
      first += free.length;
    }
  }

  #findMinFree(): Resources {
    const { demand, startMs, endMs } = this.#request;
    const free = this.#calendar.minFree(this.#index, startMs, endMs);
    return frozen(subtractResources(free, demand, this.#placedHere));
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

  /**
   * @param among only nodes of which this is true; undefined: all
   */
  constructor(
    calendar: CapacityCalendar,
    request: PlacementRequest,
    known: NodeKnowledge,
    among?: (nodeIndex: number) => boolean,
  ) {
    const withRoom = calendar.candidates(request);
    this.#rest = among === undefined ? withRoom : filtered(withRoom, among);
    this.#makeNode = (index) => new PlacementNode(calendar, request, index, known);
  }

  /** The candidate with that index, if a walk has come across it. */
  find(index: number): PlacementNode | undefined {
    return this.#byIndex.get(index);
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

function* filtered(indexes: Iterable<number>, isWanted: (index: number) => boolean): Generator<number> {
  for (const index of indexes) if (isWanted(index)) yield index;
}
