// The classes into which requests are sorted: each holds what is above the limit of the one before, up to its own. Their labels are these intervals.
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface Class {
  readonly label: string;
  readonly upTo: number;
}

/** Asked start minus submission, in ms. */
export const LEAD_TIMES: readonly Class[] = [
  { label: 'at once', upTo: 0 },
  { label: '0–1 h', upTo: HOUR },
  { label: '1–6 h', upTo: 6 * HOUR },
  { label: '6–24 h', upTo: DAY },
  { label: '1–3 d', upTo: 3 * DAY },
  { label: '3–7 d', upTo: 7 * DAY },
  { label: '> 7 d', upTo: Number.POSITIVE_INFINITY },
];

/** vCPUs of all guaranteed instances together. */
export const SIZES: readonly Class[] = [
  { label: '≤ 1', upTo: 1 },
  { label: '1–2', upTo: 2 },
  { label: '2–4', upTo: 4 },
  { label: '4–8', upTo: 8 },
  { label: '8–16', upTo: 16 },
  { label: '16–32', upTo: 32 },
  { label: '32–64', upTo: 64 },
  { label: '64–128', upTo: 128 },
  { label: '> 128', upTo: Number.POSITIVE_INFINITY },
];

/** In ms. */
export const DURATIONS: readonly Class[] = [
  { label: '≤ 15 min', upTo: 15 * MINUTE },
  { label: '15–60 min', upTo: HOUR },
  { label: '1–4 h', upTo: 4 * HOUR },
  { label: '4–12 h', upTo: 12 * HOUR },
  { label: '12–24 h', upTo: DAY },
  { label: '1–3 d', upTo: 3 * DAY },
  { label: '3–7 d', upTo: 7 * DAY },
  { label: '> 7 d', upTo: Number.POSITIVE_INFINITY },
];

/** How far starts are moved, in ms; the first holds those that are earlier than asked. */
export const DISPLACEMENTS: readonly Class[] = [
  { label: 'earlier', upTo: -1 },
  { label: 'as asked', upTo: 0 },
  { label: '0–15 min', upTo: 15 * MINUTE },
  { label: '15–60 min', upTo: HOUR },
  { label: '1–4 h', upTo: 4 * HOUR },
  { label: '4–12 h', upTo: 12 * HOUR },
  { label: '12–24 h', upTo: DAY },
  { label: '1–2 d', upTo: 2 * DAY },
  { label: '2–4 d', upTo: 4 * DAY },
  { label: '4–7 d', upTo: 7 * DAY },
  { label: '1–2 w', upTo: 14 * DAY },
  { label: '2–4 w', upTo: 28 * DAY },
  { label: '> 4 w', upTo: Number.POSITIVE_INFINITY },
];

/** The index of the class that holds a value. */
export function classOf(classes: readonly Class[], value: number): number {
  return classes.findIndex(({ upTo }) => value <= upTo);
}
