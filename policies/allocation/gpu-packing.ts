// Packing of GPUs: those that are shared already before those that are not, nodes in use before nodes that are not.

import { Type } from 'typebox';
import {
  type AllocationPolicy,
  allocationPolicy,
  amountOf,
  chooseDevices,
  DEVICE_UNITS,
  highestScore,
} from '../../engine/for-policies.ts';

const MOST = 100;

/**
 * How good it is to take devices of a node, 0 to 100.
 * @param free of each of its devices
 * @param amount what the instance needs of them
 */
export function packingScore(free: readonly number[], amount: number): number {
  if (amount === 0) return 0;
  const whole = free.filter((left) => left === DEVICE_UNITS).length;
  if (whole === free.length) return Math.max(Math.floor(MOST / 3) - whole, 0);
  const chosen = chooseDevices(free, amount, 'best-fit') ?? [];
  const fresh = chosen.filter((place) => free[place] === DEVICE_UNITS).length;
  if (fresh > 0) return Math.max(MOST / 2 - fresh, Math.floor(MOST / 3));
  const shared = chosen.reduce((sum, place) => sum + (100 * free[place]!) / DEVICE_UNITS, 0);
  return Math.max(MOST - shared / 10, MOST / 2);
}

export const gpuPacking = allocationPolicy({
  name: 'gpu-packing',
  summary:
    'Devices that are shared already, else devices of a node in use, else those of the smallest idle node.',
  guide: {
    rule: 'Of a resource in devices, highest score first: on devices in use 100 - (percent that they have free) / 10, at least 50; where devices must be taken of which nothing is used 50 - their number, at least 33; on a node of which no device is used 33 - its devices, at least 0. The device with the least free that is enough. A request that needs none of the resource scores 0 everywhere; among equals the first node.',
    origin:
      'Baseline "GpuPacking" of Weng et al., USENIX ATC 2023, after their kubernetes-scheduler-simulator (pkg/simulator/plugin/gpu_packing_score.go), whose scores are cut to whole numbers.',
    use: 'To compare with `fragmentation` on GPUs that are shared; only where the resource comes in devices.',
  },
  options: Type.Object({
    resource: Type.String({
      minLength: 1,
      default: 'gpu',
      expected: 'a resource that the provider names',
      description: 'Which devices are packed.',
    }),
  }),
  create: ({ resource }): AllocationPolicy => ({
    ...highestScore((node, { demand }) =>
      packingScore(node.freeDevices[resource] ?? [], amountOf(demand, resource)),
    ),
    devices: ({ demand }, { freeDevices }) =>
      Object.fromEntries(
        Object.entries(freeDevices).map(([name, free]) => [
          name,
          chooseDevices(free, amountOf(demand, name), 'best-fit')!,
        ]),
      ),
  }),
});
