// The guest stands still while all of its memory is copied.
import { send, wait } from './course.ts';
import type { MigrationModel } from './migration-settings.ts';
import { NO_OVERHEADS, overheads } from './pre-copy.ts';

export const stopAndCopy: MigrationModel = {
  name: 'stop-and-copy',
  summary: 'the guest stands still until all of its memory is there',
  *course(migration) {
    const { afterS, beforeS } = overheads(migration, NO_OVERHEADS);
    if (beforeS > 0) yield wait(beforeS, 'at-source');
    yield send(migration.memory.bytes, 'nowhere');
    if (afterS > 0) yield wait(afterS, 'nowhere');
    return { reason: 'by-design', isConverged: true };
  },
};
