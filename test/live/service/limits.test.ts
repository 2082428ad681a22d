// What a user may have at a time, and pay: decided in the same breath as a command, so no two requests slip past a limit together.
import { afterEach, expect, test } from 'vitest';
import { startTestDaemon, type TestDaemon } from '../../support/daemon.ts';

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
  expect((await call('ada', 'GET', '/account')).body.usage).toEqual({ reservations: 2, vcpus: 5 });
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
