// What if nodes were drained or added, or policies changed: told without anything being changed.
import { expect, test } from 'vitest';
import { ask, book, everythingStored, HOUR_MS, NOW_MS, run, type Testbed, testbed } from '../api/testbed.ts';

const at = (hours: number) => new Date(NOW_MS + hours * HOUR_MS).toISOString();

async function whatIf(bed: Testbed, body: object) {
  const response = await bed.as('olga', { method: 'POST', url: '/OpenPEX/what-if', payload: body });
  expect(response.statusCode, response.body).toBe(200);
  return response.json();
}

test('a node that is drained ahead moves and suspends what is told, and it comes so', async () => {
  const bed = await testbed({}, { nodes: 2 });
  const small = await run(bed, 'alice', { type: 'SMALL', duration: 9 * HOUR_MS });
  const large = await run(bed, 'bob', { type: 'LARGE', duration: 9 * HOUR_MS });
  // A whole node, beside both of them.
  await book(bed, 'alice', { type: 'XLARGE', duration: 2 * HOUR_MS, startTime: at(4) });
  const node = (await bed.as('bob', { url: `/OpenPEX/instances/${large.vmId}` })).json().node;
  const before = await everythingStored(bed);

  const told = await whatIf(bed, { drain: [node], startTime: at(2), endTime: at(8), repeat: false, days: 1 });
  expect(await everythingStored(bed)).toBe(before);
  expect(told).toMatchObject({ startTimeMs: NOW_MS, endTimeMs: NOW_MS + 24 * HOUR_MS, requests: 0 });
  expect(told.asIs).toMatchObject({ moves: 0, failed: 0, refundMicros: 0 });
  const fates = new Map(
    told.bookings.map((row: { reservationId: string; changed: string }) => [row.reservationId, row.changed]),
  );
  expect(fates.get(large.reservationId)).toMatch(/moved|suspended/);

  await bed.as('olga', {
    method: 'POST',
    url: `/OpenPEX/nodes/${node}/maintenance`,
    payload: { startTime: at(2), endTime: at(8) },
  });
  await bed.moveTo(NOW_MS + 3 * HOUR_MS);
  for (const { reservationId, vmId } of [small, large]) {
    const vm = (await bed.as('olga', { url: `/OpenPEX/instances/${vmId}` })).json();
    const fate = fates.get(reservationId) ?? 'kept';
    if (fate === 'suspended') expect(vm.status).toBe('SUSPENDED');
    else expect(vm).toMatchObject({ status: 'RUNNING' });
  }
});

test('the requests of the time before come once more, and more nodes take more of them', async () => {
  const bed = await testbed({}, { nodes: 1 });
  for (const _ of [1, 2, 3])
    await ask(bed, 'alice', { type: 'XLARGE', duration: 2 * HOUR_MS, startTime: at(5) });
  const told = await whatIf(bed, { addNodes: 2, days: 2 });
  expect(told.requests).toBe(3);
  expect(told.asIs).toMatchObject({ accepted: 1, countered: 2 });
  expect(told.changed).toMatchObject({ accepted: 3, countered: 0, refused: 0 });
  expect(told.changed.chargedMicros).toBe(3 * told.asIs.chargedMicros);
  expect(told.bookings).toEqual([]);
});

test('nodes are added to those that have names of their own', async () => {
  const bed = await testbed({}, { nodes: 2, group: 'names: [leon, roy]' });
  for (const _ of [1, 2, 3])
    await ask(bed, 'alice', { type: 'XLARGE', duration: 2 * HOUR_MS, startTime: at(5) });
  const told = await whatIf(bed, { addNodes: 1, days: 2 });
  expect(told.asIs).toMatchObject({ accepted: 2, countered: 1 });
  expect(told.changed).toMatchObject({ accepted: 3, countered: 0 });
});

test('another policy decides otherwise', async () => {
  const bed = await testbed({}, { nodes: 1 });
  for (const _ of [1, 2])
    await ask(bed, 'alice', { type: 'XLARGE', duration: 2 * HOUR_MS, startTime: at(5) });
  const told = await whatIf(bed, { policies: [{ kind: 'counter-offer', name: 'none' }], days: 1 });
  expect(told.asIs).toMatchObject({ accepted: 1, countered: 1, refused: 0 });
  expect(told.changed).toMatchObject({ accepted: 1, countered: 0, refused: 1 });
});

test('it is for operators, and of nodes, times and policies that there are', async () => {
  const bed = await testbed();
  const answer = async (user: string, payload: object) => {
    const response = await bed.as(user, { method: 'POST', url: '/OpenPEX/what-if', payload });
    return [response.statusCode, response.json().detail];
  };
  expect((await answer('alice', {}))[0]).toBe(403);
  expect((await answer('olga', { drain: ['lion'] }))[0]).toBe(404);
  expect((await answer('olga', { drain: ['leon'], startTime: at(-1) }))[0]).toBe(400);
  expect((await answer('olga', { drain: ['leon'], endTime: at(-1) }))[0]).toBe(400);
  expect(await answer('olga', { policies: [{ kind: 'allocation', name: 'best-fir' }] })).toEqual([
    400,
    expect.stringContaining('best-fit'),
  ]);
  // A name, and no file of the machine.
  expect((await answer('olga', { policies: [{ kind: 'allocation', name: '../evil.mjs' }] }))[0]).toBe(400);
});
