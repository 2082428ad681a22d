// Property tests draw the same cases every time, so that a red build stays red. OPENPEX_TEST_SEED=random draws others.
import fc from 'fast-check';

const seed = process.env['OPENPEX_TEST_SEED'] ?? '20090817';
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) });

/**
 * How many cases a property draws: all of them with the long tests, the first third with the quick ones, which are to end within minutes.
 */
export function runs(all: number): number {
  return process.env['OPENPEX_TEST_ALL_CASES'] === undefined ? Math.ceil(all / 3) : all;
}
