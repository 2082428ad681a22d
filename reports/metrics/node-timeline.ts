// What the Gantt chart shows: every reservation as bars on its nodes, and the times when nodes were lost or out of service. Only so
// many bars are kept; a longer run has its overview of occupancy only.
import type { EventOf } from '../../engine/index.ts';
import type { ReservedChange } from '../facts/derived.ts';
import type { Fate, ReservationRecord } from '../facts/session-records.ts';
import { type Meter, metric } from './metric.ts';

export const MAX_BARS = 60_000;
const MAX_OUTAGES = 20_000;

/** Instances of one reservation on one node during [startMs, endMs). */
export interface Bar {
  readonly nodeIndex: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly instances: number;
}

/** The bars of one reservation, and what its label says. */
export interface ReservationBars {
  readonly reservationId: string;
  readonly requestId: string | null;
  readonly userId: string;
  readonly type: string;
  readonly cpusPerInstance: number;
  readonly instances: number;
  readonly askedStartMs: number;
  readonly agreedStartMs: number;
  readonly countered: boolean;
  readonly fate: Fate;
  readonly bars: readonly Bar[];
}

/** A node was not there, or an operator had taken it out of service. */
export interface Outage {
  readonly nodeIndex: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly kind: 'lost' | 'drained';
}

export interface TimelineFigures {
  /** null: more than {@link MAX_BARS}. In the order in which the reservations ended. */
  readonly reservations: readonly ReservationBars[] | null;
  readonly outages: readonly Outage[];
  /** There were more outages than are listed. */
  readonly moreOutages: boolean;
}

interface Segment {
  instances: number;
  sinceMs: number;
}

interface OpenBars {
  readonly segments: Map<number, Segment>;
  readonly bars: Bar[];
}

class NodeTimeline implements Meter<TimelineFigures> {
  readonly #nodeIndex = new Map<string, number>();
  /** For each reservation that is alive: where its instances are, and the bars that are complete. */
  readonly #open = new Map<string, OpenBars>();
  readonly #down = { lost: new Map<number, number>(), drained: new Map<number, number>() };
  readonly #outages: Outage[] = [];
  readonly #unfinished: ReservationRecord[] = [];
  #moreOutages = false;
  #reservations: ReservationBars[] | null = [];
  #bars = 0;

  readonly hears = {
    'node-joined': ({ nodeId }: EventOf<'node-joined'>) => {
      if (!this.#nodeIndex.has(nodeId)) this.#nodeIndex.set(nodeId, this.#nodeIndex.size);
    },
    'node-left': ({ nodeId, atMs }: EventOf<'node-left'>) => {
      for (const kind of ['lost', 'drained'] as const) {
        this.#endOutage(kind, this.#nodeIndex.get(nodeId)!, atMs);
      }
    },
    'node-lost': (event: EventOf<'node-lost'>) => this.#beginOutage('lost', event),
    'node-returned': ({ nodeId, atMs }: EventOf<'node-returned'>) =>
      this.#endOutage('lost', this.#nodeIndex.get(nodeId)!, atMs),
    'node-drained': (event: EventOf<'node-drained'>) => this.#beginOutage('drained', event),
    'node-enabled': ({ nodeId, atMs }: EventOf<'node-enabled'>) =>
      this.#endOutage('drained', this.#nodeIndex.get(nodeId)!, atMs),
    'reserved-changed': (change: ReservedChange) => this.#reservedChanged(change),
    'reservation-over': (record: ReservationRecord) => this.#over(record),
  };

  finish(endMs: number): TimelineFigures {
    for (const record of this.#unfinished) {
      const window = this.#open.get(record.reservationId);
      if (window !== undefined) cutAt(endMs, window);
      this.#keep(record);
    }
    for (const kind of ['lost', 'drained'] as const) {
      for (const nodeIndex of [...this.#down[kind].keys()]) this.#endOutage(kind, nodeIndex, endMs);
    }
    return {
      reservations: this.#reservations,
      outages: this.#outages,
      moreOutages: this.#moreOutages,
    };
  }

  #reservedChanged({ atMs, reservationId, nodeId, instances }: ReservedChange): void {
    if (this.#reservations === null) return;
    const window: OpenBars = this.#open.get(reservationId) ?? { segments: new Map(), bars: [] };
    this.#open.set(reservationId, window);
    const nodeIndex = this.#nodeIndex.get(nodeId)!;
    const segment = window.segments.get(nodeIndex) ?? { instances: 0, sinceMs: atMs };
    window.segments.set(nodeIndex, segment);
    if (atMs > segment.sinceMs && segment.instances > 0) {
      window.bars.push({
        nodeIndex,
        startMs: segment.sinceMs,
        endMs: atMs,
        instances: segment.instances,
      });
    }
    segment.instances += instances;
    segment.sinceMs = atMs;
  }

  #over(record: ReservationRecord): void {
    // Its window is still open: cut when the end is known.
    if (record.fate === 'unfinished') this.#unfinished.push(record);
    else this.#keep(record);
  }

  /** Keeps the bars of a reservation whose window has been closed. */
  #keep(record: ReservationRecord): void {
    const window = this.#open.get(record.reservationId);
    this.#open.delete(record.reservationId);
    if (window === undefined || this.#reservations === null) return;
    this.#bars += window.bars.length;
    if (this.#bars > MAX_BARS) {
      this.#reservations = null;
      this.#open.clear();
      return;
    }
    if (window.bars.length > 0) this.#reservations.push(labelled(record, window.bars));
  }

  #beginOutage(
    kind: Outage['kind'],
    { nodeId, atMs }: { readonly nodeId: string; readonly atMs: number },
  ): void {
    this.#down[kind].set(this.#nodeIndex.get(nodeId)!, atMs);
  }

  #endOutage(kind: Outage['kind'], nodeIndex: number, atMs: number): void {
    const startMs = this.#down[kind].get(nodeIndex);
    if (startMs === undefined) return;
    this.#down[kind].delete(nodeIndex);
    if (this.#outages.length >= MAX_OUTAGES) this.#moreOutages = true;
    else if (atMs > startMs) this.#outages.push({ nodeIndex, startMs, endMs: atMs, kind });
  }
}

function cutAt(endMs: number, { bars, segments }: OpenBars): void {
  for (const [nodeIndex, { instances, sinceMs }] of segments) {
    if (instances > 0 && endMs > sinceMs) bars.push({ nodeIndex, startMs: sinceMs, endMs, instances });
  }
}

function labelled(record: ReservationRecord, bars: readonly Bar[]): ReservationBars {
  return {
    reservationId: record.reservationId,
    requestId: record.requestId,
    userId: record.userId,
    type: record.proposal.type,
    cpusPerInstance: record.proposal.demand.milliCpus / 1000,
    instances: record.instances,
    askedStartMs: record.askedStartMs,
    agreedStartMs: record.proposal.startMs,
    countered: record.countered,
    fate: record.fate,
    bars,
  };
}

export const timeline = metric({ name: 'timeline', start: () => new NodeTimeline(), summary: {} });
