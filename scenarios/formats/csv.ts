// The project's own workload format: one request a row, columns in any order. The format is described in docs/workloads.md; other
// formats are converted to it.
import { REQUEST_KINDS, type Resources } from '../../engine/index.ts';
import { occurrencesOf } from '../../written/recurrence.ts';
import { suggestion } from '../../written/suggestion.ts';
import { LONGEST_MS } from '../../written/time-text.ts';
import { readTable, type TableRecord } from './csv-table.ts';
import { type Reading, workloadFormat } from './format.ts';
import { goodRows } from './good-rows.ts';
import { fromUnits, type KnownResources, NO_NAMED, needProblem } from './named-amounts.ts';
import { checkRow, demandOf, type WorkloadRow } from './row.ts';

/** The columns, in the order in which they are written; behind them stands one for each resource that the provider names. */
export const CSV_COLUMNS = [
  'id',
  'submit',
  'start',
  'duration',
  'type',
  'cpus',
  'memory',
  'disk',
  'instances',
  'optional',
  'template',
  'user',
  'latest_start',
  'deadline',
  'max_price',
  'kind',
  'run_time',
  'cancel',
  'buyer',
  'min_duration',
  'min_instances',
  'wait_until',
  'provider',
  'or_start',
  'load',
  'requirements',
  'rank',
  'site',
] as const;
export type CsvColumn = (typeof CSV_COLUMNS)[number];

/** Columns that are read only: what they stand for is written out, row by row. */
const REPEAT_COLUMNS = ['repeat_every', 'repeat_times', 'repeat_zone'] as const;

/** What CPU, memory and disk are called in other places, and a name that every object of the language has. */
const OTHER_TAKEN_NAMES: readonly string[] = ['cpu', 'vcpus', 'constructor'];

/** What is wrong with a name for a resource, which is the name of a column too; undefined: nothing. */
export function resourceNameProblem(name: string): string | undefined {
  if (!/^[a-z][a-z0-9_-]{0,39}$/.test(name)) {
    return `"${name}" is no name; expected up to 40 lower-case letters, digits, hyphens and underscores, beginning with a letter`;
  }
  if (![...CSV_COLUMNS, ...REPEAT_COLUMNS, ...OTHER_TAKEN_NAMES].includes(name)) return undefined;
  return `"${name}" means something else already; give it another name`;
}

export const csv = workloadFormat({
  name: 'csv',
  extensions: ['csv'],
  kind: 'advance',
  read: readCsv,
});

async function* readCsv(reading: Reading): AsyncGenerator<WorkloadRow> {
  const known = [...CSV_COLUMNS, ...REPEAT_COLUMNS, ...reading.resources.keys()];
  const records = readTable(reading.file, { known, required: ['id', 'submit', 'duration'] });
  const read = (record: TableRecord): Repeated => {
    const row = readRow(record, reading);
    return { row, laterMs: readRepetition(record, row, reading.startMs) };
  };
  for await (const { laterMs, row } of goodRows(records, read, reading)) {
    if (laterMs === undefined) yield row;
    else yield* laterMs.map((ms, index) => ({ ...startingLater(row, ms), id: `${row.id}.${index + 1}` }));
  }
}

/** A row that may stand for several. */
interface Repeated {
  readonly row: WorkloadRow;
  /** By how much later than the first each of them is, the first included; undefined: it stands for itself alone. */
  readonly laterMs: readonly number[] | undefined;
}

/** All are asked for, waited for and withdrawn at the same time. */
function startingLater(row: WorkloadRow, ms: number): WorkloadRow {
  const later = (instant: number | undefined) => (instant === undefined ? undefined : instant + ms);
  return {
    ...row,
    startMs: (row.startMs ?? row.submitMs) + ms,
    latestStartMs: later(row.latestStartMs),
    deadlineMs: later(row.deadlineMs),
    orStartsMs: row.orStartsMs?.map((instant) => instant + ms),
  };
}

const MOST_REPETITIONS = 10_000;

function readRepetition(
  record: TableRecord,
  row: WorkloadRow,
  scenarioStartMs: number,
): readonly number[] | undefined {
  const everyMs = record.durationMs('repeat_every');
  const times = record.whole('repeat_times', 1);
  const zone = record.text('repeat_zone');
  if (everyMs === undefined && times === undefined && zone === undefined) return undefined;
  const days = record.required('repeat_every', everyMs, 'how often, such as P7D') / 86_400_000;
  const number = record.required('repeat_times', times, 'how many they are');
  if (!Number.isInteger(days) || days < 1)
    throw record.problem(
      'repeat_every',
      `${record.text('repeat_every')} cannot be; expected whole days, such as P7D`,
    );
  if (number > MOST_REPETITIONS)
    throw record.problem('repeat_times', `${number} is too much; expected at most ${MOST_REPETITIONS}`);
  if (row.kind === 'immediate')
    throw record.problem('repeat_every', 'is not for immediate requests, which start at their submission');
  const firstMs = scenarioStartMs + (row.startMs ?? row.submitMs);
  if (firstMs + number * days * 86_400_000 > LONGEST_MS)
    throw record.problem('repeat_times', 'leads beyond all time; expected fewer');
  try {
    const rule = { startMs: firstMs, everyDays: days, times: number, zone: zone ?? 'UTC' };
    return occurrencesOf(rule, number).map((ms) => ms - firstMs);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw record.problem(
      'repeat_zone',
      `there is no time zone "${zone}"; expected one such as Europe/Berlin`,
    );
  }
}

function readRow(
  record: TableRecord,
  { startMs, kind, instanceTypes, resources, buyers }: Reading,
): WorkloadRow {
  const instant = (column: CsvColumn) => record.instant(column, startMs);
  const row: WorkloadRow = {
    id: record.required('id', record.text('id'), 'a name that is unique in the file'),
    kind: record.oneOf('kind', REQUEST_KINDS) ?? kind,
    submitMs: record.required('submit', instant('submit'), 'the time of submission'),
    startMs: instant('start'),
    durationMs: record.required('duration', record.durationMs('duration'), 'seconds'),
    size: readSize(record, resources),
    instances: record.whole('instances', 1) ?? 1,
    optional: record.whole('optional', 0) ?? 0,
    template: record.text('template'),
    user: record.text('user'),
    latestStartMs: instant('latest_start'),
    deadlineMs: instant('deadline'),
    maxPriceMicros: readPrice(record),
    runTimeMs: record.durationMs('run_time'),
    cancelMs: instant('cancel'),
    buyer: record.text('buyer'),
    minDurationMs: record.durationMs('min_duration'),
    minInstances: record.whole('min_instances', 1),
    waitUntilMs: instant('wait_until'),
    providers: record.text('provider')?.split('|'),
    orStartsMs: record.instants('or_start', startMs),
    load: record.text('load'),
    requirements: record.text('requirements'),
    rank: record.text('rank'),
    sites: record.text('site')?.split('|'),
    isDated: /^\d{4}-/.test(record.text('submit') ?? '') || undefined,
    line: record.place.line,
  };
  if (instanceTypes !== undefined) demandOf(row.size, instanceTypes, record.place, 'type');
  if (buyers !== undefined && row.buyer !== undefined && !buyers.includes(row.buyer)) {
    throw record.problem('buyer', `there is no buyer policy "${row.buyer}"${suggestion(row.buyer, buyers)}`);
  }
  return checkRow(row, record.place);
}

function readSize(record: TableRecord, resources: KnownResources): string | Resources {
  const type = record.text('type');
  const given = ['cpus', 'memory', 'disk', ...resources.keys()].find(
    (column) => record.text(column) !== undefined,
  );
  if (type !== undefined) {
    if (given === undefined) return type;
    throw record.problem(given, `is given beside the type "${type}"; expected either a type or amounts`);
  }
  if (given === undefined) {
    throw record.problem('type', 'is missing; expected an instance type, or cpus and memory');
  }
  // Millionths first, so that 1.005 becomes 1005 and 1.0005 is still seen to be too fine.
  const millionths = record.required('cpus', record.scaled('cpus', 1e6, CPUS), CPUS);
  return {
    milliCpus: millionths / 1000,
    memoryMib: record.required('memory', record.whole('memory', 0), 'MiB'),
    diskGib: record.whole('disk', 0) ?? 0,
    ...readNamed(record, resources),
  };
}

/** An empty cell stands for none of it, and so does one with 0. */
function readNamed(record: TableRecord, resources: KnownResources): Pick<Resources, 'named'> {
  const named: Record<string, number> = {};
  for (const [name, known] of resources) {
    const units = known.divisible ? thousandths(record, name) : record.whole(name, 0);
    const flaw = needProblem(fromUnits(units ?? 0, known.divisible), known);
    if (flaw !== undefined) throw record.problem(name, flaw);
    if (units !== undefined && units !== 0) named[name] = units;
  }
  return Object.keys(named).length === 0 ? {} : { named };
}

function thousandths(record: TableRecord, name: string): number | undefined {
  const millionths = record.scaled(name, 1e6, 'an amount with up to three decimals');
  if (millionths === undefined) return undefined;
  if (millionths >= 0 && millionths % 1000 === 0) return millionths / 1000;
  const problem = `${record.text(name)} cannot be; expected 0 or more, with up to three decimals`;
  throw record.problem(name, problem);
}

const CPUS = 'virtual CPUs with up to three decimals';

function readPrice(record: TableRecord): number | undefined {
  const micros = record.scaled('max_price', 1e6, 'credits');
  if (micros !== undefined && micros < 0) {
    throw record.problem('max_price', `${record.text('max_price')} is negative; expected credits`);
  }
  return micros;
}

/** The header row, with its line end. */
export function formatCsvHeader(resources: KnownResources = NO_NAMED): string {
  return `${[...CSV_COLUMNS, ...resources.keys()].join(',')}\n`;
}

/** A row as {@link csv} reads it back, with its line end; times in seconds, to the millisecond. */
export function formatCsvRow(row: WorkloadRow, resources: KnownResources = NO_NAMED): string {
  const size = typeof row.size === 'string' ? { type: row.size } : formatAmounts(row.size);
  const values: { readonly [Column in CsvColumn]?: string | number | undefined } = {
    id: row.id,
    submit: inSeconds(row.submitMs),
    start: inSeconds(row.startMs),
    duration: inSeconds(row.durationMs),
    ...size,
    instances: row.instances,
    optional: row.optional === 0 ? undefined : row.optional,
    template: row.template,
    user: row.user,
    latest_start: inSeconds(row.latestStartMs),
    deadline: inSeconds(row.deadlineMs),
    max_price: row.maxPriceMicros === undefined ? undefined : row.maxPriceMicros / 1e6,
    kind: row.kind,
    run_time: inSeconds(row.runTimeMs),
    cancel: inSeconds(row.cancelMs),
    buyer: row.buyer,
    min_duration: inSeconds(row.minDurationMs),
    min_instances: row.minInstances,
    wait_until: inSeconds(row.waitUntilMs),
    provider: row.providers?.join('|'),
    or_start: row.orStartsMs?.map((ms) => ms / 1000).join(' '),
    load: row.load,
    requirements: row.requirements,
    rank: row.rank,
    site: row.sites?.join('|'),
  };
  const named = typeof row.size === 'string' ? undefined : row.size.named;
  const amounts = Array.from(resources, ([name, { divisible }]) =>
    named?.[name] === undefined ? undefined : fromUnits(named[name], divisible),
  );
  return `${[...CSV_COLUMNS.map((column) => values[column]), ...amounts].map(quoted).join(',')}\n`;
}

const formatAmounts = ({ milliCpus, memoryMib, diskGib }: Resources) => ({
  cpus: milliCpus / 1000,
  memory: memoryMib,
  disk: diskGib,
});

const inSeconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);

function quoted(value: string | number | undefined): string {
  if (typeof value !== 'string') return value === undefined ? '' : String(value);
  return /^[\w.:@/+-]*$/.test(value) ? value : `"${value.replaceAll('"', '""')}"`;
}
