// How many times as fast as real time: the same rule wherever time can be made to pass faster.
import { InputError } from '../engine/index.ts';

/**
 * @param speed undefined: the option was not given
 * @throws InputError PEX_USAGE
 */
export function checkSpeed(speed: number | undefined): void {
  if (speed === undefined || (speed > 0 && Number.isFinite(speed))) return;
  throw new InputError('PEX_USAGE', `--speed: expected a number above 0, found ${speed}`);
}
