// The guest goes ahead, and its memory follows, each page once. Meanwhile it needs both nodes: the loss of either is its own.
import { send, wait } from './course.ts';
import type { MigrationModel } from './migration-settings.ts';
import { NO_OVERHEADS, overheads } from './pre-copy.ts';

export const postCopy: MigrationModel = {
  name: 'post-copy',
  summary:
    'the guest goes ahead and its memory follows; it is lost with either node until all of it is there',
  *course(migration) {
    const { memory, settings } = migration;
    const { afterS, beforeS } = overheads(migration, NO_OVERHEADS);
    if (beforeS > 0) yield wait(beforeS, 'at-source');
    yield send(settings.stateBytes, 'nowhere');
    if (afterS > 0) yield wait(afterS, 'nowhere');
    yield send(memory.bytes, 'split');
    return { reason: 'by-design', isConverged: true };
  },
};
