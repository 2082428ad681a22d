// All metrics of a run, from one pass over its events. Memory is bounded by the sessions that are alive, by the number of nodes and
// by fixed limits; never by the length of the run.
import type { DomainEvent } from '../engine/index.ts';
import { AcceptanceBy, type AcceptanceFigures } from './metrics/acceptance-by.ts';
import { energyKwh } from './metrics/energy.ts';
import { Fulfilment, type FulfilmentFigures } from './metrics/fulfilment.ts';
import { type InterruptionFigures, Interruptions } from './metrics/interruptions.ts';
import { type FunnelFigures, NegotiationFunnel, Refusals } from './metrics/negotiation-funnel.ts';
import { NodeTimeline, type TimelineFigures } from './metrics/node-timeline.ts';
import { OpenWindows } from './metrics/open-windows.ts';
import { type Condition, SessionLedger, type SessionObserver } from './metrics/session-ledger.ts';
import { isAccepted, type NegotiationRecord, type ReservationRecord } from './metrics/session-records.ts';
import { type DisplacementFigures, StartDisplacement } from './metrics/start-displacement.ts';
import {
  type ByUse,
  type NodeFigures,
  type OccupancyOverview,
  Utilisation,
  type UtilisationBucket,
} from './metrics/utilisation.ts';

export interface RunMetricsOptions {
  readonly startMs: number;
  /** The measured time begins here: at the end of the warm-up. */
  readonly measuredFromMs: number;
  readonly sharedDiskGib?: number;
  /** Told of every session, those of the warm-up too, when its negotiation or its reservation ends. */
  readonly onNegotiation?: (record: NegotiationRecord) => void;
  readonly onReservation?: (record: ReservationRecord) => void;
}

/** Figures about the measured time, unless they say otherwise. Plain values. */
export interface RunFigures {
  /** The run covers [startMs, endMs); [measuredFromMs, endMs) is measured. */
  readonly startMs: number;
  readonly measuredFromMs: number;
  readonly endMs: number;
  /** Requests that came before the measured time; no other figure counts them. */
  readonly warmUpRequests: number;
  readonly funnel: FunnelFigures;
  readonly refusals: Refusals['counts'];
  readonly displacement: DisplacementFigures;
  readonly acceptance: AcceptanceFigures;
  readonly fulfilment: FulfilmentFigures;
  readonly interruptions: InterruptionFigures;
  /** 1 - (down + suspended + never delivered) / contracted instance-time; null when nothing was contracted. */
  readonly availability: number | null;
  readonly utilisation: { readonly mean: ByUse; readonly peak: ByUse; readonly p95: ByUse };
  /** What was online, in CPU-milliseconds. */
  readonly onlineCpuMs: number;
  readonly energyKwh: number | null;
  readonly nodes: readonly NodeFigures[];
  /** Over the whole run, the warm-up included; so are the next two. */
  readonly series: readonly UtilisationBucket[];
  readonly overview: OccupancyOverview;
  readonly timeline: TimelineFigures;
}

export class RunMetrics implements SessionObserver {
  readonly #options: RunMetricsOptions;
  readonly #sessions: SessionLedger;
  readonly #windows = new OpenWindows();
  readonly #utilisation: Utilisation;
  readonly #timeline = new NodeTimeline();
  readonly #interruptions: Interruptions;
  readonly #funnel = new NegotiationFunnel();
  readonly #refusals = new Refusals();
  readonly #displacement = new StartDisplacement();
  readonly #acceptance = new AcceptanceBy();
  readonly #fulfilment = new Fulfilment();
  #warmUpRequests = 0;

  constructor(options: RunMetricsOptions) {
    this.#options = options;
    this.#sessions = new SessionLedger(options.measuredFromMs, this);
    this.#utilisation = new Utilisation(options);
    this.#interruptions = new Interruptions(options.measuredFromMs);
  }

  /** Sessions that are alive: all that memory depends on. */
  get openSessions(): number {
    return this.#sessions.size;
  }

  /** Takes the next event; their times never go back. O(log n) amortised. */
  record(event: DomainEvent): void {
    this.#utilisation.record(event);
    this.#timeline.record(event);
    for (const change of this.#windows.changes(event)) {
      this.#utilisation.reservedChanged(change);
      this.#timeline.reservedChanged(change);
    }
    this.#interruptions.record(event);
    if (event.type === 'message-refused' && event.atMs >= this.#options.measuredFromMs) {
      this.#refusals.add(event.reason);
    }
    this.#sessions.record(event);
  }

  /** The figures of a run that stopped at `endMs`. Call once, after the last event. */
  finish(endMs: number): RunFigures {
    this.#timeline.finish(endMs);
    this.#sessions.finish(endMs);
    this.#utilisation.finish(endMs);
    const { startMs, measuredFromMs } = this.#options;
    const utilisation = this.#utilisation;
    const interruptions = this.#interruptions.figures;
    const fulfilment = this.#fulfilment.figures;
    const nodes = utilisation.nodes;
    return {
      startMs,
      measuredFromMs,
      endMs,
      warmUpRequests: this.#warmUpRequests,
      funnel: this.#funnel.figures,
      refusals: this.#refusals.counts,
      displacement: this.#displacement.figures,
      acceptance: this.#acceptance.figures,
      fulfilment,
      interruptions,
      availability: availabilityOf(interruptions, fulfilment),
      utilisation: { mean: utilisation.mean, peak: utilisation.peak, p95: utilisation.p95 },
      onlineCpuMs: utilisation.onlineCpuMs,
      energyKwh: energyKwh(nodes),
      nodes,
      series: utilisation.series,
      overview: utilisation.overview,
      timeline: this.#timeline.figures,
    };
  }

  negotiationEnded(record: NegotiationRecord): void {
    this.#options.onNegotiation?.(record);
    if (!record.measured) {
      this.#warmUpRequests += 1;
      return;
    }
    this.#funnel.add(record);
    this.#acceptance.add(record);
    if (!isAccepted(record.outcome)) return;
    this.#displacement.add(record);
    this.#fulfilment.agreed(record);
  }

  reservationEnded(record: ReservationRecord): void {
    this.#options.onReservation?.(record);
    this.#timeline.ended(record);
    if (record.measured) this.#fulfilment.ended(record);
  }

  instanceWas(condition: Condition, fromMs: number, toMs: number): void {
    this.#interruptions.instanceWas(condition, fromMs, toMs);
  }
}

function availabilityOf(
  { upMs, downtimeMs, suspendedMs }: InterruptionFigures,
  { undeliveredMs }: FulfilmentFigures,
): number | null {
  const contractedMs = upMs + downtimeMs + suspendedMs + undeliveredMs;
  return contractedMs === 0 ? null : upMs / contractedMs;
}
