// The settings of the simulated hypervisor under which its migrations take as long as measured ones, and how far off they are. Least squares of
// the durations: over the rate of the link by search, over what is the same in every migration in closed form, since it only adds.
import type { MigrationSettings } from '../../engine/index.ts';
import { migrationSettings } from '../../scenarios/load/migration.ts';
import type { MigrationField } from '../../scenarios/schema/migration.ts';
import type { MeasuredMigration } from './measured-migrations.ts';
import { middle, predictMigration } from './predict-migration.ts';

/** What was found; what is absent was not fitted. */
export interface FittedSettings {
  readonly linkMbitPerS?: number;
  readonly beforeMs?: number;
  readonly afterMs?: number;
}

/** Of migrations of VMs of one size. */
export interface SizeError {
  readonly memoryMib: number;
  readonly isFitted: boolean;
  readonly rows: number;
  readonly measuredMeanS: number;
  readonly predictedMeanS: number;
  /** (predicted - measured) / measured, of the means. */
  readonly error: number;
}

export interface MigrationFit {
  readonly settings: FittedSettings;
  readonly sizes: readonly SizeError[];
  readonly fitted: PartError;
  /** Of rows that the fit did not see; absent when it saw all. */
  readonly unseen?: PartError;
  /** Of each row by a fit to those that are not in its fifth of the table; absent for tables of fewer than ten, and where some are unseen anyway. */
  readonly crossValidated?: PartError;
  /** What the figures cannot be relied on for, as sentences. */
  readonly warnings: readonly string[];
}

export interface PartError {
  readonly rows: number;
  /** Mean over rows of |predicted - measured| / measured. */
  readonly meanAbsoluteError: number;
  /** The same of the downtime; absent where none was measured. */
  readonly downtimeMeanAbsoluteError?: number;
}

/** Settings that are given and therefore not fitted. */
export interface Given {
  readonly link: boolean;
  readonly before: boolean;
  readonly after: boolean;
}

interface Prediction {
  readonly durationS: number;
  readonly downtimeS: number;
}

/** Nothing that carries memory is slower or faster. */
const LEAST_MBIT_PER_S = 0.1;
const MOST_MBIT_PER_S = 1e6;
/** Of the search over the rate, evenly in its logarithm; then narrowed around the best. */
const STEPS = 140;
const NARROWINGS = 40;
const FOLDS = 5;

/** @param measured at least one row that is to be fitted to */
export function fitMigration(
  measured: readonly MeasuredMigration[],
  written: MigrationField,
  given: Given,
): MigrationFit {
  const seen = measured.filter(({ isFitted }) => isFitted);
  const unseen = measured.filter(({ isFitted }) => !isFitted);
  const base = migrationSettings(written);
  const settings = bestFor(seen, base, given);
  const predict = predictor(base, settings);
  return {
    settings,
    sizes: sizesOf(measured, predict),
    fitted: errorOf(seen, predict),
    ...(unseen.length > 0 && { unseen: errorOf(unseen, predict) }),
    ...(unseen.length === 0 &&
      seen.length >= 2 * FOLDS && { crossValidated: crossValidated(seen, base, given) }),
    warnings: warningsOf(seen, settings, given),
  };
}

function bestFor(rows: readonly MeasuredMigration[], base: MigrationSettings, given: Given): FittedSettings {
  const at = (linkMbitPerS?: number) => constantsAt(rows, base, given, linkMbitPerS);
  if (given.link) return at().settings;
  const span = Math.log(MOST_MBIT_PER_S / LEAST_MBIT_PER_S);
  const rateAt = (share: number) => LEAST_MBIT_PER_S * Math.exp(span * share);
  const costAt = (share: number) => at(rateAt(share)).cost;
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let step = 0; step <= STEPS; step += 1) {
    const cost = costAt(step / STEPS);
    if (cost >= least) continue;
    least = cost;
    best = step;
  }
  let from = Math.max(0, best - 1) / STEPS;
  let to = Math.min(STEPS, best + 1) / STEPS;
  for (let round = 0; round < NARROWINGS; round += 1) {
    const third = (to - from) / 3;
    if (costAt(from + third) <= costAt(to - third)) to -= third;
    else from += third;
  }
  return at(Number(rateAt((from + to) / 2).toPrecision(4))).settings;
}

/** What is the same in every migration, for a rate, and the squared error in seconds that is left. */
function constantsAt(
  rows: readonly MeasuredMigration[],
  base: MigrationSettings,
  given: Given,
  linkMbitPerS: number | undefined,
): { readonly settings: FittedSettings; readonly cost: number } {
  let settings: FittedSettings = linkMbitPerS === undefined ? {} : { linkMbitPerS };
  const downtimes = rows.filter(({ downtimeS }) => downtimeS !== undefined);
  if (downtimes.length > 0 && !given.after) {
    const predict = predictor(base, { ...settings, afterMs: 0 });
    const lacking = mean(downtimes.map((row) => row.downtimeS! - predict(row).downtimeS));
    settings = { ...settings, afterMs: wholeMs(lacking) };
  }
  // With one size of memory any length of it would do.
  if (!given.before && hasSizes(rows)) {
    const predict = predictor(base, { ...settings, beforeMs: 0 });
    const lacking = mean(rows.map((row) => row.durationS - predict(row).durationS));
    settings = { ...settings, beforeMs: wholeMs(lacking) };
  }
  const predict = predictor(base, settings);
  let cost = 0;
  for (const row of rows) cost += (row.durationS - predict(row).durationS) ** 2;
  return { settings, cost };
}

/** Of a migration that has the links for itself. Asked again for the same guest it does not count again. */
function predictor(base: MigrationSettings, fitted: FittedSettings): (row: MeasuredMigration) => Prediction {
  const { afterMs, beforeMs, linkMbitPerS } = fitted;
  const settings: MigrationSettings = {
    ...base,
    ...(linkMbitPerS !== undefined && { linkBytesPerS: (linkMbitPerS * 1e6) / 8 }),
    ...(beforeMs !== undefined && { beforeMs }),
    ...(afterMs !== undefined && { afterMs }),
  };
  const known = new Map<string, Prediction>();
  return ({ memoryMib, dirtyPagesPerS = middle(settings.dirtyPagesPerS) }) => {
    const key = `${memoryMib} ${dirtyPagesPerS}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const { downtimeS, seconds } = predictMigration(settings, { memoryMib, dirtyPagesPerS });
    const prediction = { durationS: seconds, downtimeS };
    known.set(key, prediction);
    return prediction;
  };
}

function crossValidated(
  rows: readonly MeasuredMigration[],
  base: MigrationSettings,
  given: Given,
): PartError {
  const predictions = new Map<MeasuredMigration, Prediction>();
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const isInFold = (_row: MeasuredMigration, index: number) => index % FOLDS === fold;
    const others = rows.filter((row, index) => !isInFold(row, index));
    const predict = predictor(base, bestFor(others, base, given));
    for (const row of rows.filter(isInFold)) predictions.set(row, predict(row));
  }
  return errorOf(rows, (row) => predictions.get(row)!);
}

function errorOf(
  rows: readonly MeasuredMigration[],
  predict: (row: MeasuredMigration) => Prediction,
): PartError {
  const downtimes = rows.filter(({ downtimeS }) => downtimeS !== undefined && downtimeS > 0);
  const relative = (measured: number, predicted: number) => Math.abs(predicted - measured) / measured;
  return {
    rows: rows.length,
    meanAbsoluteError: mean(rows.map((row) => relative(row.durationS, predict(row).durationS))),
    ...(downtimes.length > 0 && {
      downtimeMeanAbsoluteError: mean(
        downtimes.map((row) => relative(row.downtimeS!, predict(row).downtimeS)),
      ),
    }),
  };
}

function sizesOf(
  rows: readonly MeasuredMigration[],
  predict: (row: MeasuredMigration) => Prediction,
): SizeError[] {
  const groups = new Map<string, MeasuredMigration[]>();
  for (const row of rows) {
    const key = `${row.memoryMib} ${row.isFitted}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()]
    .map((group): SizeError => {
      const { isFitted, memoryMib } = group[0]!;
      const measuredMeanS = mean(group.map(({ durationS }) => durationS));
      const predictedMeanS = mean(group.map((row) => predict(row).durationS));
      const error = (predictedMeanS - measuredMeanS) / measuredMeanS;
      return { memoryMib, isFitted, rows: group.length, measuredMeanS, predictedMeanS, error };
    })
    .sort((a, b) => Number(b.isFitted) - Number(a.isFitted) || a.memoryMib - b.memoryMib);
}

function warningsOf(
  seen: readonly MeasuredMigration[],
  { linkMbitPerS }: FittedSettings,
  given: Given,
): string[] {
  const warnings: string[] = [];
  if (!given.before && !hasSizes(seen))
    warnings.push(
      'All VMs that were fitted to are of one size: how much of the time is the same for every VM cannot be told, and is what the model says.',
    );
  if (linkMbitPerS !== undefined && isAtLimit(linkMbitPerS))
    warnings.push(
      `The rate of the link is at the limit of the search (${linkMbitPerS} Mbit/s): these times do not tell it.`,
    );
  return warnings;
}

function isAtLimit(linkMbitPerS: number): boolean {
  return linkMbitPerS >= MOST_MBIT_PER_S * 0.9 || linkMbitPerS <= LEAST_MBIT_PER_S * 1.1;
}

function hasSizes(rows: readonly MeasuredMigration[]): boolean {
  return rows.some(({ memoryMib }) => memoryMib !== rows[0]!.memoryMib);
}

function wholeMs(seconds: number): number {
  return Math.max(0, Math.round(seconds * 1000));
}

function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
