// The warm-up that pilot runs show: the longest that MSER-5 asks for in any combination, so that all of them are measured over the same time.
import { InputError } from '../../written/input-error.ts';
import { formatDuration } from '../../written/time-text.ts';
import type { Combination } from '../definition/factors.ts';
import { mser5 } from '../statistics/warm-up.ts';
import type { Course } from './cell-series.ts';
import type { SweepDirectory } from './sweep-directory.ts';

export interface FoundWarmUp {
  readonly cutMs: number;
  /** The combination that takes the longest. */
  readonly combination: Combination;
}

const LOOKED_AT = ['reserved', 'allocated'] as const;

/** From the beginning of a run until its course is steady; null: it never is, or is too short to tell. */
export function cutOf(course: Course): number | null {
  const cuts = LOOKED_AT.map((use) => mser5(course[use]));
  return cuts.includes(null) ? null : Math.max(...(cuts as number[])) * course.bucketMs;
}

/** @param pilot every run of it is done. @throws InputError PEX_RESULTS_INVALID where a combination does not become steady */
export function findWarmUp(pilot: SweepDirectory): FoundWarmUp {
  const cuts = pilot.courses().map(({ combination, course }) => ({ combination, cutMs: cutOf(course) }));
  const lost = cuts.find(({ cutMs }) => cutMs === null);
  if (lost !== undefined) {
    const problem = `${nameOf(lost.combination)} does not become steady before the half of the time in which there are requests: MSER-5 finds no warm-up; make the runs longer, or give a "warmUp" of your own`;
    throw new InputError('PEX_RESULTS_INVALID', problem, { file: pilot.path });
  }
  const [longest] = cuts.toSorted((a, b) => b.cutMs! - a.cutMs!);
  return { combination: longest!.combination, cutMs: longest!.cutMs! };
}

/** A line. */
export function describeWarmUp({ combination, cutMs }: FoundWarmUp): string {
  const of =
    Object.keys(combination).length === 0
      ? ''
      : `, the longest that a combination takes (${nameOf(combination)})`;
  return `Warm-up by MSER-5: ${formatDuration(cutMs)}${of}.\n`;
}

function nameOf(combination: Combination): string {
  const levels = Object.entries(combination).map(([name, label]) => `${name}=${label}`);
  return levels.length === 0 ? 'the scenario' : levels.join(', ');
}
