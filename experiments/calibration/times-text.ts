// What a calibration says to people: settings that a scenario takes as they are, and how far off they are as comments above.
import { formatInstant } from '../../engine/index.ts';
import { yamlText } from '../../written/yaml-text.ts';
import {
  type FittedMtbf,
  type FittedShare,
  type FittedTimes,
  settingsOf,
  type TimesFit,
} from './fit-times.ts';

const HEAD = [
  'setting',
  'fitted',
  'median',
  'mean',
  'not seen',
  'median',
  'mean',
  'error of median',
  'error of mean',
];

/** @param source whose times they are, as it was named */
export function timesText(fit: TimesFit, source: string): string {
  const lines = [
    `Machines and users of ${source}, fitted up to ${formatInstant(fit.untilMs)} and held against what came after.`,
    'error: (predicted - measured) / measured, of the mean with its 95 % interval',
    ...tableOf([HEAD, ...fit.times.map(cellsOf)]),
    ...fit.shares.map(wordsOf),
    ...fit.mtbfs.map(mtbfWords),
    ...fit.warnings,
  ];
  return `${lines.map((line) => `# ${line}\n`).join('')}${yamlText(settingsOf(fit))}`;
}

function cellsOf({ error, fitted, setting, unseen }: FittedTimes): string[] {
  const { ofMean, ofMeanFrom, ofMeanTo, ofMedian } = error ?? {};
  const interval =
    ofMeanFrom == null || ofMeanTo == null ? '' : ` [${percent(ofMeanFrom)}, ${percent(ofMeanTo)}]`;
  return [
    setting,
    String(fitted.count),
    seconds(fitted.medianMs),
    seconds(fitted.meanMs),
    String(unseen?.count ?? 0),
    unseen === undefined ? '' : seconds(unseen.medianMs),
    unseen === undefined ? '' : seconds(unseen.meanMs),
    ofMedian == null ? '' : percent(ofMedian),
    ofMean == null ? '' : `${percent(ofMean)}${interval}`,
  ];
}

function wordsOf({ fitted, setting, unseen }: FittedShare): string {
  const part = ({ happened, interval: [from, to], of }: NonNullable<FittedShare['unseen']>) =>
    `${happened} of ${of} (${share(from)} to ${share(to)})`;
  return `${setting}: ${part(fitted)}; not seen: ${unseen === undefined ? 'none' : part(unseen)}`;
}

function mtbfWords({ fitted, setting, unseen }: FittedMtbf): string {
  const part = ({ failures, intervalMs: [fromMs, toMs], livedMs }: FittedMtbf['fitted']) =>
    `${failures} in ${hours(livedMs)} (one in ${hours(fromMs)} to ${toMs === null ? 'never' : hours(toMs)})`;
  return `${setting}: ${part(fitted)}; not seen: ${unseen === undefined ? 'none' : part(unseen)}`;
}

function tableOf(rows: readonly (readonly string[])[]): string[] {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function percent(value: number): string {
  return `${value < 0 ? '' : '+'}${(value * 100).toFixed(1)} %`;
}

function share(value: number): string {
  return `${(value * 100).toFixed(1)} %`;
}

function hours(ms: number): string {
  return `${Number((ms / 3_600_000).toPrecision(3))} h`;
}
