// report.html: the walk over the catalogue of sections. One file that needs nothing but a browser. No network, no fonts, no scripts from
// elsewhere; the same bytes for the same run on every machine.
import { invariant } from '../../engine/index.ts';
import { FIGURE_SCRIPT } from '../html/figure.ts';
import { html, type Markup, raw } from '../html/markup.ts';
import { SERIES_SCRIPT } from '../html/series-script.ts';
import { STYLE } from '../html/style.ts';
import { tileList } from '../html/tiles.ts';
import { isService, type ReportModel } from '../report-model.ts';
import { SECTIONS } from '../sections/catalogue.ts';
import type { Section } from '../sections/section.ts';
import { pageHead } from './page-head.ts';

/**
 * The whole page. Pure: the same model gives the same text.
 * @param sections of the page, in their order
 */
export function renderReport(model: ReportModel, sections: readonly Section[] = SECTIONS): string {
  checkReads(model, sections);
  const shown = sections.filter(({ appears }) => appears?.(model) ?? true);
  const { run } = model;
  const ofService = isService(model);
  const titleOf = ({ title, titleOfService = title }: Section) => (ofService ? titleOfService : title);
  const places = shown.map((section) => ({ id: section.id, title: titleOf(section) }));
  const drawn = shown.map(
    (section): Markup => html`<section id="${section.id}"><h2>${section.heading ?? titleOf(section)}</h2>
${section.html(model, shown)}</section>
`,
  );
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="OpenPEX ${run.version}">
<title>${run.scenario}${ofService ? '' : `, seed ${run.seed}`} – OpenPEX</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<a class="skip" href="#${places[0]?.id ?? ''}">Skip to the figures</a>
${pageHead(model, places)}
<main>
${tileList(shown.flatMap((section) => section.tiles?.(model) ?? []))}
${drawn}</main>
<footer>Made by OpenPEX ${run.version} from the ${ofService ? 'journal of the service' : 'event stream of the run'}. The figures are in <code>summary.json</code> and the CSV files beside this page.</footer>
<script>${raw(FIGURE_SCRIPT)}${raw(SERIES_SCRIPT)}</script>
</body>
</html>
`;
  return page.text;
}

function checkReads({ figures }: ReportModel, sections: readonly Section[]): void {
  for (const { id, reads } of sections) {
    for (const { name } of reads) {
      invariant(name in figures, 'a section reads metrics that were measured', { section: id, metric: name });
    }
  }
}
