// What a user may have at a time, and pay: decided in the same breath as a command, so no two requests slip past a limit together.

import { afterEach, expect, test } from 'vitest';
import { StoppedTime, startTestDaemon, type TestDaemon } from '../../support/daemon.ts';
import { ask, testbed } from '../api/testbed.ts';

const CLUSTER = 'cluster: { nodes: [{ group: node, count: 2, cpus: 8, memoryMib: 65536, diskGib: 1000 }] }\n';
const HOUR = 3_600_000;

let daemon: TestDaemon | undefined;
afterEach(async () => {
  await daemon?.stop();
  daemon = undefined;
});

async function start(accounts: string): Promise<TestDaemon> {
  daemon = await startTestDaemon({ yaml: `${CLUSTER}accounts: ${accounts}\n` });
  await daemon.register('ada');
  return daemon;
}

const terms = (numInstancesFixed = 1) => ({ type: 'SMALL', numInstancesFixed, duration: HOUR });

test('a user has no more reservations than the quota, however many are asked for at once', async () => {
  const { call } = await start('{ quota: { reservations: 3, vcpus: 100 } }');
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => call('ada', 'POST', '/reservations', terms())),
  );
  expect(answers.filter(({ status }) => status === 200).length).toBe(3);
  const refused = answers.find(({ status }) => status !== 200)!;
  expect(refused).toMatchObject({ status: 403, body: { code: 'PEX_QUOTA_EXCEEDED' } });
  // One that ends makes room for another.
  const { id } = answers.find(({ status }) => status === 200)!.body.proposal;
  await call('ada', 'DELETE', `/reservations/${id}`);
  expect((await call('ada', 'POST', '/reservations', terms())).status).toBe(200);
});

test('guaranteed CPUs are counted over all reservations, and an operator may set other limits', async () => {
  const { call } = await start('{ quota: { reservations: 100, vcpus: 4 } }');
  expect((await call('ada', 'POST', '/reservations', terms(3))).status).toBe(200);
  expect((await call('ada', 'POST', '/reservations', terms(2))).body.code).toBe('PEX_QUOTA_EXCEEDED');
  const { userid } = (await call('ada', 'GET', '/account')).body;
  await call('operator', 'PATCH', `/accounts/${userid}`, { quota: { vcpus: 5 } });
  expect((await call('ada', 'POST', '/reservations', terms(2))).status).toBe(200);
  expect((await call('ada', 'GET', '/account')).body.usage).toMatchObject({
    reservations: 2,
    vcpus: 5,
  });
});

test('what the limits leave at each instant is told beside the room there is', async () => {
  const { call } = await start('{ quota: { reservations: 2, vcpus: 6 } }');
  const nowMs = Math.ceil(Date.now() / HOUR) * HOUR;
  const at = (hours: number) => new Date(nowMs + hours * HOUR).toISOString();
  const asked = `type=MEDIUM&from=${nowMs + HOUR}&to=${nowMs + 9 * HOUR}`;
  const own = async (more = '') => {
    const { body } = await call('ada', 'GET', `/availability?${asked}${more}`);
    return body.own.map(({ count, fromMs }: { count: number; fromMs: number }) => [
      (fromMs - nowMs) / HOUR,
      count,
    ]);
  };
  expect(await own()).toEqual([[1, 3]]);
  // Of a time that is over there is nothing to be had.
  const before = `type=MEDIUM&from=${nowMs - 9 * HOUR}&to=${nowMs - 2 * HOUR}&duration=${HOUR}`;
  expect((await call('ada', 'GET', `/availability?${before}`)).body).toMatchObject({
    steps: [],
    own: [],
    ownStarts: [],
  });
  const held = await call('ada', 'POST', '/reservations', {
    ...terms(3),
    startTime: at(2),
    duration: 4 * HOUR,
  });
  await call('ada', 'POST', '/reservations', { ...terms(1), startTime: at(4), duration: 4 * HOUR });
  // Three of six CPUs, then two reservations, then one CPU.
  expect(await own()).toEqual([
    [1, 3],
    [2, 1],
    [4, 0],
    [6, 2],
    [8, 3],
  ]);
  // A quote says what the provider would answer, and that it would be refused all the same.
  const quoted = (of: string) => call('ada', 'POST', `/quotes${of}`, { ...terms(4), startTime: at(2) });
  expect((await quoted('')).body).toMatchObject({
    reply: 'ACCEPT',
    refusal: {
      code: 'PEX_QUOTA_EXCEEDED',
      detail: '3 of 6 vcpus are in use at some instant of that window, and this needs 4 more',
    },
  });
  expect((await quoted(`?reservation=${held.body.proposal.id}`)).body.refusal).toBeUndefined();
  // What is asked about in place of an offer is not barred by it.
  expect(await own(`&reservation=${held.body.proposal.id}`)).toEqual([
    [1, 3],
    [4, 2],
    [8, 3],
  ]);
  expect((await call('ada', 'GET', `/availability?${asked}&project=astro`)).status).toBe(404);
});

test('of two confirmations that the balance covers once only one succeeds, and a deposit lets the other in', async () => {
  // An hour of one CPU is 0.1 credits.
  const { call } = await start('{ startingCredits: 0.3 }');
  const offers = await Promise.all([1, 2].map(() => call('ada', 'POST', '/reservations', terms(2))));
  const confirm = (id: string) => call('ada', 'PUT', `/reservations/${id}`, { reply: 'CONFIRM' });
  const ids: string[] = offers.map(({ body }) => body.proposal.id);
  const answers = await Promise.all(ids.map(confirm));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 402]);
  const refused = answers.findIndex(({ status }) => status === 402);
  expect(answers[refused]!.body).toMatchObject({ code: 'PEX_INSUFFICIENT_BALANCE', balanceMicros: 100_000 });
  const { userid } = (await call('ada', 'GET', '/account')).body;
  await call('operator', 'POST', `/accounts/${userid}/deposits`, { amountMicros: 100_000, note: 'more' });
  expect((await confirm(ids[refused]!)).status).toBe(200);
  expect((await call('ada', 'GET', '/account')).body.balanceMicros).toBe(0);
});

test('a start that is now begins now, however long the request took to be decided', async () => {
  const { call } = await start('{}');
  const { body } = await call('ada', 'POST', '/reservations', terms());
  expect(body.reply).toBe('ACCEPT');
});

test('windows that do not overlap never bar each other, and those that do count together', async () => {
  const { call } = await start('{ quota: { reservations: 1, vcpus: 1 } }');
  const from = (hours: number) => ({ startTime: new Date(Date.now() + hours * HOUR).toISOString() });
  const ask = (hours: number) => call('ada', 'POST', '/reservations', { ...terms(), ...from(hours) });
  expect((await ask(24)).status).toBe(200);
  expect((await ask(48)).status).toBe(200);
  expect((await ask(24.5)).body).toMatchObject({
    code: 'PEX_QUOTA_EXCEEDED',
    detail: expect.stringContaining('1 of 1 reservations'),
  });
  expect((await call('ada', 'GET', '/account')).body.usage).toMatchObject({ reservations: 1, vcpus: 1 });
});

test('claimed options count against the quota and are charged for what is left of the window', async () => {
  const { call } = await start('{ startingCredits: 1, quota: { vcpus: 3 } }');
  const asked = await call('ada', 'POST', '/reservations', { ...terms(), numInstancesOption: 4 });
  const path = `/reservations/${asked.body.proposal.id}`;
  await call('ada', 'PUT', path, { reply: 'CONFIRM' });
  await call('ada', 'PUT', `${path}/activate`);
  const claim = (count: number) => call('ada', 'POST', `${path}/claim`, { count });
  expect((await claim(3)).body).toMatchObject({ code: 'PEX_QUOTA_EXCEEDED', quota: { vcpus: 3 } });
  const granted = await claim(2);
  expect(granted.body).toMatchObject({
    granted: 2,
    reservation: { optionsClaimed: 2, priceMicros: 300_000 },
  });
  expect((await call('ada', 'GET', '/account')).body).toMatchObject({
    balanceMicros: 700_000,
    usage: { vcpus: 3 },
  });
  const ledger = (await call('ada', 'GET', '/account/ledger')).body;
  expect(ledger[0]).toMatchObject({
    kind: 'charge',
    amountMicros: -200_000,
    note: 'optional instances claimed: 2',
  });
  expect((await claim(1)).body.code).toBe('PEX_QUOTA_EXCEEDED');

  // The operator gives more room, but not more credits.
  const { userid } = (await call('ada', 'GET', '/account')).body;
  await call('operator', 'PATCH', `/accounts/${userid}`, { quota: { vcpus: 100 } });
  await call('operator', 'POST', `/accounts/${userid}/deposits`, { amountMicros: -650_000 });
  expect((await claim(1)).body).toMatchObject({ code: 'PEX_INSUFFICIENT_BALANCE', balanceMicros: 50_000 });
  expect((await call('ada', 'GET', '/account')).body.balanceMicros).toBe(50_000);
});

test('what the balance cannot pay is a quote and holds nothing', async () => {
  const { call } = await start('{ startingCredits: 0 }');
  await call('operator', 'GET', '/account');
  const everything = { type: 'SMALL', numInstancesFixed: 16, duration: HOUR };
  expect((await call('ada', 'POST', '/reservations', everything)).body).toMatchObject({
    status: 402,
    code: 'PEX_INSUFFICIENT_BALANCE',
    priceMicros: 1_600_000,
    quote: { reply: 'ACCEPT', priceMicros: 1_600_000 },
  });
  expect((await call('ada', 'GET', '/reservations')).body).toEqual([]);
});

test('what offers hold for an account is limited, until it confirms or declines', async () => {
  const { call } = await start('{ quota: { heldCpuHours: 3 } }');
  const first = await call('ada', 'POST', '/reservations', terms(2));
  expect(first.status).toBe(200);
  expect((await call('ada', 'POST', '/reservations', terms(2))).body).toMatchObject({
    code: 'PEX_QUOTA_EXCEEDED',
    usage: { heldCpuHours: 2 },
  });
  await call('ada', 'PUT', `/reservations/${first.body.proposal.id}`, { reply: 'CONFIRM' });
  expect((await call('ada', 'POST', '/reservations', terms(2))).status).toBe(200);
});

test('one offer after the other that expires is held for less and less, until one is confirmed; who declines is not meant', async () => {
  const bed = await testbed();
  const holds: number[] = [];
  const asked = async () => {
    const { holdUntilMs, proposal } = (await ask(bed, 'alice')).json();
    holds.push((holdUntilMs - bed.service.now()) / 1000);
    return { id: proposal.id, holdUntilMs };
  };
  const answer = async (reply: 'CONFIRM' | 'REJECT') => {
    const { id } = await asked();
    await bed.as('alice', { method: 'PUT', url: `/OpenPEX/reservations/${id}`, payload: { reply } });
  };
  for (let round = 0; round < 8; round++) await answer('REJECT');
  for (let round = 0; round < 10; round++) await bed.moveTo((await asked()).holdUntilMs);
  await answer('CONFIRM');
  await asked();
  expect(holds.slice(0, 14)).toEqual(Array(14).fill(300));
  expect(holds.slice(14)).toEqual([150, 75, 37.5, 30, 30, 300]);
});

test('a limit of a period counts what is over, also after a restart, and lets go of it as time passes', async () => {
  const host = new StoppedTime(Date.parse('2026-03-02T08:00:00Z'));
  const yaml = `${CLUSTER}manager: { autoActivate: true }\naccounts: { quota: { rolling: [{ of: cpu, hours: 3, per: 1d }] } }\n`;
  daemon = await startTestDaemon({ yaml, host });
  await daemon.register('ada');
  const book = async (numInstancesFixed: number, startTime = host.now()) => {
    const asked = { ...terms(numInstancesFixed), startTime: new Date(startTime).toUTCString() };
    const { body, status } = await daemon!.call('ada', 'POST', '/reservations', asked);
    if (status !== 200) return body;
    return (await daemon!.call('ada', 'PUT', `/reservations/${body.proposal.id}`, { reply: 'CONFIRM' })).body;
  };
  const pass = (hours: number) =>
    host.moveTo(host.now() + hours * HOUR, async () => {
      await daemon!.service.commandInstance('none', 'stop');
    });
  expect(await book(2)).toMatchObject({ reply: 'REQUEST_SUCCESS' });
  await pass(2);
  expect(await book(2)).toMatchObject({
    code: 'PEX_QUOTA_EXCEEDED',
    detail: 'with this there would be 4 cpu hours in some 1d, of 3 that you may have',
    usage: { rolling: [{ of: 'cpu', periodMs: 24 * HOUR, hours: 2 }] },
  });
  // A day later than the other began, an hour of it is not counted any more; at its end nothing of it.
  expect(await book(2, host.now() + 23 * HOUR)).toMatchObject({ reply: 'REQUEST_SUCCESS' });
  expect(await book(1)).toMatchObject({ reply: 'REQUEST_SUCCESS' });
  const { folder } = daemon;
  await daemon.pause();
  daemon = await startTestDaemon({ yaml, host, folder });
  const { quota, usage, userid } = (await daemon.call('ada', 'GET', '/account')).body;
  expect(quota.rolling).toEqual([{ of: 'cpu', periodMs: 24 * HOUR, hours: 3 }]);
  expect(usage.rolling).toEqual([{ of: 'cpu', periodMs: 24 * HOUR, hours: 3 }]);
  expect((await book(1)).code).toBe('PEX_QUOTA_EXCEEDED');

  // What is refused says how much of it would be within the limit.
  const at = (hours: number) => new Date(host.now() + hours * HOUR).toUTCString();
  const quoted = await daemon.call('ada', 'POST', '/quotes', { ...terms(3), startTime: at(25) });
  expect(quoted.body.refusal).toMatchObject({
    code: 'PEX_QUOTA_EXCEEDED',
    within: { numInstancesFixed: 1, duration: HOUR / 3 },
  });
  // By their start: from a day after that of the hour that runs now on, an hour is within the limit again.
  const nowMs = host.now();
  const starts = async (more: string): Promise<{ fromMs: number; count: number }[]> => {
    const asked = `/availability?type=SMALL&from=${nowMs}&to=${nowMs + 95 * HOUR}${more}`;
    return (await daemon!.call('ada', 'GET', asked)).body.ownStarts;
  };
  const first = nowMs + 24 * HOUR;
  expect(await starts('')).toBeUndefined();
  const exactly = await starts(`&duration=${HOUR}&start=${first}`);
  expect(exactly.slice(0, 2)).toEqual([
    { fromMs: nowMs, count: 0 },
    { fromMs: first, count: 1 },
  ]);
  expect(exactly.at(-1)).toMatchObject({ count: 3 });
  // A step tells what holds of all starts in it.
  expect((await starts(`&duration=${HOUR}`))[1]!.fromMs).toBeGreaterThan(first);

  const limitTo = (rolling: object[]) =>
    daemon!.call('operator', 'PATCH', `/accounts/${userid}`, { quota: { rolling } });
  expect((await limitTo([{ of: 'cpu', periodMs: HOUR, hours: 9 }])).body).toMatchObject({
    code: 'PEX_BAD_REQUEST',
    field: 'quota.rolling.0',
  });
  expect((await limitTo([{ of: 'cpu', periodMs: 24 * HOUR, hours: 4 }])).body.quota.rolling[0].hours).toBe(4);
  expect(await book(1)).toMatchObject({ reply: 'REQUEST_SUCCESS' });
});

test.each([
  [4, 0],
  [6, 2],
])(
  'of %i CPUs at once, an hour that slides begins %i minutes later, where its user may have it',
  async (vcpus, slid) => {
    const START = Date.parse('2026-03-02T08:00:00Z');
    const host = new StoppedTime(START);
    daemon = await startTestDaemon({ yaml: `${CLUSTER}accounts: { quota: { vcpus: ${vcpus} } }\n`, host });
    const { call, service } = daemon;
    await daemon.register('ada');
    const next = await call('ada', 'POST', '/reservations', {
      ...terms(3),
      startTime: new Date(START + HOUR).toISOString(),
    });
    await call('ada', 'PUT', `/reservations/${next.body.proposal.id}`, { reply: 'CONFIRM' });
    const { body } = await call('ada', 'POST', '/reservations', terms(3));
    await host.moveTo(START + 120_000, async () => {
      await service.commandInstance('none', 'stop');
    });
    const { id } = body.proposal;
    expect((await call('ada', 'PUT', `/reservations/${id}`, { reply: 'CONFIRM' })).status).toBe(200);
    const { body: booked } = await call('ada', 'GET', `/reservations/${id}`);
    expect([booked.status, booked.startTimeMs - START]).toEqual(['CONFIRMED', slid * 60_000]);
  },
);
