// What a web service logs of its requests: one JSON object a line, with the seconds since it began.
import { type Static, Type } from 'typebox';
import { type Reading, workloadFormat } from '../../../scenarios/formats/format.ts';
import { goodRows } from '../../../scenarios/formats/good-rows.ts';
import { readLines } from '../../../scenarios/formats/input-file.ts';
import { checkRow, type WorkloadRow } from '../../../scenarios/formats/row.ts';
import { InputError } from '../../../written/input-error.ts';
import { findProblems, formatPath } from '../../../written/written-value.ts';

const Options = Type.Object(
  { memoryPerCpu: Type.Integer({ minimum: 1, default: 1024, description: 'MiB for each CPU.' }) },
  { additionalProperties: false, description: 'How to read the log of the web service.' },
);

export const requestLog = workloadFormat({
  name: 'request-log',
  extensions: ['jsonl'],
  options: Options,
  kind: 'best-effort',
  read: (reading) => goodRows(readEntries(reading.file), (entry) => readRow(entry, reading), reading),
});

interface Entry {
  readonly text: string;
  readonly file: string;
  readonly line: number;
}

async function* readEntries(file: string): AsyncGenerator<Entry> {
  let line = 0;
  for await (const text of readLines(file)) {
    line++;
    if (text.trim() !== '') yield { text, file, line };
  }
}

const Logged = Type.Object({
  id: Type.String(),
  at: Type.Number(),
  user: Type.String(),
  cpus: Type.Integer(),
  seconds: Type.Number(),
});

function readRow({ text, ...place }: Entry, reading: Reading<Static<typeof Options>>): WorkloadRow {
  const { at, cpus, id, seconds, user } = parse(text, place);
  return checkRow(
    {
      id,
      user,
      kind: reading.kind,
      submitMs: Math.round(at * 1000),
      durationMs: Math.round(seconds * 1000),
      size: {
        milliCpus: cpus * 1000,
        memoryMib: cpus * reading.options.memoryPerCpu,
        diskGib: 0,
      },
      instances: 1,
      optional: 0,
      line: place.line,
    },
    place,
  );
}

function parse(text: string, place: Omit<Entry, 'text'>): Static<typeof Logged> {
  let logged: unknown;
  try {
    logged = JSON.parse(text);
  } catch (cause) {
    throw new InputError('PEX_WORKLOAD_VALUE', 'is no JSON; expected an object', place, { cause });
  }
  const [problem] = findProblems(Logged, logged);
  if (problem === undefined) return logged as Static<typeof Logged>;
  throw new InputError('PEX_WORKLOAD_VALUE', problem.message, { ...place, path: formatPath(problem.path) });
}
