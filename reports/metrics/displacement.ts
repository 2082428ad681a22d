// How far agreed starts lie from the starts first asked for, over confirmed reservations.
import { REQUEST_KINDS, type RequestKind } from '../../engine/index.ts';
import { isAccepted, type NegotiationRecord } from '../facts/session-records.ts';
import { type Distribution, Spread } from '../statistics/spread.ts';
import { durations } from '../summary-values.ts';
import { type Meter, metric } from './metric.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Bins of the histogram: each holds displacements in (previous limit, limit]. The first holds starts earlier than asked. */
const BINS: ReadonlyArray<{ readonly label: string; readonly upToMs: number }> = [
  { label: 'earlier', upToMs: -1 },
  { label: 'as asked', upToMs: 0 },
  { label: '≤ 15 min', upToMs: 15 * MINUTE_MS },
  { label: '≤ 1 h', upToMs: HOUR_MS },
  { label: '≤ 4 h', upToMs: 4 * HOUR_MS },
  { label: '≤ 12 h', upToMs: 12 * HOUR_MS },
  { label: '≤ 1 d', upToMs: DAY_MS },
  { label: '≤ 2 d', upToMs: 2 * DAY_MS },
  { label: '≤ 4 d', upToMs: 4 * DAY_MS },
  { label: '≤ 1 w', upToMs: 7 * DAY_MS },
  { label: '≤ 2 w', upToMs: 14 * DAY_MS },
  { label: '≤ 4 w', upToMs: 28 * DAY_MS },
  { label: '> 4 w', upToMs: Number.POSITIVE_INFINITY },
];

export interface DisplacementFigures {
  /** Agreed minus asked start, in ms; positive is later. */
  readonly overAll: Distribution;
  /** The same over reservations that were agreed after a counter-offer. */
  readonly overCountered: Distribution;
  /** The same for each kind of request that was confirmed; empty when the manager was not told the kinds. */
  readonly byKind: ReadonlyArray<{ readonly kind: RequestKind; readonly distribution: Distribution }>;
  /** Mean of displacement / duration. */
  readonly meanRelative: number | null;
  readonly bins: ReadonlyArray<{ readonly label: string; readonly count: number }>;
}

class StartDisplacement implements Meter<DisplacementFigures> {
  readonly #all = new Spread();
  readonly #countered = new Spread();
  readonly #byKind = REQUEST_KINDS.map((kind) => ({ kind, spread: new Spread() }));
  readonly #bins = BINS.map(() => 0);
  #relative = 0;

  readonly hears = { 'negotiation-over': (record: NegotiationRecord) => this.#add(record) };

  finish(): DisplacementFigures {
    const overAll = this.#all.distribution;
    return {
      overAll,
      overCountered: this.#countered.distribution,
      byKind: this.#byKind
        .map(({ kind, spread }) => ({ kind, distribution: spread.distribution }))
        .filter(({ distribution }) => distribution.count > 0),
      meanRelative: overAll.count === 0 ? null : this.#relative / overAll.count,
      bins: BINS.map(({ label }, i) => ({ label, count: this.#bins[i]! })),
    };
  }
  #add(record: NegotiationRecord): void {
    if (!record.measured || !isAccepted(record.outcome) || record.offered === null) return;
    const displacementMs = record.offered.proposal.startMs - record.asked.startMs;
    this.#all.add(displacementMs);
    if (record.outcome === 'accepted-after-counter') this.#countered.add(displacementMs);
    this.#byKind.find(({ kind }) => kind === record.kind)?.spread.add(displacementMs);
    this.#relative += displacementMs / record.asked.durationMs;
    this.#bins[BINS.findIndex(({ upToMs }) => displacementMs <= upToMs)]! += 1;
  }
}

export const displacement = metric({
  name: 'displacement',
  over: 'by request',
  start: () => new StartDisplacement(),
  summary: {
    startDisplacementMs: {
      unit: 'ms',
      means: 'agreed minus first asked start over accepted requests: `mean`, `p50`, `p95`; positive is later',
      of: ({ overAll }) => durations(overAll),
    },
    counteredDisplacementMs: {
      unit: 'ms',
      means: 'the same over those accepted after a counter-offer',
      of: ({ overCountered }) => durations(overCountered),
    },
  },
});
