import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { AuditLog } from '../../../live/api/audit.ts';
import { ask, basic, book, type Testbed, testbed } from './testbed.ts';

interface Entry {
  readonly action: string;
  readonly code: string | null;
  readonly forUserid: number | null;
  readonly forUsername: string | null;
  readonly status: number;
  readonly times: number;
  readonly username: string | null;
}

/** What is in the audit log when there are so many entries, oldest first. */
async function entries(bed: Testbed, count: number, query = ''): Promise<readonly Entry[]> {
  for (let tries = 0; tries < 100; tries++) {
    const found: Entry[] = (await bed.as('olga', { url: `/OpenPEX/audit${query}` })).json();
    if (found.length >= count) return found.reverse();
  }
  throw new Error(`there are not ${count} entries: ${JSON.stringify(await bed.database.knex('audit'))}`);
}

test('the audit log tells log-ins, who acted for whom, and who was refused', async () => {
  const bed = await testbed();
  const login = (username: string, password: string) =>
    bed.app.inject({ method: 'POST', url: '/OpenPEX/session', payload: { username, password } });
  await login('alice', 'correct horse');
  await login('alice', 'not the one');
  await bed.app.inject({ url: '/OpenPEX/account', headers: basic('mallory', 'guess') });
  const id = await book(bed, 'alice');
  await bed.as('olga', { method: 'DELETE', url: `/OpenPEX/reservations/${id}` });
  await bed.as('bob', { url: '/OpenPEX/accounts' });
  // Who only looks is not written down.
  await bed.as('bob', { url: '/OpenPEX/account' });
  await bed.as('bob', { method: 'POST', url: '/OpenPEX/quotes', payload: {} });
  const told = (await entries(bed, 7)).map(({ action, code, forUserid, status, username }) => [
    username,
    forUserid,
    action,
    status,
    code,
  ]);
  expect(told).toEqual([
    ['alice', null, 'POST /OpenPEX/session', 200, null],
    ['alice', null, 'POST /OpenPEX/session', 401, 'PEX_UNAUTHORIZED'],
    ['mallory', null, 'GET /OpenPEX/account', 401, 'PEX_UNAUTHORIZED'],
    ['alice', null, 'POST /OpenPEX/reservations', 200, null],
    ['alice', null, 'PUT /OpenPEX/reservations/:id', 200, null],
    ['olga', 1, 'DELETE /OpenPEX/reservations/:id', 200, null],
    ['bob', null, 'GET /OpenPEX/accounts', 403, 'PEX_FORBIDDEN'],
  ]);
  expect((await entries(bed, 3, '?refused=true')).map(({ username }) => username)).toEqual([
    'alice',
    'mallory',
    'bob',
  ]);
  expect((await entries(bed, 4, '?userid=1')).map(({ username }) => username)).toEqual([
    'alice',
    'alice',
    'alice',
    'olga',
  ]);
  // By name as well: also names that nobody has, and those in whose name it was done.
  const named = await entries(bed, 4, '?username=ALICE');
  expect(named.map(({ forUsername, username }) => [username, forUsername])).toEqual([
    ['alice', null],
    ['alice', null],
    ['alice', null],
    ['alice', null],
    ['olga', 'alice'],
  ]);
  expect(await entries(bed, 1, '?username=mallory')).toHaveLength(1);
  const deletions = await entries(
    bed,
    1,
    `?action=${encodeURIComponent('DELETE /OpenPEX/reservations/:id')}`,
  );
  expect(deletions.map(({ username }) => username)).toEqual(['olga']);
});

test('what an operator does to an account is told with whose it is', async () => {
  const bed = await testbed();
  const payload = { amountMicros: 1_000_000, note: 'thanks' };
  await bed.as('olga', { method: 'POST', url: '/OpenPEX/accounts/1/deposits', payload });
  await bed.as('olga', { method: 'PATCH', url: '/OpenPEX/accounts/1', payload: { quota: { vcpus: 2 } } });
  const told = await entries(bed, 2, '?username=alice');
  expect(told.map(({ action, forUsername, username }) => [username, forUsername, action])).toEqual([
    ['olga', 'alice', 'POST /OpenPEX/accounts/:userid/deposits'],
    ['olga', 'alice', 'PATCH /OpenPEX/accounts/:userid'],
  ]);
});

test('a flood of refusals is counted, and does not fill the database', async () => {
  const bed = await testbed({ rateLimit: { perMinute: 0 } });
  for (let i = 0; i < 300; i++) await bed.as('', { url: `/OpenPEX/account?try=${i}` });
  for (let i = 0; i < 250; i++)
    await bed.app.inject({ url: '/OpenPEX/account', headers: { authorization: `Bearer x${i}` } });
  await ask(bed, 'alice');
  const found = await entries(bed, 2);
  expect(found.map(({ action, times }) => [action, times])).toEqual([
    ['GET /OpenPEX/account', 1],
    ['POST /OpenPEX/reservations', 1],
  ]);
  await bed.app.close();
  const rows = await bed.database.knex('audit').orderBy('entry_id');
  expect(rows.map(({ times }) => times)).toEqual([1, 1, 549]);
});

test('entries that come in crowds share transactions, and closing does not wait for more of them', async () => {
  const written: number[] = [];
  let goOn = () => {};
  const stuck = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const app = fastify();
  app.decorateRequest('caller', null);
  app.decorateRequest('actsFor', null);
  const add = async (entries: readonly unknown[]) => {
    written.push(entries.length);
    if (written.length === 1) await stuck;
  };
  new AuditLog({ add, prune: async () => {} }, Number.POSITIVE_INFINITY).observe(app);
  app.post('/deeds', async () => 'done');
  const ask = (times: number) =>
    Promise.all(Array.from({ length: times }, () => app.inject({ method: 'POST', url: '/deeds' })));
  await ask(1);
  await ask(20);
  goOn();
  await ask(1);
  expect(written).toEqual([1, 20]);
  await app.close();
  expect(written).toEqual([1, 20, 1]);
});
