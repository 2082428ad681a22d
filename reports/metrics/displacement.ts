// How far agreed starts lie from the starts first asked for, over confirmed reservations.
import { REQUEST_KINDS, type RequestKind } from '../../engine/index.ts';
import { classOf, DISPLACEMENTS } from '../facts/classes.ts';
import { isAccepted, type NegotiationRecord } from '../facts/session-records.ts';
import { type Distribution, Spread } from '../statistics/spread.ts';
import { durations } from '../summary-values.ts';
import { type Meter, metric } from './metric.ts';

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
  readonly #bins = DISPLACEMENTS.map(() => 0);
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
      bins: DISPLACEMENTS.map(({ label }, i) => ({ label, count: this.#bins[i]! })),
    };
  }
  #add(record: NegotiationRecord): void {
    if (!record.measured || !isAccepted(record.outcome) || record.offered === null) return;
    const displacementMs = record.offered.proposal.startMs - record.asked.startMs;
    this.#all.add(displacementMs);
    if (record.outcome === 'accepted-after-counter') this.#countered.add(displacementMs);
    this.#byKind.find(({ kind }) => kind === record.kind)?.spread.add(displacementMs);
    this.#relative += displacementMs / record.asked.durationMs;
    this.#bins[classOf(DISPLACEMENTS, displacementMs)]! += 1;
  }
}

export const displacement = metric({
  name: 'displacement',
  over: 'by request',
  start: () => new StartDisplacement(),
  summary: {
    startDisplacementMs: {
      unit: 'ms',
      means:
        'start as first agreed minus start as first asked, over accepted requests: `mean`, `p50`, `p95`; positive is later',
      of: ({ overAll }) => durations(overAll),
    },
    counteredDisplacementMs: {
      unit: 'ms',
      means: 'the same over those accepted after a counter-offer',
      of: ({ overCountered }) => durations(overCountered),
    },
  },
});
