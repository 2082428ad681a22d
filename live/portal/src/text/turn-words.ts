// When the turn of a request on the waitlist is likely to come, in words.
import type { Reservation } from '../../../wire/reservation.ts';
import { formatShare } from './amounts.ts';
import { formatMoment } from './time.ts';

type LikelyTurn = NonNullable<NonNullable<Reservation['waitlist']>['likelyTurn']>;

/** An interval says nothing where there was no turn of which it could be one. */
export function turnWords({ chance, fromMs, untilMs }: LikelyTurn): string {
  const source = 'By what became of those that waited before,';
  return chance === 0
    ? `${source} a turn is not to be expected.`
    : `${source} your turn comes with a chance of ${formatShare(chance)}; if it does, nearly surely from ${formatMoment(fromMs)} to ${formatMoment(untilMs)}.`;
}
