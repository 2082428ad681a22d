// What each node had online, reserved, allocated and busy, over the measured time. A cluster can have a million nodes, of which most may do
// nothing: of those nothing is kept but since when they are there.
import type { EventOf, PowerModel, Resources } from '../../engine/index.ts';
import { invariant } from '../../engine/index.ts';
import { BUSY_SCALE, type ByUse, CHANNEL, CHANNELS, sharesOf } from './use-channels.ts';

/** A node of whose CPUs guests keep a larger share busy is a hotspot (Wood et al. 2007). */
const HOT = 0.75;

/** The book of a node on which something happened: its levels, their integrals, and then what it is and was. */
const LEVELS = 0;
const INTEGRALS = CHANNELS;
/** Up to when it is booked. */
const SINCE_MS = 2 * CHANNELS;
/** How long it was online and too busy; online with nothing on it. */
const HOT_MS = SINCE_MS + 1;
const EMPTY_MS = SINCE_MS + 2;
const LOSSES = SINCE_MS + 3;
/** Watts, whatever runs on it; NaN: as its power model has it. */
const DRAWS = SINCE_MS + 4;
const BOOK_LENGTH = SINCE_MS + 5;
const NO_BOOK = -1;

export interface NodeFigures {
  readonly provider: string;
  readonly nodeId: string;
  readonly group: string;
  readonly capacity: Resources;
  readonly power: PowerModel | null;
  /** Within the measured time. */
  readonly onlineMs: number;
  readonly shares: ByUse;
  /** Busy CPU, in CPU-milliseconds, within the measured time. */
  readonly busyCpuMs: number;
  /** Watts x milliseconds, within the measured time; 0 without a power model. */
  readonly wattMs: number;
  readonly losses: number;
}

/** As what a node joined last. Nodes of a group that join together share one: a million events would weigh more than all meters. */
interface Joining extends Pick<NodeFigures, 'provider' | 'group' | 'capacity' | 'power'> {
  readonly atMs: number;
}

export class NodeMeter implements NodeFigures {
  readonly nodeId: string;
  joining: Joining;
  /** In the order in which they joined, from 0. */
  readonly index: number;
  /** What it adds to the cluster; null while it is not online. */
  online: Resources | null;
  /** Where its book is; {@link NO_BOOK}: it has been online since it joined, with nothing on it. */
  book = NO_BOOK;
  readonly #meters: NodeMeters;

  constructor(
    nodeId: string,
    joining: Joining,
    meters: NodeMeters,
    { index, online }: { readonly index: number; readonly online: Resources },
  ) {
    this.nodeId = nodeId;
    this.joining = joining;
    this.index = index;
    this.online = online;
    this.#meters = meters;
  }

  get provider(): string {
    return this.joining.provider;
  }

  get group(): string {
    return this.joining.group;
  }

  get capacity(): Resources {
    return this.joining.capacity;
  }

  get power(): PowerModel | null {
    return this.joining.power;
  }

  get losses(): number {
    return this.#meters.lossesOf(this);
  }

  get onlineMs(): number {
    return this.#integrals()[CHANNEL.nodesOnline]!;
  }

  get shares(): ByUse {
    return sharesOf(this.#integrals());
  }

  get busyCpuMs(): number {
    return this.#integrals()[CHANNEL.busyCpu]! / BUSY_SCALE / 1000;
  }

  get wattMs(): number {
    return this.#integrals()[CHANNEL.watts]!;
  }

  #integrals(): Float64Array {
    return this.#meters.integralsOf(this);
  }
}

export class NodeMeters {
  readonly #measuredFromMs: number;
  readonly #nodes = new Map<string, NodeMeter>();
  #lastJoining: Joining | undefined;
  /** One after the other. */
  #books = new Float64Array(0);
  #bookCount = 0;
  /** Infinity until it is known. */
  #endMs = Number.POSITIVE_INFINITY;
  /** Working memory. */
  readonly #vector = new Float64Array(CHANNELS);

  constructor(measuredFromMs: number) {
    this.#measuredFromMs = measuredFromMs;
  }

  /** In the order in which they joined. */
  all(): IterableIterator<NodeMeter> {
    return this.#nodes.values();
  }

  find(nodeId: string): NodeMeter | undefined {
    return this.#nodes.get(nodeId);
  }

  get(nodeId: string): NodeMeter {
    const node = this.#nodes.get(nodeId);
    invariant(node !== undefined, 'a node joins before anything happens on it', { nodeId });
    return node;
  }

  /** A node that never was there before. @param online what it adds to the cluster */
  join(event: EventOf<'node-joined'>, online: Resources): NodeMeter {
    const { nodeId } = event;
    const node = new NodeMeter(nodeId, this.#joiningOf(event), this, { index: this.#nodes.size, online });
    this.#nodes.set(nodeId, node);
    return node;
  }

  /** A node that had left. */
  joinAgain(node: NodeMeter, event: EventOf<'node-joined'>): void {
    node.joining = this.#joiningOf(event);
  }

  #joiningOf({ atMs, capacity, group, power, provider }: EventOf<'node-joined'>): Joining {
    const last = this.#lastJoining;
    const isLike =
      last !== undefined &&
      last.atMs === atMs &&
      last.capacity === capacity &&
      last.group === group &&
      last.power === power &&
      last.provider === provider;
    if (!isLike) this.#lastJoining = { provider, group, capacity, power, atMs };
    return this.#lastJoining!;
  }

  /** All levels of a node that has just joined; good until the next question. */
  levelsAtJoining({ capacity, online, power }: NodeMeter): Float64Array {
    const levels = this.#vector;
    levels.fill(0);
    levels[CHANNEL.online.cpu] = online!.milliCpus;
    levels[CHANNEL.online.memory] = online!.memoryMib;
    levels[CHANNEL.online.disk] = online!.diskGib;
    levels[CHANNEL.nodesOnline] = 1;
    levels[CHANNEL.watts] = power === null ? 0 : wattsOf(power, capacity, 0);
    return levels;
  }

  level(node: NodeMeter, channel: number): number {
    return this.#books[this.#bookOf(node) + LEVELS + channel]!;
  }

  /** It must have been advanced to now. */
  shift(node: NodeMeter, channel: number, delta: number): void {
    const at = this.#bookOf(node) + LEVELS + channel;
    this.#books[at]! += delta;
  }

  /** What it draws, as it is. */
  wattsOf(node: NodeMeter): number {
    const { capacity, online, power } = node;
    if (power === null || online === null) return 0;
    const draws = this.#books[this.#bookOf(node) + DRAWS]!;
    return Number.isNaN(draws) ? wattsOf(power, capacity, this.level(node, CHANNEL.busyCpu)) : draws;
  }

  /** It must have been advanced to now. @param watts what it draws, whatever runs on it; absent: as its power model has it */
  setDraws(node: NodeMeter, watts: number | undefined): void {
    const book = this.#bookOf(node);
    this.#books[book + DRAWS] = watts ?? Number.NaN;
  }

  noteLoss(node: NodeMeter): void {
    const at = this.#bookOf(node) + LOSSES;
    this.#books[at]! += 1;
  }

  lossesOf({ book }: NodeMeter): number {
    return book === NO_BOOK ? 0 : this.#books[book + LOSSES]!;
  }

  advance(node: NodeMeter, toMs: number): void {
    const book = this.#bookOf(node);
    const books = this.#books;
    const fromMs = books[book + SINCE_MS]!;
    if (toMs <= fromMs) return;
    books[book + SINCE_MS] = toMs;
    const measuredMs = toMs - Math.max(fromMs, this.#measuredFromMs);
    if (measuredMs <= 0) return;
    const levels = book + LEVELS;
    const integrals = book + INTEGRALS;
    for (let i = 0; i < CHANNELS; i++) books[integrals + i]! += books[levels + i]! * measuredMs;
    if (books[levels + CHANNEL.nodesOnline] === 0) return;
    if (books[levels + CHANNEL.busyCpu]! > HOT * BUSY_SCALE * books[levels + CHANNEL.online.cpu]!)
      books[book + HOT_MS]! += measuredMs;
    if (books[levels + CHANNEL.allocated.cpu] === 0) books[book + EMPTY_MS]! += measuredMs;
  }

  /** @returns node-milliseconds within the measured time, of all nodes together */
  finish(endMs: number): {
    readonly hotNodeMs: number;
    readonly emptyNodeMs: number;
    readonly offNodeMs: number;
  } {
    this.#endMs = endMs;
    let hotNodeMs = 0;
    let emptyNodeMs = 0;
    let offNodeMs = 0;
    for (const node of this.#nodes.values()) {
      if (node.book === NO_BOOK) {
        emptyNodeMs += this.#idleMs(node);
        continue;
      }
      this.advance(node, endMs);
      hotNodeMs += this.#books[node.book + HOT_MS]!;
      emptyNodeMs += this.#books[node.book + EMPTY_MS]!;
      offNodeMs += this.#books[node.book + INTEGRALS + CHANNEL.nodesOff]!;
    }
    return { hotNodeMs, emptyNodeMs, offNodeMs };
  }

  /** Over the measured time, by channel, when it is over; good until the next question. */
  integralsOf(node: NodeMeter): Float64Array {
    if (node.book !== NO_BOOK) {
      const begin = node.book + INTEGRALS;
      return this.#books.subarray(begin, begin + CHANNELS);
    }
    const idleMs = this.#idleMs(node);
    const integrals = this.levelsAtJoining(node);
    for (let i = 0; i < CHANNELS; i++) integrals[i]! *= idleMs;
    return integrals;
  }

  #idleMs({ joining }: NodeMeter): number {
    return Math.max(0, this.#endMs - Math.max(joining.atMs, this.#measuredFromMs));
  }

  /** Where its book is, which is opened if it has none. */
  #bookOf(node: NodeMeter): number {
    if (node.book !== NO_BOOK) return node.book;
    const book = this.#bookCount * BOOK_LENGTH;
    this.#bookCount += 1;
    if (this.#books.length < book + BOOK_LENGTH) {
      const longer = new Float64Array(2 * (book + BOOK_LENGTH));
      longer.set(this.#books);
      this.#books = longer;
    }
    node.book = book;
    this.#books.set(this.levelsAtJoining(node), book + LEVELS);
    this.#books[book + SINCE_MS] = node.joining.atMs;
    this.#books[book + DRAWS] = Number.NaN;
    return book;
  }
}

/** @param busy CPU, as it is counted in its channel */
function wattsOf(power: PowerModel, { milliCpus }: Resources, busy: number): number {
  return wattsAt(power, milliCpus === 0 ? 0 : busy / BUSY_SCALE / milliCpus);
}

/** @param busyShare of its CPUs */
export function wattsAt({ idleW, peakW, watts }: PowerModel, busyShare: number): number {
  if (watts === undefined) return idleW + (peakW - idleW) * busyShare;
  const at = Math.min(1, Math.max(0, busyShare)) * (watts.length - 1);
  const step = Math.min(watts.length - 2, Math.floor(at));
  return watts[step]! + (watts[step + 1]! - watts[step]!) * (at - step);
}
