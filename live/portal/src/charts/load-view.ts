// Which time the history of load shows, as it stands in the address, so that a view can be kept and passed on. Pure.
import type { Load } from '../../../wire/load.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../text/time.ts';
import type { TimeSpan } from './availability.ts';
import type { LoadStep } from './utilisation.ts';

export const LOAD_RANGES_MS = {
  '6h': 6 * HOUR_MS,
  '1d': DAY_MS,
  '1w': 7 * DAY_MS,
  '30d': 30 * DAY_MS,
} as const;
/** Up to now, or between two days that are chosen. */
export type LoadRange = keyof typeof LOAD_RANGES_MS | 'days';

/** As far as the service answers at once. */
const LONGEST_MS = 92 * DAY_MS;
/** What goes up to now moves in steps, so that not each second is another question. */
const STEP_MS = 5 * MINUTE_MS;

export interface LoadView {
  readonly range: LoadRange;
  /** Of `days`: their midnights, the end exclusive. */
  readonly span: TimeSpan | null;
  /** Empty: all. */
  readonly node: string;
}

/** What is not understood is as if it were not there. */
export function loadViewOf(query: URLSearchParams): LoadView {
  const range = query.get('load') ?? '';
  const fromMs = Date.parse(query.get('from') ?? '');
  const toMs = Date.parse(query.get('to') ?? '');
  const node = query.get('node') ?? '';
  if (range === 'days' && fromMs < toMs) return { range, span: { fromMs, toMs }, node };
  const known = Object.hasOwn(LOAD_RANGES_MS, range);
  return { range: known ? (range as LoadRange) : '1d', span: null, node };
}

export function loadAddress({ node, range, span }: LoadView): string {
  const query = new URLSearchParams({
    load: range,
    ...(span !== null && {
      from: new Date(span.fromMs).toISOString(),
      to: new Date(span.toMs).toISOString(),
    }),
    ...(node !== '' && { node }),
  });
  return `#/utilisation?${query}`;
}

/** The time that is seen, at most as long as the service answers. */
export function loadSpan({ range, span }: LoadView, nowMs: number): TimeSpan {
  if (range === 'days' && span !== null)
    return { fromMs: span.fromMs, toMs: Math.min(span.toMs, span.fromMs + LONGEST_MS) };
  const toMs = Math.ceil(nowMs / STEP_MS) * STEP_MS;
  return { fromMs: toMs - LOAD_RANGES_MS[range === 'days' ? '1d' : range], toMs };
}

type Means = Load['steps'][number];
type Cpus = 'cpus' | 'reservedCpus' | 'allocatedCpus' | 'busyCpus';

export function loadSteps({ steps }: Load, of: Cpus): readonly LoadStep[] {
  return steps.map((step) => ({ fromMs: step.startTimeMs, toMs: step.endTimeMs, cpus: step[of] }));
}

/** Of what was online over all of it; 0 where nothing was. */
export function meanShare({ steps }: Load, of: Exclude<Cpus, 'cpus'>): number {
  const sum = (channel: Cpus) =>
    steps.reduce((total, step: Means) => total + step[channel] * (step.endTimeMs - step.startTimeMs), 0);
  const online = sum('cpus');
  return online === 0 ? 0 : sum(of) / online;
}
