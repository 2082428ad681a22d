// Where an instance leaves least of a scarce resource in pieces that nobody can use: GPUs, above all, and of those each by itself where they are
// counted so.

import { Type } from 'typebox';
import {
  type AllocationPolicy,
  allocationPolicy,
  amountOf,
  chooseDevices,
  DEVICE_UNITS,
  multiplyResources,
  type NodeView,
  namesIn,
  type Resources,
  sameResources,
  subtractResources,
  timesOnDevices,
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

/**
 * Of a resource in devices, what is free and of no use to an instance of a shape: all of it, where the instance has no room; else that of the
 * devices that have less free than it needs of one.
 * @param devices what each has free
 */
export function unusableOfDevices(
  free: Resources,
  devices: readonly number[],
  { capacity, resource, shape }: { shape: Resources; capacity: Resources; resource: string },
): number {
  const need = amountOf(shape, resource);
  const hasRoom =
    timesOnDevices(devices, need) > 0 &&
    namesIn(capacity).every(
      (name) => amountOf(capacity, name) === 0 || amountOf(free, name) >= amountOf(shape, name),
    );
  const least = hasRoom ? Math.min(need, DEVICE_UNITS) : Number.POSITIVE_INFINITY;
  return devices.reduce((sum, left) => (left < least ? sum + left : sum), 0);
}

/** A way to put the instance on a node. */
interface Way {
  readonly waste: number;
  /** Of the resource, after it. */
  readonly left: number;
  /** Where it comes in devices, their places. */
  readonly devices?: readonly number[];
}

export const fragmentation = allocationPolicy({
  name: 'fragmentation',
  summary:
    'The node on which the instance wastes least of a resource: leaves least that those who ask cannot use.',
  guide: {
    rule: 'F(free) = sum over shapes m of p(m) x u(m), p(m) the share of requests so far that asked for shape m, u(m) what m cannot use of the resource; argmin of F(free after) - F(free before), among equals the least that is left. u(m) = free - fits(m) x need(m), fits(m) how many of it fit. Of a resource in devices u(m) = the sum of what devices have free that have less than m needs of one, or of all of them where the node has no room for m; the device is chosen by the same rule. Free is at the tightest instant of the window; the last 32 shapes count.',
    origin:
      'Fragmentation gradient descent, Weng et al., USENIX ATC 2023 ("Beware of Fragmentation"); of devices as their kubernetes-scheduler-simulator counts (pkg/utils/frag.go, NodeGpuShareFragAmount; plugin FGDScore). There a shape that needs none of the resource wastes all of it, which is the same at every node; here such requests count nothing. There shapes and their shares are known beforehand.',
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
        const shapes = shapesOf(memory, resource);
        let best: { readonly way: Way; readonly node: NodeView } | undefined;
        for (const node of candidates) {
          const way = bestWay(node, demand, resource, shapes);
          if (best === undefined || isBetter(way, best.way)) best = { way, node };
        }
        if (best === undefined) throw new RangeError('an allocation policy was called without candidates');
        return best.node;
      },
      devices({ demand }, node, _, { memory }) {
        const others = Object.entries(node.freeDevices).filter(([name]) => name !== resource);
        return {
          ...Object.fromEntries(
            others.map(([name, free]) => [name, chooseDevices(free, amountOf(demand, name), 'best-fit')!]),
          ),
          [resource]: bestWay(node, demand, resource, shapesOf(memory, resource)).devices ?? [],
        };
      },
    };
  },
});

function shapesOf({ shapes }: Memory, resource: string): Memory['shapes'] {
  return shapes.filter((shape) => amountOf(shape.demand, resource) > 0);
}

function isBetter(a: Way, b: Way): boolean {
  return a.waste < b.waste || (a.waste === b.waste && a.left < b.left);
}

function bestWay(
  { capacity, freeDevices, minFree }: NodeView,
  demand: Resources,
  resource: string,
  shapes: Memory['shapes'],
): Way {
  const sum = (unusableFor: (shape: Resources) => number) =>
    shapes.reduce((all, shape) => all + shape.asked * unusableFor(shape.demand), 0);
  const after = subtractResources(minFree, demand);
  const left = amountOf(after, resource);
  const devices = freeDevices[resource];
  if (devices === undefined) {
    const wasted = (free: Resources) => sum((shape) => unusable(free, shape, capacity, resource));
    return { waste: wasted(after) - wasted(minFree), left };
  }
  const wasted = (free: Resources, each: readonly number[]) =>
    sum((shape) => unusableOfDevices(free, each, { shape, capacity, resource }));
  const before = wasted(minFree, devices);
  const amount = amountOf(demand, resource);
  let best: Way | undefined;
  for (const chosen of choicesOf(devices, amount)) {
    const each = devices.map((free, place) =>
      chosen.includes(place) ? free - Math.min(amount, DEVICE_UNITS) : free,
    );
    const way = { waste: wasted(after, each) - before, left, devices: chosen };
    if (best === undefined || isBetter(way, best)) best = way;
  }
  return best!;
}

/** Devices for an instance; of those that have the same free the first. */
function choicesOf(free: readonly number[], amount: number): (readonly number[])[] {
  if (amount === 0 || amount >= DEVICE_UNITS) return [chooseDevices(free, amount, 'first-fit')!];
  const places = free.flatMap((left, place) =>
    left >= amount && free.indexOf(left) === place ? [place] : [],
  );
  return places.map((place) => [place]);
}

function remember({ shapes }: Memory, demand: Resources): void {
  const at = shapes.findIndex((shape) => sameResources(shape.demand, demand));
  const [known = { demand: multiplyResources(demand, 1), asked: 0 }] = at < 0 ? [] : shapes.splice(at, 1);
  known.asked += 1;
  shapes.push(known);
  if (shapes.length > SHAPES_MAX) shapes.shift();
}
