import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openpex, temporaryFolder } from '../support/command-line.ts';
import { caller, PASSWORD } from '../support/daemon.ts';
import { startLive } from '../support/live-command.ts';

test('openpex backup copies a database while its service runs, and a service can be started on the copy', async () => {
  const folder = temporaryFolder();
  const live = await startLive(['--port', '0'], folder, { OPENPEX_OPERATOR_PASSWORD: PASSWORD });
  const asked = { duration: 3_600_000, numInstancesFixed: 1, type: 'SMALL' };
  const { body } = await caller(live.url)('operator', 'POST', '/reservations', asked);

  const { code, stdout } = openpex(['backup', 'openpex.db', 'copy.db'], folder);
  expect(code).toBe(0);
  expect(stdout).toBe('copy.db\n');
  expect(statSync(join(folder, 'copy.db')).mode & 0o077).toBe(0);

  const restored = await startLive(['--port', '0', '--db', 'sqlite:copy.db'], folder);
  const kept = await caller(restored.url)('operator', 'GET', `/reservations/${body.proposal.id}`);
  expect(kept.body.status).toBe('ACCEPTED');
});

test('openpex backup neither replaces a file nor makes an empty copy of nothing', () => {
  const folder = temporaryFolder();
  const missing = openpex(['backup', 'nothing.db', 'copy.db'], folder);
  expect(missing.code).toBe(2);
  expect(missing.stderr).toBe('openpex: database nothing.db: there is no such file [PEX_DATABASE]\n');
  expect(existsSync(join(folder, 'copy.db'))).toBe(false);
  expect(existsSync(join(folder, 'nothing.db'))).toBe(false);
});
