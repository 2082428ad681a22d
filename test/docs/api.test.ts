// The page about the REST API is one script: here it runs, as it stands, against a service as a reader would start it.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openpex, temporaryFolder } from '../support/command-line.ts';
import { startLive } from '../support/live-command.ts';

const blocks = Array.from(
  readFileSync('docs/api.md', 'utf8').matchAll(/^```sh\n([\s\S]*?)^```/gm),
  ([, text]) => text ?? '',
);
const hasCurl = spawnSync('curl', ['--version']).status === 0;
if (!hasCurl && process.env['CI'] === 'true')
  throw new Error('curl is not installed: docs/api.md is not tested');
if (!hasCurl) console.warn('skipped, curl is not installed: the script of docs/api.md');

test.skipIf(!hasCurl)('the blocks of docs/api.md are a script that runs', async () => {
  const folder = temporaryFolder();
  const live = await startLive(['--speed', '60', '--port', '0'], folder);
  const { code, output } = await runScript(blocks.join('\n'), folder, live.url);
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

/** Not waited for synchronously: the service's own output has to be read meanwhile. */
function runScript(
  script: string,
  cwd: string,
  url: string,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn('sh', ['-e'], { cwd, env: { ...process.env, OPENPEX_URL: url } });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stdin.end(script);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
