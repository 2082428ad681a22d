// What comes next in a series of measurements, by methods of a catalogue: one function and one line each. All look at the past alone.

export interface ForecastSettings {
  /** Values that a moving average takes, and that the persistence of AR(1) is estimated from. At least 1. */
  readonly window: number;
  /** Values until the series repeats itself. At least 2. */
  readonly season: number;
  /** Of Holt and Winters: weights of the new value in level, trend and season, 0..1. */
  readonly level: number;
  readonly trend: number;
  readonly seasonal: number;
}

/** @param past the last value last; never empty @returns the value after it */
type Forecaster = (past: readonly number[], settings: ForecastSettings) => number;

export const FORECASTERS = {
  'last-value': (past) => past.at(-1)!,

  'moving-average': (past, { window }) => meanOf(past.slice(-window)),

  // x' = m + phi (x - m), phi the correlation of a value with the one before it.
  ar1: (past, { window }) => {
    const recent = past.slice(-window);
    const mean = meanOf(recent);
    let [together, apart] = [0, 0];
    for (const [at, value] of recent.entries()) {
      apart += (value - mean) ** 2;
      if (at > 0) together += (value - mean) * (recent[at - 1]! - mean);
    }
    return apart === 0 ? mean : mean + (together / apart) * (recent.at(-1)! - mean);
  },

  // Additive (Winters 1960); begun with the means of the first two seasons, before which it is the last value.
  'holt-winters': (past, { level: alpha, season, seasonal: gamma, trend: beta }) => {
    if (past.length < 2 * season) return past.at(-1)!;
    const first = meanOf(past.slice(0, season));
    let trend = (meanOf(past.slice(season, 2 * season)) - first) / season;
    const middle = (season - 1) / 2;
    // Less the trend within it, which is not of the season.
    const start = trend;
    const ofSeason = past.slice(0, season).map((value, at) => value - first - start * (at - middle));
    let level = first + trend * middle;
    for (const [at, value] of past.entries()) {
      if (at < season) continue;
      const before = level;
      const expected = ofSeason[at % season]!;
      level = alpha * (value - expected) + (1 - alpha) * (level + trend);
      trend = beta * (level - before) + (1 - beta) * trend;
      ofSeason[at % season] = gamma * (value - level) + (1 - gamma) * expected;
    }
    return level + trend + ofSeason[past.length % season]!;
  },
} as const satisfies Record<string, Forecaster>;

export type ForecasterName = keyof typeof FORECASTERS;
export const FORECASTER_NAMES = Object.keys(FORECASTERS) as ForecasterName[];

function meanOf(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
