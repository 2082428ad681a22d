// What became of confirmed reservations.
import { endOf } from '../../engine/index.ts';
import { MeasuredWindows } from '../facts/measured-windows.ts';
import { FATES, type Fate, type ReservationRecord } from '../facts/session-records.ts';
import { ratio, round } from '../summary-values.ts';
import { type Meter, metric } from './metric.ts';

export interface FulfilmentFigures {
  /** Their sum is the number of accepted requests. */
  readonly fates: Readonly<Record<Fate, number>>;
  /** CPU-milliseconds agreed to by granting claims of optional instances of these reservations, beside what is guaranteed. */
  readonly claimedCpuMs: number;
  /** CPU-milliseconds up, owed and not up, and busy, of these reservations until the end of the run. */
  readonly deliveredCpuMs: number;
  readonly undeliveredCpuMs: number;
  readonly usedCpuMs: number;
  /** CPU-milliseconds that were kept for users who did not come. */
  readonly noShowCpuMs: number;
}

const MS_PER_HOUR = 3_600_000;

class Fulfilment implements Meter<FulfilmentFigures> {
  // Of the requests of the measured time, whose windows begin no earlier.
  readonly #lost = new MeasuredWindows(Number.NEGATIVE_INFINITY);
  #claimedCpuMs = 0;
  #deliveredCpuMs = 0;
  #undeliveredCpuMs = 0;
  #usedCpuMs = 0;
  #noShowCpuMs = 0;
  readonly #fates = Object.fromEntries(FATES.map((fate) => [fate, 0])) as Record<Fate, number>;

  readonly hears = {
    'reservation-over': (record: ReservationRecord) => {
      if (!record.measured) return;
      const { fate, proposal, untilMs } = record;
      this.#fates[fate] += 1;
      const cpus = proposal.demand.milliCpus / 1000;
      const hinderedMs = record.downtimeMs + record.suspendedMs + record.startUpMs;
      this.#claimedCpuMs += cpus * record.claimedMs;
      this.#deliveredCpuMs += cpus * record.deliveredMs;
      this.#undeliveredCpuMs += cpus * hinderedMs;
      this.#usedCpuMs += record.usedCpuMs;
      // Who confirms after the start has a window from then on; what is overbooked may have none yet.
      if (fate === 'no-show')
        this.#noShowCpuMs += cpus * record.instances * (untilMs - (record.openedMs ?? untilMs));
      if (fate !== 'failed') return;
      const fromMs = Math.max(untilMs, proposal.startMs);
      this.#lost.add(fromMs, endOf(proposal), cpus * record.instances, untilMs);
    },
  };

  finish(endMs: number): FulfilmentFigures {
    return {
      fates: { ...this.#fates },
      claimedCpuMs: this.#claimedCpuMs,
      deliveredCpuMs: this.#deliveredCpuMs,
      undeliveredCpuMs: this.#undeliveredCpuMs + this.#lost.finish(endMs),
      usedCpuMs: this.#usedCpuMs,
      noShowCpuMs: this.#noShowCpuMs,
    };
  }
}

export const fulfilment = metric({
  name: 'fulfilment',
  over: 'by request',
  start: () => new Fulfilment(),
  summary: {
    fulfilled: {
      means:
        'reservations that were activated and served until their window was over or their guests were done',
      of: ({ fates }) => fates.fulfilled,
    },
    noShows: {
      means: 'reservations never activated before their window, or the grace time of its provider, was over',
      of: ({ fates }) => fates['no-show'],
    },
    cancelled: { means: 'reservations deleted by their users', of: ({ fates }) => fates.cancelled },
    failed: { means: 'reservations that the provider could not keep', of: ({ fates }) => fates.failed },
    unfinished: {
      means: 'reservations not over when the run stopped',
      of: ({ fates }) => fates.unfinished,
    },
    noShowRatio: {
      unit: 'share',
      means: 'noShows / accepted',
      of: ({ fates }) =>
        ratio(
          fates['no-show'],
          FATES.reduce((sum, fate) => sum + fates[fate], 0),
        ),
    },
    cpuHoursNoShow: {
      unit: 'vCPU h',
      means: 'vCPUs x guaranteed instances x time for which windows of no-shows were kept',
      of: ({ noShowCpuMs }) => round(noShowCpuMs / MS_PER_HOUR),
    },
    cpuHoursClaimed: {
      unit: 'vCPU h',
      means:
        'vCPUs x optional instances that were granted x time from the claim to the agreed end: what was agreed beside cpuHoursAgreed',
      of: ({ claimedCpuMs }) => round(claimedCpuMs / MS_PER_HOUR),
    },
    cpuHoursDelivered: {
      unit: 'vCPU h',
      means:
        'vCPUs x time up of instances, claimed optional ones included, until the end of the run; of a lease that began again since it did',
      of: ({ deliveredCpuMs }) => round(deliveredCpuMs / MS_PER_HOUR),
    },
    cpuHoursUndelivered: {
      unit: 'vCPU h',
      means:
        'the same of the time in which they were owed and not up, until the end of the run: starting, down, suspended, or given up by the provider',
      of: ({ undeliveredCpuMs }) => round(undeliveredCpuMs / MS_PER_HOUR),
    },
    cpuHoursUsed: {
      unit: 'vCPU h',
      means: 'the part of cpuHoursDelivered in which guests kept their vCPUs busy',
      of: ({ usedCpuMs }) => round(usedCpuMs / MS_PER_HOUR),
    },
  },
});
