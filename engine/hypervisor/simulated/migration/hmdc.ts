// Hu et al. 2013 (HMDC): memory is pushed in rounds first, what is sent again as a difference; then the guest goes ahead with a map of what
// is still missing, and pulls that, again as differences. The paper's abstract says so much; how many rounds push is a setting.
import { NO_COMPRESSION, PAGE_BYTES, pagesOf, send, wait } from './course.ts';
import { deltaOf } from './delta.ts';
import type { MigrationModel } from './migration-settings.ts';
import { NO_OVERHEADS, overheads } from './pre-copy.ts';

export const hmdc: MigrationModel = {
  name: 'hmdc',
  summary:
    'rounds first, which send again only what has changed in a page (`delta`), then the guest goes ahead and the rest follows; it is lost with either node until then',
  compressesItself: true,
  *course(migration) {
    const { memory, settings } = migration;
    const { delta, stateBytes, stop } = settings;
    const { afterS, beforeS } = overheads(migration, NO_OVERHEADS);
    const pages = pagesOf(memory);
    if (beforeS > 0) yield wait(beforeS, 'at-source');
    let left = pages;
    let round = 1;
    for (; round <= delta.rounds && (round === 1 || left >= stop.fewPages); round += 1) {
      const compression = deltaOf(round, memory, delta);
      const tookS = yield send(left * PAGE_BYTES, 'at-source', Number.POSITIVE_INFINITY, compression);
      left = Math.min(memory.workingSetPages, Math.floor(memory.dirtyPagesPerS * tookS));
    }
    // A bit for each page says which are missing.
    yield send(stateBytes + Math.ceil(pages / 8), 'nowhere', Number.POSITIVE_INFINITY, NO_COMPRESSION);
    if (afterS > 0) yield wait(afterS, 'nowhere');
    const rest = deltaOf(round, memory, delta);
    if (left > 0) yield send(left * PAGE_BYTES, 'split', Number.POSITIVE_INFINITY, rest);
    return { reason: 'by-design', isConverged: true };
  },
};
