// The one check both clocks make on a time they are given.

/**
 * @throws RangeError when `timeMs` is not a finite number: an instant that never comes is a bug of whoever
 * computed it
 */
export function requireFiniteTime(timeMs: number): void {
  if (!Number.isFinite(timeMs))
    throw new RangeError(`a time is a finite number of milliseconds, not ${timeMs}`);
}
