// A figure that compares two programs that do the same work, interleaved in one process.
import { type Figure, median, perSecond } from './figure.ts';

/**
 * One side of a comparison. The outer call prepares (untimed, once); the function it returns does one batch
 * of work, is timed, is called many times in a row, and returns how many operations the batch was.
 */
export type Side = () => Batch;
type Batch = () => number | Promise<number>;

export interface Ratio extends Pick<Figure, 'name' | 'isShort'> {
  /**
   * The smallest acceptable (operations per second of the subject) / (operations per second of the baseline).
   */
  readonly atLeast: number;
  /** What we compare with. */
  readonly baseline: Side;
  /** Ours. */
  readonly subject: Side;
}

/** Rounds that count. Odd, so that the median is one of them. */
const ROUNDS = 11;
/** Rounds before, for the optimising compiler; they do not count. */
const WARM_UP_ROUNDS = 3;
/** A side repeats its batch within a round until it has used this much processor time. */
const ROUND_MS = 150;

/** Measures both sides in alternation; which one goes first alternates too. Takes about five seconds. */
export function ratio({ baseline, name, subject, ...figure }: Ratio): Figure {
  return {
    ...figure,
    name,
    unit: 'x',
    async measure() {
      const runBaseline = baseline();
      const runSubject = subject();
      const baselineRates: number[] = [];
      const subjectRates: number[] = [];
      for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
        const subjectFirst = round % 2 === 0;
        const early = await rate(subjectFirst ? runSubject : runBaseline);
        const late = await rate(subjectFirst ? runBaseline : runSubject);
        if (round < 0) continue;
        subjectRates.push(subjectFirst ? early : late);
        baselineRates.push(subjectFirst ? late : early);
      }
      const ratios = subjectRates.map((subjectRate, round) => subjectRate / baselineRates[round]!);
      const spread = `${Math.min(...ratios).toPrecision(3)}-${Math.max(...ratios).toPrecision(3)}`;
      return {
        value: median(ratios),
        beside: `${perSecond(median(subjectRates))} : ${perSecond(median(baselineRates))}, rounds ${spread}`,
      };
    },
  };
}

/**
 * Operations per second of one round, by processor time: what other programs take away on a shared machine does
 * not count. Collects young garbage first (with --expose-gc), so that neither side pays for the other's: a whole collection would also throw
 * away what the compiler has learned of objects that are gone, and a run after it be three times as slow as the one before.
 */
async function rate(batch: Batch): Promise<number> {
  globalThis.gc?.({ type: 'minor', execution: 'sync' });
  let operations = 0;
  let usedMs = 0;
  const start = process.cpuUsage();
  do {
    const done = batch();
    operations += typeof done === 'number' ? done : await done;
    const { user, system } = process.cpuUsage(start);
    usedMs = (user + system) / 1000;
  } while (usedMs < ROUND_MS);
  return (operations / usedMs) * 1000;
}
