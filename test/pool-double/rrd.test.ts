// The load that hosts tell.
import { expect, test } from 'vitest';
import { PoolClient, startPool } from './pool-client.ts';

interface Updates {
  readonly meta: {
    readonly start: number;
    readonly step: number;
    readonly end: number;
    readonly rows: number;
    readonly columns: number;
    readonly legend: readonly string[];
  };
  readonly data: readonly { readonly t: number; readonly values: readonly string[] }[];
}

async function pool() {
  const server = await startPool();
  const client = await PoolClient.login(server.url);
  const get = (host: number, query: string) =>
    fetch(`http://${server.addresses[host]}:${server.port}/rrd_updates?session_id=${client.session}${query}`);
  const updates = async (host: number, query: string) =>
    (await (await get(host, `${query}&json`)).json()) as Updates;
  return { client, get, updates };
}

test('every host tells its own load and that of its VMs, newest first, as strings', async () => {
  const { client, updates } = await pool();
  const [, second = ''] = await client.hosts();
  const vm = await client.makeVm('a');
  await client.call('VM.start_on', vm, second, false, false);
  const uuid = await client.text('VM.get_uuid', vm);
  const { meta, data } = await updates(1, '&start=-60&host=true&cf=AVERAGE');
  expect(meta).toMatchObject({ step: 5, rows: data.length, columns: meta.legend.length });
  expect(data).toHaveLength(12);
  expect(data.map(({ t }) => t)).toEqual(data.map((_, row) => meta.end - 5 * row));
  const hostUuid = await client.text('host.get_uuid', second);
  expect(meta.legend).toContain(`AVERAGE:host:${hostUuid}:cpu_avg`);
  expect(meta.legend).toContain(`AVERAGE:vm:${uuid}:memory`);
  const load = data.map(({ values }) => values[meta.legend.indexOf(`AVERAGE:host:${hostUuid}:cpu_avg`)]);
  for (const value of load) expect(Number(value)).toBeGreaterThanOrEqual(0);
  // Before it was started there was nothing to measure.
  expect(data.at(-1)?.values[meta.legend.indexOf(`AVERAGE:vm:${uuid}:cpu0`)]).toBe('NaN');
  const elsewhere = await updates(0, '&start=-60&host=true');
  expect(elsewhere.meta.legend.filter((name) => name.includes(uuid))).toEqual([]);
  expect(
    (await updates(1, `&start=-60&vm_uuid=${uuid}`)).meta.legend.every((name) => name.includes(uuid)),
  ).toBe(true);
});

test('without a start it is a bad request, without a session nobody is told anything', async () => {
  const { get } = await pool();
  expect((await get(0, '&host=true')).status).toBe(400);
  expect((await get(0, 'x&start=-10')).status).toBe(401);
});

test('it is XML unless JSON is asked for', async () => {
  const { get } = await pool();
  const response = await get(0, '&start=-10&host=true');
  expect(response.headers.get('content-type')).toBe('text/xml');
  expect(await response.text()).toMatch(
    /^<\?xml version="1.0"\?><xport><meta><start>\d+<\/start><step>5<\/step>/,
  );
});
