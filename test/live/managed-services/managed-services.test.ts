// Services that follow a manifest, over the REST API of the real service: two steps, rules on the clock of the service, probes, a loss, an end.
import { expect, onTestFinished, test, vi } from 'vitest';
import { InstanceStore } from '../../../live/database/instance-store.ts';
import { ManagedServiceStore } from '../../../live/database/managed-service-store.ts';
import { ServiceError } from '../../../live/problems.ts';
import { NOW_MS, run, type Testbed, testbed } from '../api/testbed.ts';

const MINUTE_MS = 60_000;

const SHOP = `
service: shop
components:
  web: { size: SMALL, min: 1, max: 3 }
  worker: { size: MEDIUM, min: 0, max: 2 }
rules:
  - Replicas(web) = RequestPerSecond(web) / 500
  - Replicas(worker) = Orders / 100
metrics:
  RequestPerSecond(web): 600
  Orders: { steps: { 30m: 150 } }
every: 10m
term: 1h
coolDown: 10m
`;

async function call(
  bed: Testbed,
  user: string,
  method: 'POST' | 'GET' | 'PUT' | 'DELETE',
  path: string,
  payload?: object,
) {
  const response = await bed.as(user, {
    method,
    url: `/OpenPEX/services${path}`,
    ...(payload !== undefined && { payload }),
  });
  return { status: response.statusCode, body: response.body === '' ? null : response.json() };
}

async function start(bed: Testbed, manifest = SHOP): Promise<string> {
  const { body } = await call(bed, 'alice', 'POST', '', { manifest });
  await call(bed, 'alice', 'PUT', `/${body.id}`, { reply: 'CONFIRM' });
  return body.id;
}

async function drawn(bed: Testbed, id: string): Promise<string[]> {
  const { body } = await call(bed, 'alice', 'GET', `/${id}`);
  const minutes = (ms: number) => (ms - NOW_MS) / MINUTE_MS;
  return body.leases
    .map(
      ({ askedTimeMs, endTimeMs, id: lease, reason, startTimeMs, state }: Record<string, number | string>) =>
        `${lease}  asked ${minutes(askedTimeMs as number)}  ${minutes(startTimeMs as number)}-${minutes(endTimeMs as number)}  ${state}${reason === null ? '' : ` ${reason}`}`,
    )
    .reverse();
}

const components = async (bed: Testbed, id: string) =>
  (await call(bed, 'alice', 'GET', `/${id}`)).body.components.map(
    ({ booked, name, running, wanted }: Record<string, unknown>) => [name, wanted, booked, running],
  );

test('what a service begins with is held, booked when it is confirmed, and paid by its account', async () => {
  const bed = await testbed({}, { more: 'policies: { pricing: { name: flat, options: { cpuHour: 1 } } }' });
  const { body: offered, status } = await call(bed, 'alice', 'POST', '', { manifest: SHOP });
  expect(status).toBe(201);
  expect(offered).toMatchObject({ name: 'shop', status: 'SUBMITTED', priceMicros: 2_000_000, userid: 1 });
  expect(offered.leases.map(({ state }: { state: string }) => state)).toEqual(['HELD', 'HELD']);
  expect((await bed.accounts.get(1))?.balanceMicros).toBe(50_000_000);
  const { body: running } = await call(bed, 'alice', 'PUT', `/${offered.id}`, { reply: 'CONFIRM' });
  expect(running).toMatchObject({ status: 'RUNNING', nextLookTimeMs: NOW_MS + 10 * MINUTE_MS });
  await bed.moveTo(NOW_MS + 1);
  expect(await components(bed, offered.id)).toEqual([
    ['web', 2, 2, 2],
    ['worker', 0, 0, 0],
  ]);
  expect((await bed.accounts.get(1))?.balanceMicros).toBe(48_000_000);
  const reservations = (await bed.as('alice', { url: '/OpenPEX/reservations' })).json();
  expect(reservations.map(({ name }: { name: string }) => name).sort()).toEqual([
    'shop-web-1-1',
    'shop-web-2-1',
  ]);
});

test('rules add instances and take them away on the clock of the service, with what a probe says', async () => {
  const bed = await testbed();
  const id = await start(bed);
  await bed.moveTo(NOW_MS + 35 * MINUTE_MS);
  // The node has room for one of the two workers.
  expect(await components(bed, id)).toEqual([
    ['web', 2, 2, 2],
    ['worker', 2, 1, 1],
  ]);
  const probed = await call(bed, 'alice', 'PUT', `/${id}/metrics`, {
    values: { 'RequestPerSecond( web )': 100, Orders: 0 },
  });
  expect(probed.status).toBe(204);
  await bed.moveTo(NOW_MS + 75 * MINUTE_MS);
  expect(await drawn(bed, id)).toMatchInlineSnapshot(`
    [
      "shop-web-2-1  asked 0  0-60  RELEASED",
      "shop-web-1-1  asked 0  0-60  BOOKED",
      "shop-worker-2-1  asked 30  30-90  REFUSED no-capacity",
      "shop-worker-1-1  asked 30  30-90  RELEASED",
      "shop-web-1-2  asked 50  60-120  BOOKED",
    ]
  `);
  const { body } = await call(bed, 'alice', 'GET', `/${id}`);
  expect(body.metrics).toContainEqual({
    name: 'RequestPerSecond(web)',
    value: 100,
    probed: 100,
    probedTime: 'Mon, 17 Aug 2009 04:35:00 GMT',
    probedTimeMs: NOW_MS + 35 * MINUTE_MS,
  });
});

test('an instance that is lost with its node is asked for again in the next period', async () => {
  const bed = await testbed({}, { nodes: 2, more: 'policies: { recovery: give-up }' });
  const id = await start(bed, SHOP.replace('RequestPerSecond(web): 600', 'RequestPerSecond(web): 100'));
  await bed.moveTo(NOW_MS + 5 * MINUTE_MS);
  const [vm] = (await bed.as('alice', { url: '/OpenPEX/instances' })).json();
  // Until the eighth minute there is no other place for it.
  await run(bed, 'bob', { duration: 3 * MINUTE_MS });
  const nodeId = (await new InstanceStore(bed.database).get(vm.vmID))?.nodeId;
  await bed.as('olga', { method: 'PUT', url: `/OpenPEX/nodes/${nodeId}/fail` });
  await bed.moveTo(NOW_MS + 15 * MINUTE_MS);
  expect(await drawn(bed, id)).toEqual([
    'shop-web-1-1  asked 0  0-60  LOST node-lost',
    'shop-web-1-2  asked 10  10-70  BOOKED',
  ]);
  expect(await components(bed, id)).toContainEqual(['web', 1, 1, 1]);
});

test('what could not be done while the database was away is done once, when it is back', async () => {
  const bed = await testbed({}, { nodes: 2 });
  const id = await start(bed);
  const bringBack = await bed.loseDatabase();
  await bed.moveTo(NOW_MS + 30 * MINUTE_MS).catch(() => undefined);
  await bringBack();
  await bed.moveTo(NOW_MS + 45 * MINUTE_MS);
  expect(await drawn(bed, id)).toMatchInlineSnapshot(`
    [
      "shop-web-2-1  asked 0  0-60  BOOKED",
      "shop-web-1-1  asked 0  0-60  BOOKED",
      "shop-worker-2-1  asked 30  30-90  BOOKED",
      "shop-worker-1-1  asked 30  30-90  BOOKED",
    ]
  `);
  expect(bed.service.usageOf((await bed.accounts.get(1))!).reservations).toBe(4);
});

test('a service that ends gives back what it has, and its name', async () => {
  const bed = await testbed();
  const id = await start(bed);
  expect((await call(bed, 'alice', 'POST', '', { manifest: SHOP })).status).toBe(409);
  await bed.moveTo(NOW_MS + 5 * MINUTE_MS);
  const { body } = await call(bed, 'alice', 'DELETE', `/${id}`);
  expect(body).toMatchObject({
    status: 'ENDED',
    endReason: 'ended-by-user',
    nextLookTime: null,
    priceMicros: 0,
  });
  await bed.moveTo(NOW_MS + 6 * MINUTE_MS);
  const states = (await bed.as('alice', { url: '/OpenPEX/instances' })).json();
  expect(states).toEqual([]);
  await bed.moveTo(NOW_MS + 60 * MINUTE_MS);
  expect(await drawn(bed, id)).toHaveLength(2);
  expect((await call(bed, 'alice', 'POST', '', { manifest: SHOP })).status).toBe(201);
});

test('what is not confirmed in time, or is declined, is let go', async () => {
  const bed = await testbed();
  const { body: late } = await call(bed, 'alice', 'POST', '', { manifest: SHOP });
  await bed.moveTo(NOW_MS + 5 * MINUTE_MS);
  const answer = await call(bed, 'alice', 'PUT', `/${late.id}`, { reply: 'CONFIRM' });
  expect(answer).toMatchObject({ status: 409, body: { code: 'PEX_REQUEST_FAILED' } });
  expect((await call(bed, 'alice', 'GET', `/${late.id}`)).body).toMatchObject({
    status: 'ENDED',
    endReason: 'hold-expired',
  });
  const { body: unwanted } = await call(bed, 'alice', 'POST', '', { manifest: SHOP });
  const { body } = await call(bed, 'alice', 'PUT', `/${unwanted.id}`, { reply: 'REJECT' });
  expect(body).toMatchObject({ status: 'ENDED', endReason: 'declined' });
  const { reservations } = bed.service.usageOf((await bed.accounts.get(1))!);
  expect(reservations).toBe(0);
});

test('who cannot pay does not begin, and what cannot be paid later is refused and asked for again', async () => {
  const bed = await testbed({}, { more: 'policies: { pricing: { name: flat, options: { cpuHour: 20 } } }' });
  const { body } = await call(bed, 'alice', 'POST', '', {
    manifest: SHOP.replace('RequestPerSecond(web): 600', 'RequestPerSecond(web): 1500'),
  });
  expect(body.priceMicros).toBe(60_000_000);
  expect(await call(bed, 'alice', 'PUT', `/${body.id}`, { reply: 'CONFIRM' })).toMatchObject({ status: 402 });
  await call(bed, 'alice', 'DELETE', `/${body.id}`);
  const id = await start(bed);
  await bed.moveTo(NOW_MS + 45 * MINUTE_MS);
  expect(await drawn(bed, id)).toContain('shop-worker-1-1  asked 30  30-90  REFUSED insufficient-balance');
});

test('what is not approved is not held on to, and members of a project have services in its name', async () => {
  const asked: string[] = [];
  const bed = await testbed(
    {},
    {
      approve: async ({ owner }) => {
        asked.push(owner.username);
        throw new ServiceError('PEX_NOT_APPROVED', 'This was not approved: no money');
      },
    },
  );
  const project = { name: 'astro', title: 'Astronomy', manager: 'alice' };
  const { userid } = (
    await bed.as('olga', { method: 'POST', url: '/OpenPEX/projects', payload: project })
  ).json();
  await bed.as('olga', {
    method: 'POST',
    url: `/OpenPEX/accounts/${userid}/deposits`,
    payload: { amountMicros: 50_000_000, note: 'grant' },
  });
  const manifest = SHOP.replace('RequestPerSecond(web): 600', 'RequestPerSecond(web): 1');
  expect((await call(bed, 'bob', 'POST', '', { manifest, project: 'astro' })).status).toBe(404);
  const { body } = await call(bed, 'alice', 'POST', '', { manifest, project: 'astro' });
  expect(body).toMatchObject({ userid, status: 'SUBMITTED' });
  expect((await call(bed, 'bob', 'GET', `/${body.id}`)).status).toBe(404);
  await call(bed, 'alice', 'PUT', `/${body.id}`, { reply: 'CONFIRM' });
  await bed.moveTo(NOW_MS + 15 * MINUTE_MS);
  expect(await drawn(bed, body.id)).toEqual([
    'shop-web-1-1  asked 0  0-60  REFUSED not-approved',
    'shop-web-1-2  asked 10  10-70  REFUSED not-approved',
  ]);
  expect(asked).toEqual(['astro', 'astro']);
  expect(bed.service.usageOf((await bed.accounts.get(userid))!).reservations).toBe(0);
});

test('a manifest that cannot be followed is refused with line and field', async () => {
  const bed = await testbed();
  const refusal = async (manifest: string) => {
    const { body, status } = await call(bed, 'alice', 'POST', '', { manifest });
    expect([status, body.code]).toEqual([400, 'PEX_BAD_REQUEST']);
    return [body.field, body.line, body.detail];
  };
  expect([
    await refusal(SHOP.replace('max: 3', 'max: 0')),
    await refusal(SHOP.replace('size: SMALL', 'size: SMAL')),
    await refusal(SHOP.replace('min: 1,', 'min: 1, template: nix,')),
    await refusal(SHOP.replace('min: 1,', 'min: 1, sla: Gold,')),
    await refusal(SHOP.replace('min: 1,', 'min: 1, deploy: [there],')),
    await refusal(SHOP.replace('/ 100', '/ Ordrs')),
    await refusal('service: [shop'),
  ]).toMatchInlineSnapshot(`
    [
      [
        "manifest.components.web.max",
        4,
        "manifest:4:36: components.web.max: expected a whole number from 1 to 10000, found 0",
      ],
      [
        "manifest.components.web.size",
        4,
        "manifest:4:16: components.web.size: no instance type "SMAL" (did you mean "SMALL"?)",
      ],
      [
        "manifest.components.web.template",
        4,
        "manifest:4:41: components.web.template: there is no template "nix" here (known: PEX Debian Etch 4.0 Template, PEX Debian Sarge 3.1 Template, PEX Windows XP SP2 Template)",
      ],
      [
        "manifest.components.web.sla",
        4,
        "manifest:4:36: components.web.sla: there is no template "shop-gold" here (known: PEX Debian Etch 4.0 Template, PEX Debian Sarge 3.1 Template, PEX Windows XP SP2 Template)",
      ],
      [
        "manifest.components.web.deploy",
        4,
        "manifest:4:31: components.web.deploy: this service has no sites to choose from",
      ],
      [
        "manifest.rules",
        6,
        "manifest:6:1: rules: " Orders / Ordrs" names Ordrs, which is none of RequestPerSecond(web), Orders, Replicas(web), Replicas(worker)",
      ],
      [
        "manifest",
        1,
        "manifest:1:15: Flow sequence in block collection must be sufficiently indented and end with a ]",
      ],
    ]
  `);
  const id = await start(bed);
  expect((await call(bed, 'alice', 'PUT', `/${id}/metrics`, { values: { Order: 1 } })).body).toMatchObject({
    code: 'PEX_BAD_REQUEST',
    detail: 'values.Order: the manifest has no such metric (did you mean "Orders"?)',
  });
});

test('a token for probes tells what is measured of services of its account, and does nothing else', async () => {
  const bed = await testbed();
  const id = await start(bed);
  const { token } = (
    await bed.as('alice', {
      method: 'POST',
      url: '/OpenPEX/account/tokens',
      payload: { name: 'web-1', scope: 'probe' },
    })
  ).json();
  const probe = (method: 'GET' | 'PUT' | 'DELETE', url: string, payload?: object) =>
    bed.as('', { method, url, headers: { authorization: `Bearer ${token}` }, ...(payload && { payload }) });
  const values = { values: { Orders: 50 } };
  expect((await probe('PUT', `/OpenPEX/services/${id}/metrics`, values)).statusCode).toBe(204);
  for (const [method, url] of [
    ['GET', `/OpenPEX/services/${id}`],
    ['DELETE', `/OpenPEX/services/${id}`],
    ['GET', '/OpenPEX/reservations'],
  ] as const)
    expect((await probe(method, url)).statusCode).toBe(403);
  const { body: bobs } = await call(bed, 'bob', 'POST', '', { manifest: SHOP });
  expect((await probe('PUT', `/OpenPEX/services/${bobs.id}/metrics`, values)).statusCode).toBe(404);
});

test('what the VMs themselves show counts where a manifest names it', async () => {
  const bed = await testbed();
  const id = await start(
    bed,
    'service: own\ncomponents: { C: { size: SMALL, max: 4 } }\nrules: ["Replicas(C) = Running(C) + 1"]\nmetrics: { Running(C): 0 }\nevery: 10m\n',
  );
  await bed.moveTo(NOW_MS + 25 * MINUTE_MS);
  expect((await call(bed, 'alice', 'GET', `/${id}`)).body.components).toEqual([
    { name: 'C', min: 1, max: 4, wanted: 3, booked: 3, running: 3 },
  ]);
});

test.each([
  ['components', SHOP.replace('max: 3', 'max: 999'), /max comes to 1001 instances together; expected 1000/],
  ['every', SHOP.replace('every: 10m', 'every: 1ms'), /control period is .*; expected .* or more/],
  ['term', SHOP.replace('term: 1h', 'term: 9000d'), /expected .* at most/],
])('a manifest whose %s would keep the service from others is refused', async (key, manifest, why) => {
  const bed = await testbed();
  const { body, status } = await call(bed, 'alice', 'POST', '', { manifest });
  expect(status).toBe(400);
  expect(body).toMatchObject({ code: 'PEX_BAD_REQUEST', field: `manifest.${key}` });
  expect(body.errors[0].expected).toMatch(why);
});

test.each(['CPU(web) = Users', 'Memory(web) = Users', 'Replicas(web) = Users / 0 - Users / 0'])(
  'a rule %s that comes to more than anything holds is an answer like others',
  async (rule) => {
    const bed = await testbed();
    const manifest = SHOP.replace('Replicas(web) = RequestPerSecond(web) / 500', rule).replace(
      'Orders:',
      'Users: 1.0e+308\n  Orders:',
    );
    expect((await call(bed, 'alice', 'POST', '', { manifest })).status).toBe(201);
    expect((await bed.as('alice', { url: '/OpenPEX/reservations' })).statusCode).toBe(200);
    expect((await call(bed, 'alice', 'GET', '')).status).toBe(200);
    expect((await bed.as('bob', { url: '/OpenPEX/cluster' })).statusCode).toBeLessThan(500);
  },
);

test('what was pledged for what is on offer counts towards its price', async () => {
  const bed = await testbed(
    {},
    {
      more: 'policies: { pricing: { name: flat, options: { cpuHour: 20 } } }',
      negotiation: 'pledge: { share: 0.5, keptOf: unconfirmed }',
    },
  );
  const { body: offered } = await call(bed, 'alice', 'POST', '', { manifest: SHOP });
  expect(offered.priceMicros).toBe(40_000_000);
  expect((await bed.accounts.get(1))?.balanceMicros).toBe(30_000_000);
  expect((await call(bed, 'alice', 'PUT', `/${offered.id}`, { reply: 'CONFIRM' })).status).toBe(200);
  expect((await bed.accounts.get(1))?.balanceMicros).toBe(10_000_000);
});

test('what is refused of a service is stored together, while others submit theirs', async () => {
  const bed = await testbed();
  const save = vi.spyOn(ManagedServiceStore.prototype, 'save');
  onTestFinished(() => save.mockRestore());
  const large = SHOP.replace('min: 1, max: 3', 'min: 40, max: 40');
  const [first, second] = await Promise.all([
    call(bed, 'alice', 'POST', '', { manifest: large }),
    call(bed, 'bob', 'POST', '', { manifest: SHOP }),
  ]);
  expect([first.status, second.status]).toEqual([201, 201]);
  const states = first.body.leases.map(({ state }: { state: string }) => state);
  expect(states.filter((state: string) => state === 'REFUSED').length).toBeGreaterThan(20);
  // Each when it is submitted, and once for what was refused.
  expect(save.mock.calls.length).toBeLessThanOrEqual(4);
});
