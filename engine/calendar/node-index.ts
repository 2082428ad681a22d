// An index over the nodes of a provider, so that a request does not visit all of them. Time is cut into buckets; for each
// bucket and resource, bit sets over the nodes say which have at least so much free at their worst instant in the bucket,
// and which at their best. It only ever rules out nodes and times: the node calendars decide.

import type { Amounts } from '../domain/resource-space.ts';
import { ChangeHeap } from './change-heap.ts';
import type { NodeCalendar } from './node-calendar.ts';

/** Buckets kept; it bounds the memory. Time beyond the last one is not indexed. A power of two. */
const SLOTS = 512;
const SLOT_MASK = SLOTS - 1;
/** Two slots more: a bucket in which nothing is used, and one for what is least free from the present on for ever, and free at present. */
const UNUSED = SLOTS;
const PRESENT = SLOTS + 1;
const ALL_SLOTS = SLOTS + 2;

// Free amounts are compared on a ladder of amounts. A rung costs one bit per node, bucket and measure; an octave between
// rungs is close enough, as sizes of instances tend to be fractions of a node.
const LADDER_OCTAVES = 7;

/** What is noted of each resource: the least free in the bucket, then the most. */
const LEAST = 0;
const MOST = 1;

const WORD_BITS = 5;
const WORD_MASK = (1 << WORD_BITS) - 1;

// The width of buckets follows the bookings, as found in a sample: about one change of a busy node per bucket, and nearly
// all of what is booked within half of the slots, which leaves the others for the time to come.
const SAMPLED_NODES = 64;
const SPANNED_SHARE = 0.95;
const BUCKETS_WANTED_MIN = 16;
const BUCKETS_WANTED_MAX = SLOTS / 2;
/** By what factor buckets may be too wide or too narrow before they are made anew. */
const WIDTH_TOLERANCE = 2;
const CHANGES_BETWEEN_TUNINGS_MIN = 1024;

/** A bit for each node. */
export type NodeSet = Int32Array;

/** Which nodes a question is about: sets of bits, like those of the index. */
export interface NodeMask {
  /** No other node is possible. */
  readonly available: NodeSet;
  /** What the index knows of these does not count: they are possible whatever it says. */
  readonly unindexed: NodeSet;
  /** Whether there are unindexed ones. */
  hasUnindexed: boolean;
}

/** A mask with all nodes, and all of them indexed. */
export function wholeMask(nodeCount: number): NodeMask {
  const mask = {
    available: emptySet(nodeCount),
    unindexed: emptySet(nodeCount),
    hasUnindexed: false,
  };
  for (let node = 0; node < nodeCount; node += 1) setBit(mask.available, node, true);
  return mask;
}

export function emptySet(nodeCount: number): NodeSet {
  return new Int32Array((nodeCount + WORD_MASK) >>> WORD_BITS);
}

export function hasBit(set: NodeSet, node: number): boolean {
  return (set[node >>> WORD_BITS]! & (1 << (node & WORD_MASK))) !== 0;
}

export function setBit(set: NodeSet, node: number, value: boolean): void {
  const bit = 1 << (node & WORD_MASK);
  if (value) set[node >>> WORD_BITS]! |= bit;
  else set[node >>> WORD_BITS]! &= ~bit;
}

export interface WindowSelection {
  readonly startMs: number;
  readonly durationMs: number;
  readonly demand: Amounts;
  /** Absent: once. */
  readonly times?: number;
  /** The window starts at `startMs`; otherwise it may start later in the same bucket, too. */
  readonly isExact?: boolean;
}

/**
 * What was selected: a node of the selection is in all of `sets`, which are given by where they begin in the index. Those in all of
 * `shortcuts` are in all of `sets` too; mostly these are few, and decide.
 */
export class Selection {
  /** Its nodes have what was asked for; otherwise they may have it. */
  isSure = false;
  readonly sets: number[] = [];
  count = 0;
  /** How many nodes the smallest of the sets has. */
  smallest = Number.POSITIVE_INFINITY;
  /** More was selected than any node has. */
  isBeyondAll = false;
  readonly shortcuts: number[] = [];
  /** 0: there are none. */
  shortcutCount = 0;
  /** Nothing is known of nodes that are not in all of the shortcuts: they are not in the selection. */
  isShortcutAlone = false;

  clear(isSure = false): void {
    this.isSure = isSure;
    this.shortcutCount = 0;
    this.isShortcutAlone = false;
    this.count = 0;
    this.smallest = Number.POSITIVE_INFINITY;
    this.isBeyondAll = false;
  }

  add(set: number, size: number): void {
    const { count } = this;
    // The smallest set goes first: it rules out the most.
    if (size < this.smallest) {
      this.smallest = size;
      if (count > 0) this.sets[count] = this.sets[0]!;
      this.sets[0] = set;
    } else {
      this.sets[count] = set;
    }
    this.count = count + 1;
  }
}

/** Those of the possible nodes that are in another selection, and not in a third. */
export interface NodeClass {
  readonly within: Selection | undefined;
  readonly without: Selection | undefined;
}

const ANY_NODE: NodeClass = { within: undefined, without: undefined };

/**
 * Rules out nodes and times at which a demand cannot fit. What is not ruled out may fit or not; of some nodes it is known that it does.
 *
 * Use: `select` a demand and a time, then walk the possible nodes of a mask with `nextPossible`. Whoever changes a node calendar calls
 * `refresh`. A bucket comes into being when something is booked in it; a bucket that is missing rules out nothing.
 */
export class NodeIndex {
  private readonly calendars: readonly NodeCalendar[];
  private readonly isEnabled: boolean;
  private readonly wordCount: number;
  /** Of 32 words each, for which a set has two bits a word more: whether any node of the word is in it, and whether all are. */
  private readonly blockCount: number;
  /** The last word of a set that has all nodes. */
  private readonly lastWord: number;
  /** How many words a set has in all: those with a bit a node, then those that say "any", then those that say "all". */
  private readonly stride: number;
  /** How many numbers are noted of a node and bucket: two of each resource. */
  private readonly measures: number;
  private readonly largestAmounts: Float64Array;
  private readonly leastAmounts: Float64Array;
  /** Per resource, rising amounts, of which the last is the capacity of the largest node. */
  private readonly ladders: readonly Float64Array[];
  /** Where the rungs of each measure begin among those of all measures. */
  private readonly firstRungs: readonly number[];
  private readonly rungCount: number;

  // A bucket lives in the slot of its number modulo SLOTS.
  private readonly numbers = new Float64Array(SLOTS).fill(Number.NaN);
  /** Per slot, node and measure: how many rungs the amount reaches. */
  private readonly heights: Uint8Array;
  /** Per slot and rung: the set of nodes that reach it, in as many words as {@link stride}. */
  private readonly reach: Int32Array;
  /** Per slot and rung: how many nodes reach it. */
  private readonly reachCounts: Int32Array;

  /** 0 until there is something to index. */
  private widthMs = 0;
  private firstNumber = 0;
  /** From this bucket on something may be booked that the index has not taken note of, as it was too far away. */
  private firstUnnoted = Number.POSITIVE_INFINITY;
  private knownFromMs = Number.NEGATIVE_INFINITY;
  private presentMs = Number.NEGATIVE_INFINITY;
  /** When each node changes after the present: no later than this, which is in the heap unless it is Infinity. */
  private readonly nextChanges: Float64Array;
  private readonly coming = new ChangeHeap();
  private changes = 0;
  private nextTuning = 1;
  private readonly freeRanges: Float64Array;
  private readonly leastInWindow: Float64Array;
  private readonly counting = new Selection();

  /** @param isEnabled if not, only what no node ever has is ruled out */
  constructor(calendars: readonly NodeCalendar[], isEnabled: boolean) {
    const resourceCount = calendars[0]?.capacity.length ?? 0;
    this.calendars = calendars;
    this.isEnabled = isEnabled;
    this.measures = 2 * resourceCount;
    this.freeRanges = new Float64Array(SLOTS * this.measures);
    this.leastInWindow = new Float64Array(resourceCount);
    this.nextChanges = new Float64Array(calendars.length).fill(Number.POSITIVE_INFINITY);
    this.wordCount = (calendars.length + WORD_MASK) >>> WORD_BITS;
    this.blockCount = (this.wordCount + WORD_MASK) >>> WORD_BITS;
    this.lastWord = (-1 >>> (-calendars.length & WORD_MASK)) | 0;
    this.stride = this.wordCount + 2 * this.blockCount;
    this.largestAmounts = new Float64Array(resourceCount);
    this.leastAmounts = new Float64Array(resourceCount).fill(Number.POSITIVE_INFINITY);
    for (const { capacity } of calendars) {
      for (let resource = 0; resource < resourceCount; resource += 1) {
        this.largestAmounts[resource] = Math.max(this.largestAmounts[resource]!, capacity[resource]!);
        this.leastAmounts[resource] = Math.min(this.leastAmounts[resource]!, capacity[resource]!);
      }
    }
    this.ladders = Array.from(this.largestAmounts, ladderUpTo);
    const firstRungs: number[] = [];
    let rungCount = 0;
    for (const { length } of this.ladders) {
      firstRungs.push(rungCount, rungCount + length);
      rungCount += 2 * length;
    }
    this.firstRungs = firstRungs;
    this.rungCount = rungCount;
    this.heights = new Uint8Array(ALL_SLOTS * calendars.length * this.measures);
    this.reach = new Int32Array(ALL_SLOTS * rungCount * this.stride);
    this.reachCounts = new Int32Array(ALL_SLOTS * rungCount);
    calendars.forEach(({ capacity }, node) => {
      capacity.forEach((amount, resource) => {
        for (const slot of [UNUSED, PRESENT]) {
          this.note(slot, node, resource * 2 + LEAST, amount);
          this.note(slot, node, resource * 2 + MOST, amount);
        }
      });
    });
  }

  /**
   * Takes note of a change to the node's calendar within the window.
   * @param isTaken nowhere is more free than before
   */
  refresh(node: number, startMs: number, endMs: number, isTaken = false): void {
    if (!this.isEnabled) return;
    if (endMs > this.presentMs) this.refreshPresent(node, startMs, endMs, isTaken);
    this.changes += 1;
    if (this.changes >= this.nextTuning) this.tune();
    if (this.widthMs > 0) this.refreshBuckets(node, startMs, endMs);
  }

  /** From now on `ms` is the present, which never goes back. O(log n) for each change that it passes, nearly always. */
  passTo(ms: number): void {
    if (ms <= this.presentMs) return;
    this.presentMs = ms;
    while (this.coming.earliestMs <= ms) {
      const changeMs = this.coming.earliestMs;
      const node = this.coming.take();
      this.nextChanges[node] = Number.POSITIVE_INFINITY;
      this.leaveStep(node, changeMs);
    }
  }

  private refreshPresent(node: number, startMs: number, endMs: number, isTaken: boolean): void {
    const calendar = this.calendars[node]!;
    const { leastInWindow } = this;
    calendar.minFreeInto(leastInWindow, Math.max(startMs, this.presentMs), endMs);
    for (let resource = 0; resource < leastInWindow.length; resource += 1) {
      const measure = resource * 2 + LEAST;
      const ladder = this.ladders[resource]!;
      const before = this.heightOf(PRESENT, node, measure);
      // Outside of the window there is as much as before, which is no less than that.
      if (before === ladder.length || leastInWindow[resource]! < ladder[before]!)
        this.note(PRESENT, node, measure, leastInWindow[resource]!);
      else if (!isTaken) this.riseTo(node, resource);
    }
    this.noteNow(node);
  }

  /** The step that the node was in is over, which can only make more of what is free from now on for ever. */
  private leaveStep(node: number, changeMs: number): void {
    const calendar = this.calendars[node]!;
    const isOne = calendar.stepStartMs(calendar.stepAt(this.presentMs)) <= changeMs;
    for (let resource = 0; resource < this.ladders.length; resource += 1) {
      const least = this.heightOf(PRESENT, node, resource * 2 + LEAST);
      // Where there was more in it than there is later, it made no difference.
      if (!isOne || this.heightOf(PRESENT, node, resource * 2 + MOST) <= least) this.riseTo(node, resource);
    }
    this.noteNow(node);
  }

  /** Looks what the least is from now on for ever, which is no less than it was: mostly that is soon seen. */
  private riseTo(node: number, resource: number): void {
    const measure = resource * 2 + LEAST;
    const next = this.ladders[resource]![this.heightOf(PRESENT, node, measure)];
    if (next === undefined) return;
    this.note(PRESENT, node, measure, this.calendars[node]!.leastFrom(this.presentMs, resource, next));
  }

  /** What is free at present, and until when. */
  private noteNow(node: number): void {
    const { nextChanges } = this;
    const calendar = this.calendars[node]!;
    const now = calendar.stepAt(this.presentMs);
    for (let resource = 0; resource < this.ladders.length; resource += 1)
      this.note(PRESENT, node, resource * 2 + MOST, calendar.freeInStep(now, resource));
    const nextMs = calendar.stepEndMs(now);
    // Where it changes later than was thought, that is seen then.
    if (nextMs >= nextChanges[node]!) return;
    nextChanges[node] = nextMs;
    this.coming.add(nextMs, node);
  }

  /** Gives up the buckets before `ms`; nothing before it is asked or changed any more. */
  forgetBefore(ms: number): void {
    this.knownFromMs = ms;
    if (this.widthMs > 0) this.firstNumber = Math.max(this.firstNumber, this.numberAt(ms));
  }

  /** The first start in the bucket of `ms`; -Infinity where nothing is indexed. */
  firstStartLike(ms: number): number {
    if (this.widthMs === 0) return Number.NEGATIVE_INFINITY;
    const number = this.numberAt(ms);
    if (number < this.firstNumber) return Number.NEGATIVE_INFINITY;
    return Math.min(number, this.firstNumber + SLOTS) * this.widthMs;
  }

  /** The last start in the bucket of `ms`; Infinity where nothing is indexed. */
  lastStartLike(ms: number): number {
    if (this.widthMs === 0) return Number.POSITIVE_INFINITY;
    const number = this.numberAt(ms);
    if (number >= this.firstNumber + SLOTS) return Number.POSITIVE_INFINITY;
    return Math.max(number + 1, this.firstNumber) * this.widthMs - 1;
  }

  /**
   * Selects windows of that duration that start at `startMs`, or later but in the same bucket, for `times` the demand. Good until a node
   * is refreshed.
   */
  select(
    { startMs, durationMs, demand, times = 1, isExact = false }: WindowSelection,
    selection: Selection = new Selection(),
  ): Selection {
    selection.clear();
    for (let resource = 0; resource < demand.length; resource += 1) {
      const amount = demand[resource]! * times;
      if (amount > 0) this.selectResource(selection, startMs, durationMs, resource, amount, isExact);
    }
    this.selectShortcuts(selection, startMs, demand, times);
    return selection;
  }

  /**
   * Selects nodes that have the demand free at every instant of the window.
   * @returns false when there is none of which the index knows it
   */
  selectSure({ startMs, durationMs, demand }: WindowSelection, selection: Selection): boolean {
    selection.clear(true);
    if (this.widthMs === 0) return false;
    this.selectShortcuts(selection, startMs, demand, 1);
    const first = this.numberAt(startMs);
    const last = this.numberAt(startMs + durationMs - 1);
    if (first < this.firstNumber || last >= Math.min(this.firstNumber + SLOTS, this.firstUnnoted)) {
      selection.isShortcutAlone = true;
      return selection.shortcutCount > 0;
    }
    for (let resource = 0; resource < demand.length; resource += 1) {
      const amount = demand[resource]!;
      if (amount <= 0) continue;
      const rung = this.sureRung(resource, amount);
      if (rung === undefined) return false;
      const leastRung = this.firstRungs[resource * 2 + LEAST]! + rung;
      // In a bucket that is missing nothing is used.
      this.selectSet(selection, UNUSED, leastRung);
      for (let number = first; number <= last; number += 1) this.selectBucket(selection, number, leastRung);
    }
    return selection.smallest > 0;
  }

  /** What has the amounts free from now on for ever has them in every window. */
  private selectShortcuts(selection: Selection, startMs: number, demand: Amounts, times: number): void {
    if (startMs < this.presentMs) return;
    let count = 0;
    for (let resource = 0; resource < demand.length; resource += 1) {
      const amount = demand[resource]! * times;
      if (amount <= 0) continue;
      const rung = this.sureRung(resource, amount);
      if (rung === undefined) return;
      const row = PRESENT * this.rungCount + this.firstRungs[resource * 2 + LEAST]! + rung;
      if (this.reachCounts[row] === 0) return;
      selection.shortcuts[count] = row * this.stride;
      count += 1;
    }
    selection.shortcutCount = count;
  }

  /** The lowest rung from which on an amount is surely there; undefined when there is none. */
  private sureRung(resource: number, amount: number): number | undefined {
    const ladder = this.ladders[resource]!;
    let rung = 0;
    while (rung < ladder.length && ladder[rung]! < amount) rung += 1;
    return rung === ladder.length ? undefined : rung;
  }

  /** The most of a resource that a node has. */
  largest(resource: number): number {
    return this.largestAmounts[resource]!;
  }

  /** The least of a resource that a node has. */
  least(resource: number): number {
    return this.leastAmounts[resource]!;
  }

  /** As {@link nextPossible}, among the nodes of a class. */
  nextOf(nodes: NodeClass, possible: Selection, node: number, mask: NodeMask): number {
    const { within, without } = nodes;
    const { blockCount, wordCount } = this;
    const firstWord = node >>> WORD_BITS;
    let fromWord = -1 << (firstWord & WORD_MASK);
    for (let block = firstWord >>> WORD_BITS; block < blockCount; block += 1) {
      let words = this.wordsWithAny(nodes, possible, block, mask) & fromWord;
      for (; words !== 0; words &= words - 1) {
        const word = (block << WORD_BITS) + lowestOf(words);
        if (word >= wordCount) break;
        let bits = this.possibleInWord(possible, word, mask);
        if (word === firstWord) bits &= -1 << (node & WORD_MASK);
        if (bits !== 0 && within !== undefined) bits &= this.possibleInWord(within, word, mask);
        if (bits !== 0 && without !== undefined) bits &= ~this.possibleInWord(without, word, mask);
        if (bits !== 0) return (word << WORD_BITS) + lowestOf(bits);
      }
      fromWord = -1;
    }
    return this.calendars.length;
  }

  /** The words of a block that may have a node of the class: the others have none. */
  private wordsWithAny(
    { within, without }: NodeClass,
    possible: Selection,
    block: number,
    { hasUnindexed }: NodeMask,
  ): number {
    if (hasUnindexed) return -1;
    const any = this.wordCount + block;
    let words = this.inSets(possible, any);
    if (words !== 0 && within !== undefined) words &= this.inSets(within, any);
    if (words !== 0 && without !== undefined) words &= ~this.inSets(without, any + this.blockCount);
    return words;
  }

  /** The bits at one place of a selection's sets, put together as they are. */
  private inSets(selection: Selection, at: number): number {
    const { reach } = this;
    const { count, sets, shortcutCount, shortcuts } = selection;
    if (selection.isBeyondAll) return 0;
    let quick = 0;
    if (shortcutCount > 0) {
      quick = -1;
      for (let index = 0; index < shortcutCount; index += 1) quick &= reach[shortcuts[index]! + at]!;
    }
    if (selection.isShortcutAlone) return quick;
    let rest = -1;
    for (let index = 0; rest !== 0 && index < count; index += 1) rest &= reach[sets[index]! + at]!;
    return quick | rest;
  }

  /** The lowest node of the mask, from `node` on, that may take what was selected; the number of nodes if there is none. */
  nextPossible(selection: Selection, node: number, mask: NodeMask): number {
    return isNonePossible(selection, mask)
      ? this.calendars.length
      : this.nextOf(ANY_NODE, selection, node, mask);
  }

  /**
   * No more than this many instances fit on the indexed nodes of the mask in any window as for {@link select}; Infinity
   * stands for at least `enough`.
   */
  countAtMost(
    {
      startMs,
      durationMs,
      demand,
      enough,
    }: { startMs: number; durationMs: number; demand: Amounts; enough: number },
    mask: NodeMask,
  ): number {
    let count = 0;
    // A node that takes less than 2^(k+1) instances takes at most 1 + 2 + … + 2^k.
    for (let times = 1; ; times *= 2) {
      const selection = this.select({ startMs, durationMs, demand, times }, this.counting);
      const nodes = this.countPossible(selection, mask);
      if (nodes === 0) return count;
      count += nodes * times;
      if (count >= enough) return Number.POSITIVE_INFINITY;
    }
  }

  private countPossible(selection: Selection, mask: NodeMask): number {
    if (isNonePossible(selection, mask)) return 0;
    let count = 0;
    for (let word = 0; word < this.wordCount; word += 1) {
      count += bitCount(this.possibleInWord(selection, word, mask) & ~mask.unindexed[word]!);
    }
    return count;
  }

  private possibleInWord(selection: Selection, word: number, mask: NodeMask): number {
    const { reach } = this;
    const { count, sets, shortcutCount, shortcuts } = selection;
    const available = mask.available[word]!;
    let rest = selection.isBeyondAll ? 0 : available;
    let quick = 0;
    if (shortcutCount > 0) {
      quick = rest;
      for (let index = 0; index < shortcutCount; index += 1) quick &= reach[shortcuts[index]! + word]!;
      rest &= ~quick;
    }
    if (selection.isShortcutAlone) rest = 0;
    for (let index = 0; rest !== 0 && index < count; index += 1) rest &= reach[sets[index]! + word]!;
    const bits = quick | rest;
    if (!mask.hasUnindexed) return bits;
    const unindexed = mask.unindexed[word]!;
    return selection.isSure ? bits & ~unindexed : bits | (available & unindexed);
  }

  private selectResource(
    selection: Selection,
    startMs: number,
    durationMs: number,
    resource: number,
    amount: number,
    isExact: boolean,
  ): void {
    const ladder = this.ladders[resource];
    if (ladder === undefined || amount > ladder[ladder.length - 1]!) {
      selection.isBeyondAll = true;
      return;
    }
    const rung = heightOn(ladder, amount, ladder.length) - 1;
    const leastRung = this.firstRungs[resource * 2 + LEAST]! + rung;
    const mostRung = this.firstRungs[resource * 2 + MOST]! + rung;
    this.selectSet(selection, UNUSED, leastRung);
    if (this.widthMs === 0) return;
    // The window covers the buckets between its first and its last wholly, so their worst instant counts. From the others
    // it may take only the best.
    const endMs = startMs + durationMs;
    const first = this.numberAt(startMs);
    const last = this.numberAt(endMs - 1);
    if (isExact && startMs === this.presentMs) this.selectSet(selection, PRESENT, mostRung);
    else this.selectBucket(selection, first, mostRung);
    const beyond = Math.min(last, this.firstNumber + SLOTS);
    for (let number = Math.max(first + 1, this.firstNumber); number < beyond; number += 1) {
      this.selectBucket(selection, number, leastRung);
    }
    if (last > first) this.selectBucket(selection, last, mostRung);
  }

  private selectBucket(selection: Selection, number: number, rung: number): void {
    const slot = number & SLOT_MASK;
    if (this.numbers[slot] === number) this.selectSet(selection, slot, rung);
  }

  private selectSet(selection: Selection, slot: number, rung: number): void {
    const row = slot * this.rungCount + rung;
    const size = this.reachCounts[row]!;
    if (size < this.calendars.length) selection.add(row * this.stride, size);
  }

  private refreshBuckets(node: number, startMs: number, endMs: number): void {
    const first = Math.max(this.numberAt(startMs), this.firstNumber);
    const end = this.firstNumber + SLOTS;
    const last = Math.min(this.numberAt(endMs - 1), end - 1);
    if (this.numberAt(endMs - 1) >= end)
      this.firstUnnoted = Math.min(this.firstUnnoted, Math.max(first, end));
    if (first > last) return;
    const { freeRanges, measures } = this;
    this.calendars[node]!.freeRangesInto(freeRanges, first * this.widthMs, this.widthMs, last - first + 1);
    let at = 0;
    for (let number = first; number <= last; number += 1) {
      const slot = number & SLOT_MASK;
      if (this.numbers[slot] !== number) this.clear(slot, number);
      for (let measure = 0; measure < measures; measure += 1, at += 1)
        this.note(slot, node, measure, freeRanges[at]!);
    }
  }

  /** Makes the slot a bucket in which nothing is used. */
  private clear(slot: number, number: number): void {
    this.numbers[slot] = number;
    for (const slots of [this.heights, this.reach, this.reachCounts]) {
      const size = slots.length / ALL_SLOTS;
      slots.copyWithin(slot * size, UNUSED * size, PRESENT * size);
    }
  }

  private heightOf(slot: number, node: number, measure: number): number {
    return this.heights[(slot * this.calendars.length + node) * this.measures + measure]!;
  }

  private note(slot: number, node: number, measure: number, amount: number): void {
    const { heights, reachCounts } = this;
    const at = (slot * this.calendars.length + node) * this.measures + measure;
    const before = heights[at]!;
    const height = heightOn(this.ladders[measure >>> 1]!, amount, before);
    if (height === before) return;
    heights[at] = height;
    const firstRow = slot * this.rungCount + this.firstRungs[measure]!;
    for (let row = firstRow + before; row < firstRow + height; row += 1) {
      this.setReach(row, node, true);
      reachCounts[row]! += 1;
    }
    for (let row = firstRow + height; row < firstRow + before; row += 1) {
      this.setReach(row, node, false);
      reachCounts[row]! -= 1;
    }
  }

  private setReach(row: number, node: number, isIn: boolean): void {
    const { reach, wordCount } = this;
    const word = node >>> WORD_BITS;
    const set = row * this.stride;
    const bit = 1 << (node & WORD_MASK);
    const before = reach[set + word]!;
    const after = isIn ? before | bit : before & ~bit;
    reach[set + word] = after;
    const block = word >>> WORD_BITS;
    const wordBit = 1 << (word & WORD_MASK);
    const any = set + wordCount + block;
    const all = any + this.blockCount;
    const whole = word === wordCount - 1 ? this.lastWord : -1;
    if (after === 0) reach[any]! &= ~wordBit;
    else reach[any]! |= wordBit;
    if (after === whole) reach[all]! |= wordBit;
    else reach[all]! &= ~wordBit;
  }

  private numberAt(ms: number): number {
    return Math.floor(ms / this.widthMs);
  }

  /** Looks whether buckets are as wide as they should be. Early on that is often, as the first bookings say little. */
  private tune(): void {
    const { calendars } = this;
    this.nextTuning =
      this.changes + Math.min(this.changes, Math.max(CHANGES_BETWEEN_TUNINGS_MIN, calendars.length));
    const starts: number[] = [];
    let busyNodes = 0;
    for (let node = 0; node < calendars.length; node += Math.ceil(calendars.length / SAMPLED_NODES)) {
      const calendar = calendars[node]!;
      let step = calendar.stepAfter(calendar.stepAt(this.knownFromMs));
      if (step !== undefined) busyNodes += 1;
      for (; step !== undefined; step = calendar.stepAfter(step)) starts.push(calendar.stepStartMs(step));
    }
    if (busyNodes === 0) return;
    const sorted = Float64Array.from(starts).sort();
    const firstMs = Number.isFinite(this.knownFromMs) ? this.knownFromMs : sorted[0]!;
    const spanMs = sorted[Math.floor((sorted.length - 1) * SPANNED_SHARE)]! - firstMs;
    const wanted = Math.min(BUCKETS_WANTED_MAX, Math.max(BUCKETS_WANTED_MIN, starts.length / busyNodes));
    const widthMs = Math.max(1, Math.ceil(spanMs / wanted));
    const isGood =
      widthMs <= this.widthMs * WIDTH_TOLERANCE &&
      widthMs * WIDTH_TOLERANCE >= this.widthMs &&
      this.numberAt(firstMs) >= this.firstNumber &&
      this.numberAt(firstMs) + BUCKETS_WANTED_MAX <= this.firstUnnoted;
    if (!isGood) this.rebuild(widthMs, firstMs);
  }

  private rebuild(widthMs: number, firstMs: number): void {
    this.widthMs = widthMs;
    this.firstNumber = this.numberAt(firstMs);
    this.numbers.fill(Number.NaN);
    this.firstUnnoted = Number.POSITIVE_INFINITY;
    let steps = 0;
    this.calendars.forEach((calendar, node) => {
      if (calendar.stepCount === 1) return;
      steps += calendar.stepCount;
      this.refreshBuckets(node, firstMs, calendar.lastChangeMs);
    });
    // As many changes as there were steps to read: so the cost of rebuilding, shared by the changes, is constant.
    this.nextTuning = Math.max(this.nextTuning, this.changes + steps);
  }
}

function isNonePossible({ isBeyondAll, smallest }: Selection, { hasUnindexed }: NodeMask): boolean {
  return isBeyondAll || (smallest === 0 && !hasUnindexed);
}

/** Rising amounts: any at all, then fractions of the largest, and at the end the largest. */
function ladderUpTo(largest: number): Float64Array {
  const rungs = [1];
  for (let octave = LADDER_OCTAVES; octave >= 0; octave -= 1) {
    const rung = Math.floor(largest / 2 ** octave);
    if (rung > rungs.at(-1)!) rungs.push(rung);
  }
  return Float64Array.from(rungs);
}

/** How many rungs of the ladder the amount reaches; a good guess makes it quick. */
function heightOn(ladder: Float64Array, amount: number, guess: number): number {
  let height = guess;
  while (height < ladder.length && ladder[height]! <= amount) height += 1;
  while (height > 0 && ladder[height - 1]! > amount) height -= 1;
  return height;
}

/** The place of the lowest bit that is set. */
function lowestOf(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

/** How many of the 32 bits are set. */
function bitCount(bits: number): number {
  let count = bits - ((bits >>> 1) & 0x55555555);
  count = (count & 0x33333333) + ((count >>> 2) & 0x33333333);
  return Math.imul((count + (count >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
