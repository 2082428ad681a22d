import { join } from 'node:path';
import { test } from 'vitest';
import { temporaryDirectory } from '../../support/databases.ts';
import { KILLS, KILLS_TIMEOUT_MS, killAgainAndAgain } from './kill-story.ts';

test(
  `a daemon on SQLite that is killed ${KILLS} times loses nothing it said`,
  async () => {
    const folder = temporaryDirectory();
    const databaseUrl = `sqlite:${join(folder, 'openpex.db')}`;
    await killAgainAndAgain({ databaseUrl, folder, kills: KILLS, seed: 2009 });
  },
  KILLS_TIMEOUT_MS,
);
