// Figures as people read them: in the report and on the terminal. English, UTC.
import { formatInstant } from '../engine/index.ts';

const MS = { s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export const NOTHING = '–';

/** 5401 is "5,401"; other numbers keep `decimals` digits: 3.14159 is "3.14". */
export function formatNumber(value: number | null, decimals = 0): string {
  if (value === null) return NOTHING;
  const [whole, fraction] = Math.abs(value).toFixed(decimals).split('.');
  const grouped = whole!.replace(/\B(?=(\d{3})+$)/g, ',');
  const isZero = Number(value.toFixed(decimals)) === 0;
  return `${value < 0 && !isZero ? '−' : ''}${grouped}${fraction === undefined ? '' : `.${fraction}`}`;
}

/** 0.8312 is "83.1 %". A share that is neither none nor all is never shown as such. */
export function formatShare(share: number | null, decimals = 1): string {
  if (share === null) return NOTHING;
  const percent = share * 100;
  const least = 10 ** -decimals;
  if (percent > 0 && percent < least / 2) return `< ${formatNumber(least, decimals)} %`;
  if (percent < 100 && percent > 100 - least / 2) return `> ${formatNumber(100 - least, decimals)} %`;
  return `${formatNumber(percent, decimals)} %`;
}

/** Amounts of any size: two decimals while they matter, 56.9 is "56.90" and 75452.7 is "75,453". */
export function formatAmount(value: number | null): string {
  return formatNumber(value, value !== null && value !== 0 && Math.abs(value) < 100 ? 2 : 0);
}

/** "1 node", "2 nodes". */
export function formatCount(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatNumber(count)} ${count === 1 ? noun : plural}`;
}

export function formatPart(part: number, whole: number): string {
  return formatShare(whole === 0 ? null : part / whole);
}

/** The two largest units: 7980000 is "2 h 13 min"; below a minute with decimals: "3.2 s". */
export function formatSpan(ms: number | null): string {
  if (ms === null) return NOTHING;
  const size = Math.abs(ms);
  const sign = ms < 0 ? '−' : '';
  if (size === 0) return '0 s';
  if (size < MS.s) return `${sign}${formatNumber(size)} ms`;
  // Rounded before the unit is chosen, so that 59.97 s is "1 min" and never "60 s".
  const tenths = Math.round(size / 100);
  if (tenths < 600) return `${sign}${formatNumber(tenths / 10, 1).replace(/\.0$/, '')} s`;
  const seconds = Math.round(size / MS.s);
  if (seconds < 3600) return sign + twoUnits(seconds, 60, 'min', 's');
  const minutes = Math.round(size / MS.min);
  if (minutes < 1440) return sign + twoUnits(minutes, 60, 'h', 'min');
  return sign + twoUnits(Math.round(size / MS.h), 24, 'd', 'h');
}

/** Instance-time and the like, in hours even when they are many: "347,678 h". */
export function formatHours(ms: number | null): string {
  if (ms === null) return NOTHING;
  if (Math.abs(ms) < 100 * MS.h) return formatSpan(ms);
  return `${formatNumber(ms / MS.h)} h`;
}

/** "1 Mar 2026, 14:30 UTC". */
export function formatDateTime(ms: number): string {
  const text = formatInstant(ms);
  const seconds = text.slice(17).replace('Z', '');
  return `${formatDay(ms)} ${text.slice(0, 4)}, ${formatClock(ms)}${seconds === '00' ? '' : `:${seconds}`} UTC`;
}

/** "1 Mar". */
export function formatDay(ms: number): string {
  const text = formatInstant(ms);
  return `${Number(text.slice(8, 10))} ${MONTHS[Number(text.slice(5, 7)) - 1]}`;
}

/** "14:30". */
export function formatClock(ms: number): string {
  return formatInstant(ms).slice(11, 16);
}

/** `amount` in small units, `perLarge` of which make a large one. */
function twoUnits(amount: number, perLarge: number, largeName: string, smallName: string): string {
  const rest = amount % perLarge;
  const whole = `${formatNumber(Math.floor(amount / perLarge))} ${largeName}`;
  return rest === 0 ? whole : `${whole} ${rest} ${smallName}`;
}
