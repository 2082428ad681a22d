// Amounts of capacity: what a node has, what an instance needs. Integers only, so that sums are exact.

/** A vector of capacity. Every field is a non-negative safe integer. */
export interface Resources {
  /** Thousandths of a virtual CPU: 1 vCPU = 1000. */
  readonly milliCpus: number;
  readonly memoryMib: number;
  readonly diskGib: number;
}

/** The names of the resources, in the order in which they are always listed. */
export const RESOURCE_NAMES = ['milliCpus', 'memoryMib', 'diskGib'] as const;
export type ResourceName = (typeof RESOURCE_NAMES)[number];

export const NO_RESOURCES: Resources = { milliCpus: 0, memoryMib: 0, diskGib: 0 };

export function addResources(a: Resources, b: Resources): Resources {
  return {
    milliCpus: a.milliCpus + b.milliCpus,
    memoryMib: a.memoryMib + b.memoryMib,
    diskGib: a.diskGib + b.diskGib,
  };
}

export function multiplyResources(a: Resources, times: number): Resources {
  return { milliCpus: a.milliCpus * times, memoryMib: a.memoryMib * times, diskGib: a.diskGib * times };
}

/** How many times `demand` goes into `free`, limited by the scarcest resource; Infinity when nothing is demanded. */
export function timesFits(free: Resources, demand: Resources): number {
  let times = Number.POSITIVE_INFINITY;
  if (demand.milliCpus > 0) times = Math.min(times, Math.floor(free.milliCpus / demand.milliCpus));
  if (demand.memoryMib > 0) times = Math.min(times, Math.floor(free.memoryMib / demand.memoryMib));
  if (demand.diskGib > 0) times = Math.min(times, Math.floor(free.diskGib / demand.diskGib));
  return Math.max(0, times);
}

export function isWithin(demand: Resources, limit: Resources): boolean {
  return (
    demand.milliCpus <= limit.milliCpus &&
    demand.memoryMib <= limit.memoryMib &&
    demand.diskGib <= limit.diskGib
  );
}
