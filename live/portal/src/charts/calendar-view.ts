// What the calendar shows, as it stands in the address, so that a view can be kept and passed on. Pure.
import { DAY_MS, HOUR_MS } from '../text/time.ts';
import type { TimeSpan } from './availability.ts';

export const ZOOMS_MS = {
  '6h': 6 * HOUR_MS,
  '1d': DAY_MS,
  '1w': 7 * DAY_MS,
  '2w': 14 * DAY_MS,
  '1m': 30 * DAY_MS,
} as const;
export type Zoom = keyof typeof ZOOMS_MS;

export interface CalendarView {
  readonly zoom: Zoom;
  /** Where it begins; null: it follows now. */
  readonly fromMs: number | null;
  /** Part of the names of the nodes; empty: all. */
  readonly node: string;
  /** Empty: all. */
  readonly user: string;
  readonly kind: 'all' | 'reservation' | 'hold';
}

const DEFAULT: CalendarView = { zoom: '1d', fromMs: null, node: '', user: '', kind: 'all' };

/** What is not understood is as if it were not there. */
export function viewOf(query: URLSearchParams): CalendarView {
  const zoom = query.get('zoom') ?? '';
  const fromMs = Date.parse(query.get('from') ?? '');
  const kind = query.get('kind');
  return {
    zoom: Object.hasOwn(ZOOMS_MS, zoom) ? (zoom as Zoom) : DEFAULT.zoom,
    fromMs: Number.isNaN(fromMs) ? DEFAULT.fromMs : fromMs,
    node: query.get('node') ?? DEFAULT.node,
    user: query.get('user') ?? DEFAULT.user,
    kind: kind === 'hold' || kind === 'reservation' ? kind : DEFAULT.kind,
  };
}

/** The address of a view; only what differs from the first view stands in it. */
export function addressOf({ fromMs, kind, node, user, zoom }: CalendarView): string {
  const query = new URLSearchParams({
    ...(zoom !== DEFAULT.zoom && { zoom }),
    ...(fromMs !== null && { from: new Date(fromMs).toISOString() }),
    ...(node !== DEFAULT.node && { node }),
    ...(user !== DEFAULT.user && { user }),
    ...(kind !== DEFAULT.kind && { kind }),
  });
  return query.size === 0 ? '#/calendar' : `#/calendar?${query}`;
}

/** The time that is seen. Following now it begins a little in the past, for what runs now, and moves in steps. */
export function spanOf({ fromMs, zoom }: CalendarView, nowMs: number): TimeSpan {
  const lengthMs = ZOOMS_MS[zoom];
  const stepMs = lengthMs / 96;
  const from = fromMs ?? Math.floor((nowMs - lengthMs / 12) / stepMs) * stepMs;
  return { fromMs: from, toMs: from + lengthMs };
}

/** The time to read for what is seen: more on both sides, and the same while the view moves little, so that it need not be read again. */
export function readingOf({ fromMs, toMs }: TimeSpan): TimeSpan {
  const halfMs = (toMs - fromMs) / 2;
  const from = (Math.floor(fromMs / halfMs) - 1) * halfMs;
  return { fromMs: from, toMs: from + 5 * halfMs };
}
