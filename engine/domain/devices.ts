// Resources that come in devices, such as GPUs: an instance has a share of one device, or several whole ones. Amounts of them are in
// thousandths of a device, so that a sum over devices is an amount as any other.

/** What one device has. */
export const DEVICE_UNITS = 1000;

/**
 * Which device a share goes to, of those that have room for it: that with the least free (best-fit), the first (first-fit), or that with the
 * most free (worst-fit); the first among equals.
 */
export const DEVICE_RULES = ['best-fit', 'first-fit', 'worst-fit'] as const;
export type DeviceRule = (typeof DEVICE_RULES)[number];

/** Devices of a node by their numbers, from 0 on; those of the first resource in devices come first. */
export type Devices = readonly number[];

/** Whether one instance can have so much: a share of one device, or whole ones. */
export function isDeviceAmount(amount: number): boolean {
  return amount <= DEVICE_UNITS || amount % DEVICE_UNITS === 0;
}

/**
 * How many instances that need the amount find devices; Infinity when it is 0.
 * @param free of each device
 */
export function timesOnDevices(free: Iterable<number>, amount: number): number {
  if (amount === 0) return Number.POSITIVE_INFINITY;
  let times = 0;
  if (amount <= DEVICE_UNITS) {
    for (const left of free) times += Math.floor(left / amount);
    return times;
  }
  for (const left of free) if (left === DEVICE_UNITS) times += 1;
  return Math.floor(times / (amount / DEVICE_UNITS));
}

/**
 * The devices for one instance that needs the amount: one for a share, else so many that have nothing taken of them, the first ones.
 * @param free of each device
 * @returns their places in `free`; undefined when there are not enough
 */
export function chooseDevices(
  free: ArrayLike<number>,
  amount: number,
  rule: DeviceRule,
): Devices | undefined {
  if (amount === 0) return [];
  const chosen: number[] = [];
  if (amount > DEVICE_UNITS) {
    for (let device = 0; device < free.length && chosen.length < amount / DEVICE_UNITS; device += 1) {
      if (free[device] === DEVICE_UNITS) chosen.push(device);
    }
    return chosen.length === amount / DEVICE_UNITS ? chosen : undefined;
  }
  let best: number | undefined;
  for (let device = 0; device < free.length; device += 1) {
    const left = free[device]!;
    if (left < amount) continue;
    const isBetter =
      best === undefined ||
      (rule === 'best-fit' && left < free[best]!) ||
      (rule === 'worst-fit' && left > free[best]!);
    if (isBetter) best = device;
  }
  return best === undefined ? undefined : [best];
}
