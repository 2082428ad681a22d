// The Standard Workload Format of the Parallel Workloads Archive: 18 numbers a line, `;` before comments, -1 for unknown
// (https://www.cs.huji.ac.il/labs/parallel/workload/swf.html). A job asks for its nodes as soon as possible.
import { type Static, Type } from 'typebox';
import type { Resources } from '../../engine/index.ts';
import { InputError } from '../../written/input-error.ts';
import { type ColumnsLine, readColumns } from './columns-text.ts';
import { type Reading, workloadFormat } from './format.ts';
import { goodRows } from './good-rows.ts';
import { sizeField, toSize } from './instance-size.ts';
import { SIZE_UNITS_MIB } from './mapping-schema.ts';
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
    memory: Type.Optional(
      Type.Enum(['requested', 'used'], {
        description:
          'Memory of an instance from the log: requested memory (10) or used memory (7), in `memoryUnit` for each `memoryOf`. Where it is unknown, that of `instance`.',
      }),
    ),
    memoryUnit: Type.Enum(Object.keys(SIZE_UNITS_MIB) as (keyof typeof SIZE_UNITS_MIB)[], {
      default: 'KiB',
      description:
        'Unit of these columns: KiB, as the format has it, or what the log has, such as the bytes of MetaCentrum.',
    }),
    memoryOf: Type.Enum(['processor', 'job'], {
      default: 'processor',
      description:
        'What the log has the memory of: each processor, as the format says, or the whole job; then instances share it by their processors.',
    }),
    surplusColumns: Type.Enum(['refuse', 'ignore'], {
      default: 'refuse',
      description:
        'Files with more columns than the format has, such as the 21 of MetaCentrum. ignore: the first 18 are read.',
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
  const { instance, memory, surplusColumns } = reading.options;
  const size = toSize(instance, reading.resources, { file: reading.file, path: 'swf.instance' });
  if (reading.instanceTypes !== undefined) demandOf(size, reading.instanceTypes, { path: 'swf.instance' });
  if (memory !== undefined && typeof size === 'string') {
    const problem = `the type "${size}" of swf.instance says how much memory it has; expected amounts there: {cpus, memoryMib}`;
    throw new InputError('PEX_WORKLOAD_VALUE', problem, { file: reading.file, path: 'swf.memory' });
  }
  const lines = readColumns(reading.file, LAYOUT, { ignoreSurplus: surplusColumns === 'ignore' });
  yield* goodRows(jobsOf(lines), (job) => readJob(job, size, reading), reading);
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
  adviceOnSurplus: 'if these come first, as in the logs of MetaCentrum, set swf.surplusColumns: ignore',
} as const;
type SwfColumn = (typeof LAYOUT.names)[number];
type SwfLine = ColumnsLine<SwfColumn>;

/** A job as the log has it: the line of the whole, or all that there is of its pieces. */
interface SwfJob {
  readonly line: SwfLine;
  /** Further pieces, where there is no line of the whole. */
  readonly pieces: readonly SwfLine[];
}

/** Status of the pieces of a job that was checkpointed. */
const PIECE = /^[234]$/;
const CANCELLED = 5;
/** A job that lasted 0 s ended within the first second. */
const SHORTEST_MS = 1000;

/**
 * One for each job. The pieces of a job stand together, behind or before the line of the whole; they say nothing new then. Where there is no
 * such line they are the job.
 */
async function* jobsOf(lines: AsyncIterable<SwfLine>): AsyncGenerator<SwfJob> {
  let whole: string | undefined;
  let pieces: SwfLine[] = [];
  for await (const line of lines) {
    const { jobNumber, isPiece } = glimpse(line);
    if (pieces.length > 0 && jobNumber !== glimpse(pieces[0]!).jobNumber) {
      yield jobOfPieces(pieces);
      pieces = [];
    }
    if (!isPiece) {
      whole = jobNumber;
      pieces = [];
      yield { line, pieces: [] };
    } else if (jobNumber !== whole) {
      pieces.push(line);
    }
  }
  if (pieces.length > 0) yield jobOfPieces(pieces);
}

function jobOfPieces([line, ...pieces]: readonly SwfLine[]): SwfJob {
  return { line: line!, pieces };
}

/** Which job a line is about; lines that cannot be read stand for themselves, and are complained about later. */
function glimpse(line: SwfLine): { readonly jobNumber: string | undefined; readonly isPiece: boolean } {
  if (!line.isComplete) return { jobNumber: undefined, isPiece: false };
  return { jobNumber: line.text('job number'), isPiece: PIECE.test(line.text('status')) };
}

function readJob(
  { line, pieces }: SwfJob,
  size: string | Resources,
  { options, kind, onOdd }: SwfReading,
): WorkloadRow | undefined {
  const status = line.whole('status');
  const runTime = sumOfKnown([line, ...pieces].map((piece) => known(piece, 'run time')));
  // Cancelled while it ran, a job has run for some time.
  const neverStarted = status === CANCELLED && (runTime ?? 0) === 0;
  if (neverStarted && options.cancelled === 'skip') return undefined;

  const submit = known(line, 'submit time');
  if (submit === undefined) throw line.problem('the time of submission (column 2) is unknown');
  const wait = known(line, 'wait time');
  // 0 is as unknown as -1: nobody asks for no time and no processors.
  const duration = known(line, 'requested time') || (neverStarted ? undefined : runTime);
  const processors = processorsOf(line, options.processors);
  if (neverStarted) {
    if (duration === undefined || processors === undefined) {
      onOdd('left out: cancelled before they started, and it is unknown what they asked for');
      return undefined;
    }
    if (wait === undefined && options.cancelled === 'withdraw') {
      onOdd('left out: cancelled before they started, and it is unknown after what time');
      return undefined;
    }
  }
  if (duration === undefined) {
    throw line.problem('neither a requested time (column 9) nor a run time (column 4) is known');
  }
  if (processors === undefined) {
    throw line.problem('neither requested (column 8) nor allocated processors (column 5) are known');
  }
  if (pieces.length > 0 || PIECE.test(line.text('status'))) {
    onOdd('put together from the pieces of a job (status 2 to 4) that has no line of its own');
  }
  const user = known(line, 'user', 'whole');
  return checkRow(
    {
      id: line.text('job number'),
      kind,
      submitMs: toMs(submit),
      durationMs: Math.max(toMs(duration), SHORTEST_MS),
      size: withMemory(size, line, processors, options),
      instances: Math.ceil(processors / options.processorsPerNode),
      optional: 0,
      user: user === undefined ? undefined : String(user),
      runTimeMs: neverStarted || runTime === undefined ? undefined : toMs(runTime),
      cancelMs:
        neverStarted && options.cancelled === 'withdraw' && wait !== undefined
          ? toMs(submit) + toMs(wait)
          : undefined,
      line: line.place.line,
    },
    line.place,
  );
}

/** Undefined where the log has -1. */
function known(line: SwfLine, column: SwfColumn, of: 'amount' | 'whole' = 'amount'): number | undefined {
  const value = line[of](column);
  if (value >= 0) return value;
  if (value === -1) return undefined;
  throw line.problemOf(column, `${value} cannot be; expected 0 or more, or -1 for unknown`);
}

function processorsOf(line: SwfLine, preferred: SwfReading['options']['processors']): number | undefined {
  const requested = known(line, 'requested processors', 'whole') || undefined;
  const allocated = known(line, 'allocated processors', 'whole') || undefined;
  return preferred === 'requested' ? (requested ?? allocated) : (allocated ?? requested);
}

/** An instance has the memory of the processors that it stands for. */
function withMemory(
  size: string | Resources,
  line: SwfLine,
  processors: number,
  { memory, memoryOf, memoryUnit, processorsPerNode }: SwfReading['options'],
): string | Resources {
  if (memory === undefined || typeof size === 'string') return size;
  const told = known(line, memory === 'requested' ? 'requested memory' : 'used memory') || undefined;
  if (told === undefined) return size;
  const processorsHere = Math.min(processors, processorsPerNode);
  const sharers = memoryOf === 'job' ? processors : 1;
  return { ...size, memoryMib: Math.ceil((told * processorsHere * SIZE_UNITS_MIB[memoryUnit]) / sharers) };
}

function sumOfKnown(values: readonly (number | undefined)[]): number | undefined {
  const amounts = values.filter((value) => value !== undefined);
  return amounts.length === 0 ? undefined : amounts.reduce((sum, value) => sum + value, 0);
}

const toMs = (seconds: number): number => Math.round(seconds * 1000);
