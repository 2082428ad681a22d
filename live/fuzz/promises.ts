// What the clients of a service were told, over all of its lives. Whatever was told must stay true; what was asked without an answer may
// have happened or not, but only once.

/** How far a reservation came, by what its user was told. */
export const STAGES = ['waiting', 'offered', 'confirmed', 'activated'] as const;
export type Stage = (typeof STAGES)[number];

export interface PromisedReservation {
  readonly reservationId: string;
  stage: Stage;
  /** The user was told that it is over. */
  endedAs?: 'CANCELLED' | 'REJECTED';
  /** The user was told that it lasts so long by now. */
  durationMs?: number;
  /** By VM: what it may be meant to be. More than one where a reply was lost. */
  readonly wanted: Map<string, Set<string>>;
}

export interface PromisedDeposit {
  readonly amountMicros: number;
  /** The operator was told that it was booked. */
  isTold: boolean;
}

export class Promises {
  readonly reservations = new Map<string, PromisedReservation>();
  /** By their notes, which are unique. */
  readonly deposits = new Map<string, PromisedDeposit>();
  /** By node: in service or not. Both where a reply was lost. */
  readonly inService = new Map<string, Set<boolean>>();
  /** Answers of success. */
  successes = 0;
  /** Requests that were repeated under their key, and got their answer then. */
  repeated = 0;

  reservation(reservationId: string): PromisedReservation {
    const known = this.reservations.get(reservationId);
    if (known !== undefined) return known;
    const promised: PromisedReservation = { reservationId, stage: STAGES[0], wanted: new Map() };
    this.reservations.set(reservationId, promised);
    return promised;
  }

  /** Later stages include the earlier ones. */
  reached(promised: PromisedReservation, stage: Stage): void {
    if (STAGES.indexOf(stage) > STAGES.indexOf(promised.stage)) promised.stage = stage;
  }
}
