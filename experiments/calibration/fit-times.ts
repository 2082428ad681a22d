// The settings of simulated machines and users under which they do as recorded ones did: fitted to what was recorded up to an instant, and held
// against what was recorded after it. Durations are fitted by their quantiles, so that neither their median nor their mean is assumed to be that of any law.
import jstat from 'jstat';
import { mean } from 'simple-statistics';
import { formatInstant, type VmOperation } from '../../engine/index.ts';
import { shareInterval } from '../../reports/statistics/share-interval.ts';
import { counted } from '../../written/counted.ts';
import { formatDuration } from '../../written/time-text.ts';
import { meanInterval } from '../statistics/intervals.ts';
import type { RecordedChance, RecordedLife, RecordedTime, RecordedTimes } from './recorded-times.ts';

/** A part of what was recorded. */
interface TimesSeen {
  readonly count: number;
  readonly medianMs: number;
  readonly meanMs: number;
}

/** How far a fit is off what it did not see. */
export interface TimesError {
  /** (predicted - measured) / measured; null where the measured one is 0. */
  readonly ofMedian: number | null;
  readonly ofMean: number | null;
  /** The same, were the mean of what was not seen at either end of its 95 % interval; null of fewer than two. */
  readonly ofMeanFrom: number | null;
  readonly ofMeanTo: number | null;
}

/** A duration, as it was fitted. */
export interface FittedTimes {
  /** Where it is set: `hypervisor.start`. */
  readonly setting: string;
  /** As settings have it: a duration, or quantiles. */
  readonly value: string | { readonly quantiles: readonly string[] };
  readonly fitted: TimesSeen;
  /** Absent: nothing was recorded after the instant. */
  readonly unseen?: TimesSeen;
  readonly error?: TimesError;
}

/** A share, as it was fitted. */
export interface FittedShare {
  readonly setting: string;
  readonly value: number;
  readonly fitted: ShareSeen;
  readonly unseen?: ShareSeen;
}

/** A mean time until something fails, as it was fitted: the time that was lived through, over what failed in it. */
export interface FittedMtbf {
  readonly setting: string;
  readonly value: string;
  readonly fitted: FailuresSeen;
  readonly unseen?: FailuresSeen;
}

interface FailuresSeen {
  readonly failures: number;
  /** Lived through by all of them together. */
  readonly livedMs: number;
  /**
   * 95 % interval of the mean time, were it that of a Poisson process: livedMs over the exact limits of its count (F. Garwood, Fiducial Limits for the
   * Poisson Distribution, 1936). Without a failure it has no upper end.
   */
  readonly intervalMs: readonly [fromMs: number, toMs: number | null];
}

interface ShareSeen {
  readonly happened: number;
  readonly of: number;
  /** Wilson's 95 % interval. */
  readonly interval: readonly [from: number, to: number];
}

export interface TimesFit {
  readonly untilMs: number;
  readonly times: readonly FittedTimes[];
  readonly shares: readonly FittedShare[];
  readonly mtbfs: readonly FittedMtbf[];
  /** What the figures cannot be relied on for, as sentences. */
  readonly warnings: readonly string[];
}

const OPERATIONS = [
  'create',
  'start',
  'stop',
  'reboot',
  'suspend',
  'resume',
  'destroy',
] as const satisfies readonly VmOperation[];
/** Quantiles are no more than these, and no more than what was measured. */
const STEPS = 20;
/** Of less than these a quantile says little. */
const FEW = 20;

/** @param untilMs up to it what was recorded is fitted to */
export function fitTimes(recorded: RecordedTimes, untilMs: number): TimesFit {
  const { boots, claims, failures, lateness, moves, noShows, operations, repairs, thinking } = recorded;
  const durations: (readonly [setting: string, times: readonly RecordedTime[]])[] = [
    ...OPERATIONS.map((name) => [`hypervisor.${name}`, operations.get(name) ?? []] as const),
    ['hypervisor.migrate', moves],
    ['users.thinkTime', thinking],
    ['users.lateness', lateness],
  ];
  const times = durations.flatMap(([setting, all]) => fittedTimes(setting, all, untilMs) ?? []);
  const standstills = moves.flatMap(({ atMs, downtimeMs }) =>
    downtimeMs === null ? [] : [{ atMs, durationMs: downtimeMs }],
  );
  const detections = detectionsOf(recorded);
  const constants = [
    // It is never longer than the whole migration.
    fittedConstant('hypervisor.migrateDowntime', standstills, untilMs, (sorted) =>
      Math.min(quantile(sorted, 0.5), sortedDurations(moves.filter(isBefore(untilMs)))[0]!),
    ),
    fittedConstant('hypervisor.nodeDetection', detections.times, untilMs, (sorted) =>
      detections.areUpperBounds ? sorted[0]! : sorted.at(-1)!,
    ),
    fittedConstant('faults.nodeMttr', repairs, untilMs, mean),
  ].filter((fit) => fit !== undefined);
  const isBoot = new Set(boots);
  const others = failures.filter((chance) => !isBoot.has(chance));
  const operationFailure = fittedShare('faults.operationFailure', others, untilMs);
  const shares = [
    operationFailure,
    // A start fails as any operation does, or because its guest does not come up.
    fittedShare('faults.bootFailure', boots, untilMs, (failed) =>
      Math.max(0, excess(failed, operationFailure?.value ?? 0)),
    ),
    fittedShare('users.noShow', noShows, untilMs),
    fittedShare('users.claim', claims, untilMs),
  ].filter((fit) => fit !== undefined);
  const ends = (failure: RecordedLife['failure'], lives: readonly RecordedLife[]) =>
    lives.map((life) => ({ ...life, failed: life.failure === failure }));
  const guests = recorded.lives('guests');
  const mtbfs = [
    fittedMtbf('faults.nodeMtbf', ends('node-lost', recorded.lives('nodes')), untilMs),
    fittedMtbf('faults.guestCrashMtbf', ends('guest-crash', guests), untilMs),
    fittedMtbf('faults.guestHangMtbf', ends('guest-hang', guests), untilMs),
  ].filter((fit) => fit !== undefined);
  const all = [...times, ...constants];
  return { untilMs, times: all, shares, mtbfs, warnings: warningsOf(recorded, detections, all, untilMs) };
}

/** What a scenario takes: each setting in its group. */
export function settingsOf({ mtbfs, shares, times }: TimesFit): Record<string, Record<string, unknown>> {
  const settings: Record<string, Record<string, unknown>> = {};
  for (const { setting, value } of [...times, ...shares, ...mtbfs]) {
    const [group, name] = setting.split('.') as [string, string];
    settings[group] ??= {};
    settings[group][name] = value;
  }
  // Whatever the scenario copies by: these times are of whole migrations.
  if (settings['hypervisor']?.['migrate'] !== undefined)
    settings['hypervisor']['migration'] = { model: 'fixed' };
  return settings;
}

function fittedTimes(
  setting: string,
  all: readonly RecordedTime[],
  untilMs: number,
): FittedTimes | undefined {
  const seen = sortedDurations(all.filter(isBefore(untilMs)));
  if (seen.length === 0) return undefined;
  const quantilesMs = quantilesOf(seen);
  const value =
    quantilesMs[0] === quantilesMs.at(-1)
      ? formatDuration(quantilesMs[0]!)
      : { quantiles: quantilesMs.map(formatDuration) };
  return withError({ setting, value, fitted: seenOf(seen) }, quantilesMs, all, untilMs);
}

function fittedConstant(
  setting: string,
  all: readonly RecordedTime[],
  untilMs: number,
  choose: (sorted: readonly number[]) => number,
): FittedTimes | undefined {
  const seen = sortedDurations(all.filter(isBefore(untilMs)));
  if (seen.length === 0) return undefined;
  const ms = Math.round(choose(seen));
  return withError({ setting, value: formatDuration(ms), fitted: seenOf(seen) }, [ms, ms], all, untilMs);
}

/** What is drawn under the fit is spread evenly between each two quantiles. */
function withError(
  fit: Omit<FittedTimes, 'unseen' | 'error'>,
  quantilesMs: readonly number[],
  all: readonly RecordedTime[],
  untilMs: number,
): FittedTimes {
  const rest = all.filter((time) => !isBefore(untilMs)(time));
  if (rest.length === 0) return fit;
  const unseen = seenOf(sortedDurations(rest));
  const predictedMeanMs = mean(quantilesMs.slice(1).map((ms, index) => (ms + quantilesMs[index]!) / 2));
  const { halfWidth } = meanInterval(rest.map(({ durationMs }) => durationMs));
  const off = (measuredMs: number) => (measuredMs > 0 ? predictedMeanMs / measuredMs - 1 : null);
  const error: TimesError = {
    ofMedian: unseen.medianMs > 0 ? quantile(quantilesMs, 0.5) / unseen.medianMs - 1 : null,
    ofMean: off(unseen.meanMs),
    ofMeanFrom: halfWidth === null ? null : off(unseen.meanMs + halfWidth),
    ofMeanTo: halfWidth === null ? null : off(unseen.meanMs - halfWidth),
  };
  return { ...fit, unseen, error };
}

function fittedShare(
  setting: string,
  all: readonly RecordedChance[],
  untilMs: number,
  settingOf: (share: number) => number = (share) => share,
): FittedShare | undefined {
  const fitted = countOf(all.filter(isBefore(untilMs)));
  if (fitted === undefined) return undefined;
  const unseen = countOf(all.filter((chance) => !isBefore(untilMs)(chance)));
  const value = Number(settingOf(fitted.happened / fitted.of).toPrecision(4));
  return { setting, value, fitted, ...(unseen !== undefined && { unseen }) };
}

/** Undefined: nothing failed. */
function fittedMtbf(
  setting: string,
  lives: readonly (RecordedLife & { readonly failed: boolean })[],
  untilMs: number,
): FittedMtbf | undefined {
  const between = (fromMs: number, toMs: number): FailuresSeen => {
    let failures = 0;
    let livedMs = 0;
    for (const life of lives) {
      livedMs += Math.max(0, Math.min(life.toMs, toMs) - Math.max(life.fromMs, fromMs));
      if (life.failed && life.toMs > fromMs && life.toMs <= toMs) failures += 1;
    }
    const limit = (p: number, dof: number) => (2 * livedMs) / jstat.chisquare.inv(p, dof);
    const toLimitMs = failures === 0 ? null : limit(0.025, 2 * failures);
    return { failures, livedMs, intervalMs: [limit(0.975, 2 * failures + 2), toLimitMs] };
  };
  const fitted = between(Number.NEGATIVE_INFINITY, untilMs);
  if (fitted.failures === 0) return undefined;
  const unseen = between(untilMs, Number.POSITIVE_INFINITY);
  const value = formatDuration(Math.round(Number((fitted.livedMs / fitted.failures).toPrecision(4))));
  return { setting, value, fitted, ...(unseen.livedMs > 0 && { unseen }) };
}

/** The share that, beside the other one, makes `both`. */
function excess(both: number, other: number): number {
  return other < 1 ? (both - other) / (1 - other) : 0;
}

function countOf(chances: readonly RecordedChance[]): ShareSeen | undefined {
  let happened = 0;
  let of = 0;
  for (const chance of chances) {
    happened += chance.happened;
    of += chance.of;
  }
  const interval = shareInterval(happened, of);
  return interval === null ? undefined : { happened, of, interval };
}

interface Detections {
  readonly times: readonly RecordedTime[];
  /** The loss came later than the instant from which they are measured; else at it or before. */
  readonly areUpperBounds: boolean;
}

/** From signs of life where there are any: what was not answered may have been asked long after the loss. */
function detectionsOf({ detections }: RecordedTimes): Detections {
  const fromSignsOfLife = detections.filter(({ since }) => since === 'last-sign-of-life');
  const areUpperBounds = fromSignsOfLife.length > 0;
  return { times: areUpperBounds ? fromSignsOfLife : detections, areUpperBounds };
}

function warningsOf(
  { unanswered }: RecordedTimes,
  { areUpperBounds }: Detections,
  times: readonly FittedTimes[],
  untilMs: number,
): string[] {
  const warnings: string[] = [];
  const few = times.filter(({ fitted }) => fitted.count < FEW).map(({ setting }) => setting);
  if (few.length > 0) warnings.push(`Fitted to fewer than ${FEW} times: ${few.join(', ')}.`);
  if (times.some(({ setting }) => setting === 'hypervisor.nodeDetection'))
    warnings.push(
      areUpperBounds
        ? 'hypervisor.nodeDetection is the shortest time from the last sign of life of a node until its loss was known; it was lost after that sign.'
        : 'hypervisor.nodeDetection is the longest time from an operation that a node did not answer until its loss was known; it may have been lost before.',
    );
  if (unanswered > 0)
    warnings.push(`${counted(unanswered, 'offer')} never answered: users.thinkTime is of those that were.`);
  if (times.every(({ unseen }) => unseen === undefined))
    warnings.push(`Nothing was recorded after ${formatInstant(untilMs)}: there is no error to tell.`);
  return warnings;
}

function isBefore(untilMs: number): (seen: { readonly atMs: number }) => boolean {
  return ({ atMs }) => atMs <= untilMs;
}

function sortedDurations(times: readonly RecordedTime[]): number[] {
  return times.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
}

function seenOf(sorted: readonly number[]): TimesSeen {
  return { count: sorted.length, medianMs: quantile(sorted, 0.5), meanMs: mean([...sorted]) };
}

/** In whole milliseconds, from the shortest to the longest. */
function quantilesOf(sorted: readonly number[]): number[] {
  const steps = Math.max(1, Math.min(STEPS, sorted.length - 1));
  return Array.from({ length: steps + 1 }, (_, step) => Math.round(quantile(sorted, step / steps)));
}

/** Evenly between the values to both sides: Hyndman and Fan 1996, definition 7, so that the quantiles of quantiles at even steps are these. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const from = sorted[below]!;
  return from + ((sorted[below + 1] ?? from) - from) * (at - below);
}
