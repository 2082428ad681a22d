// What the length of a link does to a migration over it: a round trip before the first byte, and one before the guest runs on, since its destination
// says that it has everything. And no more is under way than the sender remembers until it is told that it arrived: a window for each round trip
// (RFC 7323, section 1.1).
import type { SiteLink } from '../../../domain/site.ts';
import { type Course, wait } from './course.ts';

/** Without any the course is as it was. */
export function* overDistance(
  course: Course,
  { rttMs, windowBytes }: Pick<SiteLink, 'rttMs' | 'windowBytes'>,
): Course {
  if (rttMs === 0) return yield* course;
  const rttS = rttMs / 1000;
  yield wait(rttS, 'at-source');
  let isStill = false;
  let step = course.next(0);
  while (step.done !== true) {
    const stage = step.value;
    if (isStill && stage.guest !== 'nowhere') yield wait(rttS, 'nowhere');
    isStill = stage.guest === 'nowhere';
    const tookS = yield stage.kind === 'wait'
      ? stage
      : { ...stage, mostBytesPerS: Math.min(stage.mostBytesPerS, windowBytes / rttS) };
    step = course.next(tookS);
  }
  if (isStill) yield wait(rttS, 'nowhere');
  return step.value;
}
