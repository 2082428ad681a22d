// The Alibaba openb lists (clusterdata, cluster-trace-gpu-v2023): pods become requests, nodes become a cluster. Their GPUs are those of the
// provider's resource `gpu`, if it names one: devices of their models if it comes in devices, an amount of the node otherwise.
import { type Static, Type } from 'typebox';
import { DEVICE_UNITS, type NodeSpec, type Resources } from '../../engine/index.ts';
import { durationMs, finiteDurationOption } from '../../written/duration.ts';
import { formatDuration } from '../../written/time-text.ts';
import { readTable, type TableRecord } from './csv-table.ts';
import { parseDecimal } from './decimal.ts';
import { type Reading, workloadFormat } from './format.ts';
import { goodRows } from './good-rows.ts';
import { type KnownResource, type KnownResources, NO_NAMED } from './named-amounts.ts';
import { checkRow, type WorkloadRow } from './row.ts';

const OpenbOptions = Type.Object(
  {
    pending: Type.Enum(['withdraw', 'skip'], {
      default: 'withdraw',
      description:
        'Pods that were never scheduled. withdraw: asked for, and given up at their deletion unless started; skip: left out.',
    }),
    diskGib: Type.Integer({
      minimum: 0,
      default: 0,
      description: 'Disk of each pod, in GiB; the log has none.',
    }),
    minDuration: finiteDurationOption({
      default: '1s',
      description:
        'A pod lasts at least so long: 1s, because some ended within the second in which they began; more than the whole list, such as 3650d, and none leaves, so that the cluster fills up.',
    }),
  },
  { additionalProperties: false, description: 'How to read the Alibaba openb pod list.' },
);
type OpenbReading = Reading<Static<typeof OpenbOptions>>;

/** Columns by which a CSV file is recognised as one of these lists. */
const SIZE_COLUMNS = ['cpu_milli', 'memory_mib'] as const;
const TIME_COLUMNS = ['creation_time', 'deletion_time', 'scheduled_time'] as const;
const POD_COLUMNS = ['name', ...SIZE_COLUMNS, ...TIME_COLUMNS] as const;
const NODE_COLUMNS = ['sn', ...SIZE_COLUMNS] as const;
/** The resource that the GPUs of the lists are. */
const GPU = 'gpu';
const POD_GPU_COLUMNS = ['num_gpu', 'gpu_milli'] as const;

/** The pods of a list: each a request for one instance, as soon as possible. */
export const openb = workloadFormat({
  name: 'openb',
  extensions: ['csv'],
  recognises(header) {
    const columns = header.split(',');
    return SIZE_COLUMNS.every((column) => columns.includes(column));
  },
  options: OpenbOptions,
  kind: 'best-effort',
  read: readPods,
});

async function* readPods(reading: OpenbReading): AsyncGenerator<WorkloadRow> {
  yield* goodRows(podsOf(reading), (pod) => readPod(pod, reading), reading);
}

interface Pod {
  readonly record: TableRecord;
  /** The last instant of the list; known where the pod has no end of its own. */
  readonly traceEndMs: number | undefined;
}

/** The list is read a second time when there is a pod in it that was still alive. */
async function* podsOf({ file, resources }: OpenbReading): AsyncGenerator<Pod> {
  let traceEndMs: number | undefined;
  const required = resources.has(GPU) ? [...POD_COLUMNS, ...POD_GPU_COLUMNS] : POD_COLUMNS;
  for await (const record of readTable(file, { required })) {
    if (record.isWhole && record.text('deletion_time') === undefined)
      traceEndMs ??= await lastInstantMs(file);
    yield { record, traceEndMs };
  }
}

async function lastInstantMs(file: string): Promise<number> {
  let lastMs = 0;
  for await (const record of readTable(file, { required: POD_COLUMNS })) {
    for (const column of TIME_COLUMNS) lastMs = Math.max(lastMs, instantIfAny(record, column));
  }
  return lastMs;
}

/** What cannot be read is complained about where it is used. */
function instantIfAny(record: TableRecord, column: string): number {
  const seconds = record.isWhole ? parseDecimal(record.text(column) ?? '') : undefined;
  return seconds === undefined ? 0 : Math.round(seconds * 1000);
}

function readPod(
  { record, traceEndMs }: Pod,
  { options, kind, onOdd, resources }: OpenbReading,
): WorkloadRow | undefined {
  const createdMs = record.required('creation_time', timeOf(record, 'creation_time'), 'seconds');
  const scheduledMs = timeOf(record, 'scheduled_time');
  const ownEndMs = timeOf(record, 'deletion_time');
  const deletedMs = record.required('deletion_time', ownEndMs ?? traceEndMs, 'seconds');
  if (scheduledMs === undefined && options.pending === 'skip') return undefined;
  const beganMs = scheduledMs ?? createdMs;
  if (deletedMs < beganMs) {
    throw record.problem(
      'deletion_time',
      `${deletedMs / 1000} s is before the pod began at ${beganMs / 1000} s`,
    );
  }
  if (ownEndMs === undefined) {
    onOdd(`ended with the list at ${formatDuration(deletedMs)}, still alive (no deletion_time)`);
  }
  const gpu = resources.get(GPU);
  if (gpu !== undefined && !gpu.inDevices && record.text('gpu_spec') !== undefined) {
    onOdd('with a model of GPU (gpu_spec): any of `gpu` will do');
  }
  return checkRow(
    {
      id: record.required('name', record.text('name'), 'the name of the pod'),
      kind,
      submitMs: createdMs,
      durationMs: Math.max(deletedMs - beganMs, durationMs(options.minDuration)),
      size: {
        ...readSize(record),
        diskGib: options.diskGib,
        ...(gpu !== undefined && gpusOfPod(record, gpu)),
      },
      instances: 1,
      optional: 0,
      cancelMs: scheduledMs === undefined ? deletedMs : undefined,
      line: record.place.line,
    },
    record.place,
  );
}

/**
 * The nodes of an openb list, in its order. Nodes of one GPU model and size make a group: "G2-96cpu-384gib"; nodes without GPUs begin
 * with "cpu". The list has no disks.
 * @param resources that each node has of its own; GPUs are counted if one of them is `gpu`
 * @throws InputError for a file that cannot be read or is no such list
 */
export async function readOpenbNodes(
  file: string,
  resources: KnownResources = NO_NAMED,
): Promise<NodeSpec[]> {
  const nodes: NodeSpec[] = [];
  const gpu = resources.get(GPU);
  const required = gpu === undefined ? NODE_COLUMNS : [...NODE_COLUMNS, 'gpu'];
  for await (const record of readTable(file, { required })) {
    const gpus = gpu === undefined ? 0 : (record.whole('gpu', 0) ?? 0) * (gpu.divisible ? 1000 : 1);
    const capacity = { ...readSize(record), diskGib: 0, ...named(gpus) };
    const model = gpu?.inDevices === true && gpus > 0 ? record.text('model') : undefined;
    const size = `${capacity.milliCpus / 1000}cpu-${capacity.memoryMib / 1024}gib`;
    nodes.push({
      nodeId: record.required('sn', record.text('sn'), 'the name of the node'),
      group: `${record.text('model') ?? 'cpu'}-${size}`,
      capacity,
      ...(model !== undefined && { models: { [GPU]: model } }),
    });
  }
  return nodes;
}

function readSize(record: TableRecord): Omit<Resources, 'diskGib'> {
  return {
    milliCpus: record.required('cpu_milli', record.whole('cpu_milli', 1), 'thousandths of a CPU'),
    memoryMib: record.required('memory_mib', record.whole('memory_mib', 0), 'MiB'),
  };
}

/** A share of one GPU, or some whole ones; in thousandths where they are divisible. */
function gpusOfPod(
  record: TableRecord,
  { divisible, inDevices }: KnownResource,
): Pick<Resources, 'named' | 'models'> {
  const gpus = record.whole('num_gpu', 0) ?? 0;
  if (!divisible) return named(gpus);
  const milli = record.whole('gpu_milli', 0) ?? DEVICE_UNITS;
  const units = gpus * milli;
  if (!inDevices || units === 0) return named(units);
  if (milli > DEVICE_UNITS || (gpus > 1 && milli < DEVICE_UNITS)) {
    throw record.problem(
      'gpu_milli',
      `${gpus} x ${milli} cannot be; expected a share of one GPU, or whole ones`,
    );
  }
  const models = record.text('gpu_spec')?.split('|');
  return { ...named(units), ...(models !== undefined && { models: { [GPU]: models } }) };
}

const named = (gpus: number): Pick<Resources, 'named'> => (gpus === 0 ? {} : { named: { [GPU]: gpus } });

const timeOf = (record: TableRecord, column: string): number | undefined =>
  record.scaled(column, 1000, 'seconds');
