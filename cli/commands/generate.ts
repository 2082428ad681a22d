// openpex generate: a workload CSV drawn from a specification and a seed.
import { Rng } from '../../engine/index.ts';
import type { WorkloadRow } from '../../scenarios/formats/row.ts';
import { generateRows } from '../../scenarios/generator/generate.ts';
import { loadGeneratorSpec } from '../../scenarios/generator/load-spec.ts';
import { InputError } from '../../written/input-error.ts';
import type { CommandBody } from '../command.ts';
import { EXIT } from '../exit.ts';
import { withInterrupts } from '../interrupt.ts';
import { outPositional, parseSeed, parseStart, seedOption, startOption } from '../workload-options.ts';
import { describeWritten, writeWorkload } from '../workload-output.ts';

interface GenerateArguments {
  spec: string;
  out: string;
  seed: string;
  count?: number | undefined;
  set: string[];
  start: string;
}

export const generateCommand: CommandBody<GenerateArguments> = {
  builder: (yargs) =>
    yargs
      .positional('spec', {
        type: 'string',
        demandOption: true,
        describe: 'A specification (.yaml, .json), or the name of one that ships: campus-month',
      })
      .positional('out', outPositional)
      .option('seed', seedOption)
      .option('count', { type: 'number', describe: 'Stop after so many rows' })
      .option('set', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe: 'path=value of anything in the specification, e.g. until=7d; can be given several times',
      })
      .option('start', startOption)
      .example('$0 generate campus-month month.csv --seed 7', 'Another month on the shipped campus'),
  handler: generate,
};

async function generate(args: GenerateArguments): Promise<void> {
  const { count } = args;
  if (count !== undefined && !(Number.isInteger(count) && count >= 0)) {
    throw new InputError('PEX_USAGE', `${count} cannot be; expected a whole number, 0 or more`, {
      file: '--count',
    });
  }
  const spec = await loadGeneratorSpec(args.spec, args.set);
  const rows = generateRows(spec, {
    file: args.spec,
    startMs: parseStart(args.start),
    rng: Rng.fromSeed(parseSeed(args.seed)),
  });
  const written = await withInterrupts(
    (signal) => writeWorkload(count === undefined ? rows : firstRows(rows, count), args.out, signal),
    () => {},
  );
  if (written !== undefined) {
    process.stderr.write(`${describeWritten(args.out, written)}, seed ${args.seed}\n`);
    return;
  }
  process.stderr.write('Interrupted.\n');
  process.exitCode = EXIT.interrupted;
}

async function* firstRows(rows: AsyncIterable<WorkloadRow>, count: number): AsyncGenerator<WorkloadRow> {
  let left = count;
  if (left === 0) return;
  for await (const row of rows) {
    yield row;
    left--;
    if (left === 0) return;
  }
}
