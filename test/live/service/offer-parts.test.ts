// What a service has no room for as a whole it sells in parts: one answer, one payment and one restart for all of them.
import { afterEach, expect, test } from 'vitest';
import { startTestDaemon, type TestDaemon } from '../../support/daemon.ts';
import { databases } from '../../support/databases.ts';

const HOUR = 3_600_000;
const yaml = `
cluster: { nodes: [{ group: node, count: 1, cpus: 4, memoryMib: 65536, diskGib: 1000 }] }
policies: { counterOffer: split }
accounts: { startingCredits: 2, quota: { vcpus: 4, reservations: 4 } }
`;

let daemon: TestDaemon | undefined;
afterEach(async () => {
  await daemon?.stop();
  daemon = undefined;
});

test.each(databases())(
  'several windows are offered, kept over a restart, paid for and booked as one, on $name',
  async (database) => {
    const databaseUrl = await database.url();
    daemon = await startTestDaemon({ yaml, databaseUrl });
    await daemon.register('ada');
    await daemon.register('bob');
    const beginMs = Date.now() + 24 * HOUR;
    const terms = (afterHours: number, hours: number) => ({
      type: 'SMALL',
      numInstancesFixed: 4,
      duration: hours * HOUR,
      startTime: new Date(beginMs + afterHours * HOUR).toISOString(),
    });
    const before = await daemon.call('bob', 'POST', '/reservations', terms(1, 1));
    await daemon.call('bob', 'PUT', `/reservations/${before.body.proposal.id}`, { reply: 'CONFIRM' });

    // An hour of four CPUs is 0.4 credits.
    const { body: offer } = await daemon.call('ada', 'POST', '/reservations', terms(0, 2));
    expect(offer).toMatchObject({
      reply: 'COUNTER',
      priceMicros: 400_000,
      proposal: { duration: HOUR, numInstancesFixed: 4 },
      parts: [{ priceMicros: 400_000, proposal: { duration: HOUR, numInstancesFixed: 4 } }],
    });
    const path = `/reservations/${offer.proposal.id}`;
    const partPath = `/reservations/${offer.parts[0].proposal.id}`;
    expect((await daemon.call('ada', 'GET', partPath)).body).toMatchObject({
      status: 'COUNTERED',
      partOf: offer.proposal.id,
      startTimeMs: offer.proposal.startTimeMs + 2 * HOUR,
    });
    expect((await daemon.call('ada', 'PUT', partPath, { reply: 'ACCEPT' })).body).toMatchObject({
      code: 'PEX_REQUEST_FAILED',
      reason: 'part-of-offer',
    });
    expect((await daemon.call('ada', 'GET', `${path}/offers`)).body.at(-1)).toMatchObject({
      message: 'COUNTER',
      parts: offer.parts,
    });
    await daemon.call('ada', 'PUT', path, { reply: 'ACCEPT' });

    const { folder } = daemon;
    await daemon.pause();
    daemon = await startTestDaemon({ yaml, folder, databaseUrl });
    await daemon.call('ada', 'PUT', path, { reply: 'CONFIRM' });
    const statuses = [path, partPath].map(async (it) => (await daemon!.call('ada', 'GET', it)).body.status);
    expect(await Promise.all(statuses)).toEqual(['CONFIRMED', 'CONFIRMED']);
    expect((await daemon.call('ada', 'GET', '/account')).body.balanceMicros).toBe(1_200_000);
  },
);

test('nothing is held of what the account cannot pay for as a whole', async () => {
  daemon = await startTestDaemon({ yaml: yaml.replace('startingCredits: 2', 'startingCredits: 0.5') });
  await daemon.register('ada');
  await daemon.register('bob');
  const beginMs = Date.now() + 24 * HOUR;
  const ask = (who: string, afterHours: number, hours: number) =>
    daemon!.call(who, 'POST', '/reservations', {
      ...{ type: 'SMALL', numInstancesFixed: 4, duration: hours * HOUR },
      startTime: new Date(beginMs + afterHours * HOUR).toISOString(),
    });
  await ask('bob', 1, 1);
  expect(await ask('ada', 0, 2)).toMatchObject({
    status: 402,
    body: { code: 'PEX_INSUFFICIENT_BALANCE', priceMicros: 800_000, balanceMicros: 500_000 },
  });
  expect((await daemon.call('ada', 'GET', '/account')).body.usage).toMatchObject({ heldCpuHours: 0 });
});
