// The summary of a run as tables for a terminal, plain text, aligned: the walk over the catalogue of sections.
import { parseInstant } from '../../written/instant.ts';
import { formatCount, formatDateTime, formatNumber, formatSpan, NOTHING } from '../format.ts';
import { SECTIONS } from '../sections/catalogue.ts';
import type { Section } from '../sections/section.ts';
import type { Summary } from '../summary.ts';
import { COLOURED, PLAIN } from './style.ts';

export interface TerminalSummaryOptions {
  /** ANSI escape codes for bold and dim. */
  readonly colour: boolean;
  /** Absent: those of the catalogue. */
  readonly sections?: readonly Section[];
}

const ENDINGS = {
  complete: 'complete: nothing was left to do',
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
    ...sections.flatMap(({ terminal }) => (terminal === undefined ? [] : [...terminal(summary, style), ''])),
    summary.end === 'ongoing'
      ? formatCount(summary.events, 'event')
      : `${formatNumber(summary.events)} events in ${formatSpan(summary.wallMs)} (${formatNumber(summary.eventsPerSecond)} per second), ${formatNumber(summary.peakRssMib)} MiB at most`,
    style.dim(`digest ${summary.digest}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function day(instant: string): string {
  const ms = parseInstant(instant);
  return ms === undefined ? NOTHING : formatDateTime(ms);
}
