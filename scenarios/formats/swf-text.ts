// Requests written in the Standard Workload Format, for other simulators. It has 18 numbers for a job and knows neither kinds of requests nor
// sizes of machines: what it cannot say is told, request by request, and never left out in silence.
import type { Resources } from '../../engine/index.ts';
import { InputError } from '../../written/input-error.ts';
import { demandOf, type WorkloadRow } from './row.ts';

export interface SwfWriting {
  readonly file: string;
  /** Instant of the start, in milliseconds since the Unix epoch. */
  readonly startMs: number;
  /** The types whose size is known. */
  readonly instanceTypes: ReadonlyMap<string, Resources>;
  /** Told, for each request, what of it is not in the line: a clause that follows "1 row" and "12 rows" alike. */
  onLost(what: string): void;
}

export class SwfWriter {
  readonly #writing: SwfWriting;
  readonly #users = new Map<string, number>();
  #jobs = 0;

  constructor(writing: SwfWriting) {
    this.#writing = writing;
  }

  header(): string {
    return `; Version: 2.2\n; UnixStartTime: ${Math.floor(this.#writing.startMs / 1000)}\n; Note: written by openpex convert; one processor for each CPU\n`;
  }

  /** @throws InputError for a request of a type whose size is not known here */
  row(row: WorkloadRow): string {
    const place = {
      file: this.#writing.file,
      path: 'type',
      ...(row.line !== undefined && { line: row.line }),
    };
    const {
      milliCpus,
      memoryMib,
      diskGib,
      named = {},
    } = demandOf(row.size, this.#writing.instanceTypes, place);
    const job = ++this.#jobs;
    const cpus = Math.ceil((milliCpus * row.instances) / 1000);
    if (!Number.isSafeInteger(cpus)) {
      throw new InputError('PEX_WORKLOAD_VALUE', `${cpus} processors are too many`, place);
    }
    this.#tell(row, job, diskGib);
    for (const name of Object.keys(named)) this.#lost(`with ${name}; a job has none`);
    if (cpus * 1000 !== milliCpus * row.instances)
      this.#lost('with fractions of CPUs; processors are rounded up');
    if (row.instances > 1) this.#lost('with several instances; a job has processors, not machines');
    const submit = Math.round(row.submitMs / 1000);
    const isCancelled = row.cancelMs !== undefined;
    const wait = isCancelled ? Math.round(row.cancelMs! / 1000) - submit : -1;
    const runTime = isCancelled || row.runTimeMs === undefined ? -1 : Math.ceil(row.runTimeMs / 1000);
    const status = isCancelled ? 5 : runTime < 0 ? -1 : 1;
    const memoryKib = Math.ceil((memoryMib * row.instances * 1024) / cpus);
    const columns = [
      ...[job, submit, wait, runTime, isCancelled ? -1 : cpus, -1, -1, cpus],
      ...[Math.ceil(row.durationMs / 1000), memoryKib, status, this.#userOf(row), -1, -1, -1, -1, -1, -1],
    ];
    return `${columns.join(' ')}\n`;
  }

  #tell(row: WorkloadRow, job: number, diskGib: number): void {
    const startMs = row.startMs ?? row.submitMs;
    if (row.id !== String(job)) this.#lost('with an id; jobs are numbered from 1');
    if (row.user !== undefined) this.#lost('with a user; users are numbered in the order in which they come');
    if (row.kind !== 'best-effort')
      this.#lost(`of kind ${row.kind}; a job asks to start as soon as possible`);
    if (startMs !== row.submitMs) this.#lost('with a later start; a job has none');
    if (row.latestStartMs !== undefined) this.#lost('with a latest start; a job has none');
    if (row.deadlineMs !== undefined) this.#lost('with a deadline; a job has none');
    if (row.minDurationMs !== undefined || row.minInstances !== undefined)
      this.#lost('with less that its user takes as well; a job has none');
    if (row.optional > 0) this.#lost('with optional instances; a job has none');
    if (row.maxPriceMicros !== undefined) this.#lost('with a highest price; a job has none');
    if (row.template !== undefined) this.#lost('with a template; a job has none');
    if (row.orStartsMs !== undefined) this.#lost('with other starts; a job has none');
    if (row.providers !== undefined) this.#lost('with a provider; a job has none');
    if (row.load !== undefined) this.#lost('with a trace of load; a job has none');
    if (row.buyer !== undefined) this.#lost('with a buyer policy; a job has none');
    if (row.waitUntilMs !== undefined) this.#lost('with a wait for room; a job has none');
    if (diskGib > 0) this.#lost('with disk; a job has none');
    if (typeof row.size === 'string') this.#lost('of an instance type; a job has its amounts');
    if (row.cancelMs !== undefined && row.runTimeMs !== undefined) {
      this.#lost('with a run time and a withdrawal; a job that is cancelled has no run time');
    }
    const times = [row.submitMs, row.durationMs, row.runTimeMs, row.cancelMs];
    if (times.some((ms) => ms !== undefined && ms % 1000 !== 0)) {
      this.#lost('with fractions of seconds; times are rounded, durations upwards');
    }
  }

  #lost(what: string): void {
    this.#writing.onLost(what);
  }

  #userOf({ user }: WorkloadRow): number {
    if (user === undefined) return -1;
    const known = this.#users.get(user);
    if (known !== undefined) return known;
    const number = this.#users.size + 1;
    this.#users.set(user, number);
    return number;
  }
}
