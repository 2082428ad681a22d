// The summary of a run, as its directory keeps it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../written/input-error.ts';
import type { Summary } from '../summary.ts';

/**
 * @param expected what was asked for, for the message
 * @throws InputError PEX_FILE_UNREADABLE
 */
export function readRunSummary(directory: string, expected = 'the directory of a run'): Summary {
  const file = join(directory, 'summary.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const problem =
      cause instanceof SyntaxError
        ? `is not the summary of a run: ${cause.message}`
        : `cannot be read; expected ${expected}`;
    throw new InputError('PEX_FILE_UNREADABLE', problem, { file }, { cause });
  }
}
