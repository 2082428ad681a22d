// Clark et al. 2005, section 5.3: the rate of a round follows the rate at which the guest dirtied the last one.
import { type Course, gains, PAGE_BYTES, pagesOf, type StopReason, send, wait } from './course.ts';
import type { Migration, MigrationModel } from './migration-settings.ts';
import { NO_OVERHEADS, overheads } from './pre-copy.ts';

export const clark: MigrationModel = {
  name: 'clark',
  summary:
    'pre-copy that begins slowly and follows the rate at which the guest writes, up to a limit; the last round at the limit',
  course: adaptive,
};

function* adaptive(migration: Migration): Course {
  const { memory, settings } = migration;
  const { maxBytesPerS, minBytesPerS, remainingBytes, stepBytesPerS } = settings.rate;
  const { afterS, beforeS } = overheads(migration, NO_OVERHEADS);
  if (beforeS > 0) yield wait(beforeS, 'at-source');
  let reason: StopReason | undefined;
  let left = pagesOf(memory);
  let rate = minBytesPerS;
  let sent = 0;
  let written = 0;
  for (let round = 1; reason === undefined; round += 1) {
    const sending = left;
    const tookS = yield send(sending * PAGE_BYTES, 'at-source', rate);
    const dirtied = memory.dirtyPagesPerS * tookS;
    sent += sending;
    written += dirtied;
    left = Math.min(memory.workingSetPages, Math.floor(dirtied));
    const dirtyBytesPerS = tookS === 0 ? 0 : (left * PAGE_BYTES) / tookS;
    rate = Math.max(minBytesPerS, dirtyBytesPerS + stepBytesPerS);
    if (left * PAGE_BYTES < remainingBytes) reason = 'few-pages';
    else if (rate > maxBytesPerS) reason = 'max-rate';
    // On a link that is slower than the limit the rate says nothing any more.
    else if (round >= settings.stop.maxRounds) reason = 'max-iterations';
  }
  yield send(left * PAGE_BYTES, 'nowhere', maxBytesPerS);
  if (afterS > 0) yield wait(afterS, 'nowhere');
  return { reason, isConverged: reason === 'few-pages' && gains(written, sent) };
}
