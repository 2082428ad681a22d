// Liu et al. 2011, the refined model: pages of the writable working set, a part of the round by a fitted formula, wait for the end.
import { PAGE_BYTES } from './course.ts';
import { rounds } from './liu.ts';
import type { MigrationModel } from './migration-settings.ts';

const MEGABYTE = 1e6;

export const liuWws: MigrationModel = {
  name: 'liu-wws',
  summary:
    'the same, but pages that are written again and again (a share a x T + b x D + c of each round) are left to the end',
  course: (migration) => {
    const { a, b, c } = migration.settings.liu;
    const dirtyMegabytesPerS = (migration.memory.dirtyPagesPerS * PAGE_BYTES) / MEGABYTE;
    return rounds(migration, ({ bytes, dirtied, tookS }) => {
      // Below zero for rounds that are longer than those it was fitted to.
      const share = Math.max(0, a * tookS + b * dirtyMegabytesPerS + c);
      return dirtied - share * bytes;
    });
  },
};
