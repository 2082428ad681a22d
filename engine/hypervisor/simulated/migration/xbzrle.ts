// Svärd et al. 2011 (VEE), as QEMU has it: Xen's pre-copy, in which what is sent again goes as its difference to what was sent before.
import { deltaOf } from './delta.ts';
import type { MigrationModel } from './migration-settings.ts';
import { evenly, NO_OVERHEADS, overheads, preCopy } from './pre-copy.ts';

export const xbzrle: MigrationModel = {
  name: 'xbzrle',
  summary: 'pre-copy of Xen, which sends again only what has changed in a page (`delta`)',
  compressesItself: true,
  course: (migration) =>
    preCopy(migration.memory, migration.settings.stop, evenly(migration), {
      ...overheads(migration, NO_OVERHEADS),
      mostBytesPerS: Number.POSITIVE_INFINITY,
      compressionOf: (round) => deltaOf(round, migration.memory, migration.settings.delta),
    }),
};
