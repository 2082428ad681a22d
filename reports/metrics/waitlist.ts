// How requests fare that wait for room: how many do, how many have their turn, and how long that takes.
import { isAccepted, type NegotiationRecord } from '../facts/session-records.ts';
import { type Distribution, Spread } from '../statistics/spread.ts';
import { durations, round } from '../summary-values.ts';
import { type Meter, metric } from './metric.ts';

export interface WaitlistFigures {
  readonly waited: number;
  readonly turns: number;
  readonly accepted: number;
  /** Agreed, in CPU-milliseconds. */
  readonly agreedCpuMs: number;
  /** Until the turn. */
  readonly waitMs: Distribution;
}

class WaitlistMeter implements Meter<WaitlistFigures> {
  readonly #wait = new Spread();
  #waited = 0;
  #turns = 0;
  #accepted = 0;
  #agreedCpuMs = 0;

  readonly hears = { 'negotiation-over': (record: NegotiationRecord) => this.#add(record) };

  finish(): WaitlistFigures {
    return {
      waited: this.#waited,
      turns: this.#turns,
      accepted: this.#accepted,
      agreedCpuMs: this.#agreedCpuMs,
      waitMs: this.#wait.distribution,
    };
  }

  #add({ measured, offered, outcome, waited }: NegotiationRecord): void {
    if (!measured || waited === null) return;
    this.#waited += 1;
    if (!waited.hadTurn) return;
    this.#turns += 1;
    this.#wait.add(waited.waitedMs);
    if (!isAccepted(outcome) || offered === null) return;
    this.#accepted += 1;
    const { demand, durationMs, numInstancesFixed } = offered.proposal;
    this.#agreedCpuMs += (demand.milliCpus * numInstancesFixed * durationMs) / 1000;
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
  },
});
