// Writing a workload as it streams by: to stdout, or to a file that appears only when it is whole.
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { formatCsvHeader, formatCsvRow } from '../scenarios/formats/csv.ts';
import { TYPES_OF_THE_PAPERS } from '../scenarios/formats/instance-size.ts';
import { type KnownResources, NO_NAMED } from '../scenarios/formats/named-amounts.ts';
import type { WorkloadRow } from '../scenarios/formats/row.ts';
import { counted } from '../written/counted.ts';
import { InputError } from '../written/input-error.ts';
import { formatDuration } from '../written/time-text.ts';

/** Rows are written in pieces of about so many characters. */
const PIECE = 65_536;

/** How rows are written. */
export interface RowsText {
  header(): string;
  row(row: WorkloadRow): string;
}

/** Our CSV, with a column for each resource that is named. */
export function csvText(resources: KnownResources = NO_NAMED): RowsText {
  return { header: () => formatCsvHeader(resources), row: (row) => formatCsvRow(row, resources) };
}

export interface WrittenWorkload {
  readonly rows: number;
  readonly firstSubmitMs: number;
  readonly lastSubmitMs: number;
  /** CPUs x hours of all requests whose size is known here: given in amounts, or a type of the papers. */
  readonly cpuHours: number;
  /** Rows of another type. */
  readonly rowsOfOtherTypes: number;
}

/**
 * Writes all rows with the header row.
 * @param out a path, or "-" for stdout. A file is written beside its place and moved there at the end; after an error or an interruption
 *   what was there before is still there.
 * @returns undefined when the signal stopped it
 * @throws InputError (PEX_FILE_UNWRITABLE), and whatever reading the rows throws
 */
export async function writeWorkload(
  rows: AsyncIterable<WorkloadRow>,
  out: string,
  signal: AbortSignal,
  text: RowsText,
): Promise<WrittenWorkload | undefined> {
  if (out === '-') return writeRows(rows, text, writeToStdout, signal);
  const draft = join(dirname(out), `.${basename(out)}.${process.pid}.tmp`);
  const file = await openDraft(draft, out);
  try {
    const write = async (piece: string) => {
      await file.write(piece).catch((cause: unknown) => Promise.reject(unwritable(out, cause)));
    };
    const written = await writeRows(rows, text, write, signal);
    await file.close();
    if (written === undefined) return undefined;
    await rename(draft, out).catch((cause: unknown) => Promise.reject(unwritable(out, cause)));
    return written;
  } finally {
    await file.close();
    await rm(draft, { force: true });
  }
}

/** "month.csv: 5,545 rows, submitted from 0s to 29d 23h, 102,300 CPU-hours" */
export function describeWritten(out: string, written: WrittenWorkload): string {
  const { rows, firstSubmitMs, lastSubmitMs, cpuHours, rowsOfOtherTypes } = written;
  // Less than ten are told to a tenth or closer: half a CPU-hour is not one.
  const count = (value: number) =>
    value.toLocaleString('en', value < 10 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 0 });
  const where = out === '-' ? 'stdout' : out;
  if (rows === 0) return `${where}: 0 rows`;
  const unknown =
    rowsOfOtherTypes === 0
      ? ''
      : ` (without ${counted(rowsOfOtherTypes, 'row')} of types that only a scenario knows)`;
  const span = `submitted from ${formatDuration(firstSubmitMs)} to ${formatDuration(lastSubmitMs)}`;
  return `${where}: ${counted(rows, 'row')}, ${span}, ${count(cpuHours)} CPU-hours${unknown}`;
}

async function writeRows(
  rows: AsyncIterable<WorkloadRow>,
  text: RowsText,
  write: (piece: string) => Promise<void>,
  signal: AbortSignal,
): Promise<WrittenWorkload | undefined> {
  let count = 0;
  let firstSubmitMs = 0;
  let lastSubmitMs = 0;
  let milliCpuMs = 0;
  let rowsOfOtherTypes = 0;
  let piece = text.header();
  for await (const row of rows) {
    if (count === 0) firstSubmitMs = row.submitMs;
    lastSubmitMs = row.submitMs;
    count++;
    const size = typeof row.size === 'string' ? TYPES_OF_THE_PAPERS.get(row.size) : row.size;
    if (size === undefined) rowsOfOtherTypes++;
    else milliCpuMs += size.milliCpus * row.instances * row.durationMs;
    piece += text.row(row);
    if (piece.length < PIECE) continue;
    await write(piece);
    if (signal.aborted) return undefined;
    piece = '';
  }
  await write(piece);
  const cpuHours = milliCpuMs / 1000 / 3_600_000;
  return { rows: count, firstSubmitMs, lastSubmitMs, cpuHours, rowsOfOtherTypes };
}

function writeToStdout(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(text, () => resolve());
  });
}

async function openDraft(draft: string, out: string): Promise<FileHandle> {
  try {
    return await open(draft, 'w');
  } catch (cause) {
    throw unwritable(out, cause);
  }
}

function unwritable(out: string, cause: unknown): InputError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'its folder does not exist',
    EACCES: 'permission denied',
    EISDIR: 'it is a directory',
    ENOSPC: 'the disk is full',
  };
  const reason = reasons[code] ?? (cause instanceof Error ? cause.message : String(cause));
  return new InputError('PEX_FILE_UNWRITABLE', `cannot be written: ${reason}`, { file: out }, { cause });
}
