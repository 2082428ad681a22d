// Long calls, as tasks of the pool. A task is followed by the events and, because tasks and event streams get lost, by looking at it
// now and then; it is never waited for beyond its deadline.
import type { PoolConnection } from './connection.ts';
import { DeadlinePassed, PoolFailure, PoolUnreachable } from './pool-error.ts';
import { readRecord, text, texts } from './records.ts';

export interface TaskTerms {
  /** Gives up waiting and, unless its reason is {@link LEAVE_BE}, asks the pool to stop. */
  readonly signal: AbortSignal;
  /** As the connection's {@link WaitingTime} has it. */
  readonly deadlineMs: number;
  readonly pollMs: number;
}

/** Reason to stop waiting for what may go on. */
export const LEAVE_BE = new Error('the service stops; the pool goes on');

/**
 * @returns what the call returned: a reference, or nothing
 * @throws PoolFailure as the task failed
 * @throws PoolUnreachable when nobody knows what became of it
 * @throws DeadlinePassed
 */
export async function runTask(
  connection: PoolConnection,
  method: string,
  args: readonly unknown[],
  terms: TaskTerms,
): Promise<string> {
  terms.signal.throwIfAborted();
  const ref = text(await connection.call(`Async.${method}`, ...args));
  try {
    const result = await endOf(connection, ref, method, terms);
    void connection.call('task.destroy', ref).catch(() => undefined);
    return result;
  } catch (error) {
    const isOver = error instanceof PoolFailure || terms.signal.reason === LEAVE_BE;
    if (!isOver) void connection.call('task.cancel', ref).catch(() => undefined);
    if (terms.signal.reason !== LEAVE_BE) void connection.call('task.destroy', ref).catch(() => undefined);
    throw error;
  }
}

function endOf(
  connection: PoolConnection,
  ref: string,
  method: string,
  { deadlineMs, pollMs, signal }: TaskTerms,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      endPoll();
      endDeadline();
      forget();
      signal.removeEventListener('abort', giveUp);
      finish();
    };
    const look = (fields: Readonly<Record<string, unknown>> | undefined) => {
      const outcome = outcomeOf(fields, method);
      if (outcome !== undefined)
        settle(() => (typeof outcome === 'string' ? resolve(outcome) : reject(outcome)));
    };
    const giveUp = () => settle(() => reject(signal.reason));
    const forget = connection.onChange(({ changed }) => {
      const task = changed.find(({ $ref }) => $ref === ref);
      if (task !== undefined) look(task);
    });
    const endPoll = connection.time.every(pollMs, () => {
      readRecord(connection, 'task', ref).then(look, () => undefined);
    });
    const endDeadline = connection.time.after(deadlineMs - connection.time.now(), () =>
      settle(() => reject(new DeadlinePassed(`${method} took longer than it may`))),
    );
    signal.addEventListener('abort', giveUp, { once: true });
    // It may have ended before anybody listened.
    const known = connection.record(ref);
    if (known !== undefined) look(known);
    if (signal.aborted) giveUp();
  });
}

/** Undefined while it goes on. */
function outcomeOf(
  fields: Readonly<Record<string, unknown>> | undefined,
  method: string,
): string | Error | undefined {
  // After a restart of the toolstack nothing is known of tasks from before.
  if (fields === undefined)
    return new PoolUnreachable(`the task of ${method} is lost`, { mayHaveHappened: true });
  switch (text(fields['status'])) {
    case 'success':
      return resultOf(text(fields['result']));
    case 'failure': {
      const [code = 'INTERNAL_ERROR', ...params] = texts(fields['error_info']);
      return new PoolFailure(code, params);
    }
    case 'cancelled':
      return new PoolFailure('TASK_CANCELLED', [method]);
    default:
      return undefined;
  }
}

/** Results come as XML whatever the wire: `<value>OpaqueRef:…</value>`. */
function resultOf(xml: string): string {
  return /^<value>(?:<string>)?(.*?)(?:<\/string>)?<\/value>$/s.exec(xml)?.[1] ?? xml;
}
