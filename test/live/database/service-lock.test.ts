import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../../live/database/open-database.ts';
import { acquireServiceLock } from '../../../live/database/service-lock.ts';
import { Program } from '../../support/child-process.ts';
import { databases, openForTest } from '../../support/databases.ts';

describe.each(databases())('the service lock on $name', ({ name, open, url }) => {
  test('a second daemon is refused until the first lets go', async () => {
    const address = await url();
    const [first, second] = [await openForTest(address), await openForTest(address)];
    const lock = await acquireServiceLock(first);
    await expect(acquireServiceLock(second)).rejects.toThrow(
      `database ${first.name}: another "openpex live" is running on it; stop that one first`,
    );
    await lock.release();
    const next = await acquireServiceLock(second);
    await next.release();
  });

  test('commits and readers do not mind it', async () => {
    const database = await open();
    const lock = await acquireServiceLock(database);
    await database.knex('settings').insert({ key: 'a', value: '1' });
    expect(await database.reads('settings')).toHaveLength(1);
    await lock.release();
  });

  test('another process has it until it is killed, and then it is free', async () => {
    const address = await url();
    const database = await openForTest(address);
    const holder = new Program(process.execPath, ['--input-type=module', '--eval', HOLD, address]);
    await holder.says(/held/);
    const refusal =
      name === 'SQLite' ? `stop that one first (process ${holder.pid}, since ` : 'stop that one first';
    await expect(acquireServiceLock(database)).rejects.toThrow(refusal);
    await holder.end('SIGKILL');
    const lock = await untilFree(() => acquireServiceLock(database));
    await lock.release();
  });
});

test('a database in memory needs no lock', async () => {
  const database = await openDatabase('sqlite::memory:');
  const locks = [await acquireServiceLock(database), await acquireServiceLock(database)];
  for (const lock of locks) await lock.release();
  await database.close();
});

const compiled = (module: string) =>
  fileURLToPath(new URL(`../../../dist/live/database/${module}`, import.meta.url));

const HOLD = `
  import { openDatabase } from ${JSON.stringify(compiled('open-database.js'))};
  import { acquireServiceLock } from ${JSON.stringify(compiled('service-lock.js'))};
  await acquireServiceLock(await openDatabase(process.argv[1]));
  console.log('held');
  setInterval(() => {}, 1000);
`;

/** A server notices a moment later that the process behind a connection is dead. */
async function untilFree<T>(acquire: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await acquire();
    } catch (error) {
      if (tries === 200) throw error;
    }
  }
}
