// Who puts cases to the test: worker threads, so that a policy that never answers can be stopped; or this thread, where it cannot.
import { setTimeout as pause } from 'node:timers/promises';
import { Piscina } from 'piscina';
import { type ErrorCode, InputError } from '../../written/input-error.ts';
import type { Evaluation } from './evaluate.ts';
import work, { type FuzzTask } from './fuzz-worker.ts';

export interface FuzzCrew {
  /** How many cases it has room for at once. */
  readonly size: number;
  /**
   * @param limitMs what uses a processor for longer, many times what a case takes, is taken for a policy that never answers
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
    const controller = new AbortController();
    const evaluated = pool.run(task, { signal: controller.signal }).then(evaluationOf);
    const watching = new AbortController();
    const { signal } = watching;
    const stop = () => watching.abort();
    evaluated.then(stop, stop);
    const before = usedMs();
    while (!signal.aborted) {
      await pause(limitMs / 4, undefined, { signal }).catch(() => undefined);
      if (signal.aborted || usedMs() - before < limitMs * jobs) continue;
      controller.abort();
      await evaluated.catch(() => undefined);
      return {
        finding: { check: 'answer', what: `a run was not over after ${limitMs / 1000} s` },
        tally: {},
      };
    }
    return evaluated;
  };
  return { size: jobs, run, dismiss: () => pool.destroy() };
}

/** Of all threads: on a machine that is busy with other things no policy is to blame for what takes long. */
function usedMs(): number {
  const { system, user } = process.cpuUsage();
  return (system + user) / 1000;
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
