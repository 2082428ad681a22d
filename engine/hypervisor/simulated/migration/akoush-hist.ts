// Akoush et al. 2010, HIST: what a round dirties is what the same stretch of a recorded run dirtied.
import { aroundIt } from './akoush.ts';
import type { MigrationModel } from './migration-settings.ts';
import { preCopy, type Writes } from './pre-copy.ts';

export const akoushHist: MigrationModel = {
  name: 'akoush-hist',
  summary: 'the same, of a guest that writes as a recorded run did, second by second (`dirtyTrace`)',
  course: (migration) =>
    preCopy(
      migration.memory,
      migration.settings.stop,
      recorded(migration.settings.dirtyTrace),
      aroundIt(migration),
    ),
};

/** An entry for each second; the run begins again after its end. */
export function recorded(pagesPerS: readonly number[]): Writes {
  const period = pagesPerS.length;
  const sums = [0];
  for (const pages of pagesPerS) sums.push(sums.at(-1)! + pages);
  const inRun = sums.at(-1)!;
  const until = (s: number): number => {
    const runs = Math.floor(s / period);
    const withinS = s - runs * period;
    const second = Math.min(Math.floor(withinS), period - 1);
    return runs * inRun + sums[second]! + (withinS - second) * pagesPerS[second]!;
  };
  return (fromS, toS) => until(toS) - until(fromS);
}
