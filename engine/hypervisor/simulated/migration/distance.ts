// What the length of a link does to a migration over it: no more is under way than the sender remembers until it is told that it arrived
// (a window for each round trip, RFC 7323 section 1.1), and after each stage it waits to be told so.
import type { SiteLink } from '../../../domain/site.ts';
import { type Course, wait } from './course.ts';

/** Without any the course is as it was. */
export function* overDistance(
  course: Course,
  { rttMs, windowBytes }: Pick<SiteLink, 'rttMs' | 'windowBytes'>,
): Course {
  const rttS = rttMs / 1000;
  const mostBytesPerS = rttS === 0 ? Number.POSITIVE_INFINITY : windowBytes / rttS;
  let step = course.next(0);
  while (step.done !== true) {
    const stage = step.value;
    let tookS: number;
    if (stage.kind === 'wait') tookS = yield stage;
    else {
      tookS = yield { ...stage, mostBytesPerS: Math.min(stage.mostBytesPerS, mostBytesPerS) };
      if (rttS > 0) tookS += yield wait(rttS, stage.guest);
    }
    step = course.next(tookS);
  }
  return step.value;
}
