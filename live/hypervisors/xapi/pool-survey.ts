// One look at a whole pool, over a connection of its own: what the configuration is checked against, what a cluster is discovered from,
// and what `openpex xen doctor` reports on.
import { MACHINE } from '../../host-timers.ts';
import type { HypervisorLog } from '../definition.ts';
import { PoolConnection } from './connection.ts';
import {
  fieldsOf,
  integer,
  readAll,
  reference,
  text,
  textMap,
  texts,
  type VmRecord,
  vmRecord,
} from './records.ts';
import type { XenSettings } from './xen-settings.ts';

export interface HostFacts {
  readonly ref: string;
  readonly uuid: string;
  readonly name: string;
  readonly address: string;
  readonly isEnabled: boolean;
  readonly isLive: boolean;
  readonly cpus: number;
  /** All of it. */
  readonly memoryBytes: number;
  /** What the hypervisor and the control domain keep. */
  readonly keptBytes: number;
  /** Where the memory of VMs goes that are suspended on it. */
  readonly suspendStorage: string | undefined;
  /** `product_brand`, `product_version`, … */
  readonly software: Readonly<Record<string, string>>;
}

export interface StorageFacts {
  readonly ref: string;
  readonly uuid: string;
  readonly name: string;
  readonly isShared: boolean;
  readonly sizeBytes: number;
  readonly usedBytes: number;
  /** References. */
  readonly attachedHosts: readonly string[];
}

export interface NetworkFacts {
  readonly ref: string;
  readonly uuid: string;
  readonly name: string;
}

export interface PoolSurvey {
  readonly poolName: string;
  readonly master: string;
  readonly defaultStorage: string | undefined;
  readonly hosts: readonly HostFacts[];
  readonly vms: readonly VmRecord[];
  readonly storage: readonly StorageFacts[];
  readonly networks: readonly NetworkFacts[];
}

/** What is read of a pool without changing it. @throws PoolUnreachable, PoolFailure */
export async function surveyPool(settings: XenSettings, log: HypervisorLog): Promise<PoolSurvey> {
  const connection = await PoolConnection.open({
    settings,
    log,
    host: MACHINE,
    readOnly: true,
    withoutEvents: true,
  });
  try {
    return await readSurvey(connection);
  } finally {
    await connection.close();
  }
}

export async function readSurvey(connection: PoolConnection): Promise<PoolSurvey> {
  const [pools, hosts, metrics, vms, srs, pbds, networks] = await Promise.all(
    ['pool', 'host', 'host_metrics', 'VM', 'SR', 'PBD', 'network'].map((type) => readAll(connection, type)),
  );
  const [pool = {}] = pools?.values() ?? [];
  const suspendStorage = reference(pool['suspend_image_SR']);
  const records = Array.from(vms ?? [], ([ref, fields]) => vmRecord(ref, fields));
  return {
    poolName: text(pool['name_label']),
    master: text(pool['master']),
    defaultStorage: reference(pool['default_SR']),
    hosts: Array.from(hosts ?? [], ([ref, host]) => ({
      ...hostFacts(ref, host, metrics, records),
      suspendStorage: reference(host['suspend_image_sr']) ?? suspendStorage,
    })).sort(byName),
    vms: records,
    storage: Array.from(srs ?? [], ([ref, sr]) => storageFacts(ref, sr, pbds)).sort(byName),
    networks: Array.from(networks ?? [], ([ref, network]) => ({
      ref,
      uuid: text(network['uuid']),
      name: text(network['name_label']),
    })).sort(byName),
  };
}

type Records = Awaited<ReturnType<typeof readAll>> | undefined;

function hostFacts(
  ref: string,
  host: Readonly<Record<string, unknown>>,
  allMetrics: Records,
  vms: readonly VmRecord[],
): Omit<HostFacts, 'suspendStorage'> {
  const metrics = fieldsOf(allMetrics?.get(text(host['metrics'])));
  const controlDomain = vms.find(({ isControlDomain, residentOn }) => isControlDomain && residentOn === ref);
  return {
    ref,
    uuid: text(host['uuid']),
    name: text(host['name_label']),
    address: text(host['address']),
    isEnabled: host['enabled'] === true,
    isLive: metrics['live'] === true,
    cpus: integer(textMap(host['cpu_info'])['cpu_count']),
    memoryBytes: integer(metrics['memory_total']),
    keptBytes:
      integer(host['memory_overhead']) +
      (controlDomain === undefined ? 0 : controlDomain.memoryStaticMax + controlDomain.memoryOverhead),
    software: textMap(host['software_version']),
  };
}

function storageFacts(ref: string, sr: Readonly<Record<string, unknown>>, pbds: Records): StorageFacts {
  const attached = texts(sr['PBDs'])
    .map((pbd) => fieldsOf(pbds?.get(pbd)))
    .filter((pbd) => pbd['currently_attached'] === true);
  return {
    ref,
    uuid: text(sr['uuid']),
    name: text(sr['name_label']),
    isShared: sr['shared'] === true,
    sizeBytes: integer(sr['physical_size']),
    usedBytes: integer(sr['physical_utilisation']),
    attachedHosts: attached.map((pbd) => text(pbd['host'])),
  };
}

/** The SR that disks of VMs go to. */
export function diskStorageOf(
  { defaultStorage, storage }: PoolSurvey,
  { storageRepository }: XenSettings,
): StorageFacts | undefined {
  return storageRepository === undefined
    ? storage.find(({ ref }) => ref === defaultStorage)
    : storage.find(({ name, uuid }) => name === storageRepository || uuid === storageRepository);
}

function byName(
  a: { readonly name: string; readonly uuid: string },
  b: { readonly name: string; readonly uuid: string },
) {
  const [x, y] = a.name === b.name ? [a.uuid, b.uuid] : [a.name, b.name];
  if (x === y) return 0;
  return x < y ? -1 : 1;
}
