// Who runs the cells of a sweep: this thread, or several worker threads.
import { Piscina } from 'piscina';
import work, { type CellEnd } from './cell-worker.ts';
import type { CellTask } from './run-cell.ts';

export interface Crew {
  /** How many cells it has room for at once. */
  readonly size: number;
  run(task: CellTask): Promise<CellEnd>;
  /** Ends at once, and leaves what is not done. */
  dismiss(): Promise<void>;
}

/** @param jobs worker threads; 1: this thread itself */
export function crewOf(jobs: number): Crew {
  if (jobs === 1) return { size: 1, run: work, dismiss: () => Promise.resolve() };
  const pool = new Piscina({
    filename: new URL('./cell-worker.js', import.meta.url).href,
    minThreads: jobs,
    maxThreads: jobs,
    // A thread waits for its next cell as others do, in place of spinning.
    atomics: 'disabled',
  });
  return { size: jobs, run: (task) => pool.run(task), dismiss: () => pool.destroy() };
}
