// One thing done to several, one after the other: what is refused for some is said, and the others are done all the same.
import { useCallback } from 'preact/hooks';
import { OpenPexProblem } from '../../../client/problem.ts';
import { formatCount } from '../text/amounts.ts';
import { refusalText } from '../text/words.ts';
import { useSay } from './context.ts';

/** How many refusals are told one by one. */
const TOLD = 3;

export interface Each<T> {
  readonly rows: readonly T[];
  readonly nameOf: (row: T) => string;
  readonly work: (row: T) => Promise<unknown>;
  /** "3 users are disabled.", of what was done. */
  readonly done: (count: number) => string;
}

export function useEach(): <T>(each: Each<T>) => Promise<void> {
  const say = useSay();
  return useCallback(
    async ({ rows, nameOf, work, done }) => {
      const refusals: string[] = [];
      for (const row of rows) {
        try {
          await work(row);
        } catch (error) {
          if (!(error instanceof OpenPexProblem)) throw error;
          refusals.push(`${nameOf(row)}: ${refusalText(error.reason, error.message)}`);
        }
      }
      const count = rows.length - refusals.length;
      if (count > 0) say(done(count));
      if (refusals.length === 0) return;
      const more = refusals.length - TOLD;
      say(
        [
          `Not done for ${formatCount(refusals.length, 'other', 'others')}.`,
          ...refusals.slice(0, TOLD),
          ...(more > 0 ? [`… and ${more} more`] : []),
        ].join(' '),
        'problem',
      );
    },
    [say],
  );
}
