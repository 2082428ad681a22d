// openpex convert: a workload of any format into our CSV or into SWF, shaped on the way if so wished.
import { Rng } from '../../engine/index.ts';
import { WORKLOAD_FORMATS } from '../../scenarios/formats/catalogue.ts';
import { TYPES_OF_THE_PAPERS } from '../../scenarios/formats/instance-size.ts';
import type { KnownResources } from '../../scenarios/formats/named-amounts.ts';
import { readRows } from '../../scenarios/formats/read-workload.ts';
import { FileWorkload } from '../../scenarios/formats/source.ts';
import { SwfWriter } from '../../scenarios/formats/swf-text.ts';
import { WorkloadNotes } from '../../scenarios/formats/workload-notes.ts';
import { WrittenDocument } from '../../written/document.ts';
import { InputError } from '../../written/input-error.ts';
import { applySetting } from '../../written/setting.ts';
import { complete, findProblems } from '../../written/written-value.ts';
import type { CommandBody } from '../command.ts';
import { EXIT } from '../exit.ts';
import { withInterrupts } from '../interrupt.ts';
import {
  outPositional,
  parseResources,
  parseSeed,
  parseStart,
  resourceOption,
  seedOption,
  startOption,
} from '../workload-options.ts';
import { csvText, describeWritten, type RowsText, writeWorkload } from '../workload-output.ts';

interface ConvertArguments {
  in: string;
  out: string;
  from?: string | undefined;
  to: string;
  columns?: string | undefined;
  set: string[];
  resource: string[];
  lenient: boolean;
  sort: boolean;
  start: string;
  seed: string;
}

export const convertCommand: CommandBody<ConvertArguments> = {
  builder: (yargs) =>
    yargs
      .positional('in', { type: 'string', demandOption: true, describe: 'The log; may be compressed (.gz)' })
      .positional('out', outPositional)
      .option('from', {
        type: 'string',
        choices: WORKLOAD_FORMATS.map(({ name }) => name),
        describe: 'Format of the log [default: told by its name]',
      })
      .option('columns', {
        type: 'string',
        describe:
          'File that says which column of the log is what, or a scenario with one workload that does (docs/workloads.md)',
      })
      .option('to', {
        type: 'string',
        choices: ['csv', 'swf'],
        default: 'csv',
        describe: 'Format to write; what swf cannot say is told',
      })
      .option('set', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe: 'path=value of any setting of a workload, e.g. swf.processorsPerNode=8 (docs/workloads.md)',
      })
      .option('resource', resourceOption)
      .option('lenient', { type: 'boolean', default: false, describe: 'Leave bad rows out and count them' })
      .option('sort', { type: 'boolean', default: false, describe: 'Sort by submission, in memory' })
      .option('start', startOption)
      .option('seed', seedOption)
      .example('$0 convert 30days.swf month.csv', 'The SDSC Blue log of the Haizea repository')
      .example('$0 convert pods.csv - --from openb --set openb.pending=skip --set until=7d', 'A week of pods')
      .example('$0 convert pods.csv gpus.csv --from openb --resource gpu=divisible', 'Pods with their GPUs')
      .example('$0 convert sacct.txt jobs.csv --columns sacct.yaml --sort', 'A log of your own cluster'),
  handler: convert,
};

async function convert(args: ConvertArguments): Promise<void> {
  const source = await readSource(args);
  const notes = new WorkloadNotes();
  const startMs = parseStart(args.start);
  const resources = parseResources(args.resource);
  const rows = readRows(source, {
    startMs,
    resources,
    rng: Rng.fromSeed(parseSeed(args.seed)),
    onSkipped: notes.onSkipped,
    onOdd: notes.onOdd,
    onHint: notes.onHint,
  });
  const written = await withInterrupts(
    (signal) => writeWorkload(rows, args.out, signal, textOf(args, { startMs, resources, notes })),
    () => {},
  );
  process.stderr.write(notes.describe());
  if (written !== undefined) {
    process.stderr.write(`${describeWritten(args.out, written)}\n`);
    return;
  }
  process.stderr.write('Interrupted.\n');
  process.exitCode = EXIT.interrupted;
}

/** The arguments as an entry under `workloads`, checked like one. */
async function readSource(args: ConvertArguments): Promise<FileWorkload> {
  const document = WrittenDocument.parse('{}', 'openpex convert');
  document.set(['file'], args.in, 'IN');
  if (args.from !== undefined) document.set(['format'], args.from, `--from ${args.from}`);
  if (args.columns !== undefined) await includeMapping(document, args.columns);
  document.set(['lenient'], args.lenient, '--lenient');
  document.set(['sort'], args.sort, '--sort');
  for (const setting of args.set) applySetting(document, setting);
  const completed = complete(FileWorkload, document.value);
  const problems = findProblems(FileWorkload, completed);
  if (problems.length > 0) throw document.error('PEX_USAGE', problems);
  return completed as FileWorkload;
}

async function includeMapping(document: WrittenDocument, file: string): Promise<void> {
  const mapping = await WrittenDocument.read(file);
  const workloads = mapping.get(['workloads']);
  if (!Array.isArray(workloads)) {
    document.include(['columns'], mapping);
    return;
  }
  const mapped = workloads.flatMap((_workload, index) => {
    const columns = mapping.get(['workloads', index, 'columns']);
    return columns === undefined ? [] : [columns];
  });
  if (mapped.length !== 1) {
    const problem = `has ${mapped.length} workloads with columns; expected one, or a file with nothing but the mapping`;
    throw new InputError('PEX_USAGE', problem, { file });
  }
  document.set(['columns'], mapped[0], file);
}

interface Writing {
  readonly startMs: number;
  readonly resources: KnownResources;
  readonly notes: WorkloadNotes;
}

function textOf({ in: file, out, to }: ConvertArguments, { startMs, resources, notes }: Writing): RowsText {
  if (to === 'csv') return csvText(resources);
  const name = out === '-' ? 'stdout' : out;
  return new SwfWriter({
    file,
    startMs,
    instanceTypes: TYPES_OF_THE_PAPERS,
    onLost: (what) => notes.onOdd(name, what),
  });
}
