// Copying memory in rounds while the guest writes to it, until Xen's rules say stop: shared by the models `xen`, `akoush-avg` and
// `akoush-hist`, which differ in what a round dirties and in what goes on around it.
import {
  type Course,
  type GuestMemory,
  gains,
  PAGE_BYTES,
  pagesOf,
  type StopReason,
  send,
  wait,
} from './course.ts';
import type { Migration, StopRules } from './migration-settings.ts';

/** Pages that the guest writes in a stretch of time; a page may count more than once. Times in seconds since copying began. */
export type Writes = (fromS: number, toS: number) => number;

interface Around {
  readonly beforeS: number;
  readonly afterS: number;
  readonly mostBytesPerS: number;
}

/** Clark et al. 2005 with the stop conditions of libxc: few pages, then rounds, then the factor, in this order. */
export function* preCopy(memory: GuestMemory, stop: StopRules, writes: Writes, around: Around): Course {
  const { afterS, beforeS, mostBytesPerS } = around;
  const pages = pagesOf(memory);
  if (beforeS > 0) yield wait(beforeS, 'at-source');
  let reason: StopReason | undefined;
  let left = pages;
  let sent = 0;
  let written = 0;
  let elapsedS = 0;
  for (let round = 1; reason === undefined; round += 1) {
    const sending = left;
    const tookS = yield send(sending * PAGE_BYTES, 'at-source', mostBytesPerS);
    const dirtied = writes(elapsedS, elapsedS + tookS);
    elapsedS += tookS;
    sent += sending;
    written += dirtied;
    left = Math.min(memory.workingSetPages, Math.floor(dirtied));
    if ((stop.check === 'sent' ? sending : left) < stop.fewPages) reason = 'few-pages';
    else if (round >= stop.maxRounds) reason = 'max-iterations';
    else if (sent > stop.maxFactor * pages) reason = 'max-factor';
  }
  yield send(left * PAGE_BYTES, 'nowhere', mostBytesPerS);
  if (afterS > 0) yield wait(afterS, 'nowhere');
  return { reason, isConverged: reason === 'few-pages' && gains(written, sent) };
}

/** A guest that writes at an even pace. */
export function evenly({ memory: { dirtyPagesPerS } }: Migration): Writes {
  return (fromS, toS) => dirtyPagesPerS * (toS - fromS);
}

/** In seconds. */
export function overheads(
  { settings: { afterMs, beforeMs } }: Migration,
  otherwise: { readonly beforeMs: number; readonly afterMs: number },
): { beforeS: number; afterS: number } {
  return {
    beforeS: (beforeMs ?? otherwise.beforeMs) / 1000,
    afterS: (afterMs ?? otherwise.afterMs) / 1000,
  };
}

export const NO_OVERHEADS = { beforeMs: 0, afterMs: 0 };
