// Tokens of programs: what each scope may do, and that one that got out cannot make itself at home.
import { expect, test } from 'vitest';
import { type Testbed, testbed } from './testbed.ts';

const TOKENS = '/OpenPEX/account/tokens';

async function make(bed: Testbed, username: string, payload: object) {
  const response = await bed.as(username, { method: 'POST', url: TOKENS, payload });
  expect(response.statusCode).toBe(201);
  const { token, ...view } = response.json();
  const call = (url: string, method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' = 'GET', body?: object) =>
    bed.as('', {
      method,
      url,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { payload: body }),
    });
  return { token, view, call };
}

const REQUEST = { duration: 3_600_000, numInstancesFixed: 1, type: 'SMALL' };

test('a program reserves with a token, and is known by its name until it is revoked', async () => {
  const bed = await testbed();
  const { token, view, call } = await make(bed, 'alice', { name: 'nightly runs', expiresInDays: 30 });
  expect(token).toMatch(/^openpex_[A-Za-z0-9_-]{43}$/);
  expect(view).toMatchObject({ name: 'nightly runs', scope: 'use', usedTime: null });
  expect(view.expiresTimeMs - view.createdTimeMs).toBe(30 * 86_400_000);

  const reply = (await call('/OpenPEX/reservations', 'POST', REQUEST)).json();
  expect(reply).toMatchObject({ reply: 'ACCEPT', proposal: { userid: 1 } });
  const listed = (await bed.as('alice', { url: TOKENS })).json();
  expect(listed).toEqual([{ ...view, usedTime: expect.any(String), usedTimeMs: expect.any(Number) }]);
  expect((await bed.as('bob', { url: TOKENS })).json()).toEqual([]);
  // Not in the clear, and not as anything that opens the door.
  expect(JSON.stringify(await bed.database.knex('tokens'))).not.toContain(token);

  expect((await bed.as('bob', { method: 'DELETE', url: `${TOKENS}/${view.id}` })).statusCode).toBe(404);
  expect((await bed.as('alice', { method: 'DELETE', url: `${TOKENS}/${view.id}` })).statusCode).toBe(204);
  const after = await call('/OpenPEX/account');
  expect(after.statusCode).toBe(401);
  expect(after.json().detail).toContain('was revoked');
});

test('a token that may read reads, and asks what something would cost', async () => {
  const bed = await testbed();
  const { call } = await make(bed, 'olga', { name: 'dashboard', scope: 'read' });
  for (const url of ['/OpenPEX/account', '/OpenPEX/nodes', '/OpenPEX/accounts', '/metrics'])
    expect((await call(url)).statusCode).toBe(200);
  expect((await call('/OpenPEX/quotes', 'POST', REQUEST)).statusCode).toBe(200);
  for (const [url, method, body] of [
    ['/OpenPEX/reservations', 'POST', REQUEST],
    ['/OpenPEX/nodes/leon/drain', 'PUT', undefined],
    ['/OpenPEX/accounts/1/deposits', 'POST', { amountMicros: 1 }],
  ] as const) {
    const response = await call(url, method, body);
    expect(response.statusCode).toBe(403);
    expect(response.json().detail).toBe('The token may only read.');
  }
});

test('a token of an operator is that of a user, unless it says more', async () => {
  const bed = await testbed();
  const deposit = ['/OpenPEX/accounts/1/deposits', 'POST', { amountMicros: 1 }] as const;
  const user = await make(bed, 'olga', { name: 'own jobs' });
  expect((await user.call(...deposit)).statusCode).toBe(403);
  expect((await user.call('/OpenPEX/reservations?all=true')).statusCode).toBe(403);
  const operator = await make(bed, 'olga', { name: 'billing', scope: 'operate' });
  expect((await operator.call(...deposit)).statusCode).toBe(201);
  const refused = await bed.as('alice', {
    method: 'POST',
    url: TOKENS,
    payload: { name: 'x', scope: 'operate' },
  });
  expect(refused.statusCode).toBe(403);

  // Who is no operator any more is none with an old token either.
  await bed.as('olga', { method: 'PATCH', url: '/OpenPEX/accounts/1', payload: { role: 'operator' } });
  const former = await make(bed, 'alice', { name: 'billing', scope: 'operate' });
  await bed.as('olga', { method: 'PATCH', url: '/OpenPEX/accounts/1', payload: { role: 'user' } });
  expect((await former.call(...deposit)).statusCode).toBe(403);
});

test('with a token nobody makes another one, or changes the account', async () => {
  const bed = await testbed();
  const { call, view } = await make(bed, 'olga', { name: 'billing', scope: 'operate' });
  for (const [url, method, body] of [
    [TOKENS, 'POST', { name: 'another' }],
    [`${TOKENS}/${view.id}`, 'DELETE', undefined],
    ['/OpenPEX/account', 'PATCH', { email: 'mallory@example.org' }],
    ['/OpenPEX/account/password', 'PUT', { current: 'x', new: 'something quite else' }],
    ['/OpenPEX/accounts/1/password', 'PUT', { new: 'something quite else' }],
  ] as const) {
    const response = await call(url, method, body);
    expect(response.statusCode).toBe(403);
    expect(response.json().detail).toBe('This takes the password of the account, not a token.');
  }
});

test('tokens end with the account, and with a password that an operator sets', async () => {
  const bed = await testbed();
  const first = await make(bed, 'alice', { name: 'first' });
  const change = (payload: object) =>
    bed.as('olga', { method: 'PATCH', url: '/OpenPEX/accounts/1', payload });
  await change({ disabled: true });
  expect((await first.call('/OpenPEX/account')).statusCode).toBe(401);
  await change({ disabled: false });
  expect((await first.call('/OpenPEX/account')).statusCode).toBe(200);
  await bed.as('olga', {
    method: 'PUT',
    url: '/OpenPEX/accounts/1/password',
    payload: { new: 'something quite else' },
  });
  expect((await first.call('/OpenPEX/account')).statusCode).toBe(401);
  expect(await bed.database.knex('tokens')).toEqual([]);
});

test('one that has run out is none, and nonsense is refused with a word', async () => {
  const bed = await testbed();
  const { call } = await make(bed, 'alice', { name: 'short', expiresInDays: 1 });
  await bed.database.knex('tokens').update({ expires_ms: Date.now() - 1 });
  expect((await call('/OpenPEX/account')).statusCode).toBe(401);
  const nonsense = await bed.as('', {
    url: '/OpenPEX/account',
    headers: { authorization: 'Digest username="alice"' },
  });
  expect(nonsense.json().detail).toContain('neither HTTP Basic nor a bearer token');
});
