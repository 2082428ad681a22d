// What the cluster did: utilisation over time.
import { formatShare } from '../format.ts';
import { namedUsage, RESOURCE_TITLES, usageOf, utilisationFigure } from '../html/charts.ts';
import { html, type Markup } from '../html/markup.ts';
import type { SummaryOf } from '../metrics/metric.ts';
import { namedResources } from '../metrics/named-resources.ts';
import { REPORT_RESOURCES, type ReportResource, type Use } from '../metrics/use-channels.ts';
import { utilisation } from '../metrics/utilisation.ts';
import type { TerminalStyle } from '../terminal/style.ts';
import { section } from './section.ts';

const USES = [
  { use: 'reserved', title: 'reserved', colour: '--reserved' },
  { use: 'allocated', title: 'allocated to running machines', colour: '--allocated' },
  { use: 'busy', title: 'busy (CPU only)', colour: '--busy' },
] as const;

export const utilisationSection = section({
  id: 'utilisation',
  title: 'Utilisation',
  heading: 'Utilisation over time',
  reads: [utilisation, namedResources],
  html: ({ figures }) => {
    const { measuredFromMs, namedResources: named, startMs, utilisation: used } = figures;
    const warmUp = measuredFromMs > startMs ? ' The shaded part is the warm-up.' : '';
    const online = REPORT_RESOURCES.filter((resource) => used.mean[resource].reserved !== null);
    const { mean, p95, peak } = used;
    const rows = [
      ...online.flatMap((resource) =>
        usesRows(
          RESOURCE_TITLES[resource],
          [mean, p95, peak].map((by) => by[resource]),
        ),
      ),
      ...named.flatMap((each) => usesRows(each.name, [each.mean, each.p95, each.peak])),
    ];
    return html`<p>Shares of the capacity that was online; the band is what was reserved at least and at most within a step.${warmUp} Times are UTC. <span class="hint">Point at a curve for its values; drag across it to look closer, double-click to see all again.</span></p>
<ul class="legend">${USES.map(
      ({ title, colour }) =>
        html`<li><span class="swatch line" style="--swatch:var(${colour})"></span>${title}</li>`,
    )}</ul>
${utilisationFigure(figures, usageOf(used, 'cpu'))}
<div class="pair">
${[
  ...(['memory', 'disk'] as const)
    .filter((resource) => used.mean[resource].reserved !== null)
    .map((resource) => usageOf(used, resource)),
  ...named.map(namedUsage),
].map(
  (usage) => html`${utilisationFigure(figures, usage)}
`,
)}</div>
<div class="scroll" style="margin-top:22px;max-width:620px"><table><caption>Over the measured time, not averaged over the steps of the charts</caption><thead><tr><th scope="col">Resource</th><th scope="col">Use</th><th scope="col" class="n">Mean</th><th scope="col" class="n">95 % of the time at most</th><th scope="col" class="n">Peak at any instant</th></tr></thead><tbody>
${rows}</tbody></table></div>
`;
  },
  tiles: ({ figures }) => {
    const { cpu } = figures.utilisation.mean;
    return [
      {
        title: 'CPU reserved',
        figure: formatShare(cpu.reserved),
        lines: [`${formatShare(cpu.allocated)} allocated, ${formatShare(cpu.busy)} busy`],
      },
    ];
  },
  terms: [
    [
      'Reserved',
      'capacity in the open windows of confirmed reservations, as a share of what was online: both integrated over the measured time, whoever’s request it was.',
    ],
    [
      'Allocated',
      'the same of capacity taken by virtual machines that are running, paused or under migration, within the measured time.',
    ],
    [
      'Busy',
      'the same of CPU kept busy by guests, within the measured time. For memory and disk nothing of the kind is observed.',
    ],
  ],
  terminal: terminalTable,
  compared: ({ utilisation: { cpu } }) => [
    ['CPU reserved', formatShare(cpu.reserved)],
    ['CPU allocated', formatShare(cpu.allocated)],
  ],
});

/** A row for each use that is observed of the resource. */
function usesRows(
  title: string,
  columns: ReadonlyArray<Readonly<Partial<Record<Use, number | null>>>>,
): Markup[] {
  const cell = (value: number | null | undefined) => html`<td class="n">${formatShare(value ?? null)}</td>`;
  return USES.filter(({ use }) => use !== 'busy' || typeof columns[0]?.busy === 'number').map(
    ({ use }, i) =>
      html`<tr><th scope="row">${i === 0 ? title : ''}</th><th scope="row">${use}</th>${columns.map((by) => cell(by[use]))}</tr>
`,
  );
}

function terminalTable(
  summary: SummaryOf<[typeof utilisation, typeof namedResources]>,
  { bold }: TerminalStyle,
): string[] {
  const head = `${'Utilisation'.padEnd(13)}${['reserved', 'allocated', 'busy', 'peak reserved'].map((use) => use.padStart(15)).join('')}`;
  const row = (name: string, resource: ReportResource) => {
    const { reserved, allocated, busy } = summary.utilisation[resource];
    const shares = [reserved, allocated, busy, summary.utilisationPeak[resource].reserved];
    return `  ${name.padEnd(11)}${shares.map((share) => formatShare(share).padStart(15)).join('')}`;
  };
  const named = Object.entries(summary.resources).map(([name, { utilisation: mean, utilisationPeak }]) => {
    const shares = [mean.reserved, mean.allocated, null, utilisationPeak.reserved];
    return `  ${name.padEnd(11)}${shares.map((share) => formatShare(share).padStart(15)).join('')}`;
  });
  return [bold(head), row('CPU', 'cpu'), row('Memory', 'memory'), row('Disk', 'disk'), ...named];
}
