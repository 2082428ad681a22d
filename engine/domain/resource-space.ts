// The resources of one provider in a fixed order, made once from its cluster: what turns amounts by name into rows of numbers, which
// are all that the calendar of a node knows.
import { invariant } from '../invariant.ts';
import { type DeviceRule, isDeviceAmount } from './devices.ts';
import type { ClusterSpec, NodeSpec } from './node.ts';
import {
  amountOf,
  NO_RESOURCES,
  onSite,
  RESOURCE_NAMES,
  type ResourceDefinition,
  type Resources,
} from './resources.ts';

/** One amount for each resource of a space, in its order: CPU, memory, disk, what the provider names, then its sites. */
export type Amounts = Float64Array;

/** For whom a resource is counted: for each node by itself, or for all nodes together. */
export type ResourceScope = ResourceDefinition['scope'];

/** One resource of the space. */
export interface Dimension {
  readonly name: string;
  /** Counted in thousandths. */
  readonly divisible: boolean;
  readonly scope: ResourceScope;
}

/** Places on a site, of which an instance that is to be there takes one: more than there will ever be instances on a node. */
const PLACES_ON_SITE = 2 ** 20;

/** A resource that comes in devices. */
export interface DeviceDimension {
  readonly name: string;
  /** Among the amounts. */
  readonly place: number;
  readonly rule: DeviceRule;
}

export class ResourceSpace {
  /**
   * {@link RESOURCE_NAMES}, what the provider names, in the order of its definitions, and places on its sites, which only the nodes there have: so
   * whoever asks for a site finds room there and nowhere else, whatever asks for it.
   */
  readonly dimensions: readonly Dimension[];
  /** What the provider names. */
  readonly named: readonly ResourceDefinition[];
  /** Those of them that come in devices. */
  readonly devices: readonly DeviceDimension[];
  /** What all nodes share; undefined when nothing is pool-wide. */
  readonly poolCapacity: Amounts | undefined;
  /** How many of the dimensions are amounts of something: the first ones. */
  readonly amountsCount: number;
  readonly #named: ReadonlySet<string>;
  /** Places of the sites in the order of all, by their names. */
  readonly #sites: ReadonlyMap<string, number>;

  constructor({
    nodes = [],
    resources = [],
    sharedDiskGib,
  }: Pick<ClusterSpec, 'sharedDiskGib' | 'resources'> & {
    readonly nodes?: readonly Pick<NodeSpec, 'site'>[];
  }) {
    const sites = [...new Set(nodes.flatMap(({ site }) => (site === undefined ? [] : [site.name])))];
    this.amountsCount = RESOURCE_NAMES.length + resources.length;
    this.#sites = new Map(sites.map((name, index) => [name, this.amountsCount + index]));
    this.dimensions = [
      { name: 'milliCpus', divisible: true, scope: 'node' },
      { name: 'memoryMib', divisible: false, scope: 'node' },
      { name: 'diskGib', divisible: false, scope: sharedDiskGib === undefined ? 'node' : 'pool' },
      ...resources.map(({ name, divisible, scope }) => ({ name, divisible, scope })),
      ...sites.map((name) => ({ name: `site ${name}`, divisible: false, scope: 'node' as const })),
    ];
    this.named = resources;
    this.devices = resources.flatMap((each, index) =>
      each.scope === 'node' && each.devices !== undefined
        ? [{ name: each.name, place: RESOURCE_NAMES.length + index, rule: each.devices }]
        : [],
    );
    this.#named = new Set(resources.map(({ name }) => name));
    const names = new Set(this.dimensions.map(({ name }) => name));
    invariant(names.size === this.dimensions.length, 'names of resources are unique', { resources });
    if (this.dimensions.some(({ scope }) => scope === 'pool')) {
      const pools = resources.flatMap((each) => (each.scope === 'pool' ? [[each.name, each.capacity]] : []));
      const shared = { ...NO_RESOURCES, diskGib: sharedDiskGib ?? 0, named: Object.fromEntries(pools) };
      invariant(this.describes(shared), 'a pool has a whole number of each', { shared });
      this.poolCapacity = this.amounts(shared, 'pool');
    }
  }

  /**
   * Whether every amount is a non-negative safe integer, of a resource that the provider has, and, of devices, a share of one or whole ones; and it has
   * such a site.
   */
  describes(resources: Resources): boolean {
    const { named, site } = resources;
    if (site !== undefined && !this.#sites.has(site)) return false;
    for (const name of RESOURCE_NAMES) if (!isAmount(resources[name])) return false;
    for (const name in named) if (!(this.#named.has(name) && isAmount(named[name]!))) return false;
    for (const { name } of this.devices) if (!isDeviceAmount(amountOf(resources, name))) return false;
    for (const name in resources.models) if (!this.devices.some((each) => each.name === name)) return false;
    return true;
  }

  /** Whether some of it is of devices. */
  usesDevices(resources: Resources): boolean {
    return this.devices.some(({ name }) => amountOf(resources, name) > 0);
  }

  /** The amounts that are counted in the scope, and 0 for the others. */
  amounts(resources: Resources, scope: ResourceScope): Amounts {
    return this.amountsInto(new Float64Array(this.dimensions.length), resources, scope);
  }

  /** Writes `times` the {@link amounts} to a target, and returns it. */
  amountsInto(target: Amounts, resources: Resources, scope: ResourceScope, times = 1): Amounts {
    const { dimensions } = this;
    if (resources.named !== undefined) this.#checkNames(resources.named);
    for (let place = 0; place < dimensions.length; place += 1) {
      const dimension = dimensions[place]!;
      target[place] = dimension.scope === scope ? amountOf(resources, dimension.name) * times : 0;
    }
    const place = resources.site === undefined ? undefined : this.#sites.get(resources.site);
    if (place !== undefined && scope === 'node') target[place] = times;
    return target;
  }

  /** What a node has of what is counted for each node: {@link amounts}, and places on its site. */
  ofNode({ capacity, site }: Pick<NodeSpec, 'capacity' | 'site'>): Amounts {
    const amounts = this.amounts(capacity, 'node');
    if (site !== undefined) amounts[this.#sites.get(site.name)!] = PLACES_ON_SITE;
    return amounts;
  }

  /** Writes every amount to the target, whether it is counted for a node or for all together. */
  wholeInto(target: Amounts, resources: Resources): void {
    const { dimensions } = this;
    if (resources.named !== undefined) this.#checkNames(resources.named);
    for (let place = 0; place < dimensions.length; place += 1)
      target[place] = amountOf(resources, dimensions[place]!.name);
  }

  /** What the amounts stand for, with every name of the provider. */
  resourcesOf(amounts: Amounts): Resources {
    const milliCpus = amounts[0]!;
    const memoryMib = amounts[1]!;
    const diskGib = amounts[2]!;
    if (this.#named.size === 0) return { milliCpus, memoryMib, diskGib };
    const named: Record<string, number> = {};
    for (let place = RESOURCE_NAMES.length; place < this.amountsCount; place += 1) {
      named[this.dimensions[place]!.name] = amounts[place]!;
    }
    return { milliCpus, memoryMib, diskGib, named };
  }

  /** What of the need is counted for each node by itself, on the site that it is to be on, of models that will do. */
  partOnNode(need: Resources): Resources {
    const part = onSite(this.resourcesOf(this.amounts(need, 'node')), need.site);
    return need.models === undefined ? part : { ...part, models: need.models };
  }

  #checkNames(named: Readonly<Record<string, number>>): void {
    for (const name in named) {
      if (!this.#named.has(name)) {
        invariant(false, 'resources are asked for by the names that the provider gives them', {
          name,
          known: [...this.#named],
        });
      }
    }
  }
}

function isAmount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
