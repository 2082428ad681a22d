// When requests are submitted: gaps of an arrival process with a given mean rate. Busy and quiet hours are put on top by cycle.ts.
import { randomWeibull } from 'd3-random';
import { gamma } from 'simple-statistics';
import { assertNever, type Rng } from '../../engine/index.ts';
import { durationMs } from '../../written/duration.ts';
import type { Sampler } from './distribution.ts';
import type { Arrivals } from './spec.ts';

const HOUR_MS = 3_600_000;

/** Mean arrivals per millisecond as the specification has them; undefined when it leaves them open. */
export function meanRate(arrivals: Arrivals): number | undefined {
  if (arrivals.process !== 'mmpp') {
    return arrivals.perHour === undefined ? undefined : arrivals.perHour / HOUR_MS;
  }
  let arrivalsPerRound = 0;
  let roundMs = 0;
  for (const { perHour, meanStay } of arrivals.states) {
    arrivalsPerRound += (perHour / HOUR_MS) * durationMs(meanStay);
    roundMs += durationMs(meanStay);
  }
  return arrivalsPerRound / roundMs;
}

/**
 * Gaps between arrivals in milliseconds.
 * @param rate mean arrivals per millisecond, whatever the specification says: its own rates give proportions only
 */
export function gapSampler(arrivals: Arrivals, rate: number, rng: Rng): Sampler {
  switch (arrivals.process) {
    case 'poisson':
      return () => rng.exponential(1 / rate);
    case 'weibull': {
      const draw = randomWeibull.source(() => rng.next())(arrivals.shape);
      const scaleMs = 1 / (rate * gamma(1 + 1 / arrivals.shape));
      return () => draw() * scaleMs;
    }
    case 'mmpp':
      return modulatedGaps(arrivals.states, rate / meanRate(arrivals)!, rng);
    default:
      return assertNever(arrivals);
  }
}

/** Markov-modulated Poisson process: states in turn, each with its rate, for exponential times. */
function modulatedGaps(
  states: Extract<Arrivals, { process: 'mmpp' }>['states'],
  factor: number,
  rng: Rng,
): Sampler {
  const arrivalsRng = rng.stream('in a state');
  const staysRng = rng.stream('stays');
  const meanGapsMs = states.map(({ perHour }) => HOUR_MS / (perHour * factor));
  const meanStaysMs = states.map(({ meanStay }) => durationMs(meanStay));
  let state = 0;
  let stayMs = staysRng.exponential(meanStaysMs[0]!);
  return () => {
    let gapMs = 0;
    for (;;) {
      const meanGapMs = meanGapsMs[state]!;
      const nextMs = meanGapMs === Number.POSITIVE_INFINITY ? meanGapMs : arrivalsRng.exponential(meanGapMs);
      if (nextMs <= stayMs) {
        stayMs -= nextMs;
        return gapMs + nextMs;
      }
      // Exponential times have no memory: what was drawn beyond the change of state is simply forgotten.
      gapMs += stayMs;
      state = (state + 1) % states.length;
      stayMs = staysRng.exponential(meanStaysMs[state]!);
    }
  };
}
