// A database of version 0.1.0, which stored no inputs, is replayed all the same: every request is decided as it was.
import { expect, test } from 'vitest';
import { repeat } from '../../../../live/replay/replay.ts';
import { layDownDatabaseOf010, SHOWN_BY_010 } from '../../../support/database-of-0.1.0.ts';
import { databases, openForTest } from '../../../support/databases.ts';

test.each(databases())('what version 0.1.0 recorded is decided as it was, on $name', async ({ url }) => {
  const address = await url();
  await layDownDatabaseOf010(address);
  const database = await openForTest(address);
  const result = await repeat({ database, version: 'test', env: {}, command: 'openpex replay openpex.db' });
  const requests = Object.keys(SHOWN_BY_010.sessions).length;
  expect(result).toEqual({ requests, alike: requests, differences: [] });
});
