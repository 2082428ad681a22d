// What the Gantt chart shows: every reservation as bars on its nodes, and the times when nodes were lost or out of service. Only so
// many bars are kept; a longer run has its overview of occupancy only.
import type { EventOf } from '../../engine/index.ts';
import type { ReservedChange } from '../facts/derived.ts';
import type { Fate, ReservationRecord } from '../facts/session-records.ts';
import { type Meter, metric } from './metric.ts';

export const MAX_BARS = 60_000;
const MAX_OUTAGES = 20_000;
const KINDS: readonly Outage['kind'][] = ['lost', 'drained', 'off', 'receiving'];

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
  /** When it was being suspended or resumed, all its instances together, in the order in which that happened. */
  readonly pieces: readonly OverheadPiece[];
}

/** A part of bars in which a reservation does not run, but its capacity is booked. */
export interface OverheadPiece {
  readonly use: 'suspend' | 'resume';
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * A node was not there; or out of service: taken out by an operator, or in planned maintenance; or switched off while nothing was on it. Or, in
 * no way out, it was sent an image.
 */
export interface Outage {
  readonly nodeIndex: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly kind: 'lost' | 'drained' | 'off' | 'receiving';
}

export interface TimelineFigures {
  /** null: more than {@link MAX_BARS}. In the order in which the reservations ended. */
  readonly reservations: readonly ReservationBars[] | null;
  readonly outages: readonly Outage[];
  /** There were more than are listed: too many times of nodes that were off or sent an image, or of the others. */
  readonly moreOutages: boolean;
}

interface Segment {
  instances: number;
  sinceMs: number;
}

interface OpenBars {
  readonly segments: Map<number, Segment>;
  readonly bars: Bar[];
  readonly pieces: OverheadPiece[];
}

class NodeTimeline implements Meter<TimelineFigures> {
  readonly #nodeIndex = new Map<string, number>();
  /** For each reservation that is alive: where its instances are, and the bars that are complete. */
  readonly #open = new Map<string, OpenBars>();
  /** What is the case now, by what it is. */
  readonly #down = new Map<string, Omit<Outage, 'endMs'>>();
  readonly #outages: Outage[] = [];
  readonly #unfinished: ReservationRecord[] = [];
  /** The image that is, or was last, sent: what marks its nodes, and until when. */
  #receiving: readonly string[] = [];
  #receivedMs = 0;
  #moreOutages = false;
  /** Of nodes that were off, or sent an image. */
  #frequent = 0;
  #reservations: ReservationBars[] | null = [];
  #bars = 0;

  readonly hears = {
    'node-joined': ({ nodeId }: EventOf<'node-joined'>) => {
      if (!this.#nodeIndex.has(nodeId)) this.#nodeIndex.set(nodeId, this.#nodeIndex.size);
    },
    'node-left': ({ nodeId, atMs }: EventOf<'node-left'>) => {
      const nodeIndex = this.#nodeIndex.get(nodeId);
      for (const [key, outage] of [...this.#down])
        if (outage.nodeIndex === nodeIndex) this.#endOutage(key, atMs);
    },
    'node-lost': (event: EventOf<'node-lost'>) => this.#beginOutage('lost', event, `lost ${event.nodeId}`),
    'node-returned': ({ nodeId, atMs }: EventOf<'node-returned'>) => this.#endOutage(`lost ${nodeId}`, atMs),
    'node-drained': (event: EventOf<'node-drained'>) =>
      this.#beginOutage('drained', event, `drained ${event.nodeId}`),
    'node-enabled': ({ nodeId, atMs }: EventOf<'node-enabled'>) => this.#endOutage(`drained ${nodeId}`, atMs),
    'node-power-changed': ({ atMs, nodeId, power }: EventOf<'node-power-changed'>) => {
      if (power === 'off') this.#beginOutage('off', { atMs, nodeId }, `off ${nodeId}`);
      else this.#endOutage(`off ${nodeId}`, atMs);
    },
    'maintenance-begun': (event: EventOf<'maintenance-begun'>) =>
      this.#beginOutage('drained', event, `maintenance ${event.maintenanceId}`),
    'maintenance-ended': ({ maintenanceId, atMs }: EventOf<'maintenance-ended'>) =>
      this.#endOutage(`maintenance ${maintenanceId}`, atMs),
    'image-transfer-begun': (event: EventOf<'image-transfer-begun'>) => this.#beginTransfer(event),
    'lease-suspended': ({ atMs, fromMs, reservationId }: EventOf<'lease-suspended'>) =>
      this.#addPiece(reservationId, { use: 'suspend', startMs: fromMs, endMs: atMs }),
    'lease-resumed': ({ atMs, reservationId, untilMs }: EventOf<'lease-resumed'>) =>
      this.#addPiece(reservationId, { use: 'resume', startMs: atMs, endMs: untilMs }),
    'reserved-changed': (change: ReservedChange) => this.#reservedChanged(change),
    'reservation-over': (record: ReservationRecord) => this.#over(record),
  };

  finish(endMs: number): TimelineFigures {
    for (const record of this.#unfinished) {
      const window = this.#open.get(record.reservationId);
      if (window !== undefined) cutAt(endMs, window);
      this.#keep(record);
    }
    for (const key of this.#receiving) this.#endOutage(key, Math.min(this.#receivedMs, endMs));
    const still = [...this.#down].sort(([, a], [, b]) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
    for (const [key] of still) this.#endOutage(key, endMs);
    return {
      reservations: this.#reservations,
      outages: this.#outages,
      moreOutages: this.#moreOutages,
    };
  }

  #reservedChanged({ atMs, reservationId, nodeId, instances }: ReservedChange): void {
    if (this.#reservations === null) return;
    const window: OpenBars = this.#open.get(reservationId) ?? { segments: new Map(), bars: [], pieces: [] };
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

  #addPiece(reservationId: string, piece: OverheadPiece): void {
    if (piece.endMs > piece.startMs) this.#open.get(reservationId)?.pieces.push(piece);
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
    if (window.bars.length > 0) this.#reservations.push(labelled(record, window));
  }

  #beginOutage(
    kind: Outage['kind'],
    { nodeId, atMs }: { readonly nodeId: string; readonly atMs: number },
    key: string,
  ): void {
    this.#down.set(key, { nodeIndex: this.#nodeIndex.get(nodeId)!, startMs: atMs, kind });
  }

  /** The end is known; of a run that ends before, it is cut there. */
  #beginTransfer({ atMs, nodeIds, untilMs }: EventOf<'image-transfer-begun'>): void {
    for (const key of this.#receiving) this.#endOutage(key, Math.min(this.#receivedMs, atMs));
    this.#receivedMs = untilMs;
    this.#receiving = nodeIds.map((nodeId) => `receiving ${nodeId}`);
    for (const [i, nodeId] of nodeIds.entries())
      this.#beginOutage('receiving', { atMs, nodeId }, this.#receiving[i]!);
  }

  #endOutage(key: string, endMs: number): void {
    const outage = this.#down.get(key);
    if (outage === undefined) return;
    this.#down.delete(key);
    if (endMs <= outage.startMs) return;
    // Far more often than they are lost.
    const isFrequent = outage.kind === 'off' || outage.kind === 'receiving';
    const listed = isFrequent ? this.#frequent : this.#outages.length - this.#frequent;
    if (listed >= MAX_OUTAGES) {
      this.#moreOutages = true;
      return;
    }
    this.#outages.push({ ...outage, endMs });
    if (isFrequent) this.#frequent += 1;
  }
}

function cutAt(endMs: number, { bars, segments }: OpenBars): void {
  for (const [nodeIndex, { instances, sinceMs }] of segments) {
    if (instances > 0 && endMs > sinceMs) bars.push({ nodeIndex, startMs: sinceMs, endMs, instances });
  }
}

function labelled(record: ReservationRecord, { bars, pieces }: OpenBars): ReservationBars {
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
    pieces,
  };
}

export const timeline = metric({
  name: 'timeline',
  over: 'whole run',
  start: () => new NodeTimeline(),
  summary: {},
});
