// What a workload entry does to its rows before they are asked: defaults, filters, sampling and moves in time, in the order in which
// the schema lists them.
import type { Rng } from '../../engine/index.ts';
import { durationMs } from '../../written/duration.ts';
import { type ErrorPlace, InputError } from '../../written/input-error.ts';
import { formatDuration, LONGEST_MS } from '../../written/time-text.ts';
import type { BadRows } from './good-rows.ts';
import type { IdPlace, RequestIds } from './request-ids.ts';
import { moveRow, type WorkloadRow } from './row.ts';
import type { RowDefaults, RowFilter, RowShaping } from './source.ts';

/** Where shaped rows come from, and where the bad ones among them go. */
export interface ShapeContext {
  /** Samples draw from a stream of each row's own. */
  readonly rng: Rng;
  readonly file?: string | undefined;
  readonly badRows: BadRows;
  /** Those of all workloads that are asked for together. */
  readonly ids: RequestIds;
}

/**
 * @param rows in order of submission; read no further than `until` and `limit` need
 * @returns rows in order of submission, none before the start of the scenario, each with an id of its own; others are bad rows
 */
export async function* shapeRows(
  rows: AsyncIterable<WorkloadRow> | Iterable<WorkloadRow>,
  shaping: RowShaping,
  { rng, file, badRows, ids }: ShapeContext,
): AsyncGenerator<WorkloadRow> {
  const { sample, timeScale, idPrefix, limit = Number.POSITIVE_INFINITY } = shaping;
  const fill = defaultsFor(shaping.defaults, rng.stream('template'));
  const burden = overheadFor(shaping.overhead);
  const keeps = filterFor(shaping.filter);
  const fromMs = shaping.from === undefined ? Number.NEGATIVE_INFINITY : durationMs(shaping.from);
  const untilMs = shaping.until === undefined ? Number.POSITIVE_INFINITY : durationMs(shaping.until);
  const shiftMs = signedMs(shaping.timeShift);
  const sampling = rng.stream('sample');
  const source = ids.addSource(file ?? 'a generator');
  let left = limit;
  if (left === 0) return;
  for await (const row of rows) {
    if (row.submitMs >= untilMs) return;
    if (row.submitMs < fromMs || !keeps(row)) continue;
    if (sample < 1 && sampling.stream(row.id).next() >= sample) continue;
    const submitMs = Math.round(row.submitMs * timeScale) + shiftMs;
    const place = { ...(file !== undefined && { file }), ...(row.line !== undefined && { line: row.line }) };
    if (submitMs < 0) {
      badRows.add(tooEarly(submitMs, place));
      continue;
    }
    if (submitMs > LONGEST_MS) {
      const problem = 'is beyond all time after "timeScale" and "timeShift"; expected at most 10,000 years';
      badRows.add(new InputError('PEX_WORKLOAD_VALUE', problem, { ...place, path: 'submit' }));
      continue;
    }
    const id = idPrefix + row.id;
    const earlier = ids.claim(id, source, row.line ?? 0);
    if (earlier !== undefined) {
      badRows.add(idTwice(id, earlier, place));
      continue;
    }
    yield { ...burden(fill(moveRow(row, submitMs - row.submitMs))), id };
    left--;
    if (left === 0) return;
  }
}

function defaultsFor(defaults: RowDefaults | undefined, rng: Rng): (row: WorkloadRow) => WorkloadRow {
  if (defaults === undefined) return (row) => row;
  const { maxDisplacement, buyer, template, templates } = defaults;
  const drawn = templates && templateDrawer(templates, rng);
  const maxDisplacementMs = maxDisplacement === undefined ? undefined : durationMs(maxDisplacement);
  return (row) => ({
    ...row,
    buyer: row.buyer ?? buyer,
    template: row.template ?? drawn?.(row.id) ?? template,
    latestStartMs: row.latestStartMs ?? latestStart(row, maxDisplacementMs),
  });
}

/** @returns the template of a row by its id, before any prefix */
function templateDrawer(
  templates: NonNullable<RowDefaults['templates']>,
  rng: Rng,
): (id: string) => string | undefined {
  const total = templates.reduce((sum, { count, weight }) => sum + count * weight, 0);
  return (id) => {
    let left = rng.stream(id).next() * total;
    for (const { count, prefix, weight } of templates) {
      if (left < count * weight) return `${prefix}${Math.floor(left / weight) + 1}`;
      left -= count * weight;
    }
    // Rounding may leave a last crumb.
    const last = templates.at(-1)!;
    return `${last.prefix}${last.count}`;
  };
}

/** Sotomayor et al., HPDC 2008, section 5.1: boot and shutdown, and what a VM is slower, are added to what a job takes. */
function overheadFor(overhead: RowShaping['overhead']): (row: WorkloadRow) => WorkloadRow {
  if (overhead === undefined) return (row) => row;
  const perRunMs = durationMs(overhead.perRun);
  const longer = (ms: number) => Math.round(ms * (1 + overhead.slowdown)) + perRunMs;
  return (row) => ({
    ...row,
    durationMs: longer(row.durationMs),
    ...(row.runTimeMs !== undefined && { runTimeMs: longer(row.runTimeMs) }),
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

function tooEarly(submitMs: number, place: ErrorPlace): InputError {
  const problem = `is ${formatDuration(-submitMs)} before the start of the scenario; leave such rows out with "from", or move them with "timeShift"`;
  return new InputError('PEX_WORKLOAD_VALUE', problem, { ...place, path: 'submit' });
}

function idTwice(id: string, { source, isSameSource, line }: IdPlace, place: ErrorPlace): InputError {
  const at = line > 0 ? `${source}:${line}` : source;
  const problem = isSameSource
    ? `"${id}" is the id of ${line > 0 ? `line ${line}` : 'an earlier request'} too; expected another`
    : `"${id}" is the id of a request of ${at} too; give one of the two workloads an "idPrefix"`;
  return new InputError('PEX_WORKLOAD_VALUE', problem, { ...place, path: 'id' });
}
