// The calendar of a node some of whose resources come in devices, such as GPUs: beside the amounts of the node it counts what is free of each
// device, in further columns of its rows. An instance keeps its devices for its whole window: two free halves are no whole one, and a device
// that is free now with another that is free later is none throughout.

import { chooseDevices, DEVICE_UNITS, type Devices, timesOnDevices } from '../domain/devices.ts';
import type { Amounts, DeviceDimension } from '../domain/resource-space.ts';
import { type FitQuery, NodeCalendar } from './node-calendar.ts';

/** The devices of one resource: so many, numbered from `first` on. */
interface Block extends DeviceDimension {
  readonly first: number;
  readonly count: number;
}

/** What nodes with the same devices share. */
export interface DeviceLayout {
  readonly capacity: Amounts;
  readonly unused: Amounts;
  readonly blocks: readonly Block[];
  /** Working memory of one question: an amount for each device. */
  readonly free: Amounts;
}

/** Undefined when the node has no devices. */
export function deviceLayout(
  capacity: Amounts,
  dimensions: readonly DeviceDimension[],
): DeviceLayout | undefined {
  const blocks: Block[] = [];
  let first = 0;
  for (const dimension of dimensions) {
    const count = capacity[dimension.place]! / DEVICE_UNITS;
    if (count === 0) continue;
    blocks.push({ ...dimension, first, count });
    first += count;
  }
  if (first === 0) return undefined;
  const unused = new Float64Array(capacity.length + first).fill(DEVICE_UNITS);
  unused.set(capacity);
  return { capacity, unused, blocks, free: new Float64Array(first) };
}

export class DeviceCalendar extends NodeCalendar {
  private readonly layout: DeviceLayout;

  constructor(layout: DeviceLayout) {
    super(layout.capacity, layout.unused);
    this.layout = layout;
  }

  protected override anew(): DeviceCalendar {
    return new DeviceCalendar(this.layout);
  }

  /** @param devices those of the demand; without those that it needs nothing is taken */
  override take(startMs: number, endMs: number, demand: Amounts, devices: Devices = []): boolean {
    if (!this.areDevicesFor(devices, demand)) return false;
    return super.take(startMs, endMs, this.withDevices(demand, devices));
  }

  override giveBack(startMs: number, endMs: number, demand: Amounts, devices: Devices = []): void {
    super.giveBack(startMs, endMs, this.withDevices(demand, devices));
  }

  override needsDevices(demand: Amounts): boolean {
    return this.layout.blocks.some(({ place }) => demand[place]! > 0);
  }

  override chooseDevices(startMs: number, endMs: number, demand: Amounts): Devices | undefined {
    const free = this.freeThroughout(startMs, endMs);
    const chosen: number[] = [];
    for (const { count, first, place, rule } of this.layout.blocks) {
      const ofBlock = chooseDevices(free.subarray(first, first + count), demand[place]!, rule);
      if (ofBlock === undefined) return undefined;
      for (const device of ofBlock) chosen.push(first + device);
    }
    return chosen;
  }

  override areDevicesFor(devices: Devices, demand: Amounts): boolean {
    if (new Set(devices).size !== devices.length) return false;
    let known = 0;
    for (const { count, first, place } of this.layout.blocks) {
      const here = devices.filter((device) => device >= first && device < first + count).length;
      if (here !== Math.ceil(demand[place]! / DEVICE_UNITS)) return false;
      known += here;
    }
    return known === devices.length && devices.every(Number.isInteger);
  }

  override freeDevices(place: number, startMs: number, endMs: number): readonly number[] {
    const block = this.layout.blocks.find((each) => each.place === place);
    if (block === undefined) return [];
    return [...this.freeThroughout(startMs, endMs).subarray(block.first, block.first + block.count)];
  }

  override fits(startMs: number, endMs: number, demand: Amounts): boolean {
    return super.fits(startMs, endMs, demand) && this.haveRoom(startMs, endMs, demand);
  }

  override freeCount(startMs: number, endMs: number, demand: Amounts): number {
    const count = super.freeCount(startMs, endMs, demand);
    if (count === 0 || !this.needsDevices(demand)) return count;
    return Math.min(count, this.timesOn(this.freeThroughout(startMs, endMs), demand));
  }

  override countWhenUnused(demand: Amounts): number {
    const { capacity, unused } = this.layout;
    return Math.min(super.countWhenUnused(demand), this.timesOn(unused.subarray(capacity.length), demand));
  }

  // The earliest start is that of the query or the start of a step; the latest is that of the query, or its window ends where a step starts.

  override earliestFit(query: FitQuery): number | undefined {
    const { demand, durationMs } = query;
    let startMs = super.earliestFit(query);
    while (startMs !== undefined && !this.haveRoom(startMs, startMs + durationMs, demand)) {
      const notBeforeMs = this.stepEndMs(this.stepAt(startMs));
      if (notBeforeMs === Number.POSITIVE_INFINITY) return undefined;
      startMs = super.earliestFit({ ...query, notBeforeMs });
    }
    return startMs;
  }

  override latestFit(query: FitQuery): number | undefined {
    const { demand, durationMs, notBeforeMs } = query;
    let startMs = super.latestFit(query);
    while (startMs !== undefined && !this.haveRoom(startMs, startMs + durationMs, demand)) {
      const latestStartMs = this.stepStartMs(this.stepAt(startMs + durationMs - 1)) - durationMs;
      if (latestStartMs < notBeforeMs) return undefined;
      startMs = super.latestFit({ ...query, latestStartMs });
    }
    return startMs;
  }

  private haveRoom(startMs: number, endMs: number, demand: Amounts): boolean {
    return !this.needsDevices(demand) || this.timesOn(this.freeThroughout(startMs, endMs), demand) > 0;
  }

  /** How many instances find devices. */
  private timesOn(free: Amounts, demand: Amounts): number {
    let times = Number.POSITIVE_INFINITY;
    for (const { count, first, place } of this.layout.blocks) {
      times = Math.min(times, timesOnDevices(free.subarray(first, first + count), demand[place]!));
    }
    return times;
  }

  /** Of each device; good until the next question. */
  private freeThroughout(startMs: number, endMs: number): Amounts {
    const { capacity, free } = this.layout;
    free.fill(DEVICE_UNITS);
    this.lower(free, capacity.length, startMs, endMs);
    return free;
  }

  /** What is taken of every column. */
  private withDevices(demand: Amounts, devices: Devices): Amounts {
    const { blocks, capacity, unused } = this.layout;
    const amounts = new Float64Array(unused.length);
    amounts.set(demand);
    for (const device of devices) {
      const { place } = blocks.findLast(({ first }) => first <= device)!;
      amounts[capacity.length + device] = Math.min(demand[place]!, DEVICE_UNITS);
    }
    return amounts;
  }
}
