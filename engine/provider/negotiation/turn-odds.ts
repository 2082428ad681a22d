// How likely the turn of a request that waits is still to come, and when, by what became of those that waited before. Many waited in vain or
// still wait: of them it is known only that their turn had not come by then. The estimate is the product-limit of Kaplan and Meier,
// "Nonparametric estimation from incomplete observations", JASA 53, 1958, given how long the request has waited (section 2).
// The interval is widened for how few turns there were, by the rank of split conformal prediction: one turn more, that may be anywhere (Lei et al.,
// "Distribution-free predictive inference for regression", JASA 113, 2018, section 2.2; there all count the same, here as the product-limit says).

/** Up to the turn, or as long as it went on without one. */
export interface ObservedWait {
  readonly waitedMs: number;
  readonly hadTurn: boolean;
}

/** Of one that has waited for a while; waits count from when it began to. */
export interface TurnOdds {
  /** That the turn comes, 0..1. Past the longest wait that was observed nothing is known, and no turn is counted. */
  readonly chance: number;
  /** Within which it comes, if it does. As wide as can be where too few turns were observed to say more. */
  readonly fromWaitMs: number;
  readonly toWaitMs: number;
}

/** Sums that differ by less are the same. */
const GRAIN = 1e-9;

/**
 * @param waits in any order
 * @param waitedMs how long it has waited
 * @param longestMs how long it waits at most; at least waitedMs
 * @param confidence how often the turn, if it comes, is to be within the interval, 0..1
 */
export function turnOdds(
  waits: readonly ObservedWait[],
  {
    confidence,
    longestMs,
    waitedMs,
  }: { readonly confidence: number; readonly longestMs: number; readonly waitedMs: number },
): TurnOdds {
  const steps: { readonly atMs: number; readonly chance: number }[] = [];
  let chance = 0;
  let gone = 0;
  // Who was given up at the very instant of a turn had been waiting until then.
  const longer = waits
    .filter((wait) => wait.waitedMs > waitedMs)
    .sort((a, b) => a.waitedMs - b.waitedMs || Number(b.hadTurn) - Number(a.hadTurn));
  for (const { hadTurn, waitedMs: atMs } of longer) {
    if (atMs > longestMs) break;
    if (hadTurn) {
      chance += (1 - chance) / (longer.length - gone);
      steps.push({ atMs, chance });
    }
    gone += 1;
  }
  const turns = steps.length;
  const whole = (chance * (turns + 1)) / Math.max(1, turns);
  const tail = (whole * (1 - confidence)) / 2;
  return {
    chance,
    fromWaitMs: steps.findLast((step) => step.chance <= tail + GRAIN)?.atMs ?? waitedMs,
    toWaitMs: steps.find((step) => step.chance >= whole - tail - GRAIN)?.atMs ?? longestMs,
  };
}
