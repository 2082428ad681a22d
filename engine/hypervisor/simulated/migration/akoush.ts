// What Akoush et al. 2010 measured around the copying, for the two models of the paper.
import type { Migration } from './migration-settings.ts';
import { overheads } from './pre-copy.ts';

/** Seconds of set-up and of hand-over, and what a link of so many Mbit/s really carries: table 3 and section 3. */
const OVERHEADS = { beforeMs: 3806, afterMs: 314 };

export function aroundIt(migration: Migration) {
  const { linkBytesPerS } = migration;
  return {
    ...overheads(migration, OVERHEADS),
    mostBytesPerS: linkBytesPerS * efficiencyOf((linkBytesPerS * 8) / 1e6),
  };
}

function efficiencyOf(linkMbitPerS: number): number {
  if (linkMbitPerS <= 100) return 0.942;
  return linkMbitPerS <= 1000 ? 0.935 : 0.713;
}
