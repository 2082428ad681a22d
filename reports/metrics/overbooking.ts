// What was sold again on the chance that those who had reserved it do not come, and what came of that.
import { OVERBOOKED } from '../../engine/index.ts';
import type { ReservationRecord } from '../facts/session-records.ts';
import { ratio, round } from '../summary-values.ts';
import { type Meter, metric } from './metric.ts';

export interface OverbookingFigures {
  readonly sold: number;
  readonly began: number;
  readonly bumped: number;
  /** Confirmed reservations of all kinds. */
  readonly accepted: number;
  /** Of what began, in open windows. */
  readonly cpuMs: number;
  /** To who was bumped: refunds and penalties. */
  readonly owedMicros: number;
}

const MS_PER_HOUR = 3_600_000;
const MICROS_PER_CREDIT = 1_000_000;

class OverbookingMeter implements Meter<OverbookingFigures> {
  #sold = 0;
  #began = 0;
  #bumped = 0;
  #accepted = 0;
  #cpuMs = 0;
  #owedMicros = 0;

  readonly hears = {
    'reservation-over': (record: ReservationRecord) => {
      if (!record.measured) return;
      this.#accepted += 1;
      const { instances, openedMs, penaltyMicros, proposal, ranMs, reason, refundMicros } = record;
      if (proposal.kind !== OVERBOOKED.name) return;
      this.#sold += 1;
      if (openedMs !== null) this.#began += 1;
      this.#cpuMs += (proposal.demand.milliCpus / 1000) * instances * ranMs;
      if (reason !== 'bumped') return;
      this.#bumped += 1;
      this.#owedMicros += refundMicros + penaltyMicros;
    },
  };

  finish(): OverbookingFigures {
    return {
      sold: this.#sold,
      began: this.#began,
      bumped: this.#bumped,
      accepted: this.#accepted,
      cpuMs: this.#cpuMs,
      owedMicros: this.#owedMicros,
    };
  }
}

export const overbooking = metric({
  name: 'overbooking',
  over: 'by request',
  start: () => new OverbookingMeter(),
  summary: {
    overbooked: {
      means: 'reservations that were sold on the chance that others do not come (kind overbooked)',
      of: ({ sold }) => sold,
    },
    overbookedBegun: {
      means: 'those of them that had room in time: because somebody stayed away, or called off',
      of: ({ began }) => began,
    },
    bumped: {
      means:
        'those of them whose users came, and for which nobody had stayed away: promises that were broken',
      of: ({ bumped }) => bumped,
    },
    bumpedRatio: {
      unit: 'share',
      means: 'bumped / accepted, which counts reservations of all kinds',
      of: ({ accepted, bumped }) => ratio(bumped, accepted),
    },
    cpuHoursOverbooked: {
      unit: 'vCPU h',
      means: 'vCPUs x guaranteed instances x time for which windows of theirs were open',
      of: ({ cpuMs }) => round(cpuMs / MS_PER_HOUR),
    },
    bumpedCompensation: {
      unit: 'credits',
      means: 'refunds and penalties of who was bumped',
      of: ({ owedMicros }) => round(owedMicros / MICROS_PER_CREDIT),
    },
  },
});
