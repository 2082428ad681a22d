// The page about the REST API is one script: here it runs, as it stands, against a service as a reader would start it.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { OpenPexClient } from '../../live/client/index.ts';
import { Program, succeeds } from '../support/child-process.ts';
import { openpex, temporaryFolder, write } from '../support/command-line.ts';
import { startLive } from '../support/live-command.ts';

const blocks = Array.from(
  readFileSync('docs/api.md', 'utf8').matchAll(/^```sh\n([\s\S]*?)^```/gm),
  ([, text]) => text ?? '',
);
const hasCurl = succeeds('curl', '--version');
if (!hasCurl && process.env['CI'] === 'true')
  throw new Error('curl is not installed: docs/api.md is not tested');
if (!hasCurl) console.warn('skipped, curl is not installed: the script of docs/api.md');

test('the program of docs/api.md books what it asks for, by the package as it is installed', async () => {
  const [, program = ''] = /^```js\n([\s\S]*?)^```/m.exec(readFileSync('docs/api.md', 'utf8')) ?? [];
  const live = await startLive(['--speed', '60', '--port', '0'], temporaryFolder());
  const account = {
    username: 'ada',
    password: 'analytical engine',
    fullName: 'Ada',
    email: 'ada@example.org',
  };
  const anybody = new OpenPexClient({ url: live.url });
  await anybody.call('register', { body: account });
  const ada = new OpenPexClient({ url: live.url, user: { name: 'ada', password: account.password } });
  const { token } = await ada.call('createToken', { body: { name: 'the program', scope: 'use' } });
  const env = { OPENPEX_URL: live.url, OPENPEX_TOKEN: token };
  const { code, stderr, stdout } = await new Program(
    process.execPath,
    ['--input-type=module', '--eval', program],
    { env },
  ).finished();
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^booked \w{3}, .* GMT\n[0-9A-F-]{36} (CONFIRMED|ACTIVATED) 3000000\n$/);
  expect(code).toBe(0);
  await live.stop();
});

test.skipIf(!hasCurl)('the blocks of docs/api.md are a script that runs', async () => {
  const folder = temporaryFolder();
  const live = await startLive(['--speed', '60', '--port', '0'], folder);
  // In a file, and not waited for synchronously: the service's own output has to be read meanwhile.
  const script = write(folder, 'script.sh', `exec 2>&1\n${blocks.join('\n')}`);
  const shell = new Program('sh', ['-e', script], { cwd: folder, env: { OPENPEX_URL: live.url } });
  const { code, stdout: output } = await shell.finished();
  expect(output, output).not.toMatch(/PEX_INTERNAL/);
  expect(code, output).toBe(0);
  // What the page shows came indeed.
  for (const shown of [
    '"reply":"ACCEPT"',
    '"reply":"COUNTER"',
    '"status":"RUNNING"',
    'event: offer-accepted',
  ])
    expect(output).toContain(shown);

  // A recording in real time, with commits that took theirs: it is decided again as it was.
  await live.stop();
  const replay = openpex(['replay', 'openpex.db'], folder);
  expect(replay.stdout).toMatch(/^(\d+) of \1 requests were decided as recorded\.\n$/);
  expect(replay.code).toBe(0);
});
