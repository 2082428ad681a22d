import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Program } from '../support/child-process.ts';
import { openpex, temporaryFolder } from '../support/command-line.ts';
import { startLive } from '../support/live-command.ts';

// The first run that docs/xen.md shows, on the pool that it shows, at a free port.

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

async function startPool(): Promise<string> {
  const pool = new Program(process.execPath, [MAIN, 'xapi-sim', '--hosts', '4', '--port', '0']);
  const [, url = ''] = await pool.says(/^(.+)\n/);
  return url;
}

test('a pool is examined, rehearsed on and served as docs/xen.md shows', async () => {
  const url = await startPool();
  const env = { OPENPEX_XEN_PASSWORD: 'xen' };
  const folder = temporaryFolder();
  expect(openpex(['xen', 'doctor', url], folder, env).code).toBe(0);
  for (const args of [
    ['--pool', url, '--dry-run', '--db', 'sqlite:rehearsal.db'],
    ['--pool', url, '--db', 'sqlite:trial.db'],
  ]) {
    const live = await startLive([...args, '--port', '0'], folder, env);
    expect((await fetch(`${live.url}/ready`)).status).toBe(200);
    expect((await live.stop()).code).toBe(0);
  }
});
