// How fast time goes, as an option.
import { InputError } from '../written/input-error.ts';

/** For yargs' `coerce`. @throws InputError PEX_USAGE */
export function parseSpeed(speed: number): number {
  if (speed > 0 && Number.isFinite(speed)) return speed;
  throw new InputError('PEX_USAGE', `expected a number above 0, found ${speed}`, { file: '--speed' });
}
