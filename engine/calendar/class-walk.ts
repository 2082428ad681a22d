// The candidates of a ranking in classes, of which the index knows that no node of one scores higher than so much: branch and bound. Classes
// come in the order of their bounds and are made when they are asked for; most searches end in the first or the second.
import type { Ranking } from '../domain/ranking.ts';
import type { Amounts } from '../domain/resource-space.ts';
import { type NodeClass, type NodeIndex, Selection } from './node-index.ts';

/** A class on its way through a search. */
export interface BoundedClass extends NodeClass {
  /** No node of it scores higher. */
  readonly bound: number;
  /** Nodes below this were looked at. */
  cursor: number;
}

export interface RankedWindow {
  readonly startMs: number;
  readonly durationMs: number;
  readonly demand: Amounts;
}

// Shares of the largest node at which classes are cut: the rungs of the index.
const SHARES = [1 / 128, 1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2];
/** More than the rounding of a load can be. */
const SLACK = 1e-9;

interface Cuts {
  readonly shares: readonly number[];
  /** Of each class: one more than there are cuts. */
  readonly bounds: readonly number[];
  /** rising: the first class lies below the first cut, and so on. falling: it lies above it. */
  readonly order: 'rising' | 'falling';
  /** Above a cut lie the nodes that surely have the amounts free throughout; otherwise those that may have. */
  readonly isSure: boolean;
  /** What a cut lies at, of a resource by its place. */
  amountAt(share: number, amount: number, place: number): number;
}

/** Whether a resource counts for a ranking, by its place. */
export type Counts = (place: number) => boolean;

/** One search after the other; each is good until a node changes or the next begins. */
export class ClassWalk {
  private readonly index: NodeIndex;
  private readonly selections: Selection[] = [];
  private window: RankedWindow = { startMs: 0, durationMs: 1, demand: new Float64Array() };
  private cuts: Cuts = NO_CUTS;
  private classes: BoundedClass[] = [];
  /** How many cuts are made, and what lies above the last; undefined: nothing of which it is known. */
  private cut = 0;
  private above: Selection | undefined;
  /** Working memory of one cut. */
  private amounts: Amounts = new Float64Array();

  constructor(index: NodeIndex) {
    this.index = index;
  }

  /**
   * @param ranking undefined: nothing is known of the scores, all nodes are in one class
   * @param counts for it
   */
  begin(window: RankedWindow, ranking: Ranking | undefined, counts: Counts): void {
    this.window = window;
    this.cuts = ranking === undefined ? NO_CUTS : cutsOf(ranking, window.demand, this.index, counts);
    this.classes = [];
    this.cut = 0;
    this.above = undefined;
  }

  /** Undefined when there are no more. */
  class(position: number): BoundedClass | undefined {
    while (this.classes.length <= position && this.makeNext());
    return this.classes[position];
  }

  private makeNext(): boolean {
    const { bounds, order, shares } = this.cuts;
    const { above: before, cut } = this;
    if (cut > shares.length) return false;
    const bound = bounds[cut]!;
    const here = cut === shares.length ? undefined : this.select(shares[cut]!, cut);
    this.above = here;
    // When nothing lies above a cut, there is only what lies below it.
    this.cut = order === 'rising' && here === undefined ? shares.length + 1 : cut + 1;
    if (order === 'rising') this.classes.push({ bound, within: before, without: here, cursor: 0 });
    else if (here !== undefined || cut === shares.length)
      this.classes.push({ bound, within: here, without: before, cursor: 0 });
    return true;
  }

  /** What lies above a cut; undefined when nothing is known to. */
  private select(share: number, cut: number): Selection | undefined {
    this.selections[cut] ??= new Selection();
    const selection = this.selections[cut];
    const { cuts } = this;
    const { demand: wanted, durationMs, startMs } = this.window;
    if (this.amounts.length !== wanted.length) this.amounts = new Float64Array(wanted.length);
    const demand = this.amounts;
    for (let place = 0; place < wanted.length; place += 1)
      demand[place] = cuts.amountAt(share, wanted[place]!, place);
    const window = { startMs, durationMs, demand };
    if (!cuts.isSure) return this.index.select(window, selection);
    if (this.index.selectSure(window, selection)) return selection;
    return undefined;
  }
}

const NO_CUTS: Cuts = {
  shares: [],
  bounds: [Number.POSITIVE_INFINITY],
  order: 'rising',
  isSure: true,
  amountAt: () => 0,
};

function cutsOf({ by, first }: Ranking, demand: Amounts, index: NodeIndex, counts: Counts): Cuts {
  if (by === 'load') {
    const amountAt = (share: number, _: number, place: number) =>
      place === 0 ? share * index.largest(0) : 0;
    // What has every CPU free throughout has a load of 0.
    if (first === 'least') return { shares: [1], bounds: [0, 0], order: 'falling', isSure: true, amountAt };
    const bounds = [1 + SLACK, ...SHARES.map((share) => 1 - share + SLACK), 0];
    return { shares: [...SHARES, 1], bounds, order: 'rising', isSure: true, amountAt };
  }
  if (first === 'least') {
    // What has more than the demand free, by a share of the largest node, is left with no less than that share; what has all of a largest
    // node free, with as much as there can be.
    const most = mostLeft(demand, index, counts);
    const shares = SHARES.filter((share) => share < most);
    const amountAt = (share: number, amount: number, place: number) => {
      if (!counts(place)) return 0;
      const largest = index.largest(place);
      return share === 1 || largest === 0 ? largest : share * largest + amount;
    };
    const bounds = [0, ...shares.map((share) => -share), -most];
    return { shares: [...shares, 1], bounds, order: 'rising', isSure: true, amountAt };
  }
  // What may not have so much free is left with less. A resource that some nodes do not have says nothing.
  const shares = SHARES.toReversed();
  const says = (place: number) => counts(place) && index.least(place) > 0;
  const amountAt = (share: number, amount: number, place: number) =>
    says(place) ? share * index.least(place) + amount : 0;
  const most = mostLeft(demand, index, says);
  return { shares, bounds: [most, ...shares], order: 'falling', isSure: false, amountAt };
}

/** The residual share of a largest node of which nothing is used, of the resources that count. */
function mostLeft(demand: Amounts, index: NodeIndex, counts: Counts): number {
  let most = 1;
  for (let place = 0; place < demand.length; place += 1) {
    const has = index.largest(place);
    if (counts(place) && has > 0) most = Math.min(most, (has - demand[place]!) / has);
  }
  return most;
}
