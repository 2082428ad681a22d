// VM templates of OpenNebula, each a request: CPU and MEMORY are what an instance is, the attribute HAIZEA when it is to run, as Haizea reads it
// where it schedules for OpenNebula.
import { type Static, Type } from 'typebox';
import type { NodePreference, RequestKind, Resources } from '../../engine/index.ts';
import { problemOfPreference } from '../../policies/allocation/opennebula.ts';
import { durationMs, finiteDurationOption } from '../../written/duration.ts';
import { type ErrorPlace, InputError } from '../../written/input-error.ts';
import { parseInstant } from '../../written/instant.ts';
import { parseDecimal } from './decimal.ts';
import { type Reading, workloadFormat } from './format.ts';
import { goodRows } from './good-rows.ts';
import { readLines } from './input-file.ts';
import { checkRow, type WorkloadRow } from './row.ts';

const OpenNebulaOptions = Type.Object(
  {
    interval: finiteDurationOption({
      default: '0s',
      description: 'The time from one submission to the next; templates do not say when they are submitted.',
    }),
    duration: finiteDurationOption({
      default: '1d',
      description:
        'How long VMs are asked for that have no end: those without HAIZEA, or of an unlimited duration.',
    }),
  },
  { additionalProperties: false, description: 'How to read VM templates of OpenNebula.' },
);
type OpenNebulaReading = Reading<Static<typeof OpenNebulaOptions>>;

/** The templates of a file in its order. Those of one group of HAIZEA are one request. */
export const opennebula = workloadFormat({
  name: 'opennebula',
  extensions: ['one'],
  options: OpenNebulaOptions,
  async *read(reading: OpenNebulaReading) {
    yield* goodRows(requestsOf(readTemplates(reading.file)), (request) => toRow(request, reading), reading);
  },
});

/** One attribute as it is written: a text, or texts under names. Names are in capitals, as OpenNebula makes them. */
interface Attribute {
  readonly name: string;
  readonly value: string | ReadonlyMap<string, string>;
  readonly line: number;
}

/** The VMs that are asked for together: one, or those of a group. */
interface Request {
  /** Counts the requests of the file from 0. */
  readonly ordinal: number;
  readonly templates: Template[];
}

/** In the order of their first templates. */
async function* requestsOf(templates: AsyncIterable<Template>): AsyncGenerator<Request> {
  const requests: Request[] = [];
  const groups = new Map<string, Request>();
  for await (const template of templates) {
    const group = template.haizea('GROUP');
    const known = group === undefined ? undefined : groups.get(group);
    if (known !== undefined) {
      known.templates.push(template);
      continue;
    }
    const request = { ordinal: requests.length, templates: [template] };
    requests.push(request);
    if (group !== undefined) groups.set(group, request);
  }
  yield* requests;
}

function toRow({ ordinal, templates }: Request, reading: OpenNebulaReading): WorkloadRow {
  const [template, ...others] = templates as [Template, ...Template[]];
  const row = template.row(ordinal * durationMs(reading.options.interval), ordinal, reading);
  for (const other of others) {
    const { durationMs, kind, rank, requirements, size, startMs } = other.row(row.submitMs, ordinal, reading);
    const differs = [
      ['size', JSON.stringify(size) !== JSON.stringify(row.size)],
      ['start', startMs !== row.startMs || kind !== row.kind],
      ['duration', durationMs !== row.durationMs],
      ['rank', rank !== row.rank],
      ['requirements', requirements !== row.requirements],
    ].find(([, isOther]) => isOther === true);
    if (differs === undefined) continue;
    const problem = `another ${differs[0]} than its group has in line ${template.place.line}; expected VMs that are alike`;
    throw new InputError('PEX_WORKLOAD_VALUE', problem, { ...other.place, path: 'HAIZEA/GROUP' });
  }
  return checkRow({ ...row, instances: templates.length }, template.place);
}

/** What one VM is asked for by. */
class Template {
  readonly place: ErrorPlace & { readonly line: number };
  readonly #attributes: readonly Attribute[];

  constructor(attributes: readonly Attribute[], file: string) {
    this.#attributes = attributes;
    this.place = { file, line: attributes[0]!.line };
  }

  haizea(name: 'START' | 'DURATION' | 'PREEMPTIBLE' | 'GROUP'): string | undefined {
    const value = this.#find('HAIZEA')?.value;
    return typeof value === 'object' ? value.get(name) : undefined;
  }

  row(submitMs: number, ordinal: number, { options, onOdd, startMs }: OpenNebulaReading): WorkloadRow {
    const { kind, start } = this.#start(submitMs, startMs);
    const endless = durationMs(options.duration);
    const given = this.haizea('DURATION') ?? 'unlimited';
    if (given === 'unlimited')
      onOdd(`without an end: asked for as long as "duration" says, ${options.duration}`);
    const ms = given === 'unlimited' ? endless : this.#time('DURATION', given);
    return {
      id: this.#text('NAME') ?? `one-${ordinal}`,
      kind,
      submitMs,
      startMs: start,
      durationMs: ms,
      size: this.#size(),
      instances: 1,
      optional: 0,
      template: this.#image(),
      ...this.#preference(onOdd),
      line: this.place.line,
    };
  }

  /** SCHED_ is how they are called since 4.0. Templates of a site may name what only its hosts are monitored for. */
  #preference(onOdd: OpenNebulaReading['onOdd']): NodePreference {
    const preference: { -readonly [Part in keyof NodePreference]: string } = {};
    for (const [part, names] of [
      ['requirements', ['SCHED_REQUIREMENTS', 'REQUIREMENTS']],
      ['rank', ['SCHED_RANK', 'RANK']],
    ] as const) {
      const name = names.find((name) => this.#text(name) !== undefined);
      const text = name && this.#text(name);
      if (text === undefined || text.trim() === '') continue;
      if (problemOfPreference({ [part]: text }) === undefined) preference[part] = text;
      else onOdd(`with ${name} that cannot be told here and is not looked at: ${text}`);
    }
    return preference;
  }

  /** Haizea manual, "The HAIZEA parameter in OpenNebula". A template without it is wanted now. */
  #start(submitMs: number, originMs: number): { readonly kind: RequestKind; readonly start?: number } {
    const start = this.haizea('START') ?? 'now';
    const preemptible = this.haizea('PREEMPTIBLE') ?? 'no';
    if (preemptible !== 'yes' && preemptible !== 'no') {
      throw this.#problem('HAIZEA/PREEMPTIBLE', `"${preemptible}" cannot be; expected yes or no`);
    }
    if (start === 'now') return { kind: 'immediate' };
    if (start === 'best_effort') return { kind: preemptible === 'yes' ? 'preemptible' : 'best-effort' };
    if (start.startsWith('+'))
      return { kind: 'advance', start: submitMs + this.#time('START', start.slice(1)) };
    const instant = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(start)
      ? parseInstant(`${start.replace(' ', 'T')}Z`)
      : undefined;
    if (instant !== undefined) return { kind: 'advance', start: instant - originMs };
    const expected = 'now, best_effort, +HH:MM:SS after the submission, or YYYY-MM-DD HH:MM:SS (UTC)';
    throw this.#problem('HAIZEA/START', `"${start}" is no start; expected ${expected}`);
  }

  #time(name: string, text: string): number {
    const [, hours, minutes, seconds] = /^(\d+):([0-5]\d):([0-5]\d(?:\.\d+)?)$/.exec(text) ?? [];
    if (hours === undefined)
      throw this.#problem(`HAIZEA/${name}`, `"${text}" is not a time; expected HH:MM:SS`);
    return (Number(hours) * 60 + Number(minutes)) * 60_000 + Math.round(Number(seconds) * 1000);
  }

  /** CPU is a share of one, or some; MEMORY and the sizes of disks are MB, disks together rounded up to GiB. */
  #size(): Resources {
    let diskMib = 0;
    for (const { name, value } of this.#attributes) {
      const size = name === 'DISK' && typeof value === 'object' ? value.get('SIZE') : undefined;
      if (size !== undefined) diskMib += this.#amountOf('DISK/SIZE', size);
    }
    return {
      milliCpus: Math.round(this.#amount('CPU') * 1000),
      memoryMib: this.#amount('MEMORY'),
      diskGib: Math.ceil(diskMib / 1024),
    };
  }

  #amount(name: string): number {
    const text = this.#text(name);
    if (text === undefined) throw this.#problem(name, 'is missing; expected an amount');
    return this.#amountOf(name, text);
  }

  #amountOf(name: string, text: string): number {
    const value = parseDecimal(text);
    if (value === undefined || value < 0)
      throw this.#problem(name, `"${text}" cannot be; expected an amount`);
    return value;
  }

  /** The image of the first disk that has one. */
  #image(): string | undefined {
    for (const { name, value } of this.#attributes) {
      const image = name === 'DISK' && typeof value === 'object' ? value.get('IMAGE') : undefined;
      if (image !== undefined && image !== '') return image;
    }
    return undefined;
  }

  #text(name: string): string | undefined {
    const value = this.#find(name)?.value;
    return typeof value === 'string' ? value : undefined;
  }

  /** The last one counts. */
  #find(name: string): Attribute | undefined {
    return this.#attributes.findLast((attribute) => attribute.name === name);
  }

  /** @param path an attribute, or a part of one, as NAME/PART */
  #problem(path: string, problem: string): InputError {
    const line = this.#find(path.split('/')[0]!)?.line ?? this.place.line;
    return new InputError('PEX_WORKLOAD_VALUE', problem, { ...this.place, line, path });
  }
}

/** The templates of a file: the first begins with its first attribute, every other one with its NAME. */
async function* readTemplates(file: string): AsyncGenerator<Template> {
  let attributes: Attribute[] = [];
  for await (const attribute of readAttributes(file)) {
    if (attribute.name === 'NAME' && attributes.some(({ name }) => name === 'NAME')) {
      yield new Template(attributes, file);
      attributes = [];
    }
    attributes.push(attribute);
  }
  if (attributes.length > 0) yield new Template(attributes, file);
}

/** A value of several parts may go over lines, up to its bracket. */
async function* readAttributes(file: string): AsyncGenerator<Attribute> {
  let line = 0;
  let open: { readonly line: number; text: string } | undefined;
  for await (const written of readLines(file)) {
    line++;
    const text = withoutComment(written).trim();
    if (text === '') continue;
    if (open === undefined) open = { line, text };
    else open.text += ` ${text}`;
    if (isWhole(open.text)) {
      yield attributeOf(open.text, { file, line: open.line });
      open = undefined;
    }
  }
  if (open !== undefined) yield attributeOf(open.text, { file, line: open.line });
}

/** What is in quotes. */
const QUOTED = /"(?:[^"\\]|\\.)*"?/;

const withoutComment = (line: string): string =>
  line.replace(new RegExp(`(${QUOTED.source})|#.*`, 'g'), (_, quoted: string | undefined) => quoted ?? '');

/** It has no bracket that is still open. */
function isWhole(text: string): boolean {
  const signs = text.replaceAll(new RegExp(QUOTED.source, 'g'), '""');
  return !/^[^=]*=\s*\[/.test(signs) || signs.includes(']');
}

function attributeOf(text: string, place: { readonly file: string; readonly line: number }): Attribute {
  const [, name = '', value = ''] = /^([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/.exec(text) ?? [];
  const problem = (expected: string) =>
    new InputError('PEX_WORKLOAD_HEADER', `"${text}" is no attribute; expected ${expected}`, place);
  if (name === '') throw problem('NAME = VALUE, or NAME = [ NAME = VALUE, … ]');
  const key = name.toUpperCase();
  if (!value.startsWith('[')) return { name: key, value: unquoted(value), line: place.line };
  if (!value.endsWith(']')) throw problem('a ] at the end of its parts');
  const parts = new Map<string, string>();
  const part = new RegExp(`\\s*([A-Za-z_][A-Za-z0-9_]*)\\s*=\\s*(${QUOTED.source}|[^",\\]]*)\\s*(,|$)`, 'y');
  const inside = value.slice(1, -1).trim();
  while (part.lastIndex < inside.length) {
    const [whole, partName = '', partValue = ''] = part.exec(inside) ?? [];
    if (whole === undefined) throw problem('NAME = VALUE in its parts, with commas between them');
    parts.set(partName.toUpperCase(), unquoted(partValue.trim()));
  }
  return { name: key, value: parts, line: place.line };
}

const unquoted = (text: string): string =>
  text.startsWith('"') && text.endsWith('"') && text.length > 1
    ? text.slice(1, -1).replaceAll(/\\(.)/g, '$1')
    : text;
