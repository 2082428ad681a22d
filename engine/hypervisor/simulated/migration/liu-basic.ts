// Liu et al. 2011, the basic model: each round sends what the last one dirtied, a geometric series.
import { rounds } from './liu.ts';
import type { MigrationModel } from './migration-settings.ts';

export const liuBasic: MigrationModel = {
  name: 'liu-basic',
  summary: 'rounds that shrink by dirty rate / link rate until a threshold; no other limit',
  course: (migration) => rounds(migration, ({ dirtied }) => dirtied),
};
