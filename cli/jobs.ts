// How many runs at once, as an option.
import { InputError } from '../written/input-error.ts';

/** @throws InputError PEX_USAGE */
export function checkJobs(jobs: number): void {
  if (Number.isInteger(jobs) && jobs >= 1 && jobs <= 1024) return;
  throw new InputError('PEX_USAGE', `expected a whole number from 1 to 1024, not ${jobs}`, {
    file: '--jobs',
  });
}
