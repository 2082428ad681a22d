// Operators open, close and mend accounts by the API; what an account did and paid outlives it.
import { expect, test } from 'vitest';
import { Ledger } from '../../../live/database/ledger.ts';
import { basic, book, PASSWORD, type Testbed, testbed } from '../api/testbed.ts';

const carol = {
  username: 'carol',
  password: 'a horse of hers',
  fullName: 'Carol C.',
  email: 'carol@example.org',
};

const open = (bed: Testbed, username: string, payload: object = carol) =>
  bed.as(username, { method: 'POST', url: '/OpenPEX/accounts', payload });

/** By user, the balance and the sum of the ledger: the same. */
async function expectBalanced({ database }: Testbed): Promise<void> {
  const users: { userid: number; balance_micros: number }[] = await database.knex('users').orderBy('userid');
  const sums: { userid: number; sum: number }[] = await database
    .knex('ledger')
    .select('userid')
    .sum({ sum: 'amount_micros' })
    .groupBy('userid');
  const byUser = new Map(sums.map(({ sum, userid }) => [userid, sum]));
  expect(users.map(({ userid }) => byUser.get(userid) ?? 0)).toEqual(
    users.map((user) => user.balance_micros),
  );
}

test('where registration is closed operators open accounts, and nobody else does', async () => {
  const bed = await testbed({ registration: 'closed' });
  for (const username of ['', 'alice']) expect((await open(bed, username)).json().code).toBe('PEX_FORBIDDEN');
  const opened = await open(bed, 'olga');
  expect(opened.statusCode).toBe(201);
  expect(opened.json()).toMatchObject({ username: 'carol', role: 'user', disabled: false });
  const headers = basic('carol', carol.password);
  expect((await bed.app.inject({ url: '/OpenPEX/account', headers })).statusCode).toBe(200);
});

test('where it is open, credentials of nobody do not keep from registering', async () => {
  const bed = await testbed();
  expect((await open(bed, 'carol')).statusCode).toBe(201);
});

test('an operator opens the accounts of a whole class, which works from one address where somebody guesses', async () => {
  const bed = await testbed({ registration: 'closed' });
  const students = Array.from({ length: 60 }, (_, number) => `student${number}`);
  for (const username of students) {
    const payload = { ...carol, username, email: `${username}@example.org` };
    expect((await open(bed, 'olga', payload)).statusCode).toBe(201);
  }
  for (let guess = 0; guess < 55; guess++) {
    const headers = basic(`somebody${guess}`, 'nonsense');
    expect((await bed.app.inject({ url: '/OpenPEX/account', headers })).statusCode).toBe(401);
  }
  for (const username of students) {
    const headers = basic(username, carol.password);
    expect((await bed.app.inject({ url: '/OpenPEX/account', headers })).statusCode).toBe(200);
  }
});

test('a password that an operator sets counts at once, and the old one and all sessions are over', async () => {
  const bed = await testbed();
  const logIn = (password: string) =>
    bed.app.inject({ method: 'POST', url: '/OpenPEX/session', payload: { username: 'alice', password } });
  const { value } = (await logIn(PASSWORD)).cookies[0]!;
  const set = await bed.as('olga', {
    method: 'PUT',
    url: '/OpenPEX/accounts/1/password',
    payload: { new: 'another horse' },
  });
  expect(set.statusCode).toBe(200);
  const session = { url: '/OpenPEX/account', headers: { cookie: `openpex_session=${value}` } };
  expect((await bed.app.inject(session)).statusCode).toBe(401);
  expect((await logIn(PASSWORD)).statusCode).toBe(401);
  expect((await logIn('another horse')).statusCode).toBe(200);
});

test('an own password is changed with the present one only', async () => {
  const bed = await testbed();
  const options = {
    method: 'PUT',
    url: '/OpenPEX/accounts/3/password',
    payload: { new: 'another horse' },
  } as const;
  expect((await bed.as('olga', options)).json().code).toBe('PEX_FORBIDDEN');
});

test('an account with a reservation that goes on is not deleted; without one it is, and the ledger balances', async () => {
  const bed = await testbed();
  const remove = (username = 'olga') => bed.as(username, { method: 'DELETE', url: '/OpenPEX/accounts/1' });
  const id = await book(bed, 'alice');
  const refused = await remove();
  expect(refused.json()).toMatchObject({
    code: 'PEX_REQUEST_FAILED',
    detail: expect.stringContaining('1 reservation'),
  });
  await bed.as('alice', { method: 'DELETE', url: `/OpenPEX/reservations/${id}` });
  expect((await remove()).statusCode).toBe(204);

  expect((await bed.as('alice', { url: '/OpenPEX/account' })).statusCode).toBe(401);
  expect((await remove()).statusCode).toBe(404);
  const accounts = (await bed.as('olga', { url: '/OpenPEX/accounts' })).json();
  expect(accounts.map(({ username }: { username: string }) => username)).toEqual(['bob', 'olga']);
  // What it did stays, without its name.
  const kept = await bed.as('olga', { url: `/OpenPEX/reservations/${id}` });
  expect(kept.json()).toMatchObject({ status: 'CANCELLED', userid: 1 });
  const rows = await bed.database.knex('users').where({ userid: 1 });
  expect(JSON.stringify(rows)).not.toMatch(/alice/i);
  const { items } = await new Ledger(bed.database).page({ userId: 1, limit: 10 });
  expect(items[0]).toMatchObject({
    kind: 'deposit',
    amountMicros: -50_000_000,
    note: 'the account was deleted',
  });
  await expectBalanced(bed);
  // The name is free again; the number is not.
  expect(
    (await open(bed, 'olga', { ...carol, username: 'alice', email: 'alice@example.org' })).json().userid,
  ).toBe(4);
});

test('a request that was let in before its account was deleted is not decided after', async () => {
  const bed = await testbed();
  const account = (await bed.accounts.get(1))!;
  await bed.service.deleteAccount(1);
  const proposal = {
    type: 'SMALL',
    demand: { milliCpus: 1000, memoryMib: 768, diskGib: 10 },
    numInstancesFixed: 1,
    numInstancesOption: 0,
    startMs: bed.service.now() + 3_600_000,
    durationMs: 3_600_000,
    template: 'any',
  };
  await expect(bed.service.open(account, proposal)).rejects.toMatchObject({ code: 'PEX_UNAUTHORIZED' });
  await expectBalanced(bed);
});

test.each([
  ['carol-1234', 'made of the name'],
  ['carolcarol', 'made of the name'],
  ['1234567890', 'a simple pattern'],
  ['aaaaaaaaaaaa', 'a simple pattern'],
  ['Password123', 'everybody tries first'],
])('the password %s is refused: %s', async (password, why) => {
  const bed = await testbed();
  const refused = await open(bed, '', { ...carol, password });
  expect(refused.statusCode).toBe(400);
  expect(refused.json().detail).toContain(why);
});
