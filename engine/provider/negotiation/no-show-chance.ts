// The chance of a no-show, as a provider's own record supports it: the lower confidence limit of a binomial share, exact, so that windows are never sold
// again on a chance that may only have looked high. Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the
// binomial", Biometrika 26(4), 1934.
import type { AttendanceMemory } from '../state/attendance.ts';

/** Halvings of [0, share]: to the last bit of what counts. */
const STEPS = 60;

/**
 * The least chance, at a confidence of 1 - `doubt`, that explains so many who stayed away: the one at which so many or more of all would have stayed away
 * with a chance of `doubt`. 0 where nobody did. O(stayed away + steps x terms of the tail that count).
 * @param doubt greater than 0, at most 0.5
 */
export function leastNoShowChance({ came, stayedAway }: AttendanceMemory, doubt: number): number {
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
