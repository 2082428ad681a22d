// Who tries the cases of the fuzzer for a command, and how many of which it is asked for.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FuzzCrew } from '../experiments/fuzz/fuzz-crew.ts';
import { InputError } from '../written/input-error.ts';

/** A crew and a folder to work in, both gone afterwards. */
export async function withCrew<R>(
  jobs: number,
  work: (crew: FuzzCrew, place: string) => Promise<R>,
): Promise<R> {
  const { fuzzCrewOf } = await import('../experiments/fuzz/fuzz-crew.ts');
  const place = mkdtempSync(join(tmpdir(), 'openpex-fuzz-'));
  const crew = fuzzCrewOf(jobs);
  try {
    return await work(crew, place);
  } finally {
    await crew.dismiss();
    rmSync(place, { recursive: true, force: true });
  }
}

/** @throws InputError PEX_USAGE */
export function checkRuns(runs: number): void {
  if (Number.isInteger(runs) && runs >= 1) return;
  throw new InputError('PEX_USAGE', `expected a whole number of at least 1, not ${runs}`, { file: '--runs' });
}

/** @throws InputError PEX_USAGE */
export function checkSeed(seed: number): void {
  if (Number.isSafeInteger(seed) && seed >= 0) return;
  throw new InputError('PEX_USAGE', `expected a whole number of at least 0, not ${seed}`, { file: '--seed' });
}
