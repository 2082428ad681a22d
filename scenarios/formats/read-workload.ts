// The one way from an entry under `workloads` to a stream of requests: rows are read or drawn, shaped, and placed at the instants of
// their scenario, one at a time.
import { Type } from 'typebox';
import type { Resources, Rng, UserRequest } from '../../engine/index.ts';
import type { InputError } from '../../written/input-error.ts';
import { complete } from '../../written/written-value.ts';
import { generateRows } from '../generator/generate.ts';
import { loadGeneratorSpec } from '../generator/load-spec.ts';
import { WORKLOAD_FORMATS } from './catalogue.ts';
import { detectFormat } from './detect-format.ts';
import type { WorkloadFormat } from './format.ts';
import { BadRows } from './good-rows.ts';
import { lateStartHint } from './late-start.ts';
import { columns } from './mapping.ts';
import { type KnownResources, NO_NAMED } from './named-amounts.ts';
import { RequestIds } from './request-ids.ts';
import { type RequestContext, toUserRequest, type WorkloadRow } from './row.ts';
import { shapeRows } from './shape-rows.ts';
import type { FileWorkload, GeneratedWorkload, WorkloadSource } from './source.ts';
import { inOrder, sorted } from './submission-order.ts';

/** What the rows of a workload may depend on besides its own text. */
export interface RowsContext extends WorkloadListener {
  /** Instant of the start of the scenario, in milliseconds since the Unix epoch. */
  readonly startMs: number;
  /** The types that rows may name; absent: any. */
  readonly instanceTypes?: ReadonlyMap<string, Resources> | undefined;
  /** The resources that rows may name beside CPU, memory and disk; absent: none. */
  readonly resources?: KnownResources | undefined;
  /** The buyer policies that rows may name; absent: any. */
  readonly buyers?: readonly string[] | undefined;
  /** A random stream of this workload's own: generators and samples draw from streams below it. */
  readonly rng: Rng;
  /** Length of the scenario: where generators end that do not say so themselves. */
  readonly horizonMs?: number | undefined;
  /** Thousandths of a CPU of the whole cluster, for a target load. */
  readonly capacityMilliCpus?: number | undefined;
  /** The ids of the other workloads that are asked for together with this one; absent: there are no others. */
  readonly ids?: RequestIds | undefined;
}

/** Who hears what there is to say about a workload besides errors. */
export interface WorkloadListener {
  /** Told about each row that `lenient` leaves out. */
  onSkipped?(problem: InputError): void;
  /** Told, for each row that was left out or read otherwise than it is written, what was done: a clause that follows "1 row" and "12 rows" alike. */
  onOdd?(file: string, what: string): void;
  /** Told once what was hardly meant, and what to do about it: a sentence. */
  onHint?(hint: string): void;
}

/** What requests may depend on besides. */
export type WorkloadContext = RowsContext & RequestContext;

/**
 * The requests of a workload in order of submission, read lazily and in constant memory (unless it asks to be sorted).
 * @param source as its schema describes it, checked, with absolute file paths
 * @throws InputError while it is read: the first ten bad rows of a file in one message, with their places
 */
export async function* readWorkload(
  source: WorkloadSource,
  context: WorkloadContext,
): AsyncGenerator<UserRequest> {
  const file = 'file' in source ? source.file : undefined;
  for await (const row of readRows(source, context)) {
    yield toUserRequest(row, context, {
      ...(file !== undefined && { file }),
      ...(row.line !== undefined && { line: row.line }),
    });
  }
}

/** The rows behind {@link readWorkload}, for those who have no scenario. */
export async function* readRows(source: WorkloadSource, context: RowsContext): AsyncGenerator<WorkloadRow> {
  const { rng, ids = new RequestIds() } = context;
  const file = 'file' in source ? source.file : undefined;
  const badRows = new BadRows({
    lenient: 'file' in source && source.lenient,
    onSkipped: (problem) => context.onSkipped?.(problem),
  });
  const rows = 'file' in source ? rowsOfFile(source, badRows, context) : await drawnRows(source, context);
  let isEmpty = true;
  async function* seen() {
    for await (const row of rows) {
      isEmpty = false;
      yield row;
    }
  }
  let isFirst = true;
  for await (const row of shapeRows(seen(), source, { rng, file, badRows, ids })) {
    if (badRows.areFatal) continue;
    if (isFirst && file !== undefined) {
      const hint = lateStartHint(row, { file, timeShift: source.timeShift, startMs: context.startMs });
      if (hint !== undefined) context.onHint?.(hint);
    }
    isFirst = false;
    yield row;
  }
  badRows.check();
  if (isFirst && file !== undefined) {
    context.onHint?.(
      `${file}: ${isEmpty ? 'it has no requests' : 'none of its requests is left by the settings of this workload'}`,
    );
  }
}

async function* rowsOfFile(
  source: FileWorkload,
  badRows: BadRows,
  context: RowsContext,
): AsyncGenerator<WorkloadRow> {
  const rows = await openFile(source, badRows, context);
  yield* source.sort ? sorted(rows) : inOrder(rows, { file: source.file, badRows });
}

async function drawnRows(
  { generate }: GeneratedWorkload,
  context: RowsContext,
): Promise<AsyncIterable<WorkloadRow>> {
  if (typeof generate !== 'string') return generateRows(generate, context);
  return generateRows(await loadGeneratorSpec(generate), { ...context, file: generate });
}

async function openFile(
  source: FileWorkload,
  badRows: BadRows,
  context: RowsContext,
): Promise<AsyncIterable<WorkloadRow>> {
  const { buyers, instanceTypes, resources = NO_NAMED, startMs } = context;
  const format: WorkloadFormat =
    WORKLOAD_FORMATS.find(({ name }) => name === source.format) ??
    ('columns' in source ? columns : await detectFormat(source.file));
  // The schema of a workload has the options of each format under its name.
  const written = (source as Readonly<Record<string, unknown>>)[format.name] ?? {};
  return format.read({
    file: source.file,
    badRows,
    onOdd: (what) => context.onOdd?.(source.file, what),
    options: complete(format.options ?? NO_OPTIONS, written) as Record<string, unknown>,
    kind: source.defaults?.kind ?? format.kind ?? 'advance',
    startMs,
    instanceTypes,
    resources,
    buyers,
  });
}

const NO_OPTIONS = Type.Object({});
