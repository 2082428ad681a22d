import { test } from 'vitest';
import { databases, temporaryDirectory } from '../../support/databases.ts';
import { KILLS, KILLS_TIMEOUT_MS, killAgainAndAgain } from './kill-story.ts';

const postgresql = databases().find(({ name }) => name === 'PostgreSQL');

test.skipIf(postgresql === undefined)(
  `a daemon on PostgreSQL that is killed ${KILLS} times loses nothing it said`,
  async () => {
    const databaseUrl = await postgresql!.url();
    await killAgainAndAgain({
      databaseUrl,
      folder: temporaryDirectory(),
      kills: KILLS,
      seed: 2009,
    });
  },
  KILLS_TIMEOUT_MS,
);
