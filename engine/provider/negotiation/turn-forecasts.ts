// When the turn of whoever is on the waitlist is to come, and how likely it comes at all. A turn comes of what others give back, which no
// plan knows of; so it is told by what became of the last that joined the waitlist (turn-odds.ts has how). Of those that asked for about as much as it does, as soon as
// enough of them had a turn. Places on the waitlist do not count: most that wait are for other windows, and in nobody's way.
// leases/start-forecasts.ts tells the same of leases in the queue.

import type { Outbox } from '../outbox.ts';
import type { WaitOnRecord } from '../state/forecast-memory.ts';
import type { Reservation } from '../state/reservation.ts';
import { turnOdds } from './turn-odds.ts';

/** If the turn comes, from when until when it is to, with the confidence that the provider is set to. */
export interface TurnForecast {
  /** That it comes before the request is given up, 0..1. */
  readonly chance: number;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface TurnForecastsParts {
  readonly outbox: Pick<Outbox, 'nowMs'>;
  /** How often a turn is to be within its interval, 0..1; undefined: nothing is forecast. */
  readonly confidence: number | undefined;
}

const WAITS_KEPT = 500;
/** Before so many waits are over, nothing is forecast. */
const OVER_MIN = 20;
/** Before so many that asked for about as much had a turn, all count. */
const TURNS_MIN = 20;
/** What is up to so many times as much, or as little, is about as much. */
const ABOUT = 2;

export class TurnForecasts {
  readonly #parts: TurnForecastsParts;
  #memory: readonly WaitOnRecord[] = [];

  constructor(parts: TurnForecastsParts) {
    this.#parts = parts;
  }

  /** Replaced, never changed. */
  get memory(): readonly WaitOnRecord[] {
    return this.#memory;
  }

  restore(memory: readonly WaitOnRecord[]): void {
    this.#memory = memory;
  }

  /** It waits from now on. */
  joined(reservation: Reservation): void {
    const { confidence, outbox } = this.#parts;
    if (confidence === undefined) return;
    const { id: reservationId } = reservation;
    const joined = { reservationId, milliCpus: milliCpusOf(reservation), sinceMs: outbox.nowMs };
    this.#memory = [...this.#memory.slice(-(WAITS_KEPT - 1)), joined];
  }

  /** It waits no longer: it has its turn, or was given up. */
  left({ id }: Reservation, { hasTurn }: { readonly hasTurn: boolean }): void {
    const { nowMs: leftMs } = this.#parts.outbox;
    const at = this.#memory.findLastIndex(({ reservationId }) => reservationId === id);
    const joined = this.#memory[at];
    if (joined === undefined || joined.leftMs !== undefined) return;
    this.#memory = this.#memory.with(at, { ...joined, leftMs, hadTurn: hasTurn });
  }

  /** As things stand, of one that waits; undefined when nothing is forecast, or too little is known. Changes nothing. */
  of(reservation: Reservation): TurnForecast | undefined {
    const { confidence, outbox } = this.#parts;
    if (confidence === undefined) return undefined;
    const { nowMs } = outbox;
    if (this.#memory.filter(({ leftMs }) => leftMs !== undefined).length < OVER_MIN) return undefined;
    const { holdUntilMs, waitingSinceMs: sinceMs = nowMs } = reservation;
    const waits = this.#like(milliCpusOf(reservation)).map(
      ({ hadTurn = false, leftMs = nowMs, ...wait }) => ({
        waitedMs: leftMs - wait.sinceMs,
        hadTurn,
      }),
    );
    const { chance, fromWaitMs, toWaitMs } = turnOdds(waits, {
      waitedMs: nowMs - sinceMs,
      longestMs: Math.max(nowMs, holdUntilMs) - sinceMs,
      confidence,
    });
    return { chance, fromMs: sinceMs + fromWaitMs, toMs: sinceMs + toWaitMs };
  }

  #like(milliCpus: number): readonly WaitOnRecord[] {
    const like = this.#memory.filter(
      (wait) => wait.milliCpus <= milliCpus * ABOUT && milliCpus <= wait.milliCpus * ABOUT,
    );
    return like.filter(({ hadTurn }) => hadTurn).length < TURNS_MIN ? this.#memory : like;
  }
}

/** Of all instances that are to be guaranteed. */
function milliCpusOf({ terms: { demand, numInstancesFixed } }: Reservation): number {
  return demand.milliCpus * numInstancesFixed;
}
