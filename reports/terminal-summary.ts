// The summary of a run as a table for a terminal: plain text, aligned, in colour when the caller says so.
import { parseInstant } from '../written/time-text.ts';
import {
  formatAmount,
  formatCount,
  formatDateTime,
  formatNumber,
  formatPart,
  formatShare,
  formatSpan,
  NOTHING,
} from './format.ts';
import type { Summary } from './summary.ts';

export interface TerminalSummaryOptions {
  /** ANSI escape codes for bold and dim. */
  readonly colour: boolean;
}

/** Title, figures, and what to add; the second is aligned to the right. */
type Line = readonly [title: string, figure: string, more?: string];

const ENDINGS = {
  complete: 'complete: nothing was left to do',
  horizon: 'stopped at its configured end',
  interrupted: 'INTERRUPTED',
  ongoing: 'a live service, up to here',
} as const satisfies Record<Summary['end'], string>;

/** Some thirty lines, each with a newline at its end. */
export function renderTerminalSummary(summary: Summary, { colour }: TerminalSummaryOptions): string {
  const bold = (text: string) => (colour ? `\u001b[1m${text}\u001b[22m` : text);
  const dim = (text: string) => (colour ? `\u001b[2m${text}\u001b[22m` : text);
  const lines = [
    `${bold(summary.scenario)} ·${summary.end === 'ongoing' ? '' : ` seed ${summary.seed} ·`} OpenPEX ${summary.version}`,
    dim(
      `${day(summary.measuredFrom)} – ${day(summary.measuredUntil)} · ${formatCount(summary.nodes, 'node')} · ${ENDINGS[summary.end]}`,
    ),
    '',
    ...table('Negotiation', negotiation(summary), bold, dim),
    '',
    ...utilisationTable(summary, bold),
    '',
    ...table('Delivery', delivery(summary), bold, dim),
    '',
    summary.end === 'ongoing'
      ? formatCount(summary.events, 'event')
      : `${formatNumber(summary.events)} events in ${formatSpan(summary.wallMs)} (${formatNumber(summary.eventsPerSecond)} per second), ${formatNumber(summary.peakRssMib)} MiB at most`,
    dim(`digest ${summary.digest}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function negotiation(s: Summary): Line[] {
  const part = (count: number) => formatPart(count, s.requests);
  const { mean, p50, p95 } = s.startDisplacementMs;
  const countered = s.counteredDisplacementMs;
  const rare: Line[] = [
    ['Withdrawn', formatNumber(s.withdrawn), part(s.withdrawn)],
    ['Lost with a node', formatNumber(s.capacityLost), part(s.capacityLost)],
    ['Still open', formatNumber(s.open), part(s.open)],
  ];
  return [
    ['Requests', formatNumber(s.requests), aboutRequests(s)],
    ['Confirmed', formatNumber(s.accepted), part(s.accepted)],
    ['  of the CPU-hours asked', formatShare(s.acceptanceRatioByCpuHours)],
    ['  as first asked', formatNumber(s.acceptedFirstOffer), part(s.acceptedFirstOffer)],
    [
      '  on other terms',
      formatNumber(s.accepted - s.acceptedFirstOffer),
      `${part(s.accepted - s.acceptedFirstOffer)}; ${formatNumber(s.countered)} ${s.countered === 1 ? 'was' : 'were'} countered`,
    ],
    ['Rejected', formatNumber(s.rejected), part(s.rejected)],
    ['Declined by the user', formatNumber(s.declined), part(s.declined)],
    ['Offer expired', formatNumber(s.expired), part(s.expired)],
    ...rare.filter(([, count]) => count !== '0'),
    [
      'Start displacement',
      formatSpan(mean),
      `on average; median ${formatSpan(p50)}, 95 % ${formatSpan(p95)}`,
    ],
    [
      '  when countered',
      formatSpan(countered.mean),
      countered.mean === null
        ? ''
        : `on average; median ${formatSpan(countered.p50)}, 95 % ${formatSpan(countered.p95)}`,
    ],
  ];
}

function aboutRequests({ meanRounds, warmUpRequests }: Summary): string {
  const rounds = meanRounds !== null && meanRounds > 1 ? [`${formatNumber(meanRounds, 2)} rounds each`] : [];
  const verb = warmUpRequests === 1 ? 'is' : 'are';
  const warmUp =
    warmUpRequests > 0 ? [`${formatNumber(warmUpRequests)} more in the warm-up ${verb} not counted`] : [];
  return [...rounds, ...warmUp].join('; ');
}

function delivery(s: Summary): Line[] {
  const part = (count: number) => formatPart(count, s.accepted);
  return [
    ['Fulfilled', formatNumber(s.fulfilled), part(s.fulfilled)],
    ['No-shows', formatNumber(s.noShows), part(s.noShows)],
    ['Cancelled', formatNumber(s.cancelled), part(s.cancelled)],
    ['Failed', formatNumber(s.failed), part(s.failed)],
    ...(s.unfinished === 0
      ? []
      : [['Not over yet', formatNumber(s.unfinished), part(s.unfinished)] satisfies Line]),
    ['Availability', formatShare(s.availability, 2), formatCount(s.nodeLosses, 'node loss', 'node losses')],
    [
      'Migrations',
      formatNumber(s.migrations),
      s.migrations === 0 ? '' : `${formatSpan(s.migrationDowntimeMs)} of standstill`,
    ],
    ['Revenue', formatAmount(s.revenue), `credits; ${formatAmount(s.penalties)} of penalties`],
    ...(s.energyKwh === null ? [] : [['Energy', formatAmount(s.energyKwh), 'kWh'] satisfies Line]),
  ];
}

function table(
  title: string,
  lines: readonly Line[],
  bold: (text: string) => string,
  dim: (text: string) => string,
): string[] {
  const titles = Math.max(...lines.map(([name]) => name.length));
  const figures = Math.max(...lines.map(([, figure]) => figure.length));
  return [
    bold(title),
    ...lines.map(([name, figure, more = '']) =>
      `  ${name.padEnd(titles)}  ${figure.padStart(figures)}  ${more === '' ? '' : dim(more)}`.trimEnd(),
    ),
  ];
}

function utilisationTable(
  { utilisation, utilisationPeak }: Summary,
  bold: (text: string) => string,
): string[] {
  const head = `${'Utilisation'.padEnd(13)}${['reserved', 'allocated', 'busy', 'peak reserved'].map((use) => use.padStart(15)).join('')}`;
  const row = (name: string, resource: keyof Summary['utilisation']) => {
    const { reserved, allocated, busy } = utilisation[resource];
    const shares = [reserved, allocated, busy, utilisationPeak[resource].reserved];
    return `  ${name.padEnd(11)}${shares.map((share) => formatShare(share).padStart(15)).join('')}`;
  };
  return [bold(head), row('CPU', 'cpu'), row('Memory', 'memory'), row('Disk', 'disk')];
}

function day(instant: string): string {
  const ms = parseInstant(instant);
  return ms === undefined ? NOTHING : formatDateTime(ms);
}
