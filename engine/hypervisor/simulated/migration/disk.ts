// Migrations to where the disk of the VM is not: the disk goes as well. All of it that is in use is copied while the guest runs, then, in
// rounds, the blocks that were written meanwhile; memory follows by whatever model; and what was written to the disk during that goes while the
// guest stands still, before the first that the guest needs at its destination. Bulk transfer and then differences: Bradford et al. 2007;
// which blocks, by a bitmap, disk before memory: Luo et al. 2008, here without their blocks that follow the guest.
import { type Course, type GuestPlace, gains, NO_COMPRESSION, type StopReason, send } from './course.ts';
import type { DiskSettings } from './migration-settings.ts';

/** What a guest does to its disk. */
export interface GuestDisk {
  /** In use: what has to be copied. */
  readonly bytes: number;
  readonly writtenBytesPerS: number;
  /** What it writes to at all: no round leaves more. */
  readonly workingSetBytes: number;
}

/** A migration is converged when both the rounds of the disk and those of memory are. */
export function* withDisk(
  memory: Course,
  disk: GuestDisk,
  { fewBytes, maxRounds }: Pick<DiskSettings, 'fewBytes' | 'maxRounds'>,
): Course {
  if (disk.bytes === 0) return yield* memory;
  const leftAfter = (seconds: number) => Math.min(disk.workingSetBytes, disk.writtenBytesPerS * seconds);
  let reason: StopReason | undefined;
  let left = disk.bytes;
  let sent = 0;
  let written = 0;
  for (let round = 1; reason === undefined; round += 1) {
    const sending = left;
    const tookS = yield blocks(sending, 'at-source');
    sent += sending;
    written += disk.writtenBytesPerS * tookS;
    left = leftAfter(tookS);
    if (left <= fewBytes) reason = 'few-pages';
    else if (!gains(left, sending)) reason = 'no-progress';
    else if (round >= maxRounds) reason = 'max-iterations';
  }
  const isConverged = reason === 'few-pages' && gains(written, sent);
  let runsOnS = 0;
  let isComplete = false;
  let step = memory.next(0);
  while (step.done !== true) {
    const stage = step.value;
    if (!isComplete && stage.guest !== 'at-source') {
      isComplete = true;
      const rest = Math.min(disk.workingSetBytes, left + leftAfter(runsOnS));
      if (rest > 0) yield blocks(rest, 'nowhere');
    }
    const tookS = yield stage;
    if (stage.guest === 'at-source') runsOnS += tookS;
    step = memory.next(tookS);
  }
  const outcome = step.value;
  return isConverged ? outcome : { reason, isConverged: false };
}

/** What compresses memory does nothing to them. */
function blocks(bytes: number, guest: GuestPlace) {
  return send(bytes, guest, Number.POSITIVE_INFINITY, NO_COMPRESSION);
}
