// What runs in each thread of a sweep. An error travels as what people see of it: its code and message.
import { type CellTask, runCell } from './run-cell.ts';

/** How a run ended. */
export type CellEnd = { readonly kind: 'done' } | CellFailure;

export interface CellFailure {
  readonly kind: 'failed';
  /** Of an error that has one; absent: a bug of ours, and `message` has the stack. */
  readonly code?: string;
  readonly message: string;
}

export default async function work(task: CellTask): Promise<CellEnd> {
  try {
    await runCell(task);
    return { kind: 'done' };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (error instanceof Error && typeof code === 'string') {
      return { kind: 'failed', code, message: error.message };
    }
    return {
      kind: 'failed',
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}
