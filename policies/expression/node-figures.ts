// What expressions can say of a node: the names of OpenNebula, in its units, and those of what else a calendar knows. "Free" is what is free at the
// tightest instant of the window.
import { amountOf, type NodeView, namesIn, type PlacementRequest } from '../../engine/for-policies.ts';
import { expressionOf, type Figures, type Value } from './expression.ts';

export interface Placing {
  readonly node: NodeView;
  readonly request: PlacementRequest;
}

type Figure = (placing: Placing) => Value;

const KIB = 1024;

/** CPU in hundredths, memory in KiB, as OpenNebula's monitoring has them; disk in GiB. */
const FIGURES: Readonly<Record<string, Figure>> = {
  NAME: ({ node }) => node.nodeId,
  HOSTNAME: ({ node }) => node.nodeId,
  CLUSTER: ({ node }) => node.group,
  SITE: ({ node }) => node.site ?? '',
  RUNNING_VMS: ({ node }) => node.instancesBooked,
  MAX_CPU: ({ node }) => node.capacity.milliCpus / 10,
  FREE_CPU: ({ node }) => node.minFree.milliCpus / 10,
  USED_CPU: ({ node }) => (node.capacity.milliCpus - node.minFree.milliCpus) / 10,
  MAX_MEM: ({ node }) => node.capacity.memoryMib * KIB,
  FREE_MEM: ({ node }) => node.minFree.memoryMib * KIB,
  USED_MEM: ({ node }) => (node.capacity.memoryMib - node.minFree.memoryMib) * KIB,
  MAX_DISK: ({ node }) => node.capacity.diskGib,
  FREE_DISK: ({ node }) => node.minFree.diskGib,
  LOAD: ({ node }) => node.load,
  WORK_AHEAD: ({ node }) => node.milliCpuMsAhead / 3_600_000_000,
  LOSSES: ({ node }) => node.losses,
  SERVED: ({ node }) => node.servedMs / 3_600_000,
  PLACED_HERE: ({ node }) => node.placedHere,
  FITS: ({ node }) => node.freeCount,
  CALM: ({ node, request }) =>
    Math.min(1, (node.nextChangeMs - request.startMs) / (request.endMs - request.startMs)),
  LEFT: ({ node, request }) => leastLeft(node, request),
  INDEX: ({ node }) => node.index,
};

/** `FREE_gpu`, `MAX_gpu`: of a resource that the provider names; 0 on nodes that have none of it. */
const NAMED = /^(FREE|MAX)_(.+)$/;

const NODE_FIGURES: Figures<Placing> = {
  of(name) {
    const known = Object.hasOwn(FIGURES, name) ? FIGURES[name] : undefined;
    if (known !== undefined) return known;
    const [, of, resource] = NAMED.exec(name) ?? [];
    if (resource === undefined || resource === resource.toUpperCase()) return undefined;
    return ({ node }) => amountOf(of === 'FREE' ? node.minFree : node.capacity, resource);
  },
  names: `${Object.keys(FIGURES).join(', ')}, FREE_ and MAX_ of a resource that the provider names`,
};

/** What people should know of the names, for guides. */
export const FIGURES_GUIDE =
  'Names: NAME, HOSTNAME, CLUSTER (the group), SITE, RUNNING_VMS (instances booked in the window), MAX_, FREE_ and USED_CPU (hundredths of a CPU) and _MEM (KiB), MAX_ and FREE_DISK (GiB) and of what the provider names (FREE_gpu), LOAD (booked share of CPU time), WORK_AHEAD (CPU-hours booked from now on), LOSSES (how often the node was lost), SERVED (hours for which it was up), PLACED_HERE (instances of this request), FITS (how many more fit), CALM (share of the window until free capacity changes), LEFT (share that stays free of the scarcest resource), INDEX. Free is at the tightest instant of the window.';

/** @throws RangeError that says where the text is no expression over nodes */
export function nodeExpression(text: string): (placing: Placing) => number {
  return expressionOf(text, NODE_FIGURES);
}

function leastLeft({ capacity, minFree }: NodeView, { demand }: PlacementRequest): number {
  let least = 1;
  for (const name of namesIn(capacity)) {
    const has = amountOf(capacity, name);
    if (has > 0) least = Math.min(least, (amountOf(minFree, name) - amountOf(demand, name)) / has);
  }
  return least;
}
