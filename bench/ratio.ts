// How this project measures speed: as a ratio of two programs that do the same work, interleaved in one
// process, so that the machine and its noise cancel out. A benchmark file exports a BenchModule; main.ts runs
// them all.

/**
 * One side of a comparison. The outer call prepares (untimed, once); the function it returns does one batch
 * of work, is timed, is called many times in a row, and returns how many operations the batch was.
 */
export type Side = () => Batch;
type Batch = () => number | Promise<number>;

export interface Ratio {
  /** Unique within its module; shown in the table. */
  readonly name: string;
  /**
   * The smallest acceptable (operations per second of the subject) / (operations per second of the baseline).
   */
  readonly atLeast: number;
  /** What we compare with. */
  readonly baseline: Side;
  /** Ours. */
  readonly subject: Side;
}

export interface BenchModule {
  /** What `npm run bench -- <filter>` matches, together with the names of the ratios. */
  readonly name: string;
  readonly ratios: readonly Ratio[];
}

export interface Measured {
  readonly name: string;
  readonly atLeast: number;
  /** Median over the rounds of the ratio within one round. */
  readonly ratio: number;
  /** Smallest and largest ratio of a round: how much the machine disturbed the measurement. */
  readonly ratioMin: number;
  readonly ratioMax: number;
  /** Medians, in operations per second. */
  readonly baselineRate: number;
  readonly subjectRate: number;
  readonly met: boolean;
}

/** Rounds that count. Odd, so that the median is one of them. */
const rounds = 11;
/** Rounds before, for the optimising compiler; they do not count. */
const warmUpRounds = 3;
/** A side repeats its batch within a round until it has used this much processor time. */
const roundMs = 150;

/** Measures both sides in alternation; which one goes first alternates too. Takes about five seconds. */
export async function measureRatio({ name, atLeast, baseline, subject }: Ratio): Promise<Measured> {
  const runBaseline = baseline();
  const runSubject = subject();
  const baselineRates: number[] = [];
  const subjectRates: number[] = [];
  for (let round = -warmUpRounds; round < rounds; round++) {
    const subjectFirst = round % 2 === 0;
    const early = await rate(subjectFirst ? runSubject : runBaseline);
    const late = await rate(subjectFirst ? runBaseline : runSubject);
    if (round < 0) continue;
    subjectRates.push(subjectFirst ? early : late);
    baselineRates.push(subjectFirst ? late : early);
  }
  const ratios = subjectRates.map((subjectRate, round) => subjectRate / baselineRates[round]!);
  const ratio = median(ratios);
  return {
    name,
    atLeast,
    ratio,
    ratioMin: Math.min(...ratios),
    ratioMax: Math.max(...ratios),
    baselineRate: median(baselineRates),
    subjectRate: median(subjectRates),
    met: ratio >= atLeast,
  };
}

/**
 * Operations per second of one round, by processor time: what other programs take away on a shared machine does
 * not count. Collects garbage first (with --expose-gc), so that neither side pays for the other's.
 */
async function rate(batch: Batch): Promise<number> {
  globalThis.gc?.();
  let operations = 0;
  let usedMs = 0;
  const start = process.cpuUsage();
  do {
    const done = batch();
    operations += typeof done === 'number' ? done : await done;
    const { user, system } = process.cpuUsage(start);
    usedMs = (user + system) / 1000;
  } while (usedMs < roundMs);
  return (operations / usedMs) * 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
