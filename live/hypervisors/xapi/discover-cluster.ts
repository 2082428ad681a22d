// The hosts of a pool as nodes, in the words of a scenario's cluster.
import { diskStorageOf, type HostFacts, type PoolSurvey } from './pool-survey.ts';
import type { XenSettings } from './xen-settings.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** What Xen needs beside a VM's own memory: page tables by its size, an emulator and the like by its number. MiB. */
const PER_VM_MIB = 12;
const SHARE_FOR_PAGE_TABLES = 1 / 128;

/** One entry of a cluster's `nodes`: hosts that are alike. */
export interface DiscoveredGroup {
  readonly group: string;
  readonly names: readonly string[];
  readonly cpus: number;
  readonly memoryMib: number;
}

export interface DiscoveredCluster {
  readonly nodes: readonly DiscoveredGroup[];
  readonly sharedDiskGib?: number;
}

/** Hosts in order of their names, those that are alike together. Hosts that are down belong to it too. */
export function discoverCluster(survey: PoolSurvey, settings: XenSettings): DiscoveredCluster {
  const storage = diskStorageOf(survey, settings);
  const groups = new Map<string, { names: string[]; cpus: number; memoryMib: number }>();
  for (const host of survey.hosts) {
    const { cpus } = host;
    const memoryMib = memoryForGuests(host);
    const alike = groups.get(`${cpus}/${memoryMib}`) ?? { names: [], cpus, memoryMib };
    groups.set(`${cpus}/${memoryMib}`, alike);
    alike.names.push(nodeIdOf(host, settings));
  }
  return {
    nodes: [...groups.values()].map((alike, index) => ({
      group: groups.size === 1 ? 'xen' : `xen-${index + 1}`,
      ...alike,
    })),
    ...(storage === undefined ? {} : { sharedDiskGib: Math.floor(storage.sizeBytes / GIB) }),
  };
}

export function nodeIdOf({ name, uuid }: HostFacts, { nodeNames }: XenSettings): string {
  return nodeNames === 'name' ? name : uuid;
}

/** So much that as many VMs as the host has CPUs can be full of it. */
export function memoryForGuests({ cpus, keptBytes, memoryBytes }: HostFacts): number {
  const freeMib = (memoryBytes - keptBytes) / MIB;
  return Math.max(0, Math.floor((freeMib - cpus * PER_VM_MIB) / (1 + SHARE_FOR_PAGE_TABLES)));
}
