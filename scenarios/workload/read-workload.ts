// The one way from an entry under `workloads` to a stream of requests: rows are read or drawn, shaped, and placed at the instants of
// their scenario, one at a time.
import { InputError, type Rng, type UserRequest } from '../../engine/index.ts';
import { type RequestContext, toUserRequest, type WorkloadRow } from './row.ts';
import type { WorkloadSource } from './source.ts';

/** What a workload may depend on besides its own text. */
export interface WorkloadContext extends RequestContext {
  /** A random stream of this workload's own: generators and samples draw from streams below it. */
  readonly rng: Rng;
  /** Length of the scenario: where generators end that do not say so themselves. */
  readonly horizonMs?: number;
  /** Thousandths of a CPU of the whole cluster, for a target load. */
  readonly capacityMilliCpus?: number;
  /** Told about each row that `lenient` leaves out. */
  onSkipped?(problem: InputError): void;
}

/**
 * The requests of a workload in order of submission, read lazily.
 * @param source as its schema describes it, checked, with absolute file paths
 * @throws InputError while it is read: the first ten bad rows of a file in one message, with their places
 */
export async function* readWorkload(
  source: WorkloadSource,
  context: WorkloadContext,
): AsyncGenerator<UserRequest> {
  const place = 'file' in source ? { file: source.file } : {};
  for await (const row of readRows(source, context)) {
    yield toUserRequest(row, context, row.line === undefined ? place : { ...place, line: row.line });
  }
}

/** The rows behind {@link readWorkload}, for those who need no scenario. */
export async function* readRows(
  source: WorkloadSource,
  _context: Omit<WorkloadContext, 'instanceTypes' | 'template'>,
): AsyncGenerator<WorkloadRow> {
  throw new InputError('PEX_USAGE', `cannot read ${Object.keys(source)[0]} yet`);
}
