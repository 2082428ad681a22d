// openpex convert: a workload of any format into our CSV, shaped on the way if so wished.
import { Rng } from '../../engine/index.ts';
import { WORKLOAD_FORMATS } from '../../scenarios/formats/catalogue.ts';
import { readRows } from '../../scenarios/formats/read-workload.ts';
import { FileWorkload } from '../../scenarios/formats/source.ts';
import { WrittenDocument } from '../../written/document.ts';
import { applySetting } from '../../written/setting.ts';
import { complete, findProblems } from '../../written/written-value.ts';
import type { CommandBody } from '../command.ts';
import { EXIT } from '../exit.ts';
import { withInterrupts } from '../interrupt.ts';
import { WorkloadNotes } from '../workload-notes.ts';
import { outPositional, parseSeed, parseStart, seedOption, startOption } from '../workload-options.ts';
import { describeWritten, writeWorkload } from '../workload-output.ts';

interface ConvertArguments {
  in: string;
  out: string;
  from?: string | undefined;
  set: string[];
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
      .option('set', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe: 'path=value of any setting of a workload, e.g. swf.processorsPerNode=8 (docs/workloads.md)',
      })
      .option('lenient', { type: 'boolean', default: false, describe: 'Leave bad rows out and count them' })
      .option('sort', { type: 'boolean', default: false, describe: 'Sort by submission, in memory' })
      .option('start', startOption)
      .option('seed', seedOption)
      .example('$0 convert 30days.swf month.csv', 'The SDSC Blue log of the Haizea repository')
      .example(
        '$0 convert pods.csv - --from openb --set openb.pending=skip --set until=7d',
        'A week of pods',
      ),
  handler: convert,
};

async function convert(args: ConvertArguments): Promise<void> {
  const source = readSource(args);
  const notes = new WorkloadNotes();
  const rows = readRows(source, {
    startMs: parseStart(args.start),
    rng: Rng.fromSeed(parseSeed(args.seed)),
    onSkipped: notes.onSkipped,
    onOdd: notes.onOdd,
    onHint: notes.onHint,
  });
  const written = await withInterrupts(
    (signal) => writeWorkload(rows, args.out, signal),
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
function readSource(args: ConvertArguments): FileWorkload {
  const document = WrittenDocument.parse('{}', 'openpex convert');
  document.set(['file'], args.in, 'IN');
  if (args.from !== undefined) document.set(['format'], args.from, `--from ${args.from}`);
  document.set(['lenient'], args.lenient, '--lenient');
  document.set(['sort'], args.sort, '--sort');
  for (const setting of args.set) applySetting(document, setting);
  const completed = complete(FileWorkload, document.value);
  const problems = findProblems(FileWorkload, completed);
  if (problems.length > 0) throw document.error('PEX_USAGE', problems);
  return completed as FileWorkload;
}
