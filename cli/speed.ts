// How fast time goes, as an option.
import { InputError } from '../written/input-error.ts';

/** Absent: what the command takes then. @throws InputError PEX_USAGE */
export function checkSpeed(speed: number | undefined): void {
  if (speed === undefined || (speed > 0 && Number.isFinite(speed))) return;
  throw new InputError('PEX_USAGE', `expected a number above 0, found ${speed}`, { file: '--speed' });
}
