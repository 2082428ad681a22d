import { describe, expect, test } from 'vitest';
import { AccountStore } from '../../../live/database/account-store.ts';
import { hashPassword } from '../../../live/database/password.ts';
import { databases } from '../../support/databases.ts';
import { registerUser } from './scripted-manager.ts';

describe.each(databases())('accounts on $name', ({ open }) => {
  test('a registered account is found by number and by name in any case', async () => {
    const database = await open();
    const accounts = new AccountStore(database);
    const account = await accounts.register({
      username: 'Alice',
      password: 'correct horse battery',
      fullName: 'Alice Liddell',
      email: 'Alice@Example.org',
      role: 'operator',
      createdMs: 1_250_000_000_000,
    });
    expect(account).toEqual({
      userId: account.userId,
      username: 'Alice',
      fullName: 'Alice Liddell',
      email: 'Alice@Example.org',
      role: 'operator',
      kind: 'person',
      disabled: false,
      balanceMicros: 0,
      quota: null,
      createdMs: 1_250_000_000_000,
    });
    expect(await accounts.get(account.userId)).toEqual(account);
    expect(await accounts.byUsername('aLICE')).toEqual(account);
    expect(await accounts.byUsername('bob')).toBeUndefined();
    expect(await accounts.get(account.userId + 1)).toBeUndefined();
  });

  test('a name or an e-mail address that differs only in case is taken', async () => {
    const database = await open();
    const accounts = new AccountStore(database);
    await registerUser(database, 'alice');
    const another = { password: 'correct horse battery', fullName: 'A', role: 'user', createdMs: 1 } as const;
    await expect(
      accounts.register({ ...another, username: 'ALICE', email: 'new@example.org' }),
    ).rejects.toMatchObject({
      code: 'PEX_CONFLICT',
      extra: { field: 'username' },
    });
    await expect(
      accounts.register({ ...another, username: 'bob', email: 'Alice@Example.org' }),
    ).rejects.toMatchObject({
      code: 'PEX_CONFLICT',
      extra: { field: 'email' },
    });
    const bob = await registerUser(database, 'bob');
    await expect(accounts.update(bob.userId, { email: 'ALICE@example.org' })).rejects.toMatchObject({
      code: 'PEX_CONFLICT',
    });
    expect(await accounts.count()).toBe(2);
  });

  test('of two who register one name at the same time one gets it', async () => {
    const database = await open();
    const outcomes = await Promise.allSettled([
      registerUser(database, 'alice'),
      registerUser(database, 'alice'),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('only the right password of an account that is not disabled is verified', async () => {
    const database = await open();
    const accounts = new AccountStore(database);
    const { userId } = await registerUser(database, 'alice');
    expect(await accounts.verify('Alice', 'correct horse battery')).toMatchObject({ account: { userId } });
    expect(await accounts.verify('alice', 'wrong')).toBeUndefined();
    expect(await accounts.verify('nobody', '')).toBeUndefined();
    await accounts.changePassword(userId, 'p\u00e4ssword with an umlaut');
    expect(await accounts.verify('alice', 'correct horse battery')).toBeUndefined();
    // The same letter as two code points.
    expect(await accounts.verify('alice', 'pa\u0308ssword with an umlaut')).toMatchObject({
      account: { userId },
    });
    await accounts.update(userId, { disabled: true });
    expect(await accounts.verify('alice', 'p\u00e4ssword with an umlaut')).toBeUndefined();
    await expect(accounts.changePassword(userId + 1, 'x')).rejects.toMatchObject({ code: 'PEX_NOT_FOUND' });
  });

  test('the password is not in the database, and two equal ones have different hashes', async () => {
    const database = await open();
    await registerUser(database, 'alice');
    await registerUser(database, 'bob');
    const rows: { password: string }[] = await database.reads('users').select('password');
    expect(rows).toHaveLength(2);
    expect(rows[0]?.password).not.toBe(rows[1]?.password);
    for (const { password } of rows) expect(password).toMatch(/^scrypt\$32768\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
  });

  test('a hash that was made with lower cost is replaced at the next log-in', async () => {
    const database = await open();
    const accounts = new AccountStore(database);
    const { userId } = await registerUser(database, 'alice');
    const old = await hashPassword('an old password', { N: 1024, r: 8, p: 1 });
    await database.knex('users').where({ userid: userId }).update({ password: old });
    expect(await accounts.verify('alice', 'a wrong password')).toBeUndefined();
    expect(await accounts.verify('alice', 'an old password')).toMatchObject({ account: { userId } });
    const [row]: { password: string }[] = await database.reads('users').select('password');
    expect(row?.password).toMatch(/^scrypt\$32768\$/);
    expect(await accounts.verify('alice', 'an old password')).toMatchObject({ account: { userId } });
  });

  test('an update changes what it names and nothing else', async () => {
    const database = await open();
    const accounts = new AccountStore(database);
    const alice = await registerUser(database, 'alice');
    expect(await accounts.update(alice.userId, {})).toEqual(alice);
    const quota = { reservations: 3 };
    expect(await accounts.update(alice.userId, { role: 'operator', quota })).toEqual({
      ...alice,
      role: 'operator',
      quota,
    });
    const changed = await accounts.update(alice.userId, {
      fullName: 'A. L.',
      email: 'al@example.org',
      quota: null,
    });
    expect(changed).toEqual({ ...alice, role: 'operator', fullName: 'A. L.', email: 'al@example.org' });
    expect(await accounts.get(alice.userId)).toEqual(changed);
    await expect(accounts.update(99, { fullName: 'X' })).rejects.toMatchObject({ code: 'PEX_NOT_FOUND' });
  });

  test('accounts are listed page by page in the order of their registration', async () => {
    const database = await open();
    const accounts = new AccountStore(database);
    for (const name of ['carol', 'alice', 'bob']) await registerUser(database, name);
    const first = await accounts.list({ limit: 2 });
    expect(first.items.map(({ username }) => username)).toEqual(['carol', 'alice']);
    expect(first.total).toBe(3);
    const second = await accounts.list({ limit: 2, cursor: first.nextCursor ?? '' });
    expect(second.items.map(({ username }) => username)).toEqual(['bob']);
    expect(second.nextCursor).toBeNull();
    await expect(accounts.list({ limit: 2, cursor: "1' OR 1=1" })).rejects.toMatchObject({
      code: 'PEX_BAD_REQUEST',
    });
  });
});
