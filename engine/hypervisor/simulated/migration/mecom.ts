// Jin et al. 2009 (IEEE Cluster), and Jin et al. 2014 (Future Generation Computer Systems 38): Xen's pre-copy, whose pages are compressed by
// what suits their class: none that is all zeros, fast where words are alike, thoroughly elsewhere.
import type { Compression } from './course.ts';
import type { MecomSettings, MigrationModel } from './migration-settings.ts';
import { evenly, NO_OVERHEADS, overheads, preCopy } from './pre-copy.ts';

export const mecom: MigrationModel = {
  name: 'mecom',
  summary: 'pre-copy of Xen, each page compressed by what suits pages of its class (`mecom`)',
  compressesItself: true,
  course(migration) {
    const compression = mixed(migration.settings.mecom);
    return preCopy(migration.memory, migration.settings.stop, evenly(migration), {
      ...overheads(migration, NO_OVERHEADS),
      mostBytesPerS: Number.POSITIVE_INFINITY,
      compressionOf: () => compression,
    });
  },
};

/** Pages of all classes come mixed: sizes add up by their shares, and so does the time of a thread. */
function mixed({ pages, threads }: MecomSettings): Compression {
  let ratio = 0;
  let secondsPerByte = 0;
  for (const one of pages) {
    ratio += one.share * one.ratio;
    secondsPerByte += one.share / one.bytesPerS;
  }
  return { ratio, bytesPerS: threads / secondsPerByte, batchHeaderBytes: 0 };
}
