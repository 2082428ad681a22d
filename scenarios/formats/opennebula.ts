// VM templates of OpenNebula, and the VMs that it tells of, each a request: CPU and MEMORY are what an instance is, the attribute HAIZEA when it is to run, as Haizea reads it
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
import { firstLine } from './input-file.ts';
import { type Attribute, readTemplateText, type VmRecord, type WrittenTemplate } from './opennebula-text.ts';
import { beginsTemplateXml, readTemplateXml } from './opennebula-xml.ts';
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
  extensions: ['one', 'xml'],
  recognises: beginsTemplateXml,
  options: OpenNebulaOptions,
  async *read(reading: OpenNebulaReading) {
    yield* goodRows(requestsOf(readTemplates(reading)), (request) => toRow(request, reading), reading);
  },
});

/** The VMs that are asked for together: one, or those of a group. */
interface Request {
  /** Counts the requests of the file from 0. */
  readonly ordinal: number;
  readonly templates: Template[];
}

async function* readTemplates({ file }: OpenNebulaReading): AsyncGenerator<Template> {
  const isXml = (await firstLine(file)).trimStart().startsWith('<');
  for await (const written of isXml ? readTemplateXml(file) : readTemplateText(file))
    yield new Template(written, file);
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
  readonly #vm: VmRecord | undefined;

  constructor({ attributes, vm }: WrittenTemplate, file: string) {
    this.#attributes = attributes;
    this.#vm = vm;
    this.place = { file, line: attributes[0]!.line };
  }

  haizea(name: 'START' | 'DURATION' | 'PREEMPTIBLE' | 'GROUP'): string | undefined {
    const value = this.#find('HAIZEA')?.value;
    return typeof value === 'object' ? value.get(name) : undefined;
  }

  row(usualMs: number, ordinal: number, { options, onOdd, startMs }: OpenNebulaReading): WorkloadRow {
    const vm = this.#vm;
    const submitMs = vm === undefined ? usualMs : this.#instant('STIME', vm.stime) - startMs;
    const { kind, start } = this.#start(submitMs, startMs);
    const given = this.haizea('DURATION') ?? 'unlimited';
    const lastedMs = this.#lastedMs();
    if (given === 'unlimited' && lastedMs === undefined)
      onOdd(`without an end: asked for as long as "duration" says, ${options.duration}`);
    const ms =
      given === 'unlimited' ? (lastedMs ?? durationMs(options.duration)) : this.#time('DURATION', given);
    return {
      id: vm === undefined ? (this.#text('NAME') ?? `one-${ordinal}`) : `one-${vm.id}`,
      kind,
      submitMs,
      startMs: start,
      durationMs: ms,
      user: vm?.user,
      isDated: vm !== undefined || undefined,
      size: this.#size(),
      instances: 1,
      optional: 0,
      template: this.#image(),
      ...this.#preference(onOdd),
      line: this.place.line,
    };
  }

  /** Of a VM that is over. */
  #lastedMs(): number | undefined {
    if (this.#vm === undefined || this.#vm.etime === '0') return undefined;
    return this.#instant('ETIME', this.#vm.etime) - this.#instant('STIME', this.#vm.stime);
  }

  #instant(name: string, text: string): number {
    if (/^\d{1,12}$/.test(text)) return Number(text) * 1000;
    throw this.#problem(name, `"${text}" is no instant; expected seconds since 1970`);
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
