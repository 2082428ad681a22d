// Auto-scaling without anybody who sees all nodes: each asks a few others how busy they are, and decides by chance whether it calls for more
// nodes, or leaves.
import { Type } from 'typebox';
import { provisioningPolicy, type Rng, type SwitchedNodeView } from '../../engine/for-policies.ts';
import { byReadiness } from './switching.ts';

export interface LoadBand {
  readonly min: number;
  readonly max: number;
}

/**
 * How many nodes one node adds on average at that load: negative, the chance that it leaves; 0 within the band. All nodes of n together
 * bring the load to the middle of the band, d: n (load - d) / d more of them carry the same.
 */
export function nodesToAdd(load: number, { max, min }: LoadBand): number {
  const desired = (min + max) / 2;
  if (load > max) return (load - desired) / desired;
  return load < min ? -(desired - load) / desired : 0;
}

export const depas = provisioningPolicy({
  name: 'depas',
  summary: 'Each node asks some others for their load, and by chance calls for more nodes, or leaves.',
  guide: {
    rule: 'd = (min + max) / 2. Each node that is to be on takes for the load what it and `neighbours` others that it draws have to do, by the CPUs of those of them that stay. Above `max` it calls for (load - d) / d nodes, the whole part surely and the rest by chance; below `min` it leaves with probability (d - load) / d. Nodes that are called are those that were to leave, then those that are off, in the order of the cluster; one that leaves is switched off once nothing is on it.',
    origin:
      'DEPAS, decentralised probabilistic auto-scaling (Calcavecchia, Caprarescu, Di Nitto, Dubois, Petcu 2012). Since promises to VMs are kept, a node that leaves goes when its VMs are done; whoever has to be somewhere boots a node by itself.',
    use: 'To study what scaling by chance and hearsay reaches, beside `spare` and `cpc`.',
  },
  options: Type.Object({
    min: Type.Number({ minimum: 0, maximum: 1, default: 0.5, description: 'Below it nodes leave.' }),
    max: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 0.7,
      description: 'Above it nodes are called. At least `min`.',
    }),
    by: Type.Enum(['allocated', 'busy'], {
      default: 'allocated',
      expected: '"allocated" or "busy"',
      description: 'What the load is: CPUs that VMs have, or CPUs that guests keep busy.',
    }),
    neighbours: Type.Integer({
      minimum: 0,
      maximum: 100_000,
      default: 16,
      description: 'Others that a node asks; as many as there are: it knows the load of all.',
    }),
    atLeast: Type.Integer({
      minimum: 0,
      maximum: 100_000,
      default: 1,
      description: 'So many nodes stay, whatever the load.',
    }),
  }),
  create: ({ atLeast, by, max, min, neighbours }) => {
    if (min > max) throw new RangeError('min must be at most max');
    return {
      keepOn({ nodes }, { rng }) {
        // Whoever is on: to stay, or with VMs still on it.
        const present = nodes.filter(({ isKept, isUp, vmCount }) => isUp && (isKept || vmCount > 0));
        const staying = present.filter(({ isKept }) => isKept);
        let called = Math.max(0, atLeast - staying.length);
        const leaving = new Set<SwitchedNodeView>();
        for (const node of staying) {
          const asked = [node, ...drawnFrom(present, { but: node, count: neighbours, rng })];
          const add = nodesToAdd(loadOf(asked, by), { min, max });
          if (add > 0) called += Math.floor(add) + (rng.next() < add % 1 ? 1 : 0);
          else if (add < 0 && rng.next() < -add) leaving.add(node);
        }
        const kept = staying.filter((node) => !leaving.has(node));
        const others = byReadiness(nodes).filter((node) => !kept.includes(node));
        return [...kept, ...others.slice(0, Math.max(called, atLeast - kept.length))];
      },
    };
  },
});

/** Others than that one, each at most once. */
function drawnFrom(
  nodes: readonly SwitchedNodeView[],
  { but, count, rng }: { but: SwitchedNodeView; count: number; rng: Rng },
): SwitchedNodeView[] {
  const others = nodes.filter((node) => node !== but);
  if (count >= others.length) return others;
  for (let at = 0; at < count; at++) {
    const drawn = rng.integer(at, others.length - 1);
    [others[at], others[drawn]] = [others[drawn]!, others[at]!];
  }
  return others.slice(0, count);
}

/** What is to be done on all of them, by the CPUs of those that stay: VMs of a node that leaves count, what it has does not. */
function loadOf(nodes: readonly SwitchedNodeView[], by: 'allocated' | 'busy'): number {
  let work = 0;
  let milliCpus = 0;
  for (const node of nodes) {
    work += node[by] * node.capacity.milliCpus;
    if (node.isKept) milliCpus += node.capacity.milliCpus;
  }
  return milliCpus === 0 ? 0 : work / milliCpus;
}
