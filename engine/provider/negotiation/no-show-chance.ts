// The chance of a no-show, as a provider's own record supports it: the lower confidence limit of a binomial share, exact, so that windows are never sold
// again on a chance that may only have looked high. Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the
// binomial", Biometrika 26(4), 1934.
import type { AttendanceCount } from '../state/attendance.ts';

/** Halvings of [0, share]: to the last bit of what counts. */
const STEPS = 60;

/**
 * The least chance, at a confidence of 1 - `doubt`, that explains so many who stayed away: the one at which so many or more of all would have stayed away
 * with a chance of `doubt`. 0 where nobody did. O(stayed away + steps x terms of the tail that count).
 * @param doubt greater than 0, at most 0.5
 */
export function leastNoShowChance({ came, stayedAway }: AttendanceCount, doubt: number): number {
  if (stayedAway === 0) return 0;
  const count = came + stayedAway;
  const tail = upperTail(stayedAway, count);
  // The tail grows with the chance.
  let [low, high] = [0, stayedAway / count];
  for (let i = 0; i < STEPS; i += 1) {
    const middle = (low + high) / 2;
    if (tail(middle) <= doubt) low = middle;
    else high = middle;
  }
  return low;
}

/** Of so many standard deviations it is thought that chance alone brought them. */
const BY_CHANCE = 2;

/**
 * How many of their own the record of all is worth in that of one user, if users differ as a beta-binomial has them: alpha + beta of its prior, which is
 * 1 / rho - 1 of rho, the correlation of what one user does. Infinity as long as they differ no more than people do who are all alike. By moments, each user
 * weighted by how often they were to come: Kleinman, "Proportions with extraneous variance: single and independent samples", JASA 68(341), 1973,
 * section 2; of what their shares differ, two standard deviations of what is expected of equals are taken off, so that a few do not look like kinds of people.
 * At least 1. O(users).
 */
export function weightOfAll(users: readonly AttendanceCount[]): number {
  const seen = users.map(({ came, stayedAway }) => ({ count: came + stayedAway, stayedAway }));
  const count = seen.reduce((sum, user) => sum + user.count, 0);
  const share = seen.reduce((sum, user) => sum + user.stayedAway, 0) / count;
  const variance = share * (1 - share);
  // NaN of nobody.
  if (!(variance > 0)) return Number.POSITIVE_INFINITY;
  const others = seen.length - 1;
  const squares = seen.reduce((sum, user) => sum + user.count * user.count, 0);
  const spread = seen.reduce(
    (sum, user) => sum + user.count * (user.stayedAway / user.count - share) ** 2,
    0,
  );
  const excess = spread / variance - others - BY_CHANCE * Math.sqrt(2 * others);
  if (excess <= 0) return Number.POSITIVE_INFINITY;
  return Math.max(1, (count - squares / count - others) / excess - 1);
}

/**
 * The chance of one user: the mean of what the beta-binomial makes of their own record, that of all being worth `weight` of it.
 * @param chance of whom nothing is known
 */
export function ownNoShowChance(
  { came, stayedAway }: AttendanceCount,
  { chance, weight }: { readonly chance: number; readonly weight: number },
): number {
  if (weight === Number.POSITIVE_INFINITY) return chance;
  return (weight * chance + stayedAway) / (weight + came + stayedAway);
}

/** P(X >= least) of a binomial X, for chances below least / count: there each term is less than the one before it. */
function upperTail(least: number, count: number): (chance: number) => number {
  let logWays = 0;
  for (let i = 1; i <= least; i += 1) logWays += Math.log((count - least + i) / i);
  return (chance) => {
    if (chance === 0) return 0;
    const first = logWays + least * Math.log(chance) + (count - least) * Math.log1p(-chance);
    const odds = chance / (1 - chance);
    // In multiples of the first term, which may be too small for a number of its own.
    let term = 1;
    let sum = 1;
    for (let k = least; k < count && term > sum * Number.EPSILON; k += 1) {
      term *= ((count - k) / (k + 1)) * odds;
      sum += term;
    }
    return Math.exp(first) * sum;
  };
}
