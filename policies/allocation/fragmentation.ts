// Where an instance leaves least of a scarce resource in pieces that nobody can use: GPUs, above all.

import { Type } from 'typebox';
import {
  type AllocationPolicy,
  allocationPolicy,
  amountOf,
  multiplyResources,
  type NodeView,
  namesIn,
  type Resources,
  sameResources,
  subtractResources,
} from '../../engine/for-policies.ts';
import { rankedResource } from './counted-resource.ts';

/** What was asked for, and how often; the latest last. */
interface Memory {
  readonly shapes: { readonly demand: Resources; asked: number }[];
}

const SHAPES_MAX = 32;

/**
 * Of a resource, what is free and of no use to instances of a shape: as many as fit take all that is of use.
 * @param capacity of the node: what it has none of, such as its own disk beside a shared one, does not count
 */
export function unusable(free: Resources, shape: Resources, capacity: Resources, resource: string): number {
  let fits = Number.POSITIVE_INFINITY;
  for (const name of namesIn(capacity)) {
    const each = amountOf(shape, name);
    if (each === 0 || amountOf(capacity, name) === 0) continue;
    fits = Math.min(fits, Math.floor(Math.max(0, amountOf(free, name)) / each));
  }
  const used = Number.isFinite(fits) ? fits * amountOf(shape, resource) : 0;
  return Math.max(0, amountOf(free, resource) - used);
}

export const fragmentation = allocationPolicy({
  name: 'fragmentation',
  summary:
    'The node on which the instance wastes least of a resource: leaves least that those who ask cannot use.',
  guide: {
    rule: 'F(free) = sum over shapes m of p(m) x (free - fits(m) x need(m)) of the resource, p(m) the share of requests so far that asked for shape m, fits(m) how many of it fit; argmin of F(free after) - F(free before), among equals the least that is left. Free is at the tightest instant of the window; the last 32 shapes count.',
    origin:
      'Fragmentation gradient descent, Weng et al., USENIX ATC 2023 ("Beware of Fragmentation"). There a shape that needs none of the resource wastes all of it; here such requests count nothing.',
    use: 'With GPUs, alone or in shares (scenario openb): a half that is left beside a whole that is asked for is lost.',
  },
  options: Type.Object({
    resource: Type.String({
      minLength: 1,
      default: 'cpu',
      expected: 'cpu, memory, disk, or a resource that the provider names',
      description: 'What is not to be wasted.',
    }),
  }),
  memory: (): Memory => ({ shapes: [] }),
  create: ({ resource: written }): AllocationPolicy<Memory> => {
    const resource = rankedResource(written) ?? 'milliCpus';
    return {
      choose(request, candidates, _, { memory }) {
        const { demand } = request;
        remember(memory, demand);
        const counting = memory.shapes.filter((shape) => amountOf(shape.demand, resource) > 0);
        const wasted = (free: Resources, capacity: Resources) =>
          counting.reduce(
            (sum, shape) => sum + shape.asked * unusable(free, shape.demand, capacity, resource),
            0,
          );
        let best: { readonly waste: number; readonly left: number; readonly node: NodeView } | undefined;
        for (const node of candidates) {
          const { capacity, minFree } = node;
          const after = subtractResources(minFree, demand);
          const waste = wasted(after, capacity) - wasted(minFree, capacity);
          const left = amountOf(after, resource);
          if (best === undefined || waste < best.waste || (waste === best.waste && left < best.left))
            best = { waste, left, node };
        }
        if (best === undefined) throw new RangeError('an allocation policy was called without candidates');
        return best.node;
      },
    };
  },
});

function remember({ shapes }: Memory, demand: Resources): void {
  const at = shapes.findIndex((shape) => sameResources(shape.demand, demand));
  const [known = { demand: multiplyResources(demand, 1), asked: 0 }] = at < 0 ? [] : shapes.splice(at, 1);
  known.asked += 1;
  shapes.push(known);
  if (shapes.length > SHAPES_MAX) shapes.shift();
}
