// How busy guests are that were measured: a folder with a file for each VM, in the layout of the PlanetLab traces of CloudSim (A. Beloglazov) or of the
// Bitbrains ones (GWA-T-12). All of it is read before the run.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoadTrace, TracedLoads } from '../../engine/index.ts';
import { durationMs } from '../../written/duration.ts';
import { type ErrorPlace, InputError } from '../../written/input-error.ts';
import type { PathPart } from '../../written/written-value.ts';
import { readRecords } from '../formats/csv-table.ts';
import { parseDecimal } from '../formats/decimal.ts';
import { readLines } from '../formats/input-file.ts';
import type { HypervisorField, LoadTraceFormat } from '../schema/hypervisor.ts';
import type { NamedFiles } from './named-files.ts';

type GuestLoadField = HypervisorField['guestLoad'];

export interface ReadTraces {
  /** As it is written, with a path that holds wherever it is read. */
  readonly written: GuestLoadField;
  readonly loads?: TracedLoads;
}

interface Whereabouts {
  readonly files: NamedFiles;
  placeOf(path: readonly PathPart[]): ErrorPlace;
}

/**
 * @param at where the provider's settings stand
 * @throws InputError with file and line
 */
export async function readLoadTraces(
  written: GuestLoadField,
  at: readonly PathPart[],
  { files, placeOf }: Whereabouts,
): Promise<ReadTraces> {
  if (written.traces === undefined) return { written };
  const { afterEnd, begins, every, files: folder, format } = written.traces;
  const path = [...at, 'hypervisor', 'guestLoad', 'traces', 'files'];
  const place = files.locateFolder(folder, path);
  const names = await filesIn(place, placeOf(path));
  const traces: LoadTrace[] = [];
  const fileOf = new Map<string, string>();
  for (const fileName of names) {
    const file = join(place, fileName);
    const name = fileName.replace(/(\.csv)?(\.gz)?$/, '');
    const other = fileOf.get(name);
    if (other !== undefined)
      throw badValue(`is the trace "${name}", as ${other} beside it is; expected one file for each VM`, {
        file,
      });
    fileOf.set(name, fileName);
    files.note(file);
    traces.push({ name, ...(await READERS[format](file)) });
  }
  return {
    written: { ...written, traces: { ...written.traces, files: files.portable(folder, path) } },
    loads: { traces, everyMs: durationMs(every), afterEnd, begins },
  };
}

async function filesIn(folder: string, place: ErrorPlace): Promise<string[]> {
  let entries: { readonly name: string; isFile(): boolean }[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    const problem = `there is no folder ${folder} that can be read`;
    throw new InputError('PEX_FILE_UNREADABLE', problem, place, { cause });
  }
  const names = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
  if (names.length === 0)
    throw new InputError('PEX_FILE_UNREADABLE', `there is no file in the folder ${folder}`, place);
  // The order of a folder is that of its file system.
  return names.map(({ name }) => name).sort();
}

type Values = Omit<LoadTrace, 'name'>;

const READERS: Readonly<Record<LoadTraceFormat, (file: string) => Promise<Values>>> = {
  planetlab: readPlanetLab,
  bitbrains: readBitbrains,
};

const PLANETLAB_STEP_S = 300;

async function readPlanetLab(file: string): Promise<Values> {
  const permille: number[] = [];
  let line = 0;
  for await (const text of readLines(file)) {
    line += 1;
    const value = text.trim();
    if (value === '') continue;
    if (!/^\d{1,3}$/.test(value) || Number(value) > 100)
      throw badValue(`"${value}" is no whole number from 0 to 100`, { file, line });
    permille.push(Number(value) * 10);
  }
  if (permille.length === 0) throw badValue('there is no value in it', { file });
  return {
    atS: Uint32Array.from(permille, (_, index) => index * PLANETLAB_STEP_S),
    permille: Uint16Array.from(permille),
  };
}

const TIMESTAMP = 'Timestamp [ms]';
const USAGE = 'CPU usage [%]';
/** More seconds than these since 1970 are milliseconds: the year 5138. */
const MOST_SECONDS = 1e11;

async function readBitbrains(file: string): Promise<Values> {
  const atS: number[] = [];
  const permille: number[] = [];
  let columns: { readonly time: number; readonly usage: number } | undefined;
  let firstS = 0;
  for await (const { fields, line } of readRecords(file, { delimiter: ';' })) {
    const cells = fields.map((field) => field.trim());
    if (columns === undefined) {
      columns = columnsOf(cells, { file, line });
      continue;
    }
    const number = (column: number, name: string): number => {
      const value = parseDecimal(cells[column] ?? '');
      if (value === undefined || value < 0)
        throw badValue(`"${cells[column] ?? ''}" is no number of at least 0`, { file, line, path: name });
      return value;
    };
    const stamp = number(columns.time, TIMESTAMP);
    const seconds = Math.round(stamp > MOST_SECONDS ? stamp / 1000 : stamp);
    if (atS.length === 0) firstS = seconds;
    else if (seconds - firstS <= atS.at(-1)!)
      throw badValue(`"${cells[columns.time]}" is not later than the row before`, {
        file,
        line,
        path: TIMESTAMP,
      });
    atS.push(seconds - firstS);
    // Readings are a little above what there is at times.
    permille.push(Math.round(Math.min(100, number(columns.usage, USAGE)) * 10));
  }
  if (atS.length === 0) throw badValue('there is no value in it', { file });
  return { atS: Uint32Array.from(atS), permille: Uint16Array.from(permille) };
}

function columnsOf(header: readonly string[], place: ErrorPlace) {
  const columnOf = (name: string): number => {
    const column = header.indexOf(name);
    if (column >= 0) return column;
    const problem = `lacks the column "${name}"; found ${header.join(', ')}`;
    throw new InputError('PEX_WORKLOAD_HEADER', problem, place);
  };
  return { time: columnOf(TIMESTAMP), usage: columnOf(USAGE) };
}

function badValue(problem: string, place: ErrorPlace): InputError {
  return new InputError('PEX_WORKLOAD_VALUE', problem, place);
}
