import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HYPERVISORS } from '../../live/hypervisors/catalogue.ts';
import { openpex, temporaryFolder, write } from '../support/command-line.ts';
import { caller, PASSWORD } from '../support/daemon.ts';
import { startLive } from '../support/live-command.ts';

const OPERATOR = { OPENPEX_OPERATOR_PASSWORD: PASSWORD };

describe('openpex live', () => {
  test('serves without a file, keeps what it did, and goes on from there', async () => {
    const folder = temporaryFolder();
    const first = await startLive(['--port', '0', '--speed', '60'], folder, OPERATOR);
    expect((await fetch(`${first.url}/ready`)).status).toBe(200);
    const asked = { duration: 3_600_000, numInstancesFixed: 1, type: 'SMALL' };
    const offer = await caller(first.url)('operator', 'POST', '/reservations', asked);
    expect(offer.body.reply).toBe('ACCEPT');
    const path = `/reservations/${offer.body.proposal.id}`;
    await caller(first.url)('operator', 'PUT', path, { reply: 'CONFIRM' });
    const { code, stdout, stderr } = await first.stop();
    expect(code).toBe(0);
    expect(stdout).toBe(`OpenPEX at ${first.url}\n`);
    expect(stderr).toContain('First operator: operator, with the password of OPENPEX_OPERATOR_PASSWORD.');
    expect(stderr).not.toContain(PASSWORD);

    const second = await startLive(['--port', '0', '--speed', '60'], folder);
    const kept = await caller(second.url)('operator', 'GET', path);
    expect(kept.body.status).toBe('CONFIRMED');
    expect((await second.stop('SIGINT')).stderr).not.toContain('First operator');
  });

  test('makes the first operator with a password of its own, shown once', async () => {
    const live = await startLive(['--port', '0'], temporaryFolder(), { OPENPEX_OPERATOR: 'grace' });
    const { stderr } = await live.stop();
    expect(stderr).toMatch(/First operator: grace, with the password \S{16}\. It is shown only this once/);
  });

  test('says what to do where SQLite was not compiled', () => {
    const folder = temporaryFolder();
    // What `require('bindings')` does then, which is how sqlite3 finds what was compiled for it.
    const without = write(
      folder,
      'without.cjs',
      `const m = require('module'); const load = m._load;
       m._load = (name, ...rest) => { if (name === 'bindings') throw new Error('Could not locate the bindings file. Tried: ...'); return load(name, ...rest); };`,
    );
    const { code, stderr } = openpex(['live', '--port', '0'], folder, {
      NODE_OPTIONS: `--require ${without}`,
    });
    expect(code).toBe(2);
    expect(stderr).toBe(
      `openpex: database ${join(folder, 'openpex.db')}: the driver of SQLite cannot be loaded; it is compiled when OpenPEX is installed: "npm rebuild sqlite3" tries again (with Python, make and a C++ compiler), or use PostgreSQL (postgres://user@host/name) [PEX_DATABASE]\n`,
    );
    expect(existsSync(join(folder, 'openpex.db'))).toBe(false);
  });

  test('does not share its database with a second service', async () => {
    const folder = temporaryFolder();
    await startLive(['--port', '0'], folder, OPERATOR);
    const second = openpex(['live', '--port', '0'], folder);
    expect(second.code).toBe(2);
    expect(second.stderr).toMatch(/\[PEX_DATABASE\]\n$/);
  });

  test('says what to do when its port is taken', async () => {
    const { url } = await startLive(['--port', '0'], temporaryFolder(), OPERATOR);
    const { port } = new URL(url);
    const second = openpex(['live', '--port', port], temporaryFolder());
    expect(second.code).toBe(2);
    expect(second.stderr).toContain(
      `cannot listen on 127.0.0.1:${port}: something else listens there; choose another with --port`,
    );
  });

  test('may be started again as it is when the hosts are late, but not when they have to be told otherwise', () => {
    const folder = temporaryFolder();
    const start = (pool: string, password: string) =>
      openpex(['live', '--port', '0', '--pool', pool], folder, {
        ...OPERATOR,
        OPENPEX_XEN_PASSWORD: password,
      });
    const late = start('http://127.0.0.1:9', 'xen');
    expect(late).toMatchObject({ code: 75, stderr: expect.stringContaining('PEX_HYPERVISOR_AWAY') });
    expect(start('http://127.0.0.1:9', '')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the pool needs a password'),
    });
  });

  test('tells what is wrong with its file, with line and column', () => {
    const folder = temporaryFolder();
    write(folder, 'openpex.yaml', 'cluster: { preset: openpex-2009 }\nlisten:\n  prot: 80\n');
    const { code, stderr } = openpex(['live'], folder);
    expect(code).toBe(2);
    expect(stderr).toContain(
      'openpex.yaml:3:3: listen.prot: "prot" is not known here (did you mean "port"?)',
    );
  });
});

describe('openpex live --hypervisor', () => {
  test('rehearses on any, and says what it would do', async () => {
    const folder = temporaryFolder();
    const args = ['--hypervisor', 'simulated', '--dry-run', '--port', '0'];
    const live = await startLive(args, folder, OPERATOR);
    const call = caller(live.url);
    const asked = { duration: 3_600_000, numInstancesFixed: 1, type: 'SMALL' };
    const { id } = (await call('operator', 'POST', '/reservations', asked)).body.proposal;
    await call('operator', 'PUT', `/reservations/${id}`, { reply: 'CONFIRM' });
    await call('operator', 'PUT', `/reservations/${id}/activate`);
    await expect
      .poll(async () => (await call('operator', 'GET', '/instances')).body[0]?.status)
      .toBe('RUNNING');
    expect((await live.stop()).stderr).toContain('dry run: would start a VM');
  });

  test('lists those that there are, and knows no others', () => {
    const folder = temporaryFolder();
    const { stdout } = openpex(['live', '--help'], folder);
    for (const { name, summary } of HYPERVISORS) expect(stdout).toContain(`${name.padEnd(9)}  ${summary}`);
    const { code, stderr } = openpex(['live', '--hypervisor', 'simulate'], folder);
    expect(code).toBe(2);
    expect(stderr).toBe(
      'openpex: --hypervisor: there is no hypervisor "simulate" (did you mean "simulated"?) [PEX_USAGE]\n',
    );
  });
});

describe('openpex live init', () => {
  test('writes a configuration that the service starts with', async () => {
    const folder = temporaryFolder();
    const { code, stdout } = openpex(['live', 'init', 'site.yaml', '--operator', 'grace'], folder, OPERATOR);
    expect(code).toBe(0);
    expect(stdout).toContain('Start it with: openpex live site.yaml');
    expect(statSync(join(folder, 'openpex.db')).mode & 0o077).toBe(0);
    const live = await startLive(['site.yaml', '--port', '0'], folder);
    expect((await caller(live.url)('grace', 'GET', '/account')).body).toMatchObject({ role: 'operator' });
  });

  test('leaves a file that is there as it is', () => {
    const folder = temporaryFolder();
    write(folder, 'openpex.yaml', 'mine\n');
    const { code, stderr } = openpex(['live', 'init'], folder);
    expect(code).toBe(2);
    expect(stderr).toContain('openpex.yaml: is there already and is left as it is');
    expect(readFileSync(join(folder, 'openpex.yaml'), 'utf8')).toBe('mine\n');
    expect(existsSync(join(folder, 'openpex.db'))).toBe(false);
  });
});
