// How requests fare that wait for room: how many do, how many have their turn, how long that takes, and how true what they were told of it was.
import { isAccepted, type NegotiationRecord, type ToldTurn } from '../facts/session-records.ts';
import { type Distribution, Spread } from '../statistics/spread.ts';
import { durations, ratio, round } from '../summary-values.ts';
import { type Meter, metric } from './metric.ts';

export interface WaitlistFigures {
  readonly waited: number;
  readonly turns: number;
  readonly accepted: number;
  /** Agreed, in CPU-milliseconds. */
  readonly agreedCpuMs: number;
  /** Until the turn. */
  readonly waitMs: Distribution;
  /** Of those that were told of their turn. */
  readonly forecasts: {
    readonly told: number;
    readonly turns: number;
    readonly meanChance: number | null;
    readonly trueShare: number | null;
    readonly widthMs: Distribution;
  };
}

class WaitlistMeter implements Meter<WaitlistFigures> {
  readonly #wait = new Spread();
  #waited = 0;
  #turns = 0;
  #accepted = 0;
  #agreedCpuMs = 0;
  readonly #width = new Spread();
  #told = 0;
  #chances = 0;
  #cameTrue = 0;

  readonly hears = { 'negotiation-over': (record: NegotiationRecord) => this.#add(record) };

  finish(): WaitlistFigures {
    return {
      waited: this.#waited,
      turns: this.#turns,
      accepted: this.#accepted,
      agreedCpuMs: this.#agreedCpuMs,
      waitMs: this.#wait.distribution,
      forecasts: {
        told: this.#told,
        turns: this.#width.distribution.count,
        meanChance: ratio(this.#chances, this.#told),
        trueShare: ratio(this.#cameTrue, this.#width.distribution.count),
        widthMs: this.#width.distribution,
      },
    };
  }

  #add({ measured, offered, outcome, waited }: NegotiationRecord): void {
    if (!measured || waited === null) return;
    this.#waited += 1;
    if (waited.told !== null) this.#compare(waited.told, waited.turnMs);
    if (waited.turnMs === null) return;
    this.#turns += 1;
    this.#wait.add(waited.waitedMs);
    if (!isAccepted(outcome) || offered === null) return;
    this.#accepted += 1;
    const { demand, durationMs, numInstancesFixed } = offered.proposal;
    this.#agreedCpuMs += (demand.milliCpus * numInstancesFixed * durationMs) / 1000;
  }

  #compare({ chance, fromMs, toMs }: ToldTurn, turnMs: number | null): void {
    this.#told += 1;
    this.#chances += chance;
    if (turnMs === null) return;
    this.#width.add(toMs - fromMs);
    if (fromMs <= turnMs && turnMs <= toMs) this.#cameTrue += 1;
  }
}

export const waitlist = metric({
  name: 'waitlist',
  over: 'by request',
  start: () => new WaitlistMeter(),
  summary: {
    waitlisted: {
      means: 'requests without room whose users waited for some, whatever became of them',
      of: ({ waited }) => waited,
    },
    waitlistTurns: {
      means: 'those of them that were made an offer when room came free',
      of: ({ turns }) => turns,
    },
    waitlistAccepted: {
      means: 'those of these that were confirmed; part of accepted',
      of: ({ accepted }) => accepted,
    },
    waitlistCpuHoursAgreed: {
      unit: 'vCPU h',
      means: 'vCPUs x guaranteed instances x duration of these as agreed; part of cpuHoursAgreed',
      of: ({ agreedCpuMs }) => round(agreedCpuMs / 3_600_000),
    },
    waitlistWaitMs: {
      unit: 'ms',
      means: 'from joining the waitlist to the turn: `mean`, `p50`, `p95` over those that had one',
      of: ({ waitMs }) => durations(waitMs),
    },
    turnForecasts: {
      means:
        'those of `waitlisted` that were told when they joined how likely their turn comes, and when (`manager.startForecast`)',
      of: ({ forecasts }) => forecasts.told,
    },
    turnForecastChance: {
      means: 'mean of the chance, 0 to 1, that they were told; null when there are none',
      of: ({ forecasts }) => forecasts.meanChance,
    },
    turnForecastTurns: {
      means: 'those of them that had their turn',
      of: ({ forecasts }) => forecasts.turns,
    },
    turnForecastTrueShare: {
      means: 'of these, the share whose turn came within the interval; null when there are none',
      of: ({ forecasts }) => forecasts.trueShare,
    },
    turnForecastWidthMs: {
      unit: 'ms',
      means: 'length of the interval of these: `mean`, `p50`, `p95`',
      of: ({ forecasts }) => durations(forecasts.widthMs),
    },
  },
});
