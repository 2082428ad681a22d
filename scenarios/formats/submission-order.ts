// Requests must come in order of submission, because a run reads them one ahead. Files that are not in order can be sorted in memory.
import { InputError } from '../../written/input-error.ts';
import type { BadRowHandling } from './good-rows.ts';
import type { WorkloadRow } from './row.ts';

/**
 * The rows as they are.
 * @throws InputError (PEX_WORKLOAD_ORDER) at the first one submitted before its predecessor, unless bad rows are to be told of first
 */
export async function* inOrder(
  rows: AsyncIterable<WorkloadRow>,
  { file, badRows }: BadRowHandling,
): AsyncGenerator<WorkloadRow> {
  let last: WorkloadRow | undefined;
  for await (const row of rows) {
    if (badRows.areFatal) last = undefined;
    if (last !== undefined && row.submitMs < last.submitMs) throw outOfOrder(row, last, file);
    last = row;
    yield row;
  }
}

/** All rows by submission, those of one instant in the order of the file. Keeps them all in memory. */
export async function* sorted(rows: AsyncIterable<WorkloadRow>): AsyncGenerator<WorkloadRow> {
  const all: WorkloadRow[] = [];
  for await (const row of rows) all.push(row);
  yield* all.sort((a, b) => a.submitMs - b.submitMs);
}

function outOfOrder(row: WorkloadRow, before: WorkloadRow, file: string): InputError {
  const spot = before.line === undefined ? `"${before.id}"` : `line ${before.line}`;
  const problem = `${row.submitMs / 1000} s is before ${spot} (${before.submitMs / 1000} s); expected rows in order of submission, or the option "sort"`;
  return new InputError('PEX_WORKLOAD_ORDER', problem, {
    file,
    path: 'submit',
    ...(row.line !== undefined && { line: row.line }),
  });
}
