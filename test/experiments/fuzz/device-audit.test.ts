// The witness of devices: it objects to what no calendar should give out. And what it is there for is drawn.
import { expect, test } from 'vitest';
import type { ProviderSnapshot } from '../../../engine/index.ts';
import { checkDevices } from '../../../experiments/fuzz/device-audit.ts';
import { drawCase } from '../../../experiments/fuzz/draw-case.ts';

const CLUSTER = {
  resources: [{ name: 'gpu', divisible: true, scope: 'node', devices: 'best-fit' }],
  nodes: [
    {
      nodeId: 'n1',
      group: 'n1',
      capacity: { milliCpus: 8000, memoryMib: 8192, diskGib: 100, named: { gpu: 2000 } },
      models: { gpu: 'T4' },
    },
  ],
} as const;

/** Instances on n1, each of a reservation of its own. */
function booked(
  ...instances: { gpu: number; devices: number[]; startMs?: number; models?: string[] }[]
): ProviderSnapshot {
  const reservations = instances.map(({ devices, gpu, models, startMs = 0 }, i) => ({
    reservationId: `R${i + 1}`,
    proposal: { demand: { named: { gpu }, ...(models && { models: { gpu: models } }) } },
    instances: [{ pieces: [{ nodeId: 'n1', startMs, endMs: startMs + 10, use: 'run', devices }] }],
  }));
  return { atMs: 0, reservations } as unknown as ProviderSnapshot;
}

test.each([
  ['shares that a device has not', booked({ gpu: 600, devices: [0] }, { gpu: 500, devices: [0] }), 'beyond'],
  ['fewer devices than are needed', booked({ gpu: 2000, devices: [1] }), 'not the devices'],
  ['another model', booked({ gpu: 1000, devices: [0], models: ['A10'] }), 'another model'],
  ['a device that the node has not', booked({ gpu: 1000, devices: [0, 2] }), 'has not'],
])('it objects to %s', (_, snapshot, says) => {
  expect(() => checkDevices(snapshot, CLUSTER)).toThrow(says);
});

test('it has nothing against what follows each other, or shares a device', () => {
  const snapshot = booked(
    { gpu: 500, devices: [0] },
    { gpu: 500, devices: [0] },
    { gpu: 2000, devices: [0, 1], startMs: 10, models: ['T4'] },
  );
  expect(() => checkDevices(snapshot, CLUSTER)).not.toThrow();
});

test('GPUs, links between sites and second-hand windows are drawn', () => {
  const cases = Array.from({ length: 60 }, (_, i) => drawCase(1, i + 1, {}));
  expect(cases.some(({ devices }) => devices !== undefined)).toBe(true);
  expect(cases.some(({ links }) => links !== undefined)).toBe(true);
  expect(cases.some(({ requests }) => requests.some(({ sites }) => sites !== undefined))).toBe(true);
  expect(cases.some(({ settings }) => settings.users['exchange'] !== undefined)).toBe(true);
});
