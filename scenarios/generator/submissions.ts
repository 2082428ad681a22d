// When the requests of a population are submitted, and how many there are: the arrival process, stretched so that the asked count or
// load comes out exactly rather than on average.
import type { Rng } from '../../engine/index.ts';
import { durationMs } from '../../written/duration.ts';
import { gapSampler, meanRate } from './arrivals.ts';
import { BusinessClock } from './cycle.ts';
import { invalid } from './distribution.ts';
import type { Population } from './spec.ts';

/** How many requests to draw, over which time, at which pace. */
interface Plan {
  /** Infinity: as many as come until then. */
  readonly count: number;
  /** Infinity: until there are so many. */
  readonly untilMs: number;
  /** Mean arrivals per millisecond. */
  readonly rate: number;
  /** Exactly `count` requests come until `untilMs`: gaps are stretched to fill it. */
  readonly fits: boolean;
}

export interface PlanContext {
  readonly startMs: number;
  /** End of submissions where the population names none; undefined: it has to. */
  readonly untilMs: number | undefined;
  /** Thousandths of a CPU of the cluster; undefined: unknown, so a target load is an error. */
  readonly capacityMilliCpus: number | undefined;
  /** Draws the work of the requests in turn, in thousandths of a CPU x milliseconds. */
  drawWork(): number;
  readonly rng: Rng;
  /** For messages. */
  readonly path: string;
}

/**
 * Times of submission in ascending order: whole milliseconds after the start of the scenario.
 *
 * With a count and an end, or a target load and one of them, the process is drawn twice: once to see how long it takes to the request after the
 * last, then with its gaps stretched so that this request would fall on the end. A Poisson process under the condition that so many
 * come is just that; for the others it keeps the shape of their bursts.
 * @throws InputError (PEX_GENERATOR_INVALID) when it is not said how many or until when, or how often
 */
export function* drawSubmissions(population: Population, context: PlanContext): Generator<number> {
  const plan = makePlan(population, context);
  const { arrivals } = population;
  const clock = () =>
    new BusinessClock(arrivals.cycle ?? {}, context.startMs, `${context.path}.arrivals.cycle`);
  const gaps = () => gapSampler(arrivals, plan.rate, context.rng.stream('arrivals'));
  const stretch = plan.fits ? clock().businessAt(plan.untilMs) / sumOf(gaps(), plan.count + 1) : 1;
  const drawGap = gaps();
  const business = clock();
  let businessMs = 0;
  for (let drawn = 0; drawn < plan.count; drawn++) {
    businessMs += drawGap() * stretch;
    const submitMs = Math.floor(business.wallAt(businessMs));
    if (submitMs >= plan.untilMs) return;
    yield submitMs;
  }
}

function makePlan(population: Population, context: PlanContext): Plan {
  const { arrivals, targetLoad, count = Number.POSITIVE_INFINITY } = population;
  const ownUntil = population.until === undefined ? undefined : durationMs(population.until);
  const rate = meanRate(arrivals);
  if (rate !== undefined && !(rate > 0)) {
    throw invalid(
      `${context.path}.arrivals`,
      'nothing ever arrives; expected a state with a rate and a stay above 0',
    );
  }
  const untilMs = ownUntil ?? context.untilMs ?? Number.POSITIVE_INFINITY;
  if (count === Number.POSITIVE_INFINITY && untilMs === Number.POSITIVE_INFINITY) {
    throw invalid(context.path, 'says neither how many requests (count) nor until when (until)');
  }
  if (targetLoad !== undefined) return planLoad(targetLoad, { count, untilMs }, context);
  const isFitted = ownUntil !== undefined || (rate === undefined && Number.isFinite(untilMs));
  if (Number.isFinite(count) && isFitted) {
    checkMost(count, `${context.path}.count`);
    return fitting(count, untilMs);
  }
  if (rate === undefined) {
    const problem = 'does not say how often requests come: give perHour, or targetLoad, or count and until';
    throw invalid(`${context.path}.arrivals`, problem);
  }
  return { count, untilMs, rate, fits: false };
}

const fitting = (count: number, untilMs: number): Plan => ({
  count,
  untilMs,
  rate: count / untilMs,
  fits: true,
});

/** A load is work / (capacity x time): of count and time the one that is not given follows from it. */
function planLoad(
  targetLoad: number,
  { count, untilMs }: { readonly count: number; readonly untilMs: number },
  { capacityMilliCpus, drawWork, path }: PlanContext,
): Plan {
  if (capacityMilliCpus === undefined) {
    throw invalid(
      `${path}.targetLoad`,
      'refers to a cluster; give the capacity, for example "capacity: {cpus: 144}"',
    );
  }
  if (Number.isFinite(count)) {
    checkMost(count, `${path}.count`);
    const work = sumOf(drawWork, count);
    return fitting(count, Math.ceil(work / (targetLoad * capacityMilliCpus)));
  }
  const wantedWork = targetLoad * capacityMilliCpus * untilMs;
  let work = 0;
  let needed = 0;
  while (work < wantedWork) {
    work += drawWork();
    needed++;
    if (needed === PATIENCE && work === 0) {
      throw invalid(`${path}.targetLoad`, 'cannot be reached: the requests take no CPU time');
    }
    checkMost(needed, `${path}.targetLoad`);
  }
  return fitting(needed, untilMs);
}

/** Requests that fill a time or a load are drawn twice, once before the first of them is asked. */
function checkMost(count: number, path: string): void {
  if (count <= MOST_FITTED) return;
  const problem = `asks for more than ${MOST_FITTED.toLocaleString('en')} requests that fill a given time or load`;
  throw invalid(path, problem);
}

const MOST_FITTED = 100_000_000;
/** So many requests without any work are no accident. */
const PATIENCE = 100_000;

function sumOf(draw: () => number, times: number): number {
  let sum = 0;
  for (let time = 0; time < times; time++) sum += draw();
  return sum;
}
