// What is said about the rows that a lenient workload left out.
import type { InputError } from '../engine/index.ts';

const SHOWN = 10;

/** For stderr; of very many the first ten. Empty when none was left out. */
export function describeSkipped(skipped: readonly InputError[]): string {
  if (skipped.length === 0) return '';
  const shown = skipped.slice(0, SHOWN).map(({ message }) => `  ${message}\n`);
  const rest = skipped.length > SHOWN ? `  and ${skipped.length - SHOWN} more\n` : '';
  return `Left out ${skipped.length} bad row${skipped.length === 1 ? '' : 's'}:\n${shown.join('')}${rest}`;
}
