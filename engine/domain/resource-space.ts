// The resources of one provider in a fixed order, made once from its cluster: what turns amounts by name into rows of numbers, which
// are all that the calendar of a node knows.
import { invariant } from '../invariant.ts';
import { type DeviceRule, isDeviceAmount } from './devices.ts';
import type { ClusterSpec } from './node.ts';
import {
  amountOf,
  NO_RESOURCES,
  RESOURCE_NAMES,
  type ResourceDefinition,
  type Resources,
} from './resources.ts';

/** One amount for each resource of a space, in its order: CPU, memory, disk, then what the provider names. */
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

/** A resource that comes in devices. */
export interface DeviceDimension {
  readonly name: string;
  /** Among the amounts. */
  readonly place: number;
  readonly rule: DeviceRule;
}

export class ResourceSpace {
  /** {@link RESOURCE_NAMES}, then what the provider names, in the order of its definitions. */
  readonly dimensions: readonly Dimension[];
  /** What the provider names. */
  readonly named: readonly ResourceDefinition[];
  /** Those of them that come in devices. */
  readonly devices: readonly DeviceDimension[];
  /** What all nodes share; undefined when nothing is pool-wide. */
  readonly poolCapacity: Amounts | undefined;
  readonly #named: ReadonlySet<string>;

  constructor({ sharedDiskGib, resources = [] }: Pick<ClusterSpec, 'sharedDiskGib' | 'resources'>) {
    this.dimensions = [
      { name: 'milliCpus', divisible: true, scope: 'node' },
      { name: 'memoryMib', divisible: false, scope: 'node' },
      { name: 'diskGib', divisible: false, scope: sharedDiskGib === undefined ? 'node' : 'pool' },
      ...resources.map(({ name, divisible, scope }) => ({ name, divisible, scope })),
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

  /** Whether every amount is a non-negative safe integer, of a resource that the provider has, and, of devices, a share of one or whole ones. */
  describes(resources: Resources): boolean {
    const { named } = resources;
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
    return target;
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
    for (let place = RESOURCE_NAMES.length; place < amounts.length; place += 1) {
      named[this.dimensions[place]!.name] = amounts[place]!;
    }
    return { milliCpus, memoryMib, diskGib, named };
  }

  /** What of the resources is counted for each node by itself. */
  partOnNode(resources: Resources): Resources {
    const part = this.resourcesOf(this.amounts(resources, 'node'));
    return resources.models === undefined ? part : { ...part, models: resources.models };
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
