// compare.html: one file that needs nothing but a browser. For each figure a plot of all intervals and a table of the differences.
import * as Plot from '@observablehq/plot';
import { chart } from '../../reports/html/chart.ts';
import { html, type Markup, raw } from '../../reports/html/markup.ts';
import { STYLE } from '../../reports/html/style.ts';
import { summaryFields } from '../../reports/summary.ts';
import type { Combination } from '../definition/factors.ts';
import { CONFIDENCE } from '../statistics/intervals.ts';
import type { SweepPlan } from '../sweep/sweep-directory.ts';
import type { Comparison, Difference } from './comparison.ts';
import { changedLevels, intervalText, isSure, number } from './comparison-tables.ts';

const WIDTH = 1072;
const ROW_HEIGHT = 22;

/** What the page is about. */
export interface ComparisonPageOptions {
  readonly plan: SweepPlan;
  /** In the order in which the page shows them. */
  readonly figures: readonly string[];
  readonly baseline: Combination;
  /** The command line that repeats it. */
  readonly reproduceCommand: string;
}

/** Pure: the same comparison gives the same text. */
export function renderComparisonPage(comparison: Comparison, options: ComparisonPageOptions): string {
  const { plan, figures, baseline, reproduceCommand } = options;
  const { cells, description, factors, name, seeds, version } = plan;
  const isCompared = Object.keys(baseline).length > 0;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="OpenPEX ${version}">
<title>${name} – OpenPEX</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<header>
<p class="kicker">OpenPEX comparison</p>
<h1>${name}</h1>
${description === '' ? null : html`<p class="muted">${description}</p>`}
<dl class="facts">
${factors.map(({ name: factor, levels }) => html`<div><dt>${factor}</dt><dd>${levels.join(', ')}</dd></div>`)}
<div><dt>Seeds</dt><dd>${seeds.length}</dd></div>
<div><dt>Runs</dt><dd>${cells.length}</dd></div>
<div><dt>Version</dt><dd>${version}</dd></div>
</dl>
<p class="note" style="margin-top:14px">Intervals are means over the seeds ± the half-width of the ${Math.round(CONFIDENCE * 100)} % interval (Student’s t). ${
    isCompared
      ? html`Differences are taken seed by seed against <b>${changedLevels({}, baseline)}</b>, everything else being equal: all combinations were asked the same requests. A difference counts as sure when its paired t test, corrected for all tests of the figure (Holm), stays below 5 %.`
      : null
  }</p>
<nav aria-label="Figures">${figures.map((figure) => html`<a href="#${idOf(figure)}">${figure}</a>`)}</nav>
</header>
<main>
${figures.map((figure) => section(figure, comparison, options))}
<section id="repeat"><h2>Repeat it</h2><p><code>${reproduceCommand}</code></p></section>
</main>
<footer>Made by OpenPEX ${version}. All numbers are in <code>compare.csv</code> beside this page, every run in <code>results.csv</code>.</footer>
</body>
</html>
`;
  return page.text;
}

function section(figure: string, comparison: Comparison, options: ComparisonPageOptions): Markup {
  const differences = comparison.differences.filter((difference) => difference.figure === figure);
  return html`<section id="${idOf(figure)}"><h2>${figure}</h2>
<p class="note">${definitionOf(figure)}</p>
<figure>${intervalChart(figure, comparison, options)}</figure>
${differences.length === 0 ? null : differenceTable(differences, options.plan)}
</section>
`;
}

interface Bar {
  readonly level: string;
  /** Levels of the other factors. */
  readonly rest: string;
  readonly mean: number;
  readonly from: number;
  readonly to: number;
  readonly isBaseline: boolean;
}

function intervalChart(
  figure: string,
  { groups }: Comparison,
  { baseline, plan }: ComparisonPageOptions,
): Markup {
  const [first, ...others] = plan.factors.map(({ name }) => name);
  const bars = groups.flatMap(({ combination, figures }): Bar[] => {
    const interval = figures.get(figure);
    if (interval === undefined) return [];
    const { halfWidth, mean } = interval;
    return [
      {
        level: first === undefined ? plan.name : combination[first]!,
        rest: others.map((factor) => `${factor} = ${combination[factor]}`).join(', '),
        mean,
        from: mean - (halfWidth ?? 0),
        to: mean + (halfWidth ?? 0),
        isBaseline:
          Object.keys(baseline).length > 0 &&
          Object.entries(baseline).every(([factor, level]) => combination[factor] === level),
      },
    ];
  });
  if (bars.length === 0) return html`<p>No run has this figure.</p>`;
  const levels = [...new Set(bars.map(({ level }) => level))];
  const rests = [...new Set(bars.map(({ rest }) => rest))];
  const labelWidth = Math.min(240, 24 + 7 * Math.max(...levels.map(({ length }) => length)));
  const colour = ({ isBaseline }: Bar) => (isBaseline ? 'var(--on-other-terms)' : 'var(--allocated)');
  return chart({
    alt: bars
      .map(({ level, mean, rest }) => `${level}${rest === '' ? '' : `, ${rest}`}: ${number(mean)}`)
      .join('; '),
    wideWidth: WIDTH,
    draw: ({ isNarrow }) => ({
      height: 60 + rests.length * (levels.length * ROW_HEIGHT + (rests.length > 1 ? 26 : 0)),
      marginLeft: labelWidth,
      marginRight: 24,
      marginTop: rests.length > 1 ? 22 : 8,
      marginBottom: 32,
      x: { nice: true, ...(isNarrow && { ticks: 4 }) },
      y: { domain: levels, label: null },
      fy: { domain: rests, axis: null, padding: rests.length > 1 ? 0.16 : 0 },
      marks: [
        Plot.gridX({ stroke: 'var(--line)', strokeOpacity: 1 }),
        Plot.axisX({ label: null, tickSize: 0, fill: 'var(--muted)', ...(isNarrow && { ticks: 4 }) }),
        Plot.axisY({ label: null, tickSize: 0 }),
        Plot.ruleY(bars, { x1: 'from', x2: 'to', y: 'level', fy: 'rest', stroke: colour, strokeWidth: 2 }),
        Plot.dot(bars, {
          x: 'mean',
          y: 'level',
          fy: 'rest',
          r: 4,
          fill: colour,
          title: ({ from, level, mean, to }: Bar) =>
            `${level}: ${number(mean)} (${number(from)} to ${number(to)})`,
        }),
        ...(rests.length > 1
          ? [
              Plot.text(
                rests.map((rest) => ({ rest })),
                {
                  fy: 'rest',
                  text: 'rest',
                  frameAnchor: 'top-left',
                  dy: -16,
                  fill: 'var(--muted)',
                  textAnchor: 'start',
                },
              ),
            ]
          : []),
      ],
    }),
  });
}

function differenceTable(differences: readonly Difference[], { factors }: SweepPlan): Markup {
  return html`<div class="scroll"><table><caption>Differences from the baseline</caption><thead><tr>${factors.map(
    ({ name }) => html`<th scope="col">${name}</th>`,
  )}<th scope="col" class="n">Difference</th><th scope="col" class="n">p (Holm)</th><th scope="col" class="n">Effect size d</th><th scope="col">Reading</th></tr></thead><tbody>
${differences.map(
  (difference) =>
    html`<tr>${factors.map(({ name }) => html`<td>${difference.combination[name] ?? ''}</td>`)}<td class="n">${intervalText(difference)}</td><td class="n">${difference.adjustedP === null ? '–' : probability(difference.adjustedP)}</td><td class="n">${difference.effect === null ? '–' : difference.effect.toFixed(2)}</td><td>${readingOf(difference)}</td></tr>
`,
)}</tbody></table></div>`;
}

function readingOf(difference: Difference): string {
  const { mean, n, seedsNeeded } = difference;
  if (isSure(difference)) return mean > 0 ? 'higher' : 'lower';
  if (mean === 0) return 'the same';
  if (n < 2) return 'one seed tells nothing';
  if (seedsNeeded === null) return 'cannot be told apart';
  if (seedsNeeded <= n) return 'cannot be told apart from chance, given how many are compared';
  return `cannot be told apart; about ${seedsNeeded} seeds would, if it is real`;
}

function probability(p: number): string {
  return p < 0.0001 ? '< 0.0001' : p.toFixed(4);
}

function definitionOf(figure: string): string {
  const [key] = figure.split('.');
  const field = summaryFields().find(([name]) => name === key)?.[1];
  if (field === undefined) return '';
  const { means, over, unit } = field;
  return `${over}: ${unit === undefined ? means : `${means} (${unit})`}`;
}

function idOf(figure: string): string {
  return figure.replaceAll(/[^\w-]+/g, '-');
}
