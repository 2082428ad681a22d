// Copying memory in rounds while the guest writes to it, until Xen's rules say stop: shared by the models `xen`, `akoush-avg`,
// `akoush-hist`, `mecom` and `xbzrle`, which differ in what a round dirties, in how it is compressed, and in what goes on around it.
import {
  type Compression,
  type Course,
  type GuestMemory,
  type GuestPlace,
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
  /** Of a round, from 1; the last, while the guest stands still, is a round as well. Absent: as all memory is on its way. */
  compressionOf?(round: number): Compression;
}

/** Clark et al. 2005 with the stop conditions of libxc: few pages, then rounds, then the factor, in this order. */
export function* preCopy(memory: GuestMemory, stop: StopRules, writes: Writes, around: Around): Course {
  const { afterS, beforeS, mostBytesPerS } = around;
  const sendRound = (pages: number, guest: GuestPlace, round: number) =>
    send(pages * PAGE_BYTES, guest, mostBytesPerS, around.compressionOf?.(round));
  const pages = pagesOf(memory);
  if (beforeS > 0) yield wait(beforeS, 'at-source');
  let reason: StopReason | undefined;
  let left = pages;
  let sent = 0;
  let written = 0;
  let elapsedS = 0;
  let round = 1;
  for (; reason === undefined; round += 1) {
    const sending = left;
    const tookS = yield sendRound(sending, 'at-source', round);
    const dirtied = writes(elapsedS, elapsedS + tookS);
    elapsedS += tookS;
    sent += sending;
    written += dirtied;
    left = Math.min(memory.workingSetPages, Math.floor(dirtied));
    if ((stop.check === 'sent' ? sending : left) < stop.fewPages) reason = 'few-pages';
    else if (round >= stop.maxRounds) reason = 'max-iterations';
    else if (sent > stop.maxFactor * pages) reason = 'max-factor';
  }
  yield sendRound(left, 'nowhere', round);
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
