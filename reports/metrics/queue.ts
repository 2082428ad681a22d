// How leases that wait in a queue fare: how long they wait, from when they could have begun at the earliest, and how long that is beside
// what they then run.
import { isQueuedKind } from '../../engine/index.ts';
import type { ReservationRecord, ToldStart } from '../facts/session-records.ts';
import { type Distribution, Spread } from '../statistics/spread.ts';
import { durations, ratio, round, rounded } from '../summary-values.ts';
import { type Meter, metric, type StreamStart } from './metric.ts';

/** Jobs that run for a shorter time count as if they ran so long: Feitelson and Rudolph, JSSPP 1998; Sotomayor et al., HPDC 2008. */
const SHORTEST_RUN_MS = 10_000;
const MS_PER_HOUR = 3_600_000;

export interface QueueFigures {
  readonly waitMs: Distribution;
  readonly responseMs: Distribution;
  readonly boundedSlowdown: Distribution;
  /** From the start of the run to the end of the last of them; null when none ended. */
  readonly doneMs: number | null;
  /** How often they were suspended, and had to begin again; and the CPU-time that they lost by the latter. */
  readonly suspensions: number;
  readonly restarts: number;
  readonly wastedCpuMs: number;
  /** Of those that were told when they were to begin, and have. */
  readonly forecasts: {
    readonly trueShare: number | null;
    readonly errorMs: Distribution;
    readonly widthMs: Distribution;
  };
}

class QueueMeter implements Meter<QueueFigures> {
  readonly #startMs: number;
  readonly #wait = new Spread();
  readonly #response = new Spread();
  readonly #slowdown = new Spread();
  #doneMs: number | null = null;
  readonly #error = new Spread();
  readonly #width = new Spread();
  #cameTrue = 0;
  #suspensions = 0;
  #restarts = 0;
  #wastedCpuMs = 0;

  readonly hears = { 'reservation-over': (record: ReservationRecord) => this.#add(record) };

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  finish(): QueueFigures {
    return {
      waitMs: this.#wait.distribution,
      responseMs: this.#response.distribution,
      boundedSlowdown: this.#slowdown.distribution,
      doneMs: this.#doneMs,
      suspensions: this.#suspensions,
      restarts: this.#restarts,
      wastedCpuMs: this.#wastedCpuMs,
      forecasts: {
        trueShare: ratio(this.#cameTrue, this.#error.distribution.count),
        errorMs: this.#error.distribution,
        widthMs: this.#width.distribution,
      },
    };
  }

  #add(record: ReservationRecord): void {
    const { askedStartMs, endedMs, measured, openedMs, proposal, ranMs, startForecast } = record;
    if (!isQueuedKind(proposal.kind)) return;
    if (measured) {
      this.#suspensions += record.suspensions;
      this.#restarts += record.requeues;
      this.#wastedCpuMs += record.wastedCpuMs;
      if (startForecast !== null) this.#compare(startForecast);
    }
    if (openedMs === null) return;
    if (measured) this.#wait.add(openedMs - askedStartMs);
    if (endedMs === null) return;
    this.#doneMs = Math.max(this.#doneMs ?? 0, endedMs - this.#startMs);
    if (!measured) return;
    const responseMs = endedMs - askedStartMs;
    this.#response.add(responseMs);
    this.#slowdown.add(Math.max(1, responseMs / Math.max(SHORTEST_RUN_MS, ranMs)));
  }

  #compare({ begunMs, fromMs, likelyMs, toMs }: ToldStart): void {
    if (begunMs === null) return;
    if (fromMs <= begunMs && begunMs <= toMs) this.#cameTrue += 1;
    this.#error.add(Math.abs(begunMs - likelyMs));
    this.#width.add(toMs - fromMs);
  }
}

export const queue = metric({
  name: 'queue',
  over: 'by request',
  start: ({ startMs }: StreamStart) => new QueueMeter(startMs),
  summary: {
    queueWaitMs: {
      unit: 'ms',
      means:
        'begin of the window minus asked start over leases of kinds best-effort and preemptible that have begun: `mean`, `p50`, `p95`',
      of: ({ waitMs }) => durations(waitMs),
    },
    queueResponseMs: {
      unit: 'ms',
      means: 'end minus asked start over those that are over',
      of: ({ responseMs }) => durations(responseMs),
    },
    queueBoundedSlowdown: {
      means:
        'the same divided by the time that they ran, suspended time left out, or 10 s where that is more; at least 1',
      of: ({ boundedSlowdown: { mean, p50, p95 } }) => ({
        mean: rounded(mean),
        p50: rounded(p50),
        p95: rounded(p95),
      }),
    },
    queueDoneMs: {
      unit: 'ms',
      over: 'whole run',
      means: 'from the start of the run until the last of them was over',
      of: ({ doneMs }) => doneMs,
    },
    queueSuspensions: {
      means: 'how often they were suspended to give way, each with all its VMs',
      of: ({ suspensions }) => suspensions,
    },
    queueRestarts: {
      means: 'how often they were stopped and had to begin again',
      of: ({ restarts }) => restarts,
    },
    queueCpuHoursWasted: {
      unit: 'vCPU h',
      means: 'vCPUs x time that they had run when they had to',
      of: ({ wastedCpuMs }) => round(wastedCpuMs / MS_PER_HOUR),
    },
    startForecasts: {
      means:
        'leases that were told when they came to wait from when until when they were to begin (`manager.startForecast`), and have begun',
      of: ({ forecasts }) => forecasts.errorMs.count,
    },
    startForecastTrueShare: {
      means: 'of these, the share that began within the interval; null when there are none',
      of: ({ forecasts }) => forecasts.trueShare,
    },
    startForecastErrorMs: {
      unit: 'ms',
      means:
        'how far off the start was from the likeliest one that was told, either way: `mean`, `p50`, `p95`',
      of: ({ forecasts }) => durations(forecasts.errorMs),
    },
    startForecastWidthMs: {
      unit: 'ms',
      means: 'length of the interval',
      of: ({ forecasts }) => durations(forecasts.widthMs),
    },
  },
});
