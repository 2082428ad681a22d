// What is measured of a cluster and of each of its nodes side by side, as positions in vectors, and the shares that come of it.
import type { Resources } from '../../engine/index.ts';

/** The resources as reports call them, in order, and the field of {@link Resources} behind each. */
export const REPORT_RESOURCES = ['cpu', 'memory', 'disk'] as const;
export type ReportResource = (typeof REPORT_RESOURCES)[number];
export const FIELD_OF = {
  cpu: 'milliCpus',
  memory: 'memoryMib',
  disk: 'diskGib',
} as const satisfies Record<ReportResource, keyof Resources>;

/**
 * reserved: in the window of a confirmed reservation; allocated: taken by a VM that is running, paused or under migration; busy: CPU
 * kept busy by guests. Memory and disk are never busy: guests report no load for them.
 */
export type Use = 'reserved' | 'allocated' | 'busy';

/** One figure for each use of each resource; null: not observed, or nothing was online. */
export type ByUse = Readonly<Record<ReportResource, Readonly<Record<Use, number | null>>>>;

/** Positions in the vectors of levels. Busy CPU is counted in thousandths of a thousandth of a CPU, so that it stays an integer. */
export const CHANNEL = {
  online: { cpu: 0, memory: 1, disk: 2 },
  reserved: { cpu: 3, memory: 4, disk: 5 },
  allocated: { cpu: 6, memory: 7, disk: 8 },
  busyCpu: 9,
  nodesOnline: 10,
  watts: 11,
  /** Online, and switched off. */
  nodesOff: 12,
} as const;
export const CHANNELS = 13;
export const BUSY_SCALE = 1000;

/** Channels that are shares of another one. */
export const SHARED_CHANNELS = [
  ...(['reserved', 'allocated'] as const).flatMap((use) =>
    REPORT_RESOURCES.map((resource) => ({
      channel: CHANNEL[use][resource],
      online: CHANNEL.online[resource],
      scale: 1,
    })),
  ),
  { channel: CHANNEL.busyCpu, online: CHANNEL.online.cpu, scale: BUSY_SCALE },
];

export function sharedIndex(channel: number): number {
  return SHARED_CHANNELS.findIndex((shared) => shared.channel === channel);
}

export function byUse(figureOf: (channel: number) => number | null): ByUse {
  const of = (resource: ReportResource) => ({
    reserved: figureOf(CHANNEL.reserved[resource]),
    allocated: figureOf(CHANNEL.allocated[resource]),
    busy: resource === 'cpu' ? figureOf(CHANNEL.busyCpu) : null,
  });
  return { cpu: of('cpu'), memory: of('memory'), disk: of('disk') };
}

/** @param integrals over time, one for each channel */
export function sharesOf(integrals: ArrayLike<number>): ByUse {
  return byUse((channel) => {
    const { online, scale } = SHARED_CHANNELS[sharedIndex(channel)]!;
    const capacity = integrals[online]! * scale;
    return capacity === 0 ? null : integrals[channel]! / capacity;
  });
}
