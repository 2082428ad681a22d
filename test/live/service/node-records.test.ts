// How often a node was lost, and how long it served, outlives the process, and is told to operators.
import { expect, test } from 'vitest';
import { HOUR_MS, NOW_MS, testbed } from '../api/testbed.ts';

test('the record of a node outlives a restart', async () => {
  const bed = await testbed({}, { more: 'faults: { nodeMtbf: 2h, nodeMttr: 1h }' });
  const seen = async () => {
    const { losses, servedMs, up } = (await bed.as('olga', { url: '/OpenPEX/nodes' })).json()[0];
    return { losses, servedMs, up };
  };
  expect(await seen()).toEqual({ losses: 0, servedMs: 0, up: true });
  for (let hours = 1; hours <= 48; hours++) await bed.moveTo(NOW_MS + hours * HOUR_MS);
  const before = await seen();
  expect(before.losses).toBeGreaterThan(5);
  expect(before.servedMs / HOUR_MS).toBeGreaterThan(20);
  expect(before.servedMs / HOUR_MS).toBeLessThan(45);
  await (await bed.loseDatabase())();
  const after = await seen();
  // The clock went on for a second and for what was caught up.
  expect(after.losses - before.losses).toBeLessThanOrEqual(1);
  expect(after.losses).toBeGreaterThanOrEqual(before.losses);
  expect(after.servedMs - before.servedMs).toBeGreaterThanOrEqual(0);
  expect(after.servedMs - before.servedMs).toBeLessThan(60_000);
});

test('a node serves until now, though nothing has happened since', async () => {
  const bed = await testbed();
  const served = async () => (await bed.as('olga', { url: '/OpenPEX/nodes' })).json()[0].servedMs;
  await bed.moveTo(NOW_MS + HOUR_MS);
  expect(await served()).toBe(HOUR_MS);
});
