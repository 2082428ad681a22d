import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AccountStore } from '../../../live/database/account-store.ts';
import { backupDatabase } from '../../../live/database/backup.ts';
import { Journal } from '../../../live/database/journal.ts';
import { loadState } from '../../../live/recorder/recovery.ts';
import { databases, openForTest, temporaryDirectory } from '../../support/databases.ts';
import { accepted, registerUser, reservation, ScriptedManager } from './scripted-manager.ts';

// PostgreSQL: upgrade-and-restore.long.test.ts, on a server that is its alone, as pg_dump takes in all schemas.
const [sqlite] = databases();

test('a backup of a SQLite database opens and has everything, also what is not in the main file yet', async () => {
  const database = await sqlite!.open();
  const user = await registerUser(database);
  const manager = new ScriptedManager(database);
  for (let number = 1; number <= 50; number++) {
    const held = reservation(user, number);
    manager.run('request', held, ...accepted(held));
  }
  await manager.recorder.flushed();
  const file = join(temporaryDirectory(), 'backup.db');
  await backupDatabase(database, file);

  expect(statSync(file).mode & 0o777).toBe(0o600);
  const copy = await openForTest(file, 'read');
  expect(await loadState(copy)).toEqual(await loadState(database));
  expect(await new Journal(copy).page({ limit: 1_000 })).toEqual(manager.journal);
  expect(await new AccountStore(copy).verify('alice', 'correct horse battery')).toBeDefined();
});

test('a backup is for its owner only from its first byte on, and none is left that is not whole', async () => {
  const database = await sqlite!.open();
  const file = join(temporaryDirectory(), 'backup.db');
  const modes: number[] = [];
  const { knex } = database;
  const raw = knex.raw.bind(knex);
  const watched = new Proxy(knex, {
    get: (target, name) =>
      name === 'raw'
        ? (...args: Parameters<typeof raw>) => {
            modes.push(statSync(file).mode & 0o777);
            return raw(...args);
          }
        : Reflect.get(target, name),
  });
  await backupDatabase({ ...database, knex: watched }, file);
  expect(modes).toEqual([0o600]);
  const other = `${file}.other`;
  const broken = new Proxy(knex, {
    get: (target, name) =>
      name === 'raw' ? () => Promise.reject(new Error('the disk is gone')) : Reflect.get(target, name),
  });
  await expect(backupDatabase({ ...database, knex: broken }, other)).rejects.toThrow('the disk is gone');
  expect(existsSync(other)).toBe(false);
});

test('a backup never overwrites a file, and says when it cannot write one', async () => {
  const database = await sqlite!.open();
  const directory = temporaryDirectory();
  const file = join(directory, 'backup.db');
  await backupDatabase(database, file);
  await expect(backupDatabase(database, file)).rejects.toThrow(
    `backup: ${file} exists; name a file that does not`,
  );
  await expect(backupDatabase(database, join(directory, 'none', 'backup.db'))).rejects.toThrow(
    /its directory must exist/,
  );
});
