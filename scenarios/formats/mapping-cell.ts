// Values as a mapping says they are written: texts, amounts, durations and instants of somebody else's log.
import { InputError } from '../../written/input-error.ts';
import { readInstant } from '../../written/instant.ts';
import { parseIsoDuration } from '../../written/time-text.ts';
import { parseDecimal } from './decimal.ts';
import type { ColumnIndex, MappedRecord } from './mapping-records.ts';
import {
  type Cell,
  type Condition,
  type Mapping,
  SIZE_UNITS_MIB,
  type Term,
  TIME_UNITS_MS,
} from './mapping-schema.ts';

/** What a number is to mean: how it is written, and in which unit the row holds it. */
export type Quantity = 'number' | 'memory' | 'disk' | 'duration' | 'instant';

/** Units of `atLeast` and `atMost` in those of the row: seconds are milliseconds there. */
const BOUND: Readonly<Record<Quantity, number>> = {
  number: 1,
  memory: 1,
  disk: 1,
  duration: 1000,
  instant: 1000,
};

/** What was done to a value besides reading it. */
export interface Reckoned {
  readonly value: number;
  readonly isAssumed: boolean;
  readonly isRaised: boolean;
  readonly isLowered: boolean;
  /** It was written as a date. */
  readonly isDated: boolean;
}

/** One field of a row: finds its columns once, and reads it of each record. */
export class CellReader {
  readonly #path: string;
  readonly #cell: CellReading;
  readonly #context: CellContext;
  readonly #when: ConditionReader;

  /** @throws InputError when there is no such column */
  constructor(cell: Cell, path: string, context: CellContext) {
    this.#path = path;
    this.#context = context;
    this.#cell = typeof cell === 'object' ? cell : { column: cell };
    this.#when = new ConditionReader(this.#cell.when ?? [], path, context);
    for (const { group, at } of this.#terms()) {
      for (const column of columnsOf(group)) context.columns.of(column, `columns.${at}`);
      if (columnsOf(group).length === 0 && group.value === undefined) {
        const problem = 'says neither where it stands (column) nor what it is (value)';
        throw new InputError('PEX_WORKLOAD_HEADER', problem, { file: context.file, path: `columns.${at}` });
      }
    }
  }

  /** Undefined when the row says nothing. */
  text(record: MappedRecord): string | undefined {
    if (!this.#when.holds(record)) return undefined;
    const { otherwise } = this.#cell;
    return this.#read(this.#cell, record) ?? (otherwise === undefined ? undefined : String(otherwise));
  }

  amount(record: MappedRecord, quantity: Quantity): Reckoned | undefined {
    if (!this.#when.holds(record)) return undefined;
    const cell = this.#cell;
    const written = this.#read(cell, record);
    const text = written ?? (cell.otherwise === undefined ? undefined : String(cell.otherwise));
    if (text === undefined) return undefined;
    const base = this.#number(text, cell, record, quantity);
    let { value } = base;
    const part = (term: Term | undefined, of: Quantity) => {
      if (term === undefined) return undefined;
      const group = typeof term === 'object' ? term : { column: term };
      const said = this.#read(group, record);
      return said === undefined ? undefined : this.#number(said, group, record, of).value;
    };
    // What is added to an instant is a length of time.
    const same = quantity === 'instant' ? 'duration' : quantity;
    value *= part(cell.times, 'number') ?? 1;
    const divisor = part(cell.over, 'number') ?? 1;
    if (divisor === 0) throw this.#problem(record, cell, 'is to be divided by 0');
    value /= divisor;
    value += part(cell.plus, same) ?? 0;
    value -= part(cell.minus, same) ?? 0;
    const least = (cell.atLeast ?? Number.NEGATIVE_INFINITY) * BOUND[quantity];
    const most = (cell.atMost ?? Number.POSITIVE_INFINITY) * BOUND[quantity];
    return {
      value: Math.min(Math.max(value, least), most),
      isAssumed: written === undefined,
      isRaised: value < least,
      isLowered: value > most,
      isDated: base.isDated,
    };
  }

  get path(): string {
    return this.#path;
  }

  #problem(record: MappedRecord, group: TermReading, problem: string): InputError {
    const columns = columnsOf(group).map((column) =>
      typeof column === 'number' ? `column ${column}` : column,
    );
    const path = columns.length === 0 ? this.#path : `${this.#path} (${columns.join(', ')})`;
    return new InputError('PEX_WORKLOAD_VALUE', problem, { ...record.place, path });
  }

  #terms(): { readonly group: TermReading; readonly at: string }[] {
    const cell = this.#cell;
    const further = (['times', 'over', 'plus', 'minus'] as const).flatMap((key) => {
      const term = cell[key];
      if (term === undefined) return [];
      return [{ group: typeof term === 'object' ? term : { column: term }, at: `${this.#path}.${key}` }];
    });
    return [{ group: cell, at: this.#path }, ...further];
  }

  /** What counts of the value; undefined when it says nothing. */
  #read(group: TermReading, record: MappedRecord): string | undefined {
    if (group.value !== undefined) return String(group.value);
    const parts: string[] = [];
    for (const column of columnsOf(group)) {
      const index = this.#context.columns.of(column, this.#path);
      const field = record.fields[index];
      if (field === undefined) {
        throw this.#problem(record, group, `is missing: the row has ${record.fields.length} columns`);
      }
      if (field.includes('\uFFFD')) throw this.#problem(record, group, `"${field}" is not UTF-8`);
      if (this.#saysNothing(field, group)) return undefined;
      parts.push(field);
    }
    const text = parts.join(group.join ?? '/');
    const found = group.pattern === undefined ? [text] : this.#context.regExp(group.pattern).exec(text);
    if (found === null) return undefined;
    const what = found[1] ?? found[0] ?? '';
    if (this.#saysNothing(what, group)) return undefined;
    const { words } = group;
    return words !== undefined && Object.hasOwn(words, what) ? String(words[what]) : what;
  }

  #saysNothing(text: string, { nothing = [] }: TermReading): boolean {
    return (
      text === '' || [...nothing, ...this.#context.mapping.nothing].some((word) => String(word) === text)
    );
  }

  #number(
    text: string,
    group: TermReading,
    record: MappedRecord,
    quantity: Quantity,
  ): { readonly value: number; readonly isDated: boolean } {
    const { time } = this.#context.mapping;
    const factor = group.factor ?? 1;
    const fail = (expected: string) => {
      throw this.#problem(record, group, `"${text}" ${expected}`);
    };
    const plain = parseDecimal(text);
    const unit = group.unit ?? (quantity === 'memory' ? 'MiB' : quantity === 'disk' ? 'GiB' : time.unit);
    if (quantity === 'number') {
      if (plain === undefined) return fail('is not a number');
      return { value: plain * factor, isDated: false };
    }
    if (quantity === 'memory' || quantity === 'disk') {
      const [, amount, letter = ''] = /^([\d.]+)\s*([KMGT]?)(?:i?B)?$/i.exec(text) ?? [];
      const number = plain ?? parseDecimal(amount ?? '');
      if (number === undefined)
        return fail('is no amount; expected a number, perhaps with K, M, G or T behind it');
      const own = `${letter.toUpperCase()}iB` as keyof typeof SIZE_UNITS_MIB;
      if (plain === undefined && letter === '')
        return { value: number * SIZE_UNITS_MIB.B * factor, isDated: false };
      const scale = letter === '' ? sizeUnit(unit) : SIZE_UNITS_MIB[own];
      if (scale === undefined)
        return fail(`is in ${unit}, which is no unit of ${quantity}; expected B, KiB, MiB, GiB or TiB`);
      return { value: (number * scale * factor) / (quantity === 'disk' ? 1024 : 1), isDated: false };
    }
    if (plain !== undefined) {
      const scale = timeUnit(unit);
      if (scale === undefined)
        return fail(`is in ${unit}, which is no unit of time; expected us, ms, s, min, h or d`);
      const originMs = quantity === 'instant' && time.origin === 'unix' ? this.#context.startMs : 0;
      return {
        value: plain * scale * factor - originMs,
        isDated: quantity === 'instant' && time.origin === 'unix',
      };
    }
    if (quantity === 'duration') {
      const ms = daysAndClockMs(text) ?? parseIsoDuration(text);
      if (ms === undefined) return fail('is no duration; expected a number, [DAYS-]HH:MM:SS, or PT1H');
      return { value: ms * factor, isDated: false };
    }
    const reading = readDated(text, group.format ?? time.format, group.zone ?? time.zone);
    if ('problem' in reading) return fail(reading.problem);
    return { value: reading.ms - this.#context.startMs, isDated: true };
  }
}

/** What the values of a file depend on. */
export class CellContext {
  readonly file: string;
  readonly mapping: Mapping;
  readonly columns: ColumnIndex;
  readonly startMs: number;
  readonly #regExps = new Map<string, RegExp>();

  constructor(parts: Pick<CellContext, 'file' | 'mapping' | 'columns' | 'startMs'>) {
    this.file = parts.file;
    this.mapping = parts.mapping;
    this.columns = parts.columns;
    this.startMs = parts.startMs;
  }

  regExp(pattern: string): RegExp {
    let compiled = this.#regExps.get(pattern);
    if (compiled === undefined) {
      compiled = new RegExp(pattern);
      this.#regExps.set(pattern, compiled);
    }
    return compiled;
  }
}

export class ConditionReader {
  readonly #conditions: readonly (Condition & { readonly index: number })[];
  readonly #context: CellContext;

  constructor(conditions: readonly Condition[], path: string, context: CellContext) {
    this.#context = context;
    this.#conditions = conditions.map((condition) => ({
      ...condition,
      index: context.columns.of(condition.column, `columns.${path}`),
    }));
  }

  /** An absent value is an empty one. */
  holds({ fields }: MappedRecord): boolean {
    return this.#conditions.every(({ index, matches, not }) => {
      const text = fields[index] ?? '';
      return (
        (matches === undefined || this.#context.regExp(matches).test(text)) &&
        (not === undefined || !this.#context.regExp(not).test(text))
      );
    });
  }
}

type TermReading = Exclude<Term, string | number>;
type CellReading = Exclude<Cell, string | number>;

function columnsOf({ column }: TermReading): readonly (string | number)[] {
  if (column === undefined) return [];
  return Array.isArray(column) ? column : [column];
}

const sizeUnit = (unit: string): number | undefined =>
  (SIZE_UNITS_MIB as Readonly<Record<string, number>>)[unit];
const timeUnit = (unit: string): number | undefined =>
  (TIME_UNITS_MS as Readonly<Record<string, number>>)[unit];

/** `2-03:04:05`, `30:00:00`, `05:30` (minutes and seconds, as Slurm writes them), `2-12` (days and hours). */
function daysAndClockMs(text: string): number | undefined {
  const [, days = '0', clock] = /^(?:(\d+)-)?(\d+(?::[0-5]?\d){0,2}(?:\.\d+)?)$/.exec(text) ?? [];
  if (clock === undefined) return undefined;
  const parts = clock.split(':').map(Number);
  const hasDays = text.includes('-');
  if (parts.length === 1 && !hasDays) return undefined;
  const [hours, minutes, seconds] =
    parts.length === 2 && !hasDays ? [0, parts[0]!, parts[1]!] : [parts[0]!, parts[1] ?? 0, parts[2] ?? 0];
  return Math.round((((Number(days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000);
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const TOKENS: Readonly<Record<string, string>> = {
  YYYY: '(?<year>\\d{4})',
  MMM: '(?<name>[A-Za-z]{3,9})',
  MM: '(?<month>\\d{2})',
  M: '(?<month>\\d{1,2})',
  DD: '(?<day>\\d{2})',
  D: '(?<day>\\d{1,2})',
  HH: '(?<hour>\\d{2})',
  mm: '(?<minute>\\d{2})',
  ss: '(?<second>\\d{2}(?:\\.\\d{1,3})?)',
};

/** An instant in another form than ISO 8601, or without a zone, is put into it. */
function readDated(
  text: string,
  format: string | undefined,
  zone: string | undefined,
): { readonly ms: number } | { readonly problem: string } {
  let iso = text.replace(/^(\d{4}-\d{2}-\d{2}) (?=\d)/, '$1T');
  if (format !== undefined) {
    const source = format.replace(
      /YYYY|MMM|MM|M|DD|D|HH|mm|ss|[^A-Za-z]|[A-Za-z]/g,
      (token) => TOKENS[token] ?? token.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
    );
    const parts = new RegExp(`^${source}$`).exec(text)?.groups;
    if (parts === undefined) return { problem: `is not a date of the form ${format}` };
    const { year, name, month, day = '1', hour = '00', minute = '00', second = '00' } = parts;
    const number =
      name === undefined ? Number(month ?? 1) : MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1;
    if (number === 0) return { problem: `is not a date: there is no month "${name}"` };
    iso = `${year}-${String(number).padStart(2, '0')}-${day.padStart(2, '0')}T${hour}:${minute}:${second}`;
  }
  if (/(Z|[+-]\d\d:\d\d)$/.test(iso) && iso.includes('T')) return readInstant(iso);
  const local = readInstant(iso.includes('T') ? `${iso}Z` : `${iso}T00:00:00Z`);
  if ('problem' in local) return local;
  if (zone === undefined) {
    return { problem: 'names no zone; say which with columns.time.zone, such as Z, +01:00 or Europe/Berlin' };
  }
  return { ms: local.ms - offsetMs(local.ms, zone) };
}

/** What a zone is ahead of UTC at a local time. Of the hour that comes twice in autumn it is the first; the one that spring leaves out is moved on. */
function offsetMs(localMs: number, zone: string): number {
  if (zone === 'Z') return 0;
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(zone) ?? [];
  if (hours !== undefined) return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  const before = offsetAt(localMs - 86_400_000, zone);
  if (offsetAt(localMs - before, zone) === before) return before;
  const after = offsetAt(localMs + 86_400_000, zone);
  return offsetAt(localMs - after, zone) === after ? after : before;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function offsetAt(ms: number, zone: string): number {
  let clock = clocks.get(zone);
  if (clock === undefined) {
    const numeric = 'numeric' as const;
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      ...{ year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric },
    });
    clocks.set(zone, clock);
  }
  const parts = new Map(clock.formatToParts(ms).map(({ type, value }) => [type, value.padStart(2, '0')]));
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
  const shown = readInstant(
    `${of('year').padStart(4, '0')}-${of('month')}-${of('day')}T${of('hour')}:${of('minute')}:${of('second')}Z`,
  );
  return 'ms' in shown ? shown.ms - Math.floor(ms / 1000) * 1000 : 0;
}
