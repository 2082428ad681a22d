// Pages that are sent again as their difference to what was sent before (XOR, then run lengths): what that comes to on the wire. The source
// keeps pages in a cache as they went; a page that is not there any more goes as it is.
import { type Compression, type GuestMemory, NO_COMPRESSION, PAGE_BYTES, pagesOf } from './course.ts';
import type { DeltaSettings } from './migration-settings.ts';

/**
 * Of a round, from 1. The first finds nothing to compare with. The second finds what the cache kept of all memory; those after it, of what the
 * guest writes to: pages are written to evenly, so that is the share of them that the cache holds.
 */
export function deltaOf(
  round: number,
  memory: GuestMemory,
  { bytesPerS, cacheBytes, ratio }: DeltaSettings,
): Compression {
  if (round === 1) return NO_COMPRESSION;
  const among = round === 2 ? pagesOf(memory) : Math.min(pagesOf(memory), memory.workingSetPages);
  const found = among === 0 ? 1 : Math.min(1, cacheBytes / PAGE_BYTES / among);
  return { ratio: found * ratio + (1 - found), bytesPerS, batchHeaderBytes: 0 };
}
