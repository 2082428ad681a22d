// What a workload entry does to its rows before they are asked: defaults, filters, sampling and moves in time, in the order in which
// the schema lists them.
import type { Rng } from '../../engine/index.ts';
import { durationMs } from '../../written/duration.ts';
import { InputError } from '../../written/input-error.ts';
import { formatDuration } from '../../written/time-text.ts';
import { moveRow, type WorkloadRow } from './row.ts';
import type { RowDefaults, RowFilter, RowShaping } from './source.ts';

/**
 * @param rows in order of submission; read no further than `until` and `limit` need
 * @param rng samples draw from a stream of each row's own
 * @returns rows in order of submission
 * @throws InputError for a row that ends up before the start of the scenario
 */
export async function* shapeRows(
  rows: AsyncIterable<WorkloadRow> | Iterable<WorkloadRow>,
  shaping: RowShaping,
  { rng, file }: { readonly rng: Rng; readonly file?: string | undefined },
): AsyncGenerator<WorkloadRow> {
  const { sample, timeScale, idPrefix, limit = Number.POSITIVE_INFINITY } = shaping;
  const fill = defaultsFor(shaping.defaults);
  const keeps = filterFor(shaping.filter);
  const fromMs = shaping.from === undefined ? Number.NEGATIVE_INFINITY : durationMs(shaping.from);
  const untilMs = shaping.until === undefined ? Number.POSITIVE_INFINITY : durationMs(shaping.until);
  const shiftMs = signedMs(shaping.timeShift);
  const sampling = rng.stream('sample');
  let left = limit;
  if (left === 0) return;
  for await (const row of rows) {
    if (row.submitMs >= untilMs) return;
    if (row.submitMs < fromMs || !keeps(row)) continue;
    if (sample < 1 && sampling.stream(row.id).next() >= sample) continue;
    const submitMs = Math.round(row.submitMs * timeScale) + shiftMs;
    if (submitMs < 0) throw tooEarly(submitMs, { file, line: row.line });
    const shaped = fill(moveRow(row, submitMs - row.submitMs));
    yield idPrefix === '' ? shaped : { ...shaped, id: idPrefix + shaped.id };
    left--;
    if (left === 0) return;
  }
}

function defaultsFor(defaults: RowDefaults | undefined): (row: WorkloadRow) => WorkloadRow {
  if (defaults === undefined) return (row) => row;
  const { maxDisplacement, buyer, template } = defaults;
  const maxDisplacementMs = maxDisplacement === undefined ? undefined : durationMs(maxDisplacement);
  return (row) => ({
    ...row,
    buyer: row.buyer ?? buyer,
    template: row.template ?? template,
    latestStartMs: row.latestStartMs ?? latestStart(row, maxDisplacementMs),
  });
}

function latestStart(row: WorkloadRow, maxDisplacementMs: number | undefined): number | undefined {
  if (maxDisplacementMs === undefined || row.kind === 'immediate' || row.deadlineMs !== undefined)
    return undefined;
  return (row.startMs ?? row.submitMs) + maxDisplacementMs;
}

function filterFor(filter: RowFilter | undefined): (row: WorkloadRow) => boolean {
  if (filter === undefined) return () => true;
  const kinds = filter.kinds === undefined ? undefined : new Set(filter.kinds);
  const users = filter.users === undefined ? undefined : new Set(filter.users);
  const { minInstances, maxInstances = Number.POSITIVE_INFINITY } = filter;
  return (row) =>
    row.instances >= minInstances &&
    row.instances <= maxInstances &&
    (kinds === undefined || kinds.has(row.kind)) &&
    (users === undefined || (row.user !== undefined && users.has(row.user)));
}

const signedMs = (text: string): number =>
  text.startsWith('-') ? -durationMs(text.slice(1)) : durationMs(text);

function tooEarly(
  submitMs: number,
  { file, line }: { readonly file: string | undefined; readonly line: number | undefined },
): InputError {
  const place = { path: 'submit', ...(file !== undefined && { file }), ...(line !== undefined && { line }) };
  const problem = `is ${formatDuration(-submitMs)} before the start of the scenario; leave such rows out with "from", or move them with "timeShift"`;
  return new InputError('PEX_WORKLOAD_VALUE', problem, place);
}
