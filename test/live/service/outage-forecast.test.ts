// What if a node were drained: told without anything being changed, and what then happens when it is.
import { expect, test } from 'vitest';
import { forecastText } from '../../../cli/commands/drain.ts';
import { book, everythingStored, HOUR_MS, NOW_MS, run, type Testbed, testbed } from '../api/testbed.ts';

const at = (hours: number) => new Date(NOW_MS + hours * HOUR_MS).toISOString();

interface Told {
  readonly reservationId: string;
  readonly fate: string;
  readonly toNode: string | null;
}

async function forecast(bed: Testbed, node: string, query = '') {
  const response = await bed.as('olga', { url: `/OpenPEX/nodes/${node}/forecast${query}` });
  expect(response.statusCode, response.body).toBe(200);
  return response.json();
}

/** What became of each reservation, in the words of a forecast. */
async function truth(bed: Testbed, node: string): Promise<Told[]> {
  const { items } = await bed.reservations.list({ limit: 100 });
  const rows = items.map(async ({ nodeIds, reservationId, state }): Promise<Told> => {
    const vms = (await bed.as('olga', { url: `/OpenPEX/reservations/${reservationId}/instances` })).json();
    if (state === 'FAILED') return { reservationId, fate: 'ends', toNode: null };
    if (nodeIds[0] !== node) return { reservationId, fate: 'moves', toNode: nodeIds[0]! };
    return { reservationId, fate: vms[0]?.status === 'SUSPENDED' ? 'stands-still' : 'no-room', toNode: null };
  });
  return Promise.all(rows);
}

test('a forecast is what happens, and changes nothing', async () => {
  const bed = await testbed({}, { nodes: 2 });
  const large = await run(bed, 'alice', { type: 'LARGE', duration: 3 * HOUR_MS });
  const node = (await bed.as('alice', { url: `/OpenPEX/instances/${large.vmId}` })).json().node;
  await run(bed, 'bob', { type: 'SMALL', duration: 3 * HOUR_MS });
  await run(bed, 'bob', { type: 'LARGE', duration: 3 * HOUR_MS });
  for (const _ of [1, 2]) await book(bed, 'alice', { startTime: at(4) });
  await book(bed, 'bob', { startTime: at(9) });
  const before = await everythingStored(bed);
  const until = NOW_MS + 6 * HOUR_MS;
  const told = await forecast(bed, node, `?until=${until}`);
  expect(await everythingStored(bed)).toBe(before);
  expect(told).toMatchObject({ node, startTimeMs: NOW_MS, endTimeMs: until });
  const rows: Told[] = told.instances;
  // The small one has room beside the other large one; the first large one has none, nor have two that fill a node each.
  expect(rows.map(({ fate }) => fate).sort()).toEqual(['moves', 'no-room', 'stands-still']);
  await bed.as('olga', { method: 'PUT', url: `/OpenPEX/nodes/${node}/drain?until=${until}` });
  await bed.moveTo(NOW_MS);
  const happened = await truth(bed, node);
  for (const { fate, reservationId, toNode } of rows)
    expect(happened).toContainEqual({ reservationId, fate, toNode });
});

test('of a maintenance ahead only what lasts into it is told', async () => {
  const bed = await testbed();
  await run(bed, 'alice', { type: 'SMALL', duration: HOUR_MS });
  const late = await book(bed, 'bob', { type: 'SMALL', duration: 4 * HOUR_MS, startTime: at(2) });
  await book(bed, 'bob', { type: 'SMALL', duration: HOUR_MS, startTime: at(9) });
  const told = await forecast(bed, 'leon', `?from=${NOW_MS + 3 * HOUR_MS}&until=${NOW_MS + 8 * HOUR_MS}`);
  expect(told.instances).toMatchObject([{ reservationId: late, username: 'bob', instance: 1 }]);
  expect(forecastText(told, 'UTC')).toContain('bob  until');
});

test('it is for operators, and of nodes and times that there are', async () => {
  const bed = await testbed();
  const status = async (user: string, path: string) =>
    (await bed.as(user, { url: `/OpenPEX/nodes/${path}` })).statusCode;
  expect(await status('alice', 'leon/forecast')).toBe(403);
  expect(await status('olga', 'lion/forecast')).toBe(404);
  expect(await status('olga', 'leon/forecast?until=yesterday')).toBe(400);
  expect(await status('olga', `leon/forecast?from=${NOW_MS + 5}`)).toBe(400);
});
