// Where the beginning of a run ends: MSER-5 (K. P. White, An Effective Truncation Heuristic for Bias Reduction in Simulation Output, 1997; S. C.
// Spratt 1998), and the moving average of Welch's picture (P. D. Welch 1983; A. M. Law, Simulation Modeling and Analysis, ch. 9.5.1).

/** Observations in a batch: MSER-5. */
const BATCH = 5;
/** Fewer batches say nothing. */
const LEAST_BATCHES = 10;

/**
 * How many observations to leave out at the beginning, so that the mean of the rest is known most exactly: of all numbers of batches of five, up to half of
 * them, the one with the least marginal standard error, sum of (z - mean)^2 / (batches kept)^2; the least number of several. Beyond the half the error of
 * the few batches that are left is small by chance. The last observations, too few for a batch, are not looked at.
 * @returns null: they are too few, or the error is still falling at the half, as where a series has not become steady
 */
export function mser5(observations: readonly number[]): number | null {
  const batches = Array.from({ length: Math.floor(observations.length / BATCH) }, (_, batch) => {
    const five = observations.slice(batch * BATCH, (batch + 1) * BATCH);
    return five.reduce((sum, value) => sum + value, 0) / BATCH;
  });
  if (batches.length < LEAST_BATCHES) return null;
  const mostCut = Math.floor(batches.length / 2);
  // From the end, by Welford's recurrence: the mean and the squares of what is kept, one batch more each time.
  let kept = 0;
  let mean = 0;
  let squares = 0;
  let best = { error: Number.POSITIVE_INFINITY, cut: mostCut };
  for (let cut = batches.length - 1; cut >= 0; cut -= 1) {
    const value = batches[cut]!;
    kept += 1;
    const off = value - mean;
    mean += off / kept;
    squares += off * (value - mean);
    if (cut > mostCut) continue;
    const error = squares / kept ** 2;
    if (error <= best.error) best = { error, cut };
  }
  return best.cut === mostCut ? null : best.cut * BATCH;
}

/**
 * The centred moving average over 2 x `window` + 1 values, over fewer at the beginning, as many on both sides: the curve that one looks at for the
 * point from which it is level. Ends `window` values before the end.
 */
export function welchAverage(values: readonly number[], window: number): number[] {
  return Array.from({ length: Math.max(0, values.length - window) }, (_, at) => {
    const half = Math.min(at, window);
    let sum = 0;
    for (let i = at - half; i <= at + half; i += 1) sum += values[i]!;
    return sum / (2 * half + 1);
  });
}
