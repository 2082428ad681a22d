// The summary of a run as tables for a terminal, plain text, aligned: the walk over the catalogue of sections.
import { parseInstant } from '../../written/instant.ts';
import { formatCount, formatDateTime, formatNumber, formatPart, formatSpan, NOTHING } from '../format.ts';
import { SECTIONS } from '../sections/catalogue.ts';
import type { Section } from '../sections/section.ts';
import { marketOf, type Summary } from '../summary.ts';
import { renderComparison } from './comparison-table.ts';
import { COLOURED, PLAIN, type TerminalStyle } from './style.ts';

export interface TerminalSummaryOptions {
  /** ANSI escape codes for bold and dim. */
  readonly colour: boolean;
  /** Absent: those of the catalogue. */
  readonly sections?: readonly Section[];
}

const ENDINGS = {
  complete: 'complete: nothing was left to do',
  stalled: 'stopped with something waiting for nodes that nothing brings back',
  horizon: 'stopped at its configured end',
  interrupted: 'INTERRUPTED',
  ongoing: 'a live service, up to here',
} as const satisfies Record<Summary['end'], string>;

/** Some thirty lines, each with a newline at its end. */
export function renderTerminalSummary(
  summary: Summary,
  { colour, sections = SECTIONS }: TerminalSummaryOptions,
): string {
  const style = colour ? COLOURED : PLAIN;
  const lines = [
    `${style.bold(summary.scenario)} ·${summary.end === 'ongoing' ? '' : ` seed ${summary.seed} ·`} OpenPEX ${summary.version}`,
    style.dim(
      `${day(summary.measuredFrom)} – ${day(summary.measuredUntil)} · ${formatCount(summary.nodes, 'node')} · ${ENDINGS[summary.end]}`,
    ),
    '',
    ...sections.flatMap(({ terminal }) => {
      const lines = terminal?.(summary, style) ?? [];
      return lines.length === 0 ? [] : [...lines, ''];
    }),
    ...providerLines(summary, sections, style),
    summary.end === 'ongoing'
      ? formatCount(summary.events, 'event')
      : `${formatNumber(summary.events)} events in ${formatSpan(summary.wallMs)} (${formatNumber(summary.eventsPerSecond)} per second), ${formatNumber(summary.peakRssMib)} MiB at most`,
    style.dim(`digest ${summary.digest}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function providerLines(
  summary: Summary,
  sections: readonly Section[],
  { bold, dim }: TerminalStyle,
): string[] {
  const market = marketOf(summary);
  if (market === undefined) return [];
  const { passedOn, providers, userRequests } = market;
  const compared = providers.map(({ name, measures }) => ({ title: name, summary: measures }));
  const [names = '', ...lines] = renderComparison(compared, sections).trimEnd().split('\n');
  const agreed = formatPart(market.agreed, userRequests);
  return [
    `${bold('Providers')}  ${names.slice('Providers'.length)}`,
    ...lines.map((line) => `  ${line}`),
    dim(
      `  ${formatCount(userRequests, 'request')} of users, ${formatNumber(passedOn)} passed on to a further provider; ${agreed} agreed somewhere`,
    ),
    '',
  ];
}

function day(instant: string): string {
  const ms = parseInstant(instant);
  return ms === undefined ? NOTHING : formatDateTime(ms);
}
