import { describe, expect, test } from 'vitest';
import { SessionStore } from '../../../live/database/session-store.ts';
import { databases } from '../../support/databases.ts';
import { registerUser } from './scripted-manager.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe.each(databases())('sessions on $name', ({ open }) => {
  test('a session is found by its token, which is not in the database', async () => {
    const database = await open();
    const { userId } = await registerUser(database);
    const sessions = new SessionStore(database);
    const { token, csrfToken, expiresMs } = await sessions.create(userId, 0);
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(expiresMs).toBe(12 * HOUR_MS);
    expect(await sessions.find(token, 1)).toEqual({ userId, csrfToken });
    expect(await sessions.find(csrfToken, 1)).toBeUndefined();
    const rows = JSON.stringify(await database.reads('sessions'));
    expect(rows).not.toContain(token);
    expect(rows).not.toContain(csrfToken);
  });

  test('a session ends after half an hour without a request, and after twelve hours in any case', async () => {
    const database = await open();
    const { userId } = await registerUser(database);
    const sessions = new SessionStore(database);
    const idle = await sessions.create(userId, 0);
    expect(await sessions.find(idle.token, 30 * MINUTE_MS)).toBeUndefined();
    const busy = await sessions.create(userId, 0);
    for (let nowMs = 0; nowMs < 12 * HOUR_MS; nowMs += 29 * MINUTE_MS) {
      expect(await sessions.find(busy.token, nowMs)).toBeDefined();
    }
    expect(await sessions.find(busy.token, 12 * HOUR_MS - 1)).toBeDefined();
    expect(await sessions.find(busy.token, 12 * HOUR_MS)).toBeUndefined();
  });

  test('a revoked session is gone, alone or with all of its user', async () => {
    const database = await open();
    const alice = await registerUser(database, 'alice');
    const bob = await registerUser(database, 'bob');
    const sessions = new SessionStore(database);
    const [first, second, third] = [
      await sessions.create(alice.userId, 0),
      await sessions.create(alice.userId, 0),
      await sessions.create(alice.userId, 0),
    ];
    const other = await sessions.create(bob.userId, 0);
    await sessions.revoke(first.token);
    expect(await sessions.find(first.token, 1)).toBeUndefined();
    expect(await sessions.find(second.token, 1)).toBeDefined();
    await sessions.revokeAll(alice.userId);
    expect(await sessions.find(second.token, 1)).toBeUndefined();
    expect(await sessions.find(third.token, 1)).toBeUndefined();
    expect(await sessions.find(other.token, 1)).toBeDefined();
  });

  test('pruning forgets what has run out and keeps the rest', async () => {
    const database = await open();
    const { userId } = await registerUser(database);
    const sessions = new SessionStore(database);
    await sessions.create(userId, 0);
    const fresh = await sessions.create(userId, 20 * MINUTE_MS);
    await sessions.prune(31 * MINUTE_MS);
    expect(await database.reads('sessions')).toHaveLength(1);
    expect(await sessions.find(fresh.token, 31 * MINUTE_MS)).toBeDefined();
    // So does whoever logs in.
    await sessions.create(userId, 45 * MINUTE_MS);
    expect(await database.reads('sessions')).toHaveLength(2);
    await sessions.create(userId, 90 * MINUTE_MS);
    expect(await database.reads('sessions')).toHaveLength(1);
  });
});
