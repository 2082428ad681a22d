// What is said on stderr about the workloads of many runs: most runs of an experiment read the same rows, so each note is said once.
import type { SweepDirectory } from '../experiments/sweep/sweep-directory.ts';
import { counted } from '../written/counted.ts';

const SHOWN = 5;

/** Whole lines; empty when there is nothing to say. */
export function describeSweepNotes(directory: SweepDirectory): string {
  const notes = [...directory.notes()];
  const shown = notes.slice(0, SHOWN).map(([text, runs]) => `In ${counted(runs, 'run')}:\n${text}`);
  const rest = notes.length - shown.length;
  return shown.join('') + (rest > 0 ? `and other notes in other runs: cells/*/notes.txt\n` : '');
}
