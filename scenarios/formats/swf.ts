// The Standard Workload Format of the Parallel Workloads Archive: 18 numbers a line, `;` before comments, -1 for unknown
// (https://www.cs.huji.ac.il/labs/parallel/workload/swf.html). A job asks for its nodes as soon as possible.
import { type Static, Type } from 'typebox';
import type { Resources } from '../../engine/index.ts';
import { type ColumnsLine, readColumns } from './columns-text.ts';
import { type Reading, workloadFormat } from './format.ts';
import { goodRows } from './good-rows.ts';
import { sizeField, toSize } from './instance-size.ts';
import { checkRow, demandOf, type WorkloadRow } from './row.ts';

const SwfOptions = Type.Object(
  {
    processors: Type.Enum(['requested', 'allocated'], {
      default: 'requested',
      description:
        'Which column says how big a job is: requested processors (8) or allocated processors (5). Where it is unknown, the other is taken.',
    }),
    processorsPerNode: Type.Integer({
      minimum: 1,
      default: 1,
      description:
        'Processors that make one instance, rounded up. 1 where the column counts nodes already, as in the SDSC Blue log that comes with Haizea.',
    }),
    instance: sizeField({
      default: { cpus: 1, memoryMib: 1024, diskGib: 0 },
      description: 'What one instance of a job is: an instance type, or amounts.',
    }),
    cancelled: Type.Enum(['withdraw', 'keep', 'skip'], {
      default: 'withdraw',
      description:
        'Jobs that were cancelled before they started. withdraw: the user gives up after the waiting time of the log unless it has started; keep: the user waits on; skip: left out.',
    }),
  },
  { additionalProperties: false, description: 'How to read the Standard Workload Format.' },
);
type SwfReading = Reading<Static<typeof SwfOptions>>;

/** What becomes of odd jobs is told in docs/workloads.md. */
export const swf = workloadFormat({
  name: 'swf',
  extensions: ['swf'],
  options: SwfOptions,
  kind: 'best-effort',
  read: readSwf,
});

async function* readSwf(reading: SwfReading): AsyncGenerator<WorkloadRow> {
  const size = toSize(reading.options.instance);
  if (reading.instanceTypes !== undefined) demandOf(size, reading.instanceTypes, { path: 'swf.instance' });
  yield* goodRows(readColumns(reading.file, LAYOUT), (job) => readJob(job, size, reading), reading);
}

const LAYOUT = {
  names: [
    'job number',
    'submit time',
    'wait time',
    'run time',
    'allocated processors',
    'average CPU time',
    'used memory',
    'requested processors',
    'requested time',
    'requested memory',
    'status',
    'user',
    'group',
    'executable',
    'queue',
    'partition',
    'preceding job',
    'think time',
  ],
  comment: ';',
  format: 'the Standard Workload Format',
} as const;
type SwfColumn = (typeof LAYOUT.names)[number];
type SwfJob = ColumnsLine<SwfColumn>;

const COMPLETED_IN_PIECES: ReadonlySet<number> = new Set([2, 3, 4]);
const CANCELLED = 5;
/** A job that lasted 0 s ended within the first second. */
const SHORTEST_MS = 1000;

function readJob(
  job: SwfJob,
  size: string | Resources,
  { options, kind }: SwfReading,
): WorkloadRow | undefined {
  /** Undefined where the log has -1. */
  const known = (column: SwfColumn): number | undefined => {
    const value = job.amount(column);
    return value < 0 ? undefined : value;
  };
  const status = job.amount('status');
  // The pieces of a job that was checkpointed: the whole job has a line of its own.
  if (COMPLETED_IN_PIECES.has(status)) return undefined;
  const runTime = known('run time');
  const neverStarted = status === CANCELLED && runTime === undefined;
  if (neverStarted && options.cancelled === 'skip') return undefined;

  const submit = known('submit time');
  if (submit === undefined) throw job.problem('the time of submission (column 2) is unknown');
  // 0 is as unknown as -1: nobody asks for no time and no processors.
  const duration = known('requested time') || runTime;
  if (duration === undefined) {
    throw job.problem('neither a requested time (column 9) nor a run time (column 4) is known');
  }
  const requested = known('requested processors') || undefined;
  const allocated = known('allocated processors') || undefined;
  const processors = options.processors === 'requested' ? (requested ?? allocated) : (allocated ?? requested);
  if (processors === undefined) {
    throw job.problem('neither requested (column 8) nor allocated processors (column 5) are known');
  }
  const wait = known('wait time');
  const user = known('user');
  return checkRow(
    {
      id: job.text('job number'),
      kind,
      submitMs: toMs(submit),
      durationMs: Math.max(toMs(duration), SHORTEST_MS),
      size,
      instances: Math.ceil(processors / options.processorsPerNode),
      optional: 0,
      user: user === undefined ? undefined : String(user),
      runTimeMs: runTime === undefined ? undefined : toMs(runTime),
      cancelMs:
        neverStarted && options.cancelled === 'withdraw' && wait !== undefined
          ? toMs(submit) + toMs(wait)
          : undefined,
      line: job.place.line,
    },
    job.place,
  );
}

const toMs = (seconds: number): number => Math.round(seconds * 1000);
