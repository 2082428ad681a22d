// What the forecasts of starts (../leases/start-forecasts.ts) and of turns (../negotiation/turn-forecasts.ts) keep from one input to the next, and over
// a restart: plain JSON.

/** What a provider has learned about its queue and its waitlist, and what it said that is still to come true. */
export interface ForecastMemory extends StartMemory {
  /** Of the last that joined the waitlist; the oldest first. Absent: as empty, of a provider that forecast no turns yet. */
  readonly waits?: readonly WaitOnRecord[];
}

/** A stay on the waitlist. */
export interface WaitOnRecord {
  readonly reservationId: string;
  /** Of all instances that are to be guaranteed. */
  readonly milliCpus: number;
  readonly sinceMs: number;
  /** When it was over, and whether that was the turn; absent: it goes on. */
  readonly leftMs?: number;
  readonly hadTurn?: boolean;
}

/** Of the queue. */
export interface StartMemory {
  /** Of the last leases that ran to their end, which part of the time that they asked for they took; the oldest first. */
  readonly ranShares: readonly number[];
  /** By how much the last forecasts had to be wider, in logarithms (below 0: could have been narrower); the oldest first. */
  readonly misses: readonly number[];
  /** The level that forecasts are made at, so that in the long run as many come true as should. */
  readonly level: number;
  /** Of leases that have not begun. */
  readonly open: readonly OpenForecast[];
}

export interface OpenForecast {
  readonly reservationId: string;
  readonly madeMs: number;
  /** As simulated, before widening. */
  readonly earliestMs: number;
  readonly latestMs: number;
  /** As told. */
  readonly fromMs: number;
  readonly toMs: number;
}
