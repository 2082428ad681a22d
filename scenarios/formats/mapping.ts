// Logs of other systems, read by a mapping of their columns to ours: the workload format "columns". Its settings are in mapping-schema.ts; examples
// for the logs that people have are in docs/workloads.md.
import { REQUEST_KINDS, type Resources } from '../../engine/index.ts';
import { InputError } from '../../written/input-error.ts';
import { suggestion } from '../../written/suggestion.ts';
import { type Reading, workloadFormat } from './format.ts';
import { goodRows } from './good-rows.ts';
import { unknownResource } from './instance-size.ts';
import { CellContext, CellReader, ConditionReader, type Quantity } from './mapping-cell.ts';
import { type MappedRecord, readMappedRecords } from './mapping-records.ts';
import { type Cell, Mapping } from './mapping-schema.ts';
import { checkRow, demandOf, type WorkloadRow } from './row.ts';

export const columns = workloadFormat({
  name: 'columns',
  extensions: [],
  kind: 'best-effort',
  options: Mapping,
  read: (reading) => (reading.options.events === undefined ? readRows(reading) : readEvents(reading)),
});

type CheckedRecord = MappedRecord & { readonly wrongWidth?: string };

const FIELDS = [
  ...([
    'id',
    'submit',
    'start',
    'duration',
    'end',
    'type',
    'cpus',
    'memory',
    'disk',
    'instances',
    'optional',
  ] as const),
  ...([
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
    'load',
  ] as const),
];
type Field = (typeof FIELDS)[number];

async function* readRows(reading: Reading<Mapping>): AsyncGenerator<WorkloadRow> {
  checkMapping(reading);
  const records = readMappedRecords(reading.file, reading.options);
  let reader: RowReader | undefined;
  let ordinal = 0;
  yield* goodRows(
    records,
    (record): WorkloadRow | undefined => {
      reader ??= new RowReader(reading, record.columns);
      ordinal++;
      if (!reader.keeps(record)) return undefined;
      return reader.row(record, { ordinal });
    },
    reading,
  );
}

/** What is known of a request while its events are read. */
interface Joined {
  readonly record: MappedRecord;
  readonly ordinal: number;
  readonly beginMs: number;
  startMs: number | undefined;
  endMs: number | undefined;
}

async function* readEvents(reading: Reading<Mapping>): AsyncGenerator<WorkloadRow> {
  checkMapping(reading);
  const joined = new Map<string, Joined>();
  let reader: RowReader | undefined;
  let lastMs = Number.NEGATIVE_INFINITY;
  // A bad row of an event is bad at once; those that are left are read when all ends are known.
  yield* goodRows(
    readMappedRecords(reading.file, reading.options),
    (record): WorkloadRow | undefined => {
      reader ??= new RowReader(reading, record.columns);
      if (reader.keeps(record)) {
        const atMs = reader.event(record, joined);
        if (atMs !== undefined) lastMs = Math.max(lastMs, atMs);
      }
      return undefined;
    },
    reading,
  );
  const { start, open } = reading.options.events!;
  yield* goodRows(
    asyncOf(joined.values()),
    (request) => {
      const { beginMs, endMs, record, ordinal } = request;
      const startMs = start === undefined ? beginMs : request.startMs;
      if (startMs === undefined) {
        reading.onOdd('left out: of requests that never began to run');
        return undefined;
      }
      if (endMs === undefined && open === 'skip') {
        reading.onOdd('left out: of requests that never end');
        return undefined;
      }
      if (endMs === undefined)
        reading.onOdd('of requests that never end; the last event of the file is taken');
      return reader!.row(record, { ordinal, submitMs: beginMs, durationMs: (endMs ?? lastMs) - startMs });
    },
    reading,
  );
}

async function* asyncOf<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

/** What the schema cannot say. */
function checkMapping({ options, file, resources }: Reading<Mapping>): void {
  const fail = (path: string, problem: string) => {
    throw new InputError('PEX_WORKLOAD_HEADER', problem, { file, path: `columns.${path}` });
  };
  if (options.events === undefined) {
    if (options.submit === undefined)
      fail('submit', 'is missing; expected the column with the time of submission');
    if (options.duration === undefined && options.end === undefined) {
      fail('duration', 'is missing; expected duration or end, or events that join a begin and an end');
    }
  } else if (options.id === undefined) {
    fail('id', 'is missing; events of a request are found by its id');
  }
  if (options.duration !== undefined && (options.end !== undefined || options.events !== undefined)) {
    fail('duration', 'is given beside an end; expected either');
  }
  if (options.type === undefined && (options.cpus === undefined || options.memory === undefined)) {
    fail('type', 'is missing; expected type, or cpus and memory (a constant is written {value: 1024})');
  }
  for (const name of Object.keys(options.resources ?? {})) {
    if (!resources.has(name)) fail(`resources.${name}`, unknownResource(name, resources));
  }
  const { cpus, memory, disk, resources: named } = options;
  if (options.type !== undefined && (cpus ?? memory ?? disk ?? named) !== undefined) {
    fail('type', 'is given beside amounts; expected either a type or amounts');
  }
  if (options.lastTakesRest && options.width === undefined)
    fail('width', 'is missing; lastTakesRest needs it');
}

interface Known {
  readonly ordinal: number;
  readonly submitMs?: number;
  readonly durationMs?: number;
}

class RowReader {
  readonly #reading: Reading<Mapping>;
  readonly #cells = new Map<Field | 'time', CellReader>();
  /** By the name of the resource. */
  readonly #named = new Map<string, CellReader>();
  readonly #keep: ConditionReader;
  readonly #context: CellContext;
  readonly #eventIndex: number;

  constructor(reading: Reading<Mapping>, columnIndex: CellContext['columns']) {
    this.#reading = reading;
    const { options, file, startMs } = reading;
    const context = new CellContext({ file, mapping: options, columns: columnIndex, startMs });
    this.#context = context;
    this.#keep = new ConditionReader(options.keep, 'keep', context);
    const { events } = options;
    this.#eventIndex = events === undefined ? -1 : columnIndex.of(events.column, 'columns.events.column');
    if (events !== undefined) this.#cells.set('time', new CellReader(events.time, 'events.time', context));
    for (const field of FIELDS) {
      const cell: Cell | undefined = options[field];
      if (cell !== undefined) this.#cells.set(field, new CellReader(cell, field, context));
    }
    for (const [name, cell] of Object.entries(options.resources ?? {})) {
      this.#named.set(name, new CellReader(cell, `resources.${name}`, context));
    }
  }

  keeps(record: CheckedRecord): boolean {
    if (record.wrongWidth !== undefined) {
      throw new InputError('PEX_WORKLOAD_VALUE', record.wrongWidth, record.place);
    }
    if (this.#keep.holds(record)) return true;
    this.#reading.onOdd('left out by `columns.keep`');
    return false;
  }

  /** @returns when it was; undefined for an event that says nothing */
  event(record: MappedRecord, joined: Map<string, Joined>): number | undefined {
    const { begin, end, start } = this.#reading.options.events!;
    const what = record.fields[this.#eventIndex] ?? '';
    const is = (pattern: string | undefined) =>
      pattern !== undefined && this.#context.regExp(pattern).test(what);
    if (!is(begin) && !is(start) && !is(end)) {
      this.#reading.onOdd('left out: of other events');
      return undefined;
    }
    const atMs = Math.round(
      this.#required(record, 'time', this.#amount(record, 'time', 'instant'), 'the time of the event'),
    );
    const id = this.#required(record, 'id', this.#text(record, 'id'), 'an id');
    const known = joined.get(id);
    if (is(begin)) {
      if (known !== undefined) this.#reading.onOdd('left out: of a begin after the first');
      else
        joined.set(id, {
          record,
          ordinal: joined.size + 1,
          beginMs: atMs,
          startMs: undefined,
          endMs: undefined,
        });
    } else if (known === undefined) {
      this.#reading.onOdd('left out: of requests that had not begun');
    } else if (is(start)) {
      known.startMs ??= atMs;
    } else if (known.endMs === undefined) {
      known.endMs = atMs;
    } else {
      this.#reading.onOdd('left out: of an end after the first');
    }
    return atMs;
  }

  row(record: MappedRecord, known: Known): WorkloadRow {
    const { instanceTypes, buyers, kind } = this.#reading;
    const ms = (field: Field, quantity: Quantity) => rounded(this.#amount(record, field, quantity));
    const submit = this.#cells.get('submit')?.amount(record, 'instant');
    const submitMs =
      known.submitMs ?? this.#required(record, 'submit', ms('submit', 'instant'), 'the time of submission');
    const startMs = ms('start', 'instant');
    const row: WorkloadRow = {
      id: this.#cells.has('id')
        ? this.#required(record, 'id', this.#text(record, 'id'), 'a name that is unique in the file')
        : `row-${known.ordinal}`,
      kind: this.#oneOf(record, 'kind', REQUEST_KINDS) ?? kind,
      submitMs,
      startMs,
      durationMs: this.#duration(record, startMs ?? submitMs, known.durationMs),
      size: this.#size(record),
      instances: upward(this.#amount(record, 'instances', 'number')) ?? 1,
      optional: upward(this.#amount(record, 'optional', 'number')) ?? 0,
      template: this.#text(record, 'template'),
      user: this.#text(record, 'user'),
      latestStartMs: ms('latest_start', 'instant'),
      deadlineMs: ms('deadline', 'instant'),
      maxPriceMicros: rounded(scaled(this.#amount(record, 'max_price', 'number'), 1e6)),
      runTimeMs: ms('run_time', 'duration'),
      cancelMs: ms('cancel', 'instant'),
      buyer: this.#text(record, 'buyer'),
      minDurationMs: ms('min_duration', 'duration'),
      minInstances: upward(this.#amount(record, 'min_instances', 'number')),
      waitUntilMs: ms('wait_until', 'instant'),
      providers: this.#text(record, 'provider')?.split('|'),
      load: this.#text(record, 'load'),
      isDated: submit?.isDated === true || undefined,
      line: record.place.line,
    };
    if (instanceTypes !== undefined) demandOf(row.size, instanceTypes, record.place, 'type');
    if (buyers !== undefined && row.buyer !== undefined && !buyers.includes(row.buyer)) {
      const problem = `there is no buyer policy "${row.buyer}"${suggestion(row.buyer, buyers)}`;
      throw new InputError('PEX_WORKLOAD_VALUE', problem, { ...record.place, path: 'buyer' });
    }
    return checkRow(row, record.place);
  }

  #duration(record: MappedRecord, startMs: number, knownMs: number | undefined): number {
    if (this.#cells.has('duration')) {
      const ms = rounded(this.#amount(record, 'duration', 'duration'));
      return this.#required(
        record,
        'duration',
        ms,
        'how long it lasts; what holds where a row does not say is `otherwise`',
      );
    }
    const endMs =
      knownMs === undefined
        ? this.#required(
            record,
            'end',
            rounded(this.#amount(record, 'end', 'instant')),
            'when it ends; what holds where a row does not say is `otherwise`',
          )
        : startMs + knownMs;
    const durationMs = endMs - startMs;
    const { shortest } = this.#reading.options;
    if (durationMs < 0) {
      const problem = `${endMs / 1000} s is before its begin at ${startMs / 1000} s`;
      throw new InputError('PEX_WORKLOAD_VALUE', problem, { ...record.place, path: 'end' });
    }
    const shortestMs = Math.round((shortest ?? 0) * 1000);
    if (durationMs >= shortestMs) return durationMs;
    this.#reading.onOdd(`with an earlier end; a length of ${shortest} s is taken (\`columns.shortest\`)`);
    return shortestMs;
  }

  #size(record: MappedRecord): string | Resources {
    if (this.#cells.has('type')) {
      return this.#required(record, 'type', this.#text(record, 'type'), 'an instance type');
    }
    const amount = (field: Field, quantity: Quantity) =>
      this.#required(record, field, this.#amount(record, field, quantity), 'an amount');
    return {
      milliCpus: upward(amount('cpus', 'number') * 1000)!,
      memoryMib: upward(amount('memory', 'memory'))!,
      diskGib: upward(this.#amount(record, 'disk', 'disk')) ?? 0,
      ...this.#namedAmounts(record),
    };
  }

  /** What a row does not say is none. */
  #namedAmounts(record: MappedRecord): Pick<Resources, 'named'> {
    const named: Record<string, number> = {};
    for (const [name, cell] of this.#named) {
      const amount = cell.amount(record, 'number')?.value;
      const isDivisible = this.#reading.resources.get(name)?.divisible === true;
      const units = upward(isDivisible ? scaled(amount, 1000) : amount);
      if (units !== undefined && units !== 0) named[name] = units;
    }
    return Object.keys(named).length === 0 ? {} : { named };
  }

  #text(record: MappedRecord, field: Field): string | undefined {
    return this.#cells.get(field)?.text(record);
  }

  /** Tells of what is more than reading. */
  #amount(record: MappedRecord, field: Field | 'time', quantity: Quantity): number | undefined {
    const reckoned = this.#cells.get(field)?.amount(record, quantity);
    if (reckoned === undefined) return undefined;
    if (quantity === 'instant' || quantity === 'duration') {
      const said = `${reckoned.value / 1000} s`;
      if (reckoned.isAssumed && (field === 'end' || field === 'duration')) {
        this.#reading.onOdd(`without ${field}; ${said} is taken`);
      }
      if (reckoned.isRaised) this.#reading.onOdd(`with an earlier or shorter ${field}; ${said} is taken`);
      if (reckoned.isLowered) this.#reading.onOdd(`with a later or longer ${field}; ${said} is taken`);
    }
    return reckoned.value;
  }

  #oneOf<Word extends string>(record: MappedRecord, field: Field, known: readonly Word[]): Word | undefined {
    const text = this.#text(record, field);
    if (text === undefined) return undefined;
    const word = known.find((candidate) => candidate === text);
    if (word !== undefined) return word;
    const problem = `"${text}" is unknown${suggestion(text, known)}`;
    throw new InputError('PEX_WORKLOAD_VALUE', problem, { ...record.place, path: field });
  }

  #required<T>(record: MappedRecord, field: string, value: T | undefined, expected: string): T {
    if (value !== undefined) return value;
    throw new InputError('PEX_WORKLOAD_VALUE', `is missing; expected ${expected}`, {
      ...record.place,
      path: field,
    });
  }
}

const rounded = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Math.round(value) + 0;
const scaled = (value: number | undefined, factor: number): number | undefined =>
  value === undefined ? undefined : value * factor;
/** Rounded up, but not for what is only the imprecision of a product; never to the zero that is negative. */
const upward = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Math.ceil(value - 1e-6) + 0;
