// openpex predict-migration: what the models of live migration say of some VMs, side by side.
import type { MigrationSettings, MigrationSums } from '../../engine/index.ts';
import type { PredictedVm } from '../../experiments/calibration/predict-migration.ts';
import type { MigrationField } from '../../scenarios/schema/migration.ts';
import { InputError } from '../../written/input-error.ts';
import { parseDuration } from '../../written/time-text.ts';
import type { CommandBody } from '../command.ts';

interface PredictMigrationArguments {
  memory: number[];
  dirtyPages: number[];
  disk: number;
  rtt: string;
  model: string[];
  set: string[];
  json: boolean;
}

interface Predicted {
  readonly vm: Required<PredictedVm>;
  readonly model: string;
  readonly isCompressed: boolean;
  readonly sums: MigrationSums;
}

/** `fixed` copies nothing, and `akoush-hist` has a guest of its own. */
const MODELS = [
  'xen',
  'mecom',
  'xbzrle',
  'hmdc',
  'post-copy',
  'stop-and-copy',
  'clark',
  'liu-basic',
  'liu-wws',
  'akoush-avg',
];

export const predictMigrationCommand: CommandBody<PredictMigrationArguments> = {
  builder: (yargs) =>
    yargs
      .option('memory', {
        type: 'number',
        array: true,
        default: [1024],
        describe: 'Memory of the VM, all in use, in MiB; several for several VMs',
      })
      .option('dirty-pages', {
        type: 'number',
        array: true,
        default: [1000],
        describe: 'Pages of 4 KiB that its guest dirties in a second; one for all VMs, or one for each',
      })
      .option('disk', {
        type: 'number',
        default: 0,
        describe: 'Its disk in use, in GiB, which goes along to another site',
      })
      .option('rtt', {
        type: 'string',
        default: '0s',
        describe: 'How long the way to that site is, there and back',
      })
      .option('model', {
        choices: MODELS,
        array: true,
        default: ['xen', 'mecom', 'xbzrle', 'hmdc', 'post-copy'],
        describe: 'How memory is copied (docs/scenarios.md); several are put side by side',
      })
      .option('set', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe:
          'path=value of a setting below hypervisor.migration; with compression.ratio, models are shown with and without it',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print everything as JSON' })
      .example('$0 predict-migration --memory 2048 --dirty-pages 20000', 'A guest that writes 80 MB/s')
      .example(
        '$0 predict-migration --set linkMbitPerS=100 --set compression.ratio=0.5',
        'Whether to compress on a slow link',
      )
      .example(
        '$0 predict-migration --disk 5 --rtt 40ms --set linkMbitPerS=100',
        'To another site, with the disk',
      ),
  handler: predict,
};

async function predict(args: PredictMigrationArguments): Promise<void> {
  const { json, model, set } = args;
  const { predictMigration } = await import('../../experiments/calibration/predict-migration.ts');
  const vms = vmsOf(args);
  const settings: MigrationSettings[] = [];
  for (const each of model) settings.push(...(await readSettings(each, set)));
  const predicted = vms.flatMap((vm) =>
    settings.map(
      (each): Predicted => ({
        vm,
        model: each.model,
        isCompressed: each.compression.ratio !== 1,
        sums: predictMigration(each, vm),
      }),
    ),
  );
  process.stdout.write(json ? `${JSON.stringify(predicted.map(plain), null, 2)}\n` : await table(predicted));
}

function vmsOf({
  dirtyPages,
  disk: diskGib,
  memory,
  rtt,
}: PredictMigrationArguments): Required<PredictedVm>[] {
  const check = (values: readonly number[], file: string, least: number) => {
    const bad = values.find((value) => !(value >= least && value <= 1e9));
    if (bad !== undefined)
      throw new InputError('PEX_USAGE', `${bad} is not a number from ${least} to 1000000000`, { file });
  };
  check(memory, '--memory', 1);
  check(dirtyPages, '--dirty-pages', 0);
  check([diskGib], '--disk', 0);
  const rttMs = parseDuration(rtt);
  if (rttMs === undefined || !Number.isFinite(rttMs))
    throw new InputError('PEX_USAGE', `"${rtt}" is no duration; expected one such as 40ms`, {
      file: '--rtt',
    });
  if (dirtyPages.length !== 1 && dirtyPages.length !== memory.length) {
    const message = `${dirtyPages.length} values for ${memory.length} VMs; expected one for all, or one for each`;
    throw new InputError('PEX_USAGE', message, { file: '--dirty-pages' });
  }
  return memory.map((memoryMib, i) => ({
    memoryMib,
    dirtyPagesPerS: dirtyPages.length === 1 ? dirtyPages[0]! : dirtyPages[i]!,
    diskGib,
    rttMs,
  }));
}

/** Of one model, plain and, where the settings compress and the model does not by itself, compressed as well. */
async function readSettings(model: string, set: readonly string[]): Promise<MigrationSettings[]> {
  const { migrationModel } = await import('../../engine/index.ts');
  const { migrationProblems, migrationSettings } = await import('../../scenarios/load/migration.ts');
  const schema = await import('../../scenarios/schema/migration.ts');
  const { WrittenDocument } = await import('../../written/document.ts');
  const { applySetting } = await import('../../written/setting.ts');
  const { complete, findProblems } = await import('../../written/written-value.ts');
  const document = WrittenDocument.parse('{}', 'openpex predict-migration');
  document.set(['memoryInUse'], { min: 1, max: 1 }, 'openpex predict-migration');
  for (const setting of set) applySetting(document, setting);
  document.set(['model'], model, `--model ${model}`);
  const { compression, ...others } = complete(schema.MigrationField, document.value) as MigrationField;
  const problems = findProblems(schema.MigrationField, {
    ...others,
    ...(compression !== undefined && { compression }),
  });
  if (problems.length === 0) problems.push(...migrationProblems(others));
  if (problems.length > 0) throw document.error('PEX_USAGE', problems);
  const settings = [migrationSettings(others)];
  if (compression !== undefined && migrationModel(model).compressesItself !== true)
    settings.push(migrationSettings({ ...others, compression }));
  return settings;
}

function plain({ isCompressed, model, sums, vm }: Predicted) {
  const { downtimeS, outcome, rounds, seconds, sourceBytes, wireBytes } = sums;
  const { isConverged, reason } = outcome;
  const { diskGib, rttMs, ...usual } = vm;
  return {
    ...usual,
    ...(diskGib > 0 && { diskGib }),
    ...(rttMs > 0 && { rttMs }),
    model,
    compressed: isCompressed,
    seconds,
    downtimeS,
    rounds,
    ...(diskGib > 0 ? { copiedBytes: sourceBytes } : { memoryBytes: sourceBytes }),
    sentBytes: Math.round(wireBytes),
    reason,
    converged: isConverged,
  };
}

async function table(predicted: readonly Predicted[]): Promise<string> {
  const { plainTable } = await import('../../experiments/compare/comparison-tables.ts');
  const header = [
    'memory MiB',
    'dirty pages/s',
    'model',
    'takes s',
    'stands still ms',
    'rounds',
    predicted.some(({ vm }) => vm.diskGib > 0) ? 'copied MB' : 'memory MB',
    'sent MB',
    'ends by',
  ];
  const rows = predicted.map(({ isCompressed, model, sums, vm }) => [
    String(vm.memoryMib),
    String(vm.dirtyPagesPerS),
    isCompressed ? `${model}, compressed` : model,
    sums.seconds.toFixed(2),
    (sums.downtimeS * 1000).toFixed(1),
    String(sums.rounds),
    (sums.sourceBytes / 1e6).toFixed(1),
    (sums.wireBytes / 1e6).toFixed(1),
    sums.outcome.reason,
  ]);
  return plainTable({ header, rows });
}
