// Live migrations on their way, sharing the links of their nodes, and those between sites, max-min fairly. Whenever one of them begins, ends or goes to its next
// stage, the others are re-timed. Time goes on continuously in between; the clock is told the first whole millisecond after the next end.
import { type Clock, Phase, type TimerHandle } from '../../../clock/clock.ts';
import {
  type Compression,
  type Course,
  type GuestPlace,
  type MigrationSums,
  type Stage,
  Walk,
} from './course.ts';
import { type Flow, fairShares } from './shares.ts';

/** In bytes a second; see MigrationSettings. */
export interface LinkCapacities {
  readonly linkBytesPerS: number;
  readonly dom0BytesPerS: number;
}

export interface Journey {
  readonly from: string;
  readonly to: string;
  /** The link between their sites, this way, which others go over as well. Absent: they are in one. */
  readonly between?: { readonly name: string; readonly bytesPerS: number };
  readonly course: Course;
  readonly compression: Compression;
  /** The guest is somewhere else than during the stage before. */
  onGuest(place: GuestPlace): void;
  /** The last stage is over. Called once, at the instant of its end, unless it was cancelled. */
  onEnd(sums: MigrationSums): void;
}

interface UnderWay {
  readonly journey: Journey;
  readonly walk: Walk;
  stage: Stage;
  /** Of the stage: bytes still to send, or seconds still to wait. */
  left: number;
  /** Bytes a second; of a wait, seconds a second. */
  rate: number;
  /** When the stage began, in ms since the base. */
  beganMs: number;
  place: GuestPlace;
  isCancelled: boolean;
}

/** What is over by less than this is over: a whole millisecond is not reached by adding up fractions of it. */
const SLACK_MS = 1e-6;

export class MigrationLinks {
  readonly #clock: Clock;
  readonly #capacities: LinkCapacities;
  readonly #underWay = new Set<UnderWay>();
  /** Fractions of milliseconds are counted from here, where instants of the clock have none to spare. */
  #baseMs = 0;
  /** Up to where everything has gone on, in ms since the base. */
  #reachedMs = 0;
  #timer: TimerHandle | undefined;

  constructor(clock: Clock, capacities: LinkCapacities) {
    this.#clock = clock;
    this.#capacities = capacities;
  }

  /** @returns what gives it up, at any time, without a word */
  begin(journey: Journey): { cancel(): void } {
    const nowMs = this.#clock.now();
    if (this.#underWay.size === 0) {
      this.#baseMs = nowMs;
      this.#reachedMs = 0;
    }
    this.#goOn(nowMs - this.#baseMs);
    const walk = new Walk(journey.course, journey.compression);
    const first = walk.next(0);
    if ('outcome' in first) throw new RangeError('a course of a migration has at least one stage');
    const way: UnderWay = {
      journey,
      walk,
      stage: first,
      left: 0,
      rate: 0,
      beganMs: 0,
      place: 'at-source',
      isCancelled: false,
    };
    this.#underWay.add(way);
    this.#enter(way, first);
    this.#share();
    this.#arm();
    return {
      cancel: () => {
        way.isCancelled = true;
        if (!this.#underWay.has(way)) return;
        this.#goOn(this.#clock.now() - this.#baseMs);
        this.#underWay.delete(way);
        this.#share();
        this.#arm();
      },
    };
  }

  /** Everything goes on until then, stage after stage. */
  #goOn(toMs: number): void {
    for (;;) {
      const next = this.#nextEnd();
      if (next === undefined || next.atMs > toMs + SLACK_MS) break;
      this.#pass(next.atMs);
      const { way } = next;
      way.left = 0;
      const after = way.walk.next((next.atMs - way.beganMs) / 1000);
      if ('outcome' in after) {
        this.#underWay.delete(way);
        this.#clock.at(this.#clock.now(), Phase.Operation, () => {
          if (!way.isCancelled) way.journey.onEnd(after);
        });
      } else this.#enter(way, after);
      this.#share();
    }
    this.#pass(toMs);
  }

  #pass(toMs: number): void {
    const seconds = (toMs - this.#reachedMs) / 1000;
    if (seconds <= 0) return;
    for (const way of this.#underWay) way.left = Math.max(0, way.left - way.rate * seconds);
    this.#reachedMs = toMs;
  }

  #enter(way: UnderWay, stage: Stage): void {
    way.stage = stage;
    way.left = stage.kind === 'wait' ? stage.seconds : stage.bytes;
    way.beganMs = this.#reachedMs;
    if (stage.guest === way.place) return;
    way.place = stage.guest;
    way.journey.onGuest(stage.guest);
  }

  #nextEnd(): { way: UnderWay; atMs: number } | undefined {
    let next: { way: UnderWay; atMs: number } | undefined;
    for (const way of this.#underWay) {
      const atMs = this.#reachedMs + (way.left === 0 ? 0 : (way.left / way.rate) * 1000);
      if (next === undefined || atMs < next.atMs) next = { way, atMs };
    }
    return next;
  }

  /** Each node has a link in, one out, and a Dom-0 that serves both; two sites have a link each way. */
  #share(): void {
    const { dom0BytesPerS, linkBytesPerS } = this.#capacities;
    const capacities: number[] = [];
    const indexes = new Map<string, number>();
    const linkOf = (name: string, capacity: number): number => {
      const index = indexes.get(name) ?? capacities.length;
      if (index === capacities.length) {
        indexes.set(name, index);
        capacities.push(capacity);
      }
      return index;
    };
    const sending: UnderWay[] = [];
    const flows: Flow[] = [];
    for (const way of this.#underWay) {
      if (way.stage.kind === 'wait') {
        way.rate = 1;
        continue;
      }
      const { between, from, to } = way.journey;
      const over = [linkOf(`out of ${from}`, linkBytesPerS), linkOf(`into ${to}`, linkBytesPerS)];
      if (dom0BytesPerS !== Number.POSITIVE_INFINITY)
        over.push(linkOf(`dom0 of ${from}`, dom0BytesPerS), linkOf(`dom0 of ${to}`, dom0BytesPerS));
      if (between !== undefined) over.push(linkOf(between.name, between.bytesPerS));
      sending.push(way);
      flows.push({ over, limit: way.stage.mostBytesPerS });
    }
    const rates = fairShares(flows, capacities);
    for (const [i, way] of sending.entries()) way.rate = rates[i]!;
  }

  #arm(): void {
    if (this.#timer !== undefined) this.#clock.cancel(this.#timer);
    this.#timer = undefined;
    const next = this.#nextEnd();
    if (next === undefined) return;
    const atMs = this.#baseMs + Math.ceil(next.atMs - SLACK_MS);
    this.#timer = this.#clock.at(atMs, Phase.Operation, () => {
      this.#timer = undefined;
      this.#goOn(this.#clock.now() - this.#baseMs);
      this.#arm();
    });
  }
}
