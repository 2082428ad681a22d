// compare.html: one file that needs nothing but a browser. For each figure a plot of all intervals and a table of the differences.

import { formatShare } from '../../reports/format.ts';
import { FIGURE_SCRIPT } from '../../reports/html/figure.ts';
import { html, type Markup, raw } from '../../reports/html/markup.ts';
import { STYLE } from '../../reports/html/style.ts';
import { summaryFields } from '../../reports/summary.ts';
import type { Combination } from '../definition/factors.ts';
import type { RunOfSweep } from '../results/results-table.ts';
import type { Direction } from '../results/usual-direction.ts';
import { CONFIDENCE } from '../statistics/intervals.ts';
import type { SweepDirectory, SweepPlan } from '../sweep/sweep-directory.ts';
import type { Comparison, Difference } from './comparison.ts';
import {
  type ChartContext,
  differenceFigure,
  intervalFigure,
  lineFigure,
  scatterFigure,
  welchFigure,
} from './comparison-charts.ts';
import { changedLevels, intervalText, isSure, number } from './comparison-tables.ts';
import { choiceName, conclusionsOf } from './conclusions.ts';
import { factorEffects } from './factor-effects.ts';
import { ranking } from './ranking.ts';

/** What of a sweep the page tells. */
export type ComparisonSubject = Pick<
  SweepPlan,
  'name' | 'description' | 'version' | 'factors' | 'seeds' | 'cells'
>;

/** What the page is about. */
export interface ComparisonPageOptions {
  readonly plan: ComparisonSubject;
  readonly runs: readonly RunOfSweep[];
  /** How full the cluster was; may be empty. */
  readonly courses: ReturnType<SweepDirectory['courses']>;
  /** Of all runs; null: they differ, or it is not known. */
  readonly warmUpMs: number | null;
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
  const conclusion = conclusionSection(comparison, options);
  const scatter = scatterSection(comparison, options);
  const warmUp = warmUpSection(options);
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
<nav aria-label="Figures">${conclusion === null ? null : html`<a href="#conclusion">In short</a>`}${figures.map((figure) => html`<a href="#${idOf(figure)}">${figure}</a>`)}${scatter === null ? null : html`<a href="#two-figures">Two figures at once</a>`}${warmUp === null ? null : html`<a href="#warm-up">Warm-up</a>`}</nav>
</header>
<main>
${conclusion}
${figures.map((figure) => section(figure, comparison, options))}
${scatter}
${warmUp}
<section id="repeat"><h2>Repeat it</h2><p><code>${reproduceCommand}</code></p></section>
</main>
<footer>Made by OpenPEX ${version}. All numbers are in <code>compare.csv</code> beside this page, every run in <code>results.csv</code>.</footer>
<script>${raw(FIGURE_SCRIPT)}</script>
</body>
</html>
`;
  return page.text;
}

function conclusionSection(
  comparison: Comparison,
  { baseline, figures, plan: { factors } }: ComparisonPageOptions,
): Markup | null {
  const [first, ...others] = conclusionsOf(comparison);
  if (first === undefined) return null;
  const hasSettings = factors.some(({ levels, name }) => levels.length > 1 && baseline[name] === undefined);
  const drawn = figures.map((figure) => differenceFigure(figure, comparison));
  return html`<section id="conclusion"><h2>In short</h2>
<p>${first}</p>
${others.length === 0 ? null : html`<ul>${others.map((sentence) => html`<li>${sentence}</li>`)}</ul>`}
<p class="note">Differences from ${choiceName(baseline)}, seed by seed${hasSettings ? ', of the mean over all settings of the other factors' : ''}, with their ${Math.round(CONFIDENCE * 100)} % intervals. Coloured: those that are sure, green better and red worse where a figure has a better side. Further to the right is more.</p>
<div class="pair">${drawn}</div>
</section>
`;
}

function section(named: string, comparison: Comparison, options: ComparisonPageOptions): Markup {
  const { plan, runs } = options;
  const context = contextOf(options);
  const differences = comparison.differences.filter((difference) => difference.figure === named);
  const tables = [
    rankingTable(named, comparison.better[named]!, runs, plan),
    effectsTable(named, comparison, plan),
  ];
  return html`<section id="${idOf(named)}"><h2>${named}</h2>
<p class="note">${definitionOf(named)}</p>
${lineFigure(named, comparison, context)}
${intervalFigure(named, comparison, context)}
<div class="pair spaced">${tables.filter((table) => table !== null).map((table) => html`<div>${table}</div>`)}</div>
${differences.length === 0 ? null : differenceTable(differences, plan)}
</section>
`;
}

function contextOf({ baseline, plan: { factors, name } }: ComparisonPageOptions): ChartContext {
  return { name, factors, baseline };
}

function rankingTable(
  named: string,
  better: Direction,
  runs: readonly RunOfSweep[],
  { factors }: ComparisonSubject,
): Markup | null {
  const [first, ...others] = factors;
  if (better === 'same' || first === undefined || first.levels.length < 2) return null;
  const ranks = ranking(runs, { factor: first.name, figure: named, better });
  if (ranks.length < 2) return null;
  const of = others.length === 0 ? 'seeds' : 'seeds and settings of the other factors';
  return html`<table><caption>Ranking: ${better} is better</caption><thead><tr><th scope="col">${first.name}</th><th scope="col" class="n">Mean rank</th><th scope="col" class="n">Best, or as good</th></tr></thead><tbody>
${ranks.map(
  ({ best, level, meanRank }) =>
    html`<tr><th scope="row">${level}</th><td class="n">${meanRank.toFixed(2)}</td><td class="n">${formatShare(best)}</td></tr>
`,
)}</tbody></table><p class="note">Over all ${of}; 1 is the best.</p>`;
}

function effectsTable(named: string, { groups }: Comparison, { factors }: ComparisonSubject): Markup | null {
  const effects = factorEffects(named, groups, factors);
  if (effects.length < 2) return null;
  return html`<table><caption>What each factor moves</caption><thead><tr><th scope="col">Factor</th><th scope="col">Level</th><th scope="col" class="n">From the mean</th><th scope="col" class="n">Explains</th></tr></thead><tbody>
${effects.flatMap(({ factor, levels, share }) =>
  levels.map(
    ({ effect, label }, index) =>
      html`<tr><th scope="row">${index === 0 ? factor : ''}</th><td>${label}</td><td class="n">${effect > 0 ? '+' : ''}${number(effect).replace('-', '−')}</td><td class="n">${index === 0 ? formatShare(share) : ''}</td></tr>
`,
  ),
)}</tbody></table><p class="note">Main effects: the mean over all combinations with that level, less the mean over all; and the share of the variation between combinations that the factor explains by itself.</p>`;
}

function scatterSection(comparison: Comparison, options: ComparisonPageOptions): Markup | null {
  const [x, y] = options.figures;
  if (x === undefined || y === undefined) return null;
  const drawn = scatterFigure([x, y], comparison, contextOf(options));
  return drawn === null
    ? null
    : html`<section id="two-figures"><h2>Two figures at once</h2>
<p class="note">The first two figures: <code>--metric X --metric Y</code> chooses others.</p>
${drawn}</section>
`;
}

function warmUpSection(options: ComparisonPageOptions): Markup | null {
  const { courses, warmUpMs } = options;
  const drawn = welchFigure(courses, { context: contextOf(options), warmUpMs });
  return drawn === null
    ? null
    : html`<section id="warm-up"><h2>Warm-up</h2>
<p class="note">How full the cluster was since the beginning of the runs, CPU reserved. What comes before a curve is level tells of the empty cluster, not of the policies.</p>
${drawn}</section>
`;
}

function differenceTable(differences: readonly Difference[], { factors }: ComparisonSubject): Markup {
  return html`<div class="scroll"><table><caption>Differences from the baseline</caption><thead><tr>${factors.map(
    ({ name }) => html`<th scope="col">${name}</th>`,
  )}<th scope="col" class="n">Difference</th><th scope="col" class="n">p (Holm)</th><th scope="col" class="n">Effect size d</th><th scope="col">Reading</th></tr></thead><tbody>
${differences.map(
  (difference) =>
    html`<tr>${factors.map(({ name }) => html`<td>${difference.combination[name] ?? ''}</td>`)}<td class="n">${intervalText(difference)}</td><td class="n">${difference.adjustedP === null ? '–' : probability(difference.adjustedP)}</td><td class="n">${difference.effect === null ? '–' : difference.effect.toFixed(2)}</td><td>${readingOf(difference)}</td></tr>
`,
)}</tbody></table></div><p class="note">${pairingText(differences)}</p>`;
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

/** What common random numbers bring, in the median of the differences; empty where it is nothing to speak of. */
function pairingText(differences: readonly Difference[]): string {
  const gains = differences
    .flatMap(({ halfWidth, unpairedHalfWidth }) =>
      halfWidth === null || halfWidth === 0 || unpairedHalfWidth === null
        ? []
        : [unpairedHalfWidth / halfWidth],
    )
    .sort((a, b) => a - b);
  const gain = gains[Math.floor(gains.length / 2)];
  if (gain === undefined || gain < 1.05) return '';
  if (gain >= 100)
    return 'Runs in pairs, under the same seeds, differ by nearly the same each time: in the median these intervals are less than a hundredth of what independent runs would have.';
  return `Runs in pairs, under the same seeds, make these intervals ${gain.toFixed(1)} times as narrow as independent runs would, in the median: that is worth ${(gain ** 2).toFixed(1)} times as many runs.`;
}

function probability(p: number): string {
  return p < 0.0001 ? '< 0.0001' : p.toFixed(4);
}

function definitionOf(figure: string): string {
  const [key] = figure.split('.');
  const field = summaryFields().find(([name]) => name === key)?.[1];
  if (field === undefined) return '';
  const { means, over, unit } = field;
  return `${over}: ${unit === undefined ? means : `${means} (${unit})`}`.replaceAll('`', '');
}

function idOf(named: string): string {
  return named.replaceAll(/[^\w-]+/g, '-');
}
