import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AccountStore } from '../../../live/database/account-store.ts';
import { describeDatabaseError } from '../../../live/database/database-error.ts';
import { parseDatabaseUrl } from '../../../live/database/database-url.ts';
import { Journal } from '../../../live/database/journal.ts';
import { MIGRATIONS, SCHEMA_VERSION } from '../../../live/database/migrations/migrations.ts';
import { openDatabase } from '../../../live/database/open-database.ts';
import { loadState } from '../../../live/recorder/recovery.ts';
import { runScript } from '../../support/database-of-0.1.0.ts';
import { databases, openForTest, temporaryDirectory } from '../../support/databases.ts';
import { accepted, instance, registerUser, reservation, ScriptedManager, TERMS } from './scripted-manager.ts';

describe.each(databases())('opening a database on $name', ({ open, url }) => {
  test('an empty database gets the present schema, and a second start changes nothing', async () => {
    const address = await url();
    const first = await openForTest(address);
    const applied = await first.reads('schema_migrations');
    expect(applied.map(({ version }) => version)).toEqual(MIGRATIONS.map(({ version }) => version));
    await registerUser(first);
    const second = await openForTest(address);
    expect(await second.reads('schema_migrations')).toEqual(applied);
    expect(await new AccountStore(second).count()).toBe(1);
  });

  test('two processes that start at once make one schema', async () => {
    const address = await url();
    const opened = await Promise.all([openForTest(address), openForTest(address)]);
    for (const database of opened)
      expect(await database.reads('schema_migrations')).toHaveLength(MIGRATIONS.length);
  });

  test('a database from a newer version is refused, by readers too', async () => {
    const address = await url();
    const database = await openForTest(address);
    await database
      .knex('schema_migrations')
      .insert({ version: SCHEMA_VERSION + 1, name: 'later', applied_ms: 1 });
    const refusal = `it was made by a newer OpenPEX (schema version ${SCHEMA_VERSION + 1}, this program knows ${SCHEMA_VERSION})`;
    await expect(openDatabase(address)).rejects.toThrow(refusal);
    await expect(openDatabase(address, 'read')).rejects.toThrow(refusal);
    await openForTest(address, 'backup');
  });

  test('a reader refuses what has no schema yet, or an older one', async () => {
    const address = await url();
    const database = await openForTest(address);
    await database.knex('schema_migrations').delete();
    await expect(openDatabase(address, 'read')).rejects.toThrow('its schema is version 0');
    await database.knex.schema.dropTable('schema_migrations');
    await expect(openDatabase(address, 'read')).rejects.toThrow('this is not a database of OpenPEX');
  });

  test('reads see what was committed and never a transaction in progress', async () => {
    const database = await open();
    const { userId } = await registerUser(database);
    const transaction = await database.knex.transaction();
    await transaction('users').where({ userid: userId }).update({ fullname: 'half done' });
    expect((await new AccountStore(database).get(userId))?.fullName).toBe('alice of Melbourne');
    await transaction.commit();
    expect((await new AccountStore(database).get(userId))?.fullName).toBe('half done');
  });

  test('large integers come back as numbers, exactly', async () => {
    const database = await open();
    const { userId } = await registerUser(database, 'alice', Number.MAX_SAFE_INTEGER);
    expect((await new AccountStore(database).get(userId))?.balanceMicros).toBe(Number.MAX_SAFE_INTEGER);
  });

  test('what refers to nothing is not stored', async () => {
    const database = await open();
    const row = { token_hash: 'x', userid: 4711, seen_ms: 1, expires_ms: 1 };
    await expect(database.knex('sessions').insert(row)).rejects.toThrow(/foreign key/i);
  });
});

describe('SQLite files', () => {
  test('a commit is on the disk before it is told', async () => {
    const database = await openForTest(join(temporaryDirectory(), 'a.db'));
    expect(await database.knex.raw('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
    // 2 is FULL.
    expect(await database.knex.raw('PRAGMA synchronous')).toEqual([{ synchronous: 2 }]);
  });

  test('nobody but the owner can read a new one', async () => {
    const file = join(temporaryDirectory(), 'a.db');
    await openForTest(file);
    for (const part of [file, `${file}-wal`, `${file}-shm`]) expect(statSync(part).mode & 0o777).toBe(0o600);
  });

  test('a database as version 1 made it is brought up to date with all its data', async () => {
    const file = join(temporaryDirectory(), 'old.db');
    await runScript(file, readFileSync(new URL('schema-1.sql', import.meta.url), 'utf8'));
    const database = await openForTest(file);

    const accounts = new AccountStore(database);
    expect(await accounts.verify('alice', 'correct horse battery')).toMatchObject({
      account: { balanceMicros: 15_000 },
    });
    const { snapshot, lastSeq } = await loadState(database);
    expect(lastSeq).toBe(5);
    expect(snapshot?.knownNodeIds).toEqual(['n1']);
    expect(snapshot?.reservations).toMatchObject([
      {
        state: 'CONFIRMED',
        proposal: TERMS,
        instances: [{ ...instance(1, 'n1'), vm: { state: 'RUNNING' } }, instance(2, 'n2')],
      },
    ]);
    const events = await new Journal(database).page({ limit: 10 });
    expect(events.map(({ event }) => event.type)).toEqual([
      'node-joined',
      'reservation-initiated',
      'proposal-received',
      'offer-accepted',
      'reservation-confirmed',
    ]);
  });

  test.each([
    ['sqlite:data/a.db', 'data/a.db'],
    ['data/a.db', 'data/a.db'],
    ['sqlite:///srv/a.db', '/srv/a.db'],
    ['sqlite::memory:', 'in memory'],
    [
      'postgres://pex:secret@db.example.org:5433/openpex?sslmode=require',
      'postgres://pex@db.example.org:5433/openpex',
    ],
  ])('%s is called %s', (url, name) => {
    expect(parseDatabaseUrl(url).name).toBe(name);
  });

  test.each([
    ['', 'the database URL is empty'],
    [
      'mysql://root@localhost/pex',
      'database URL mysql://root@localhost/pex: no such kind of database; expected sqlite:PATH',
    ],
    ['postgres://a:b@:x/', 'the database URL is not well-formed'],
  ])('the URL "%s" is refused: %s', async (url, complaint) => {
    await expect(openDatabase(url)).rejects.toThrow(complaint);
  });

  test('each trouble with the file is told with its name and what helps', async () => {
    const directory = temporaryDirectory();
    const complaintOf = async (file: string, ...rest: ['read'] | []) =>
      openDatabase(file, ...rest).then(
        () => 'none',
        (error: unknown) => describeDatabaseError(error),
      );
    const missing = join(directory, 'none', 'a.db');
    expect(await complaintOf(missing)).toBe(
      `database ${missing}: the file cannot be opened; its directory must exist and be writable for this user (SQLITE_CANTOPEN)`,
    );
    expect(await complaintOf(missing, 'read')).toBe(`database ${missing}: there is no such file`);
    const notADatabase = join(directory, 'notes.txt');
    writeFileSync(notADatabase, 'notes, long enough to be taken for the header of something else');
    expect(await complaintOf(notADatabase)).toMatch(
      /the file is not a SQLite database; was another file meant\?/,
    );
    const folder = join(directory, 'folder');
    mkdirSync(folder);
    expect(await complaintOf(folder)).toMatch(/the file cannot be opened/);
  });

  test.skipIf(process.getuid?.() === 0)('a file that may not be written is told so', async () => {
    const file = join(temporaryDirectory(), 'a.db');
    await openDatabase(file).then((database) => database.close());
    chmodSync(file, 0o400);
    await expect(openDatabase(file)).rejects.toThrow('cannot be written by this user');
  });

  test('on a full disk nothing is confirmed, what was stays, and the message says so', async () => {
    const database = await openForTest(join(temporaryDirectory(), 'a.db'));
    const user = await registerUser(database);
    const manager = new ScriptedManager(database);
    const stored = reservation(user, 1);
    manager.run('stored', stored, ...accepted(stored));
    await manager.recorder.flushed();
    // No page more than it has now: the limit is raised to that by itself.
    await database.knex.raw('PRAGMA max_page_count = 1');
    const instances = Array.from({ length: 5_000 }, (_, index) => instance(index + 1, 'n1'));
    const lost = reservation(user, 2, { instances });
    manager.run('lost', lost, ...accepted(lost));
    await expect(manager.recorder.flushed()).rejects.toThrow();

    expect(manager.log).toEqual(['reply stored', 'failed']);
    expect(describeDatabaseError(manager.failure, database.name)).toBe(
      `database ${database.name}: the disk is full; make room and start the service again (SQLITE_FULL)`,
    );
    expect((await loadState(database)).snapshot?.reservations).toEqual([stored]);
  });
});

describe('PostgreSQL servers', () => {
  test('one that is not there is told without the password', async () => {
    const port = await unusedPort();
    const error = await openDatabase(`postgres://pex:secret@127.0.0.1:${port}/openpex`).catch(
      (reason: unknown) => reason,
    );
    expect(describeDatabaseError(error)).toBe(
      `database postgres://pex@127.0.0.1:${port}/openpex: nothing answers there; is the server running, and are host and port right? (ECONNREFUSED)`,
    );
  });

  const server = process.env['OPENPEX_TEST_PG'];
  test.skipIf(server === undefined).each([
    [
      'password',
      { password: 'a-wrong-one' },
      'the server refuses the user name or password of the URL (28P01)',
    ],
    [
      'database',
      { pathname: '/nowhere' },
      'the server has no database of that name; create it first (createdb) (3D000)',
    ],
  ])('a wrong %s is told', async (_, change, complaint) => {
    const url = Object.assign(new URL(server ?? ''), change);
    const error = await openDatabase(url.href).catch((reason: unknown) => reason);
    const text = describeDatabaseError(error);
    expect(text).toContain(complaint);
    expect(text).not.toContain(url.password);
  });
});

async function unusedPort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  await new Promise((resolve) => listener.close(resolve));
  if (address === null || typeof address === 'string') throw new TypeError('a TCP listener has a port');
  return address.port;
}
