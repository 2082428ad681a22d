// The summary of a run, as its directory keeps it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../written/input-error.ts';
import type { Summary } from '../summary.ts';

/** @throws InputError PEX_FILE_UNREADABLE */
export function readRunSummary(directory: string): Summary {
  const file = join(directory, 'summary.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const problem =
      cause instanceof SyntaxError
        ? `is not the summary of a run: ${cause.message}`
        : 'cannot be read; expected the directory of a run';
    throw new InputError('PEX_FILE_UNREADABLE', problem, { file }, { cause });
  }
}
