// Amounts of capacity: what a node has, what an instance needs. Integers only, so that sums are exact.
import type { DeviceRule } from './devices.ts';

/** A vector of capacity. Every amount is a non-negative safe integer. */
export interface Resources {
  /** Thousandths of a virtual CPU: 1 vCPU = 1000. */
  readonly milliCpus: number;
  readonly memoryMib: number;
  readonly diskGib: number;
  /**
   * What the provider has beside these, by the names of its {@link ResourceDefinition}s: GPUs, licences, addresses. What is divisible
   * is counted in thousandths, as CPUs are. A name that is absent stands for none.
   */
  readonly named?: Readonly<Record<string, number>>;
  /** Of what an instance needs: the site whose node it is to be on. It is no amount: sums and shares are without it. Absent: any. */
  readonly site?: string;
  /** Of what an instance needs in devices, the models that will do, by the names of the resources. Absent: any. */
  readonly models?: Readonly<Record<string, readonly string[]>>;
}

interface NamedResource {
  readonly name: string;
  /** A part of one may be used: amounts are in thousandths. Otherwise they are whole. */
  readonly divisible: boolean;
}

/** A resource that a provider names: each node has its own, or all nodes draw from one pool. */
export type ResourceDefinition = NamedResource &
  (
    | {
        readonly scope: 'node';
        /**
         * It comes in devices, whose shares do not add up: how one is chosen for a share. It is divisible then. Absent: one amount is as
         * good as any other.
         */
        readonly devices?: DeviceRule;
      }
    /** `capacity` is what the pool has, in thousandths when it is divisible. */
    | { readonly scope: 'pool'; readonly capacity: number }
  );

/** The resources that every provider has, in the order in which they are always listed. */
export const RESOURCE_NAMES = ['milliCpus', 'memoryMib', 'diskGib'] as const;
export type ResourceName = (typeof RESOURCE_NAMES)[number];

export const NO_RESOURCES: Resources = { milliCpus: 0, memoryMib: 0, diskGib: 0 };

/** The amount of one resource, be it one of {@link RESOURCE_NAMES} or one that the provider names. */
export function amountOf(resources: Resources, name: string): number {
  switch (name) {
    case 'milliCpus':
      return resources.milliCpus;
    case 'memoryMib':
      return resources.memoryMib;
    case 'diskGib':
      return resources.diskGib;
    default:
      return resources.named?.[name] ?? 0;
  }
}

/** The names of the resources that are spoken of: {@link RESOURCE_NAMES}, then those that are named. */
export function namesIn({ named }: Resources): readonly string[] {
  return named === undefined ? RESOURCE_NAMES : [...RESOURCE_NAMES, ...Object.keys(named)];
}

export function addResources(a: Resources, b: Resources): Resources {
  return plusTimes(a, b, 1);
}

/** What is left of `a` without `times` as much as `b`. */
export function subtractResources(a: Resources, b: Resources, times = 1): Resources {
  return plusTimes(a, b, -times);
}

export function multiplyResources(a: Resources, times: number): Resources {
  return plusTimes(NO_RESOURCES, a, times);
}

/** The same need, on that site; undefined: on any. */
export function onSite(need: Resources, site: string | undefined): Resources {
  if (need.site === site) return need;
  const { site: _, ...amounts } = need;
  return site === undefined ? amounts : { ...amounts, site };
}

/**
 * Amounts that somebody else chose for what was asked for: on the site that was asked for; and of the models that were, where the amounts say nothing
 * of models themselves.
 */
export function asAsked(amounts: Resources, asked: Resources): Resources {
  const here = onSite(amounts, asked.site);
  let { models } = amounts;
  for (const name in asked.models) {
    if (models?.[name] !== undefined || amountOf(amounts, name) === 0) continue;
    // The very object, as long as it can be: what is known of models is known by it.
    models =
      models === undefined && isOnly(asked.models, name)
        ? asked.models
        : { ...models, [name]: asked.models[name]! };
  }
  return models === undefined || models === amounts.models ? here : { ...here, models };
}

function isOnly(models: NonNullable<Resources['models']>, name: string): boolean {
  return Object.keys(models).length === 1 && name in models;
}

/** How many times `demand` goes into `free`, limited by the scarcest resource; Infinity when nothing is demanded. */
export function timesFits(free: Resources, demand: Resources): number {
  let times = Number.POSITIVE_INFINITY;
  if (demand.milliCpus > 0) times = Math.min(times, Math.floor(free.milliCpus / demand.milliCpus));
  if (demand.memoryMib > 0) times = Math.min(times, Math.floor(free.memoryMib / demand.memoryMib));
  if (demand.diskGib > 0) times = Math.min(times, Math.floor(free.diskGib / demand.diskGib));
  for (const name in demand.named) {
    const amount = demand.named[name]!;
    if (amount > 0) times = Math.min(times, Math.floor(amountOf(free, name) / amount));
  }
  return Math.max(0, times);
}

export function isWithin(demand: Resources, limit: Resources): boolean {
  if (
    demand.milliCpus > limit.milliCpus ||
    demand.memoryMib > limit.memoryMib ||
    demand.diskGib > limit.diskGib
  ) {
    return false;
  }
  for (const name in demand.named) {
    if (demand.named[name]! > amountOf(limit, name)) return false;
  }
  return true;
}

/** Whether every node that will do for the need, by its site and the models of its devices, will do for the other. */
export function isAsParticular({ models, site }: Resources, as: Resources): boolean {
  if (as.site !== undefined && as.site !== site) return false;
  for (const name in as.models) {
    const others = as.models[name]!;
    if (models?.[name]?.every((model) => others.includes(model)) !== true) return false;
  }
  return true;
}

/** The same amount of everything, of the same models; a name that is absent is as good as none of it. */
export function sameResources(a: Resources, b: Resources): boolean {
  return isWithin(a, b) && isWithin(b, a) && sameModels(a.models, b.models);
}

function sameModels(a: Resources['models'] = {}, b: Resources['models'] = {}): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => {
      const models = b[name];
      return models?.length === a[name]!.length && a[name]!.every((model, i) => model === models[i]);
    })
  );
}

function plusTimes(a: Resources, b: Resources, times: number): Resources {
  const milliCpus = a.milliCpus + b.milliCpus * times;
  const memoryMib = a.memoryMib + b.memoryMib * times;
  const diskGib = a.diskGib + b.diskGib * times;
  if (a.named === undefined && b.named === undefined) return { milliCpus, memoryMib, diskGib };
  if (b.named === undefined) return { milliCpus, memoryMib, diskGib, named: a.named! };
  const named: Record<string, number> = { ...a.named };
  for (const name in b.named) named[name] = (named[name] ?? 0) + b.named[name]! * times;
  return { milliCpus, memoryMib, diskGib, named };
}
