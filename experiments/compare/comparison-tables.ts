// A comparison as tables: CSV for scripts, Markdown and LaTeX for papers, a terminal for a first look.
import { csvLine } from '../../reports/files/csv-writer.ts';
import type { Combination } from '../definition/factors.ts';
import type { MeanInterval } from '../statistics/intervals.ts';
import type { Comparison, Difference } from './comparison.ts';

const DIGITS = 4;

/** One row for each figure of each combination, and what it differs by; all numbers unrounded. */
export function comparisonCsv({ groups, differences }: Comparison, factors: readonly string[]): string {
  const lines = [
    csvLine([
      'figure',
      ...factors,
      'n',
      'mean',
      'half_width',
      'deviation',
      'against',
      'difference',
      'difference_half_width',
      'p',
      'p_holm',
      'effect',
      'seeds_needed',
      'unpaired_half_width',
    ]),
  ];
  const byPlace = new Map(differences.map((each) => [placeOf(each.figure, each.combination), each]));
  const figures = new Set(groups.flatMap((group) => [...group.figures.keys()]));
  for (const figure of figures) {
    for (const { combination, figures: own } of groups) {
      const interval = own.get(figure);
      if (interval === undefined) continue;
      const difference = byPlace.get(placeOf(figure, combination));
      lines.push(
        csvLine([
          figure,
          ...factors.map((factor) => combination[factor] ?? null),
          interval.n,
          interval.mean,
          interval.halfWidth,
          interval.deviation,
          difference === undefined ? null : changedLevels(difference.combination, difference.against),
          difference?.mean ?? null,
          difference?.halfWidth ?? null,
          difference?.p ?? null,
          difference?.adjustedP ?? null,
          difference?.effect ?? null,
          difference?.seedsNeeded ?? null,
          difference?.unpairedHalfWidth ?? null,
        ]),
      );
    }
  }
  return lines.join('');
}

/** The columns of {@link tableOf}. */
export interface Table {
  readonly header: readonly string[];
  readonly rows: ReadonlyArray<readonly string[]>;
}

/** Combinations down, figures across: mean and half-width, and a star where it differs from its counterpart at the level of 5 %. */
export function tableOf(
  { groups, differences }: Comparison,
  { factors, figures }: { readonly factors: readonly string[]; readonly figures: readonly string[] },
): Table {
  const sure = new Set(
    differences.filter(isSure).map(({ figure, combination }) => placeOf(figure, combination)),
  );
  return {
    header: [...factors, 'n', ...figures],
    rows: groups.map(({ combination, figures: own }) => [
      ...factors.map((factor) => combination[factor] ?? ''),
      String([...own.values()][0]?.n ?? ''),
      ...figures.map((figure) => {
        const interval = own.get(figure);
        return interval === undefined
          ? 'n/a'
          : intervalText(interval) + (sure.has(placeOf(figure, combination)) ? ' *' : '');
      }),
    ]),
  };
}

/** The difference is there, all tests of the figure together erring at most once in twenty. */
export function isSure({ adjustedP, deviation, mean }: Difference): boolean {
  // All differences alike: there is nothing random about it.
  if (deviation === 0) return mean !== 0;
  return adjustedP !== null && adjustedP < 0.05;
}

export function markdownTable({ header, rows }: Table): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return line(header) + line(header.map(() => '---')) + rows.map(line).join('');
}

export function latexTable({ header, rows }: Table): string {
  const line = (cells: readonly string[]) => `${cells.map(latexText).join(' & ')} \\\\\n`;
  return `\\begin{tabular}{${'l'.repeat(header.length)}}\n\\hline\n${line(header)}\\hline\n${rows.map(line).join('')}\\hline\n\\end{tabular}\n`;
}

export function plainTable({ header, rows }: Table): string {
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  return [header, ...rows]
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i]!))
          .join('   ')
          .trimEnd()}\n`,
    )
    .join('');
}

export function intervalText({ mean, halfWidth }: MeanInterval): string {
  return halfWidth === null ? number(mean) : `${number(mean)} ± ${number(halfWidth)}`;
}

/** Four significant digits; money and counts keep their whole part. */
export function number(value: number): string {
  if (Number.isInteger(value)) return String(value);
  const digits = Math.abs(value) >= 10 ** DIGITS ? Math.round(value) : Number(value.toPrecision(DIGITS));
  return String(digits);
}

/** `allocation=first-fit`: the levels in which the other combination differs. */
export function changedLevels(combination: Combination, against: Combination): string {
  return Object.entries(against)
    .filter(([factor, level]) => combination[factor] !== level)
    .map(([factor, level]) => `${factor}=${level}`)
    .join(', ');
}

function latexText(text: string): string {
  return text
    .replace(/[\\{}&%$#_^~]/g, (mark) =>
      mark === '\\' ? '\\textbackslash{}' : mark === '^' || mark === '~' ? `\\${mark}{}` : `\\${mark}`,
    )
    .replaceAll('±', '$\\pm$');
}

function placeOf(figure: string, combination: Combination): string {
  return JSON.stringify([figure, combination]);
}
