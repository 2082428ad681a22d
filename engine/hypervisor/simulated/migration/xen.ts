// Xen's pre-copy, with its three stop rules.
import type { MigrationModel } from './migration-settings.ts';
import { evenly, NO_OVERHEADS, overheads, preCopy } from './pre-copy.ts';

export const xen: MigrationModel = {
  name: 'xen',
  summary: 'pre-copy in rounds, which the stop rules of Xen end',
  course: (migration) =>
    preCopy(migration.memory, migration.settings.stop, evenly(migration), {
      ...overheads(migration, NO_OVERHEADS),
      mostBytesPerS: Number.POSITIVE_INFINITY,
    }),
};
