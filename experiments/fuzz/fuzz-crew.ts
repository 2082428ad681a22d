// Who puts cases to the test: worker threads, so that a policy that never answers can be stopped; or this thread, where it cannot.
import { Piscina } from 'piscina';
import { type ErrorCode, InputError } from '../../written/input-error.ts';
import type { Evaluation } from './evaluate.ts';
import work, { type FuzzTask } from './fuzz-worker.ts';

export interface FuzzCrew {
  /** How many cases it has room for at once. */
  readonly size: number;
  /**
   * @param limitMs what takes longer, thousands of times what a case takes, is taken for a policy that never answers
   * @throws InputError of the scenario or of a policy's file
   */
  run(task: FuzzTask, limitMs: number): Promise<Evaluation>;
  dismiss(): Promise<void>;
}

/** @param jobs worker threads */
export function fuzzCrewOf(jobs: number): FuzzCrew {
  const pool = new Piscina({
    filename: new URL('./fuzz-worker.js', import.meta.url).href,
    minThreads: jobs,
    maxThreads: jobs,
    atomics: 'disabled',
  });
  const run = async (task: FuzzTask, limitMs: number): Promise<Evaluation> => {
    const signal = AbortSignal.timeout(limitMs);
    try {
      return evaluationOf(await pool.run(task, { signal }));
    } catch (error) {
      if (!signal.aborted) throw error;
      return {
        finding: { check: 'answer', what: `a run was not over after ${limitMs / 1000} s` },
        tally: {},
      };
    }
  };
  return { size: jobs, run, dismiss: () => pool.destroy() };
}

export const THIS_THREAD: FuzzCrew = {
  size: 1,
  run: async (task) => evaluationOf(await work(task)),
  dismiss: () => Promise.resolve(),
};

function evaluationOf(end: Awaited<ReturnType<typeof work>>): Evaluation {
  if ('code' in end) throw new InputError(end.code as ErrorCode, end.message);
  return end;
}
