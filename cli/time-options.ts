// Instants and lengths of time as options of the commands of users say them.
import { InputError } from '../written/input-error.ts';
import { parseDuration } from '../written/time-text.ts';

/** @param nowMs by the clock of the service. @returns milliseconds since the epoch. @throws InputError */
export function readInstant(option: string, text: string, nowMs: number): number {
  const aheadMs = parseDuration(text);
  const ms = aheadMs === undefined ? Date.parse(text) : nowMs + aheadMs;
  if (/^\d/.test(text) && Number.isFinite(ms)) return ms;
  throw new InputError(
    'PEX_USAGE',
    `${option}: expected 2026-12-03T10:00, with or without a zone, or a time ahead such as 2h, found "${text}"`,
  );
}

/** @returns milliseconds, more than none. @throws InputError */
export function readLength(option: string, text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new InputError(
    'PEX_USAGE',
    `${option}: expected a length of time such as 90m or 6h, found "${text}"`,
  );
}
