// A service that sells what another one has, both in this process and both on clocks that stand still: the API of the one is called by the other as over the
// network, and the way between them can be cut anywhere.
import { beforeEach, expect, test } from 'vitest';
import { OpenPexClient } from '../../../live/client/index.ts';
import { PartnerAccount } from '../../../live/partners/partner-account.ts';
import { Resale, type ResaleParts } from '../../../live/partners/resale.ts';
import { HOUR_MS, NOW_MS, PASSWORD, TEMPLATE, type Testbed, testbed } from '../api/testbed.ts';

const START_MS = NOW_MS + HOUR_MS;
const ASKED = {
  type: 'XLARGE',
  template: TEMPLATE,
  duration: HOUR_MS,
  numInstancesFixed: 1,
  startTime: new Date(START_MS).toISOString(),
};
const PRICED = (cpuHour: number) => `policies: { pricing: { name: flat, options: { cpuHour: ${cpuHour} } } }`;
const RESOLD = `
partners: [{ name: south, url: "http://south", token: t }]
outsourcing: { partners: [south], before: counter-offer, margin: 0.1 }
${PRICED(0.2)}`;

/** What stands between the two: may lose a message on its way there, or the answer on its way back. */
type Way = (method: string, path: string, send: () => Promise<Response>) => Promise<Response>;
const OPEN: Way = (_method, _path, send) => send();
const CLOSED: Way = async () => {
  throw new TypeError('the network is unreachable');
};
/** They hear it, and we do not hear that they did. */
const loses =
  (said: RegExp): Way =>
  async (method, path, send) => {
    const response = await send();
    if (said.test(`${method} ${path}`)) throw new TypeError('the connection was cut');
    return response;
  };

let way: Way;
let south: Testbed;
let home: Testbed;
let said: string[];

const settings = {
  name: 'south',
  url: 'http://south',
  token: 't',
  timeoutMs: 15_000,
  // Never together with a timer of the clock: a clock that stands still wakes one at a time, and waits for what that sets off.
  lookEveryMs: 299_777,
  giveUpMs: HOUR_MS,
};

function accountAt(there: Testbed, timeoutMs = settings.timeoutMs): PartnerAccount {
  const send = async (url: string, { body, headers, method }: RequestInit): Promise<Response> => {
    const path = url.replace('http://south', '');
    return way(method ?? 'GET', path, async () => {
      if (method !== 'GET') said.push(`${method} ${path.replace(/[0-9A-F-]{36}/, ':id')} ${body ?? ''}`);
      const answer = await there.app.inject({
        method: method as 'GET',
        url: path,
        headers: headers as Record<string, string>,
        ...(body != null && { payload: String(body) }),
      });
      const type = String(answer.headers['content-type']);
      return new Response(answer.body, { status: answer.statusCode, headers: { 'content-type': type } });
    });
  };
  const client = new OpenPexClient({
    url: 'http://south',
    user: { name: 'bob', password: PASSWORD },
    fetch: send,
  });
  return new PartnerAccount({ ...settings, timeoutMs }, client);
}

beforeEach(async () => {
  way = OPEN;
  said = [];
  south = await testbed({}, { nodes: 1, more: PRICED(0.1) });
  home = await testbed({}, { nodes: 1, more: RESOLD, partners: [accountAt(south)] });
  // The one node of the service is taken.
  const own = await request(home, 'olga', ASKED);
  await answer(home, 'olga', own.proposal.id, 'CONFIRM');
});

const request = async (bed: Testbed, user: string, payload: object) =>
  (await bed.as(user, { method: 'POST', url: '/OpenPEX/reservations', payload })).json();
const answer = async (bed: Testbed, user: string, id: string, reply: string) =>
  (await bed.as(user, { method: 'PUT', url: `/OpenPEX/reservations/${id}`, payload: { reply } })).json();
const get = async (bed: Testbed, user: string, path: string) =>
  (await bed.as(user, { method: 'GET', url: `/OpenPEX${path}` })).json();
const show = (id: string) => get(home, 'alice', `/reservations/${id}`);
const there = async () => (await get(south, 'bob', '/reservations'))[0];
const owed = async () => (await get(home, 'olga', '/partners'))[0].owedMicros;
const balance = async () => (await get(home, 'alice', '/account')).balanceMicros;

/** Both clocks, and what is looked at then. */
async function moveTo(toMs: number) {
  await south.moveTo(toMs);
  await home.moveTo(toMs);
}

/** Another life of the service, from its database: what it had in mind is lost. */
async function restart() {
  const findDatabase = await home.loseDatabase();
  await home.as('olga', { method: 'PUT', url: '/OpenPEX/nodes/leon/drain' });
  await findDatabase();
  await home.service.settledWithPartners();
}

async function offered() {
  const offer = await request(home, 'alice', ASKED);
  expect(offer).toMatchObject({ reply: 'ACCEPT', priceMicros: 800_000 });
  return offer.proposal.id as string;
}

async function sold() {
  const id = await offered();
  expect(await answer(home, 'alice', id, 'CONFIRM')).toMatchObject({ reply: 'REQUEST_SUCCESS' });
  return id;
}

test('what a partner has is held there, sold here, run there, and paid by each as agreed', async () => {
  const before = await balance();
  const id = await offered();
  const held = await there();
  expect(held).toMatchObject({ status: 'ACCEPTED', priceMicros: 400_000 });
  expect(await show(id)).toMatchObject({ status: 'ACCEPTED', partner: 'south', nodes: [] });
  expect((await show(id)).holdUntilMs).toBeLessThanOrEqual(held.holdUntilMs);
  expect(await owed()).toBe(0);
  await answer(home, 'alice', id, 'CONFIRM');
  expect(await there()).toMatchObject({ status: 'CONFIRMED' });
  expect(before - (await balance())).toBe(800_000);
  expect(await owed()).toBe(400_000);
  await home.as('alice', { method: 'PUT', url: `/OpenPEX/reservations/${id}/activate` });
  await moveTo(START_MS + 60_000);
  expect(await there()).toMatchObject({ status: 'ACTIVATED', windowOpen: true });
  const theirs = await get(south, 'bob', '/instances');
  const instances = await get(home, 'alice', `/reservations/${id}/instances`);
  expect(instances).toMatchObject([
    {
      status: 'RUNNING',
      ipAddress: theirs[0].ipAddress,
      node: 'south',
      reservationId: id,
      username: 'alice',
    },
  ]);
  await moveTo(START_MS + HOUR_MS + 60_000);
  expect(await show(id)).toMatchObject({ status: 'EXPIRED', endReason: 'window-over', outcome: 'fulfilled' });
  expect(await get(home, 'olga', '/transfers')).toMatchObject([
    { reservationId: id, partner: 'south', partnerReservationId: held.id, owedMicros: 400_000 },
  ]);
  expect((await get(home, 'olga', '/transfers'))[0].settledTimeMs).toBeGreaterThan(START_MS);
  // What it costs the service is not for its users.
  const history = JSON.stringify(await get(home, 'alice', `/history?reservation=${id}`));
  expect(history).toContain('south');
  expect(history).not.toContain('400000');
});

test.each([
  ['is declined', (id: string) => answer(home, 'alice', id, 'REJECT')],
  ['expires', () => moveTo(NOW_MS + 6 * 60_000)],
])('an offer that %s here is given back there, and costs nothing', async (_, over) => {
  const id = await offered();
  await over(id);
  await home.service.settledWithPartners();
  expect((await show(id)).status).toMatch(/REJECTED|EXPIRED/);
  expect((await there()).status).toMatch(/REJECTED|EXPIRED/);
  await moveTo(home.service.now() + 5 * 60_000);
  expect(await get(home, 'olga', '/partners')).toMatchObject([{ owedMicros: 0, open: 0 }]);
});

test('a reservation that is cancelled here is cancelled there, when its partner is back', async () => {
  const before = await balance();
  const id = await sold();
  way = CLOSED;
  await home.as('alice', { method: 'DELETE', url: `/OpenPEX/reservations/${id}` });
  await home.service.settledWithPartners();
  expect(await there()).toMatchObject({ status: 'CONFIRMED' });
  await restart();
  way = OPEN;
  await moveTo(home.service.now() + 5 * 60_000);
  expect(await there()).toMatchObject({ status: 'CANCELLED' });
  expect(await balance()).toBe(before);
  expect(await get(home, 'olga', '/partners')).toMatchObject([{ owedMicros: 0, open: 0 }]);
});

test('a CONFIRM whose answer is lost on the way is carried out once, whoever dies in between', async () => {
  const before = await balance();
  const id = await offered();
  way = loses(/^PUT .*reservations/);
  const unsure = await answer(home, 'alice', id, 'CONFIRM');
  // The partner tells, when it is asked again.
  expect(unsure).toMatchObject({ code: 'PEX_OUTCOME_UNKNOWN' });
  expect(await there()).toMatchObject({ status: 'CONFIRMED' });
  expect(await show(id)).toMatchObject({ status: 'ACCEPTED' });
  way = OPEN;
  await restart();
  expect(await show(id)).toMatchObject({ status: 'CONFIRMED' });
  expect(before - (await balance())).toBe(800_000);
  expect(said.filter((line) => line.includes('CONFIRM'))).toHaveLength(1);
});

test('what was confirmed there and cannot be confirmed here any more is cancelled there', async () => {
  const id = await offered();
  way = loses(/^PUT .*reservations/);
  await answer(home, 'alice', id, 'CONFIRM');
  way = CLOSED;
  await moveTo(NOW_MS + 6 * 60_000);
  expect(await show(id)).toMatchObject({ status: 'EXPIRED', endReason: 'hold-expired' });
  expect(await there()).toMatchObject({ status: 'CONFIRMED' });
  way = OPEN;
  await moveTo(home.service.now() + 5 * 60_000);
  expect(await there()).toMatchObject({ status: 'CANCELLED' });
  expect(await get(home, 'olga', '/partners')).toMatchObject([{ owedMicros: 0, open: 0 }]);
});

test('a partner that refuses CONFIRM leaves nothing sold', async () => {
  const before = await balance();
  const id = await offered();
  await answer(south, 'bob', (await there()).id, 'REJECT');
  expect(await answer(home, 'alice', id, 'CONFIRM')).toMatchObject({ code: 'PEX_REQUEST_FAILED' });
  expect(await show(id)).toMatchObject({ status: 'FAILED', endReason: 'partner-failed' });
  expect([await balance(), await owed()]).toEqual([before, 0]);
});

test('whoever cannot pay here confirms nothing there', async () => {
  const id = await offered();
  await home.as('olga', {
    method: 'POST',
    url: '/OpenPEX/accounts/1/deposits',
    payload: { amountMicros: -49_500_000, note: 'taken back' },
  });
  expect(await answer(home, 'alice', id, 'CONFIRM')).toMatchObject({ code: 'PEX_INSUFFICIENT_BALANCE' });
  expect(await there()).toMatchObject({ status: 'ACCEPTED' });
});

test('without an answer of its partners the service answers as if it had none', async () => {
  way = CLOSED;
  expect(await request(home, 'alice', ASKED)).toMatchObject({ reply: 'COUNTER' });
  way = OPEN;
  expect(await request(home, 'alice', { ...ASKED, numInstancesFixed: 2 })).toMatchObject({
    reply: 'REJECT',
    reason: 'never-fits',
  });
  expect(await get(south, 'bob', '/reservations')).toEqual([]);
});

test('an offer that comes too late is declined when it comes', async () => {
  const slow = await testbed({}, { nodes: 1, more: RESOLD, partners: [accountAt(south, 50)] });
  await answer(slow, 'olga', (await request(slow, 'olga', ASKED)).proposal.id, 'CONFIRM');
  let arrive = () => {};
  const gate = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  way = async (method, path, send) => {
    if (method === 'POST' && path === '/OpenPEX/reservations') await gate;
    return send();
  };
  expect(await request(slow, 'alice', ASKED)).toMatchObject({ reply: 'COUNTER' });
  arrive();
  await expect.poll(async () => (await there())?.status).toBe('REJECTED');
});

test('a partner that fails is paid nothing, and its user gets back what was paid', async () => {
  const before = await balance();
  const id = await sold();
  await home.as('alice', { method: 'PUT', url: `/OpenPEX/reservations/${id}/activate` });
  await moveTo(START_MS + 60_000);
  await south.as('olga', { method: 'PUT', url: '/OpenPEX/nodes/leon/fail' });
  await moveTo(START_MS + 10 * 60_000);
  expect(await there()).toMatchObject({ status: 'FAILED' });
  expect(await show(id)).toMatchObject({ status: 'FAILED', endReason: 'partner-failed' });
  expect(before - (await balance())).toBeLessThan(50_000);
  expect(await owed()).toBeLessThan(25_000);
});

test('a partner that never comes back is waited for until long after the end, and then owed nothing', async () => {
  const before = await balance();
  const id = await sold();
  way = CLOSED;
  expect(await get(home, 'alice', `/reservations/${id}/instances`)).toMatchObject({
    code: 'PEX_UNAVAILABLE',
  });
  await moveTo(START_MS + HOUR_MS + 59 * 60_000);
  expect(await show(id)).toMatchObject({ status: 'CONFIRMED' });
  await moveTo(START_MS + 2 * HOUR_MS + 6 * 60_000);
  expect(await show(id)).toMatchObject({ status: 'FAILED', endReason: 'partner-failed' });
  // With what this service owes for a failure.
  expect([await balance(), await owed()]).toEqual([before + 80_000, 0]);
});

test('instances of a managed service are never bought of partners', async () => {
  const manifest =
    'service: shop\ncomponents: { web: { size: XLARGE } }\nterm: 3h\nrules: [Replicas(web) = 1]\n';
  const service = await home.as('alice', { method: 'POST', url: '/OpenPEX/services', payload: { manifest } });
  expect(service.json().leases).toMatchObject([{ state: 'REFUSED', reason: 'no-capacity' }]);
  expect(await get(south, 'bob', '/reservations')).toEqual([]);
});

test('a partner that breaks down once is told of a cancellation later', async () => {
  const before = await balance();
  const id = await sold();
  const failing: Way = async (method, _path, send) =>
    method === 'DELETE'
      ? new Response('{"code":"PEX_INTERNAL"}', {
          status: 500,
          headers: { 'content-type': 'application/problem+json' },
        })
      : send();
  way = failing;
  await home.as('alice', { method: 'DELETE', url: `/OpenPEX/reservations/${id}` });
  await home.service.settledWithPartners();
  expect(await there()).toMatchObject({ status: 'CONFIRMED' });
  way = OPEN;
  await moveTo(home.service.now() + 5 * 60_000);
  expect(await there()).toMatchObject({ status: 'CANCELLED' });
  expect([await balance(), await owed()]).toEqual([before, 0]);
});

test('a partner that refuses to activate is told of a cancellation all the same', async () => {
  const id = await sold();
  way = async (method, path, send) =>
    method === 'PUT' && path.endsWith('/activate')
      ? new Response('{"code":"PEX_REQUEST_FAILED"}', {
          status: 409,
          headers: { 'content-type': 'application/problem+json' },
        })
      : send();
  await home.as('alice', { method: 'PUT', url: `/OpenPEX/reservations/${id}/activate` });
  await home.service.settledWithPartners();
  way = OPEN;
  await home.as('alice', { method: 'DELETE', url: `/OpenPEX/reservations/${id}` });
  await home.service.settledWithPartners();
  expect(await there()).toMatchObject({ status: 'CANCELLED' });
});

test('looks do not pile up while a partner is away, and few of them are at it at once', async () => {
  const ids = Array.from({ length: 20 }, (_, index) => `r${index}`);
  const asked: string[] = [];
  let arrive = () => {};
  const gate = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const resale = new Resale({
    partners: [accountAt(south)],
    passages: {
      unsettled: async () => ids.map((reservationId) => ({ partner: 'south', reservationId })),
      get: async (id: string) => {
        asked.push(id);
        await gate;
      },
    } as unknown as ResaleParts['passages'],
    host: { setTimer: () => 0, clearTimer: () => {} } as unknown as ResaleParts['host'],
    log: { warn: () => {} },
    service: {} as ResaleParts['service'],
  });
  await resale.read();
  for (let look = 0; look < 5; look += 1) resale.begin();
  await new Promise(setImmediate);
  for (let look = 0; look < 5; look += 1) resale.begin();
  await new Promise(setImmediate);
  expect(asked).toHaveLength(8);
  arrive();
  await resale.settled();
  // The look that was begun, and one more for what happened since.
  expect(asked.toSorted()).toEqual([...ids, ...ids].toSorted());
});

test('what a partner delivered is asked of nobody any more', async () => {
  const id = await sold();
  await home.as('alice', { method: 'DELETE', url: `/OpenPEX/reservations/${id}` });
  await home.service.settledWithPartners();
  way = CLOSED;
  expect(await get(home, 'alice', `/reservations/${id}/instances`)).toEqual([]);
});

test('a partner whose list of instances is none does not answer', async () => {
  const id = await sold();
  way = async (_method, path, send) =>
    path.includes('/instances')
      ? new Response('{}', { headers: { 'content-type': 'application/json' } })
      : send();
  expect(await get(home, 'alice', `/reservations/${id}/instances`)).toMatchObject({
    code: 'PEX_UNAVAILABLE',
  });
});

test.each([
  ['outsourcing: { partners: [nrth] }', /there is no partner "nrth" \(did you mean "north"\?\)/],
  ['outsourcing: { partners: [north] }\nspeed: 60', /expected 1 where others are bought of/],
])('a configuration with %s is refused', async (more, why) => {
  const partners = 'partners: [{ name: north, url: "http://north", token: t }]';
  await expect(testbed({}, { more: `${partners}\n${more}` })).rejects.toThrow(why);
});
