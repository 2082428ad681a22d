// Akoush et al. 2010, AVG: the guest writes at its average rate throughout.
import { aroundIt } from './akoush.ts';
import type { MigrationModel } from './migration-settings.ts';
import { evenly, preCopy } from './pre-copy.ts';

export const akoushAvg: MigrationModel = {
  name: 'akoush-avg',
  summary:
    'pre-copy of a guest that writes at its average rate, with the overheads and link efficiencies that were measured',
  course: (migration) =>
    preCopy(migration.memory, migration.settings.stop, evenly(migration), aroundIt(migration)),
};
