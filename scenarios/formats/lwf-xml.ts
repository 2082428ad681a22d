// Haizea's lease workloads in XML, read as they stream by. The kind of a lease follows from its start: exact is an advance
// reservation, now an immediate lease, nothing a best-effort one; a deadline makes it a deadline lease.
import { SaxesParser } from 'saxes';
import type { RequestKind, Resources } from '../../engine/index.ts';
import { type ErrorPlace, InputError } from '../../written/input-error.ts';
import { parseDecimal } from './decimal.ts';
import { type BadRowHandling, goodRows } from './good-rows.ts';
import { readLines } from './input-file.ts';
import { checkRow, type WorkloadRow } from './row.ts';

/** The leases of such a file in its order. */
export function readLwfXml(handling: BadRowHandling): AsyncGenerator<WorkloadRow> {
  return goodRows(readLeases(handling.file), (lease) => lease.toRow(), handling);
}

async function* readLeases(file: string): AsyncGenerator<LeaseRequest> {
  const parser = new SaxesParser();
  const finished: LeaseRequest[] = [];
  let lease: LeaseRequest | undefined;
  let ordinal = 0;
  let root: string | undefined;
  parser.on('error', (error) => {
    const problem = `not well-formed XML: ${error.message.replace(/^\d+:\d+: /, '')}`;
    throw new InputError('PEX_WORKLOAD_VALUE', problem, { file, line: parser.line, column: parser.column });
  });
  parser.on('opentag', ({ name, attributes }) => {
    root ??= name;
    if (root !== 'lease-workload') {
      const problem = `the document is a <${root}>; expected a <lease-workload>`;
      throw new InputError('PEX_WORKLOAD_HEADER', problem, { file, line: parser.line });
    }
    if (name === 'lease-request') lease = new LeaseRequest(++ordinal, { file, line: parser.line });
    // Elements before the first lease describe Haizea's site; ours is in the scenario.
    lease?.note(name, attributes);
  });
  parser.on('closetag', ({ name }) => {
    if (name !== 'lease-request' || lease === undefined) return;
    finished.push(lease);
    lease = undefined;
  });
  for await (const line of readLines(file)) {
    parser.write(`${line}\n`);
    yield* finished.splice(0);
  }
  parser.close();
}

interface NodeSet {
  readonly count: string | undefined;
  readonly amounts: Map<string, string | undefined>;
}

/** Elements of a lease that carry a time, under the name of the element. */
const TIMED = ['exact', 'duration', 'realduration', 'deadline'] as const;
type Timed = (typeof TIMED)[number] | 'arrival';

/** What was read of one `<lease-request>` so far: texts, which `toRow` makes sense of. */
class LeaseRequest {
  private name: string;
  private readonly place: ErrorPlace;
  private readonly times = new Map<Timed, string | undefined>();
  private readonly nodeSets: NodeSet[] = [];
  private startsNow = false;
  private image: string | undefined;

  constructor(ordinal: number, place: ErrorPlace) {
    this.name = `lease-${ordinal}`;
    this.place = place;
  }

  /** Takes in the next element below, or the request itself. */
  note(element: string, attributes: Readonly<Record<string, string>>): void {
    const timed = TIMED.find((name) => name === element);
    if (timed !== undefined) this.times.set(timed, attributes['time']);
    switch (element) {
      case 'lease-request':
        this.times.set('arrival', attributes['arrival']);
        break;
      case 'lease':
        this.name = attributes['id'] ?? this.name;
        break;
      case 'now':
        this.startsNow = true;
        break;
      case 'node-set':
        this.nodeSets.push({ count: attributes['numnodes'], amounts: new Map() });
        break;
      case 'res':
        this.nodeSets.at(-1)?.amounts.set(attributes['type'] ?? '', attributes['amount']);
        break;
      case 'disk-image':
        this.image = attributes['id'];
        break;
    }
  }

  /** @throws InputError that names the lease */
  toRow(): WorkloadRow {
    const row: WorkloadRow = {
      id: this.name,
      kind: this.kind(),
      submitMs: this.requiredTime('arrival'),
      startMs: this.time('exact'),
      durationMs: this.requiredTime('duration'),
      size: this.size(),
      instances: this.nodeSets.reduce((sum, { count }) => sum + this.amount('numnodes', count), 0),
      optional: 0,
      template: this.image,
      deadlineMs: this.time('deadline'),
      runTimeMs: this.time('realduration'),
      line: this.place.line,
    };
    return checkRow(row, this.place);
  }

  private kind(): RequestKind {
    if (this.times.has('deadline')) return 'deadline';
    if (this.times.has('exact')) return 'advance';
    return this.startsNow ? 'immediate' : 'best-effort';
  }

  /** What every node of the lease is; the instances of our requests are all alike. */
  private size(): Resources {
    const [first, ...others] = this.nodeSets.map(({ amounts }) => ({
      // Haizea counts CPUs in hundredths.
      milliCpus: this.amount('CPU', amounts.get('CPU')) * 10,
      memoryMib: this.amount('Memory', amounts.get('Memory')),
      diskGib: Math.ceil(this.amount('Disk', amounts.get('Disk') ?? '0') / 1024),
    }));
    if (first === undefined) throw this.problem('<node-set>', 'is missing; expected the nodes of the lease');
    const isLikeFirst = (size: Resources) =>
      size.milliCpus === first.milliCpus &&
      size.memoryMib === first.memoryMib &&
      size.diskGib === first.diskGib;
    if (others.every(isLikeFirst)) return first;
    throw this.problem(
      '<node-set>',
      'the nodes differ in size; expected one size, so split the lease in two',
    );
  }

  private requiredTime(name: Timed): number {
    const ms = this.time(name);
    if (ms !== undefined) return ms;
    throw this.problem(name, `is missing; expected ${TIME_EXAMPLES}`);
  }

  private time(name: Timed): number | undefined {
    const text = this.times.get(name);
    if (text === undefined) return undefined;
    const [, days = '0', hours, minutes, seconds] = LEASE_TIME.exec(text) ?? [];
    if (hours === undefined) throw this.problem(name, `"${text}" is not a time; expected ${TIME_EXAMPLES}`);
    const wholeMinutes = (Number(days) * 24 + Number(hours)) * 60 + Number(minutes);
    return wholeMinutes * 60_000 + Math.round(Number(seconds) * 1000);
  }

  private amount(name: string, text: string | undefined): number {
    const value = text === undefined ? undefined : parseDecimal(text.trim());
    if (value !== undefined && value >= 0) return value;
    const found =
      text === undefined
        ? 'is missing'
        : value === undefined
          ? `"${text}" is not a number`
          : `${text} is negative`;
    throw this.problem(name, `${found}; expected an amount`);
  }

  private problem(what: string, problem: string): InputError {
    return new InputError('PEX_WORKLOAD_VALUE', problem, {
      ...this.place,
      path: `lease "${this.name}", ${what}`,
    });
  }
}

/** HH:MM:SS or DD:HH:MM:SS, seconds with decimals; hours may exceed 24. */
const LEASE_TIME = /^(?:(\d+):)?(\d+):([0-5]\d):([0-5]\d(?:\.\d+)?)$/;
const TIME_EXAMPLES = 'HH:MM:SS or DD:HH:MM:SS';
