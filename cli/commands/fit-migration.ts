// openpex fit-migration: measured migrations in, settings of the simulated hypervisor out, with how far off they are.
import type { MigrationFit } from '../../experiments/calibration/fit-migration.ts';
import type { FitOn } from '../../experiments/calibration/measured-migrations.ts';
import type { MigrationField } from '../../scenarios/schema/migration.ts';
import { counted } from '../../written/counted.ts';
import { splitAssignment } from '../../written/setting.ts';
import type { CommandBody } from '../command.ts';

interface FitMigrationArguments {
  file: string;
  model: string;
  memory: string;
  duration: string;
  downtime?: string | undefined;
  dirtyPages?: string | undefined;
  fitOn?: string | undefined;
  set: string[];
  json: boolean;
}

/** `fixed` copies nothing, and how fast `clark` copies is up to its own limits, whatever the link. */
const MODELS = ['xen', 'liu-basic', 'liu-wws', 'akoush-avg', 'akoush-hist', 'stop-and-copy', 'post-copy'];

export const fitMigrationCommand: CommandBody<FitMigrationArguments> = {
  builder: (yargs) =>
    yargs
      .positional('file', {
        type: 'string',
        demandOption: true,
        describe:
          'CSV table with one row for each migration, which had its links for itself; may be compressed (.gz)',
      })
      .option('model', {
        choices: MODELS,
        default: 'xen',
        describe: 'How memory is copied (docs/scenarios.md)',
      })
      .option('memory', {
        type: 'string',
        default: 'memory_mib',
        describe: 'Column with the memory of the VM, in MiB',
      })
      .option('duration', {
        type: 'string',
        default: 'duration_s',
        describe: 'Column with the length of the migration, in seconds; a row without one is left out',
      })
      .option('downtime', {
        type: 'string',
        describe: 'Column with the standstill, in seconds [default: it was not measured]',
      })
      .option('dirty-pages', {
        type: 'string',
        describe:
          'Column with the pages of 4 KiB that the guest dirtied in a second [default: guests were idle]',
      })
      .option('fit-on', {
        type: 'string',
        describe:
          'column=value: fit to rows that have the value there, and predict the others [default: fit to all]',
      })
      .option('set', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe: 'path=value of a setting below hypervisor.migration; what is set is not fitted',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print everything as JSON' })
      .example(
        '$0 fit-migration migrations.csv > machines.yaml',
        'Settings for a scenario, the errors as comments',
      )
      .example(
        '$0 fit-migration migrations.csv --fit-on flavor=small',
        'What a fit to small VMs says of the others',
      ),
  handler: fit,
};

async function fit(args: FitMigrationArguments): Promise<void> {
  const { fitMigration } = await import('../../experiments/calibration/fit-migration.ts');
  const { fitText, fittedField } = await import('../../experiments/calibration/fit-text.ts');
  const { readMeasured } = await import('../../experiments/calibration/measured-migrations.ts');
  const { document, written } = await readSettings(args);
  const { dirtyPages, downtime, duration, file, memory } = args;
  const table = await readMeasured(file, { dirtyPages, downtime, duration, memory }, fitOnOf(args));
  const fitted: MigrationFit = fitMigration(table.rows, written, {
    link: document.get(['linkMbitPerS']) !== undefined,
    before: document.get(['before']) !== undefined,
    after: document.get(['after']) !== undefined,
  });
  if (table.leftOut > 0)
    process.stderr.write(`${counted(table.leftOut, 'row')} without a value of "${duration}" left out.\n`);
  const migration = fittedField(document.value as object, fitted, table.rows);
  process.stdout.write(
    args.json
      ? `${JSON.stringify({ migration, ...fitted }, null, 2)}\n`
      : fitText(migration, fitted, { file, model: args.model }),
  );
}

/** Guests use all of their memory and write nothing, unless somebody says what they do. */
async function readSettings({ model, set }: FitMigrationArguments) {
  const schema = await import('../../scenarios/schema/migration.ts');
  const { migrationProblems } = await import('../../scenarios/load/migration.ts');
  const { WrittenDocument } = await import('../../written/document.ts');
  const { applySetting } = await import('../../written/setting.ts');
  const { complete, findProblems } = await import('../../written/written-value.ts');
  const document = WrittenDocument.parse('{}', 'openpex fit-migration');
  document.set(['model'], model, `--model ${model}`);
  document.set(['memoryInUse'], { min: 1, max: 1 }, 'openpex fit-migration');
  document.set(['dirtyPagesPerS'], { min: 0, max: 0 }, 'openpex fit-migration');
  for (const setting of set) applySetting(document, setting);
  const written = complete(schema.MigrationField, document.value) as MigrationField;
  let problems = findProblems(schema.MigrationField, written);
  if (problems.length === 0) problems = migrationProblems(written);
  if (problems.length > 0) throw document.error('PEX_USAGE', problems);
  if (!MODELS.includes(written.model)) {
    const message = `"${written.model}" cannot be fitted (known: ${MODELS.join(', ')})`;
    throw document.error('PEX_USAGE', [{ path: ['model'], message }]);
  }
  return { document, written };
}

function fitOnOf({ fitOn }: FitMigrationArguments): FitOn | undefined {
  if (fitOn === undefined) return undefined;
  const origin = `--fit-on ${fitOn}`;
  const [column, value] = splitAssignment(fitOn, origin, 'column=value');
  return { column, value: value.trim(), origin };
}
