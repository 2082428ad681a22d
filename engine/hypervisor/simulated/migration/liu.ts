// Liu et al. 2011: rounds of so many bytes each, without pages and without Xen's limits. The two models of the paper differ in what a
// round leaves to the next.
import { type Course, gains, PAGE_BYTES, type StopReason, send, wait } from './course.ts';
import type { Migration } from './migration-settings.ts';
import { NO_OVERHEADS, overheads } from './pre-copy.ts';

/** A round of so many bytes took its time and dirtied so many: how many of these are sent again at once. */
export type Resent = (round: {
  readonly bytes: number;
  readonly tookS: number;
  readonly dirtied: number;
}) => number;

/** More rounds than these are no migration any more. A round that is as long as the last is the last but one. */
const MOST_ROUNDS = 1000;

export function* rounds(migration: Migration, resent: Resent): Course {
  const { memory, settings } = migration;
  const { isBounded, resumeS, thresholdBytes } = settings.liu;
  const { afterS, beforeS } = overheads(migration, NO_OVERHEADS);
  const dirtyBytesPerS = memory.dirtyPagesPerS * PAGE_BYTES;
  const bounded = (bytes: number) => (isBounded ? Math.min(bytes, memory.bytes) : bytes);
  if (beforeS > 0) yield wait(beforeS, 'at-source');
  let reason: StopReason | undefined;
  let bytes = memory.bytes;
  let sent = 0;
  let written = 0;
  for (let round = 1; reason === undefined; round += 1) {
    const tookS = yield send(bytes, 'at-source');
    const dirtied = dirtyBytesPerS * tookS;
    sent += bytes;
    written += dirtied;
    const next = resent({ bytes, tookS, dirtied });
    if (next <= thresholdBytes * (1 + 1e-9)) reason = 'few-pages';
    else if (!gains(next, bytes)) reason = 'no-progress';
    else if (round >= MOST_ROUNDS) reason = 'max-iterations';
    bytes = bounded(reason === undefined ? next : dirtied);
  }
  yield send(bytes, 'nowhere');
  if (resumeS + afterS > 0) yield wait(resumeS + afterS, 'nowhere');
  return { reason, isConverged: reason === 'few-pages' && gains(written, sent) };
}
