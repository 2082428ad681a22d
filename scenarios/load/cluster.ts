// From the cluster of a scenario to its nodes: groups are numbered, presets written out, node lists read.
import type {
  CapacityCosts,
  ClusterSpec,
  NodeSpec,
  ResourceDefinition,
  SiteLink,
  SiteSpec,
} from '../../engine/index.ts';
import { durationMs } from '../../written/duration.ts';
import { microsFromCredits } from '../../written/money.ts';
import { type KnownResources, knownResources, namedUnits } from '../formats/named-amounts.ts';
import { readOpenbNodes } from '../formats/openb.ts';
import {
  type ClusterField,
  type LimitsOfNodes,
  type NodeGroup,
  PRESETS,
  type SiteLinkField,
} from '../schema/cluster.ts';
import { powerModel } from './power.ts';

const BYTES_PER_S_OF_MBIT = 1e6 / 8;

/** The same cluster without its preset: what the preset stands for is written out. */
export function withoutPreset({ preset, nodes = [], ...rest }: ClusterField): ClusterField {
  if (preset === undefined) return { nodes, ...rest };
  const { nodes: presetNodes = [], ...presetRest } = PRESETS[preset];
  return { nodes: [...nodes, ...presetNodes], ...presetRest, ...rest };
}

/**
 * The nodes in the order of every tie-break: groups first, then those of a list.
 * @param openbFile the node list that `nodesFrom` names, where it lies
 * @param resources what the provider has beside CPU, memory and disk
 * @throws InputError when the node list cannot be read
 */
export async function makeCluster(
  cluster: ClusterField,
  openbFile: string | undefined,
  resources: readonly ResourceDefinition[] = [],
): Promise<ClusterSpec> {
  const known = knownResources(resources);
  const sites = sitesOf(cluster);
  const nodes = (cluster.nodes ?? []).flatMap((group) => nodesOf(group, known, sites));
  if (openbFile !== undefined) {
    const ofNodes = knownResources(resources.filter(({ scope }) => scope === 'node'));
    const listed = await readOpenbNodes(openbFile, ofNodes);
    const { skip = 0, limit = Number.POSITIVE_INFINITY } = cluster.nodesFrom ?? {};
    nodes.push(...listed.slice(skip, skip + limit));
  }
  return {
    nodes: withLimits(nodes, cluster),
    ...(cluster.sharedDiskGib !== undefined && { sharedDiskGib: cluster.sharedDiskGib }),
    ...(resources.length > 0 && { resources }),
    ...(cluster.costs !== undefined && { costs: costsOf(cluster.costs) }),
  };
}

function costsOf({ idleCpuHour, reservedCpuHour }: NonNullable<ClusterField['costs']>): CapacityCosts {
  return {
    reservedMicrosPerHour: microsFromCredits(reservedCpuHour),
    idleMicrosPerHour: microsFromCredits(idleCpuHour),
  };
}

/** By their names, in the order of the groups. Sites know the links from them. */
function sitesOf({ links = [], nodes = [] }: ClusterField): ReadonlyMap<string, SiteSpec> {
  const names = new Set(nodes.flatMap(({ site }) => (site === undefined ? [] : [site])));
  return new Map(
    Array.from(names, (name) => {
      const from = links.flatMap((link) => {
        const [one, other] = link.between as [string, string];
        if (one === name) return [[other, linkOf(link)] as const];
        return other === name ? [[one, linkOf(link)] as const] : [];
      });
      return [name, { name, links: Object.fromEntries(from) }];
    }),
  );
}

function linkOf({ mbitPerS, rtt, windowKib }: SiteLinkField): SiteLink {
  return {
    bytesPerS: mbitPerS * BYTES_PER_S_OF_MBIT,
    rttMs: durationMs(rtt),
    windowBytes: windowKib === undefined ? Number.POSITIVE_INFINITY : windowKib * 1024,
  };
}

function nodesOf(group: NodeGroup, known: KnownResources, sites: ReadonlyMap<string, SiteSpec>): NodeSpec[] {
  const named = namedUnits(group.resources, known);
  // One for all of them: a cluster can have a million.
  const capacity = {
    milliCpus: Math.round(group.cpus * 1000),
    memoryMib: group.memoryMib - group.dom0MemoryMib,
    diskGib: group.diskGib,
    ...(named !== undefined && { named }),
  };
  const site = group.site === undefined ? undefined : sites.get(group.site);
  return nodeIds(group).map((nodeId) => ({
    nodeId,
    group: group.group,
    capacity,
    ...(group.models !== undefined && { models: group.models }),
    ...(group.power !== undefined && { power: powerModel(group.power) }),
    ...(site !== undefined && { site }),
  }));
}

/** What is said of nodes; and of those on sites of which there are several, where their disks lie. */
function withLimits(
  nodes: readonly NodeSpec[],
  { limits: entries = [], sharedDiskGib }: ClusterField,
): readonly NodeSpec[] {
  const sites = new Set(nodes.map(({ site }) => site?.name));
  const isApart = sites.size > 1 && sharedDiskGib === undefined;
  if (entries.length === 0 && !isApart) return nodes;
  return nodes.map((node) => {
    const said = entries.filter(({ of }) => of.includes(node.nodeId) || of.includes(node.group));
    const ofSite = isApart ? node.site?.name : undefined;
    if (said.length === 0 && ofSite === undefined) return node;
    const {
      liveMigration = true,
      storage = ofSite,
      suspension = true,
    } = Object.assign({}, ...said) as LimitsOfNodes;
    return { ...node, limits: { liveMigration, suspension, ...(storage !== undefined && { storage }) } };
  });
}

/** `blue-001`, `blue-002` ...; ids of a group sort like its nodes. A group of one is its node. */
function nodeIds({ group, count, names }: NodeGroup): readonly string[] {
  if (names !== undefined) return names;
  if (count === undefined || count === 1) return [group];
  const digits = Math.max(3, String(count).length);
  return Array.from({ length: count }, (_, index) => `${group}-${String(index + 1).padStart(digits, '0')}`);
}
