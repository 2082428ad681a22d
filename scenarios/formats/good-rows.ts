// What happens to bad rows, the same for every format: they are counted and reported together, or left out.
import { InputError } from '../../written/input-error.ts';
import type { WorkloadRow } from './row.ts';

/** How a reader is told to treat the file it reads. */
export interface BadRowHandling {
  readonly file: string;
  /** Leave bad rows out, telling `onSkipped` of each. */
  readonly lenient: boolean;
  onSkipped?(problem: InputError): void;
}

/** As many bad rows are shown; the others are only counted. */
const SHOWN = 10;

/**
 * The rows that `read` makes of the records, in their order. From the first bad row on nothing more is yielded: the rest of the file
 * is read only to report what else is wrong with it.
 * @param read throws InputError for a bad record; undefined leaves it out
 * @throws InputError after the last record, when there was a bad one and the handling is not lenient
 */
export async function* goodRows<Record>(
  records: AsyncIterable<Record>,
  read: (record: Record) => WorkloadRow | undefined,
  handling: BadRowHandling,
): AsyncGenerator<WorkloadRow> {
  const shown: InputError[] = [];
  let badCount = 0;
  for await (const record of records) {
    try {
      const row = read(record);
      if (row !== undefined && badCount === 0) yield row;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      if (handling.lenient) {
        handling.onSkipped?.(error);
        continue;
      }
      badCount++;
      if (shown.length < SHOWN) shown.push(error);
    }
  }
  const first = shown[0];
  if (first === undefined) return;
  if (badCount === 1) throw first;
  const which = badCount > SHOWN ? `; the first ${SHOWN}` : '';
  const list = shown.map((error) => `\n  ${error.message}`).join('');
  throw new InputError(first.code, `${badCount} bad rows${which}:${list}`, { file: handling.file });
}
