// report.html: one file that needs nothing but a browser. No network, no fonts, no scripts from elsewhere; the same bytes for the same
// run on every machine.
import type { ReportModel } from '../report-model.ts';
import { deliverySection, nodesSection, utilisationSection } from './cluster-section.ts';
import { pageHead, tiles } from './headline.ts';
import { html, raw } from './markup.ts';
import { acceptanceSection, negotiationSection } from './negotiation-section.ts';
import { definitionsSection, repeatSection } from './repeat-section.ts';
import { STYLE } from './style.ts';

/** The whole page. Pure: the same model gives the same text. */
export function renderReport(model: ReportModel): string {
  const { figures, outcome, run } = model;
  const isService = outcome.end === 'ongoing';
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="OpenPEX ${run.version}">
<title>${run.scenario}${isService ? '' : `, seed ${run.seed}`} – OpenPEX</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<a class="skip" href="#negotiation">Skip to the figures</a>
${pageHead(model)}
<main>
${tiles(model)}
${negotiationSection(figures)}
${acceptanceSection(figures)}
${utilisationSection(figures)}
${nodesSection(figures)}
${deliverySection(figures)}
${definitionsSection()}
${repeatSection(model)}
</main>
<footer>Made by OpenPEX ${run.version} from the ${isService ? 'journal of the service' : 'event stream of the run'}. The figures are in <code>summary.json</code> and the CSV files beside this page.</footer>
</body>
</html>
`;
  return page.text;
}
