// openpex generate: a workload CSV drawn from a specification and a seed, or the requests of a scenario as one.
import { Rng } from '../../engine/index.ts';
import type { KnownResources } from '../../scenarios/formats/named-amounts.ts';
import type { WorkloadRow } from '../../scenarios/formats/row.ts';
import { WorkloadNotes } from '../../scenarios/formats/workload-notes.ts';
import { generateRows } from '../../scenarios/generator/generate.ts';
import { loadGeneratorSpec } from '../../scenarios/generator/load-spec.ts';
import { findScenarioOrSpecification } from '../../scenarios/shipped.ts';
import { WrittenDocument } from '../../written/document.ts';
import { InputError } from '../../written/input-error.ts';
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
import { csvText, describeWritten, writeWorkload } from '../workload-output.ts';

interface GenerateArguments {
  spec: string;
  out: string;
  seed?: string | undefined;
  count?: number | undefined;
  set: string[];
  start?: string | undefined;
  resource: string[];
}

export const generateCommand: CommandBody<GenerateArguments> = {
  builder: (yargs) =>
    yargs
      .positional('spec', {
        type: 'string',
        demandOption: true,
        describe:
          'A scenario or a specification (.yaml, .json), or the name of one that ships: campus-month, campus-month.workload',
      })
      .positional('out', outPositional)
      .option('seed', {
        type: 'string',
        describe: "All chance comes from it: the same seed, the same rows [default: the scenario's; else 1]",
      })
      .option('count', { type: 'number', describe: 'Stop after so many rows' })
      .option('set', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe: 'path=value of anything in the file, e.g. until=7d; can be given several times',
      })
      .option('start', {
        type: 'string',
        describe: `Instant from which a specification reckons hours of the day [default: ${startOption.default}]; scenarios say theirs`,
      })
      .option('resource', {
        ...resourceOption,
        describe: `${resourceOption.describe}; scenarios say theirs`,
      })
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
  const notes = new WorkloadNotes();
  const { resources, rows, seed } = await requestsOf(args, notes);
  const written = await withInterrupts(
    (signal) =>
      writeWorkload(
        count === undefined ? rows : firstRows(rows, count),
        args.out,
        signal,
        csvText(resources),
      ),
    () => {},
  );
  process.stderr.write(notes.describe());
  if (written !== undefined) {
    process.stderr.write(`${describeWritten(args.out, written)}, seed ${seed}\n`);
    return;
  }
  process.stderr.write('Interrupted.\n');
  process.exitCode = EXIT.interrupted;
}

interface Requests {
  readonly rows: AsyncIterable<WorkloadRow>;
  readonly seed: number;
  /** Beside CPU, memory and disk, a column for each. */
  readonly resources: KnownResources;
}

async function requestsOf(args: GenerateArguments, notes: WorkloadNotes): Promise<Requests> {
  const file = await findScenarioOrSpecification(args.spec);
  const document = await WrittenDocument.read(file);
  const isScenario = ['workloads', 'cluster', 'providers'].some((key) => document.get([key]) !== undefined);
  if (isScenario) return requestsOfScenario(file, args, notes);
  const spec = await loadGeneratorSpec(file, args.set);
  const seed = parseSeed(args.seed ?? seedOption.default);
  const startMs = parseStart(args.start ?? startOption.default);
  const resources = parseResources(args.resource);
  const rng = Rng.fromSeed(seed);
  return { rows: generateRows(spec, { file: args.spec, startMs, rng, resources }), seed, resources };
}

/** Exactly what `openpex run` asks in the same scenario with the same seed and settings. */
async function requestsOfScenario(
  file: string,
  { resource, seed, set, start }: GenerateArguments,
  notes: WorkloadNotes,
): Promise<Requests> {
  if (start !== undefined) {
    const problem = 'a scenario says when it starts; change it with --set start=INSTANT';
    throw new InputError('PEX_USAGE', problem, { file: '--start' });
  }
  if (resource.length > 0) {
    const problem = 'a scenario names its resources itself; leave this out';
    throw new InputError('PEX_USAGE', problem, { file: '--resource' });
  }
  const { loadScenario } = await import('../../scenarios/load/scenario.ts');
  const scenario = await loadScenario(file, {
    set,
    ...(seed !== undefined && { seed: parseSeed(seed) }),
  });
  const { providers } = scenario;
  return {
    rows: scenario.rows(notes),
    seed: scenario.seed,
    resources: new Map(providers.flatMap(({ resources }) => [...resources])),
  };
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
