// The hosts of a pool as nodes, in the words of a scenario's cluster.
import type { LimitsOfNodes } from '../../../scenarios/schema/cluster.ts';
import { diskStorageOf, type HostFacts, type PoolSurvey } from './pool-survey.ts';
import { findTemplates } from './templates.ts';
import type { XenSettings } from './xen-settings.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** What Xen needs beside the memory of VMs. */
interface Overhead {
  /** An emulator and the like, and what is rounded up; MiB of each VM. */
  readonly perVmMib: number;
  /** Page tables; as a share of its memory. */
  readonly share: number;
}

const USUAL: Overhead = { perVmMib: 13, share: 1 / 128 };
/** A paravirtual guest in a PVH container has a hypervisor of its own under it: 20 MiB and 1/110 of its memory (xenopsd, `shim_mib`). */
const WITH_SHIM: Overhead = { perVmMib: 25, share: 1 / 128 + 1 / 110 };

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
    const memoryMib = memoryForGuests(host, overheadIn(survey, settings));
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

/**
 * What hosts cannot do: suspend where there is no storage for it, take over VMs where the storage of disks is not attached. A host that is
 * down has nothing attached, which says nothing of when it is back. Whether processors are too different is up to the pool.
 */
export function limitsOf(
  nodeIds: readonly string[],
  survey: PoolSurvey,
  settings: XenSettings,
): LimitsOfNodes[] {
  const disks = diskStorageOf(survey, settings);
  const suspends = ({ suspendStorage }: HostFacts) =>
    survey.storage.some(({ ref }) => ref === suspendStorage);
  return survey.hosts.flatMap((host) => {
    const nodeId = nodeIdOf(host, settings);
    if (!host.isLive || !nodeIds.includes(nodeId)) return [];
    const isApart = disks !== undefined && !disks.attachedHosts.includes(host.ref);
    if (suspends(host) && !isApart) return [];
    return [
      { of: [nodeId], ...(!suspends(host) && { suspension: false }), ...(isApart && { storage: nodeId }) },
    ];
  });
}

export function nodeIdOf({ name, uuid }: HostFacts, { nodeNames }: XenSettings): string {
  return nodeNames === 'name' ? name : uuid;
}

/** Of the hungriest of the templates that users may choose from. */
export function overheadIn({ vms }: PoolSurvey, { templates }: XenSettings): Overhead {
  const chosen = new Set(findTemplates(vms, templates).map(({ uuid }) => uuid));
  const hasShim = vms.some(({ domainType, uuid }) => domainType === 'pv_in_pvh' && chosen.has(uuid));
  return hasShim ? WITH_SHIM : USUAL;
}

/** So much that as many VMs as the host has CPUs can be full of it. */
export function memoryForGuests(
  { cpus, keptBytes, memoryBytes }: HostFacts,
  { perVmMib, share }: Overhead,
): number {
  const freeMib = (memoryBytes - keptBytes) / MIB;
  return Math.max(0, Math.floor((freeMib - cpus * perVmMib) / (1 + share)));
}
