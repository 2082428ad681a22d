// What is different between two runs, for a terminal.
import { type DomainEvent, formatInstant, type NodeShare, type Proposal } from '../../engine/index.ts';
import { formatSpan } from '../../reports/format.ts';
import { plainTable } from '../compare/comparison-tables.ts';
import type { Figure } from '../results/figures.ts';
import type { ChangedRequest, Fortune, RequestChanges } from './changed-requests.ts';
import { contentOf } from './first-parting.ts';
import type { Changed, RunDiff, Turn } from './run-diff.ts';

export interface DiffTextOptions {
  /** What the runs are called. */
  readonly names: readonly [a: string, b: string];
  /** So many settings and requests are listed at most. */
  readonly listed: number;
}

export function diffText(diff: RunDiff, { listed, names: [a, b] }: DiffTextOptions): string {
  const parts = [
    `a: ${a}\nb: ${b}\n`,
    diff.isSame ? 'Both runs took the same decisions: their digests are equal.\n' : '',
    settingsText(diff.settings, listed),
    partingText(diff),
    requestsText(diff, listed),
    figuresText(diff.figures),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function settingsText(settings: RunDiff['settings'], listed: number): string {
  if (settings.length === 0) return '';
  const rows = settings.slice(0, listed).map(({ name, a, b }) => [name, a ?? '', b ?? '']);
  return `${plainTable({ header: ['setting', 'a', 'b'], rows })}${more(settings.length - rows.length)}`;
}

function partingText({ isSame, parting }: RunDiff): string {
  if (parting === undefined) {
    return 'Where they part is not known: record both runs, with openpex run --record.\n';
  }
  if (parting === null) return isSame ? '' : 'Both runs have the same events, but for ids.\n';
  const { a, after, b, requestId } = parting;
  const when = formatInstant(Math.min(...[a, b].flatMap((event) => (event === null ? [] : [event.atMs]))));
  const of = requestId === null ? '' : `, in request ${requestId}`;
  return `They part after ${after} events, at ${when}${of}:\n${sides({ a, b }, '  ')}`;
}

function requestsText({ requests, turns }: RunDiff, listed: number): string {
  const { changed } = requests;
  if (changed.length === 0)
    return `The outcome of no request changed (of ${requests.requests}).\n${termsText(requests)}`;
  const shown = changed.slice(0, listed).map((request) => {
    const turn = turns.get(request.requestId);
    return `  ${requestLine(request)}\n${turn === undefined ? '' : sides(turn, '      ')}`;
  });
  return [
    `The outcome of ${changed.length} of ${requests.requests} requests changed:\n`,
    plainTable({ header: ['requests', 'a', 'b'], rows: waysOf(changed) }),
    '\n',
    ...shown,
    more(changed.length - shown.length),
    termsText(requests),
  ].join('');
}

/** How many went which way, the most frequent first. */
function waysOf(changed: readonly ChangedRequest[]): string[][] {
  const ways = new Map<string, { count: number; a: string; b: string }>();
  for (const request of changed) {
    const [a, b] = [fortuneText(request.a), fortuneText(request.b)];
    const key = JSON.stringify([a, b]);
    ways.set(key, { count: (ways.get(key)?.count ?? 0) + 1, a, b });
  }
  return [...ways.values()].sort((x, y) => y.count - x.count).map(({ count, a, b }) => [String(count), a, b]);
}

function requestLine({ a, b, requestId, submitted, userId }: ChangedRequest): string {
  const moved =
    a !== null &&
    b !== null &&
    a.terms.start !== b.terms.start &&
    a.terms.start !== '' &&
    b.terms.start !== '';
  const start = moved ? ` (start ${a.terms.start} → ${b.terms.start})` : '';
  return `${requestId} of ${userId}, submitted ${submitted}: ${fortuneText(a)} → ${fortuneText(b)}${start}`;
}

/** `accepted-first-offer, fulfilled`; `rejected (no-capacity)`. */
function fortuneText(fortune: Fortune | null): string {
  if (fortune === null) return 'not there';
  const { fate, fateReason, outcome, reason } = fortune;
  const because = (text: string) => (text === '' ? '' : ` (${text})`);
  return `${outcome}${because(reason)}${fate === '' ? '' : `, ${fate}${because(fateReason)}`}`;
}

function termsText({ otherTerms }: RequestChanges): string {
  const terms = Object.entries(otherTerms).filter(([, count]) => count > 0);
  if (terms.length === 0) return '';
  const text = terms.map(([term, count]) => `${term} ${count}`).join(', ');
  return `Of requests with the same outcome, other terms: ${text}.\n`;
}

function sides({ a, b }: Turn, indent: string): string {
  return `${indent}a: ${eventText(a)}\n${indent}b: ${eventText(b)}\n`;
}

function eventText(event: DomainEvent | null): string {
  if (event === null) return 'nothing more';
  const { atMs, provider: _, type, ...content } = JSON.parse(contentOf(event)) as EventContent;
  const about = 'reservationId' in event ? ` ${event.reservationId}:` : ':';
  const fields = Object.entries(content).map(([name, value]) => fieldText(name, value));
  return `${formatInstant(atMs)} ${type}${fields.length === 0 ? '' : `${about} ${fields.join(', ')}`}`;
}

interface EventContent extends Readonly<Record<string, unknown>> {
  readonly atMs: number;
  readonly type: string;
}

/** Instants, durations, money, nodes and terms as people read them; everything else as it is. */
function fieldText(name: string, value: unknown): string {
  if (name === 'pieces') {
    return `on ${(value as NodeShare[]).map(({ instances, nodeId }) => `${nodeId} (${instances})`).join(' ')}`;
  }
  if (name === 'proposal') {
    const { durationMs, numInstancesFixed, numInstancesOption, startMs, type } = value as Proposal;
    const optional = numInstancesOption === 0 ? '' : ` and ${numInstancesOption} optional`;
    return `${numInstancesFixed}${optional} ${type} from ${formatInstant(startMs)} for ${formatSpan(durationMs)}`;
  }
  if (typeof value === 'number' && INSTANTS.includes(name)) {
    return `${name.replace(/Ms$/, '')} ${formatInstant(value)}`;
  }
  if (typeof value === 'number' && name.endsWith('Micros')) {
    return `${name.replace(/Micros$/, '')} ${value / 1_000_000}`;
  }
  return `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`;
}

const INSTANTS: readonly string[] = [
  'endMs',
  'untilMs',
  'fromMs',
  'holdUntilMs',
  'expectedBackMs',
  'startedMs',
];

function figuresText(figures: readonly Changed<Figure>[]): string {
  if (figures.length === 0) return 'No figure of summary.json changed.\n';
  const rows = figures.map(({ name, a, b }) => [name, valueText(a), valueText(b), ...changeOf(a, b)]);
  return plainTable({ header: ['figure', 'a', 'b', 'change', ''], rows });
}

function changeOf(a: Figure | undefined, b: Figure | undefined): [change: string, share: string] {
  if (typeof a !== 'number' || typeof b !== 'number') return ['', ''];
  const sign = b > a ? '+' : '−';
  const change = `${sign}${valueText(Math.abs(b - a))}`;
  return [change, a === 0 ? '' : `${sign}${Math.abs((100 * (b - a)) / a).toFixed(1)} %`];
}

function valueText(value: Figure | undefined): string {
  if (value === undefined) return '';
  return value === null ? 'nothing to measure' : String(Number(value.toFixed(6)));
}

function more(count: number): string {
  return count > 0 ? `  and ${count} more\n` : '';
}
