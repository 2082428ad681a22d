// Tables of measured migrations: one row for each, with the memory of the VM and how long it took.
import { readTable, type TableRecord } from '../../scenarios/formats/csv-table.ts';
import { InputError } from '../../written/input-error.ts';
import { suggestion } from '../../written/suggestion.ts';

export interface MeasuredMigration {
  /** Of the VM; positive. */
  readonly memoryMib: number;
  /** From the command to its end; positive. */
  readonly durationS: number;
  /** While the guest stood still; absent: not measured. */
  readonly downtimeS?: number;
  /** Pages of 4 KiB; absent: not measured. */
  readonly dirtyPagesPerS?: number;
  /** False: only to be predicted. */
  readonly isFitted: boolean;
}

/** Names of columns. */
export interface MeasuredColumns {
  readonly memory: string;
  readonly duration: string;
  readonly downtime?: string | undefined;
  readonly dirtyPages?: string | undefined;
}

/** Rows that have that value there are fitted to. */
export interface FitOn {
  readonly column: string;
  readonly value: string;
  /** As messages name it. */
  readonly origin: string;
}

export interface MeasuredTable {
  readonly rows: readonly MeasuredMigration[];
  /** Rows without a duration, such as those of migrations that failed. */
  readonly leftOut: number;
}

/** @throws InputError where a value is none, or no row is left to fit to */
export async function readMeasured(
  file: string,
  columns: MeasuredColumns,
  fitOn?: FitOn,
): Promise<MeasuredTable> {
  const { dirtyPages, downtime, duration, memory } = columns;
  const named = [memory, duration, downtime, dirtyPages, fitOn?.column];
  const required = [...new Set(named.filter((name) => name !== undefined))];
  const rows: MeasuredMigration[] = [];
  const values = new Set<string>();
  let leftOut = 0;
  for await (const record of readTable(file, { required })) {
    const value = fitOn && (record.text(fitOn.column) ?? '');
    if (value !== undefined) values.add(value);
    const durationS = positive(record, duration);
    if (durationS === undefined) {
      leftOut += 1;
      continue;
    }
    const memoryMib = record.required(memory, positive(record, memory), 'the memory of the VM in MiB');
    const downtimeS = downtime === undefined ? undefined : amount(record, downtime);
    const dirtyPagesPerS = dirtyPages === undefined ? undefined : amount(record, dirtyPages);
    if (downtimeS !== undefined && downtimeS > durationS)
      throw record.problem(downtime!, `${downtimeS} s is longer than the migration, ${durationS} s`);
    rows.push({
      memoryMib,
      durationS,
      ...(downtimeS !== undefined && { downtimeS }),
      ...(dirtyPagesPerS !== undefined && { dirtyPagesPerS }),
      isFitted: value === fitOn?.value,
    });
  }
  if (rows.some(({ isFitted }) => isFitted)) return { rows, leftOut };
  if (fitOn === undefined || rows.length === 0)
    throw new InputError('PEX_WORKLOAD_VALUE', `it has no row with a value of "${duration}"`, { file });
  const known = [...values].slice(0, 20);
  throw new InputError(
    'PEX_USAGE',
    `no row with a duration has "${fitOn.value}" in "${fitOn.column}"${suggestion(fitOn.value, known)}`,
    { file: fitOn.origin },
  );
}

function amount(record: TableRecord, column: string): number | undefined {
  const expected = 'a number of at least 0';
  const millionths = record.scaled(column, 1e6, expected);
  if (millionths === undefined) return undefined;
  if (millionths < 0 || millionths > 1e15)
    throw record.problem(column, `${millionths / 1e6} cannot be; expected ${expected}`);
  return millionths / 1e6;
}

function positive(record: TableRecord, column: string): number | undefined {
  const value = amount(record, column);
  if (value === 0) throw record.problem(column, '0 cannot be; expected a number above 0');
  return value;
}
