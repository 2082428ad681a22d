import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openpex, openpexUntil, temporaryFolder, write } from '../../support/command-line.ts';

/** Enough for two threads to come between each other. */
const STUDY = `scenario: openpex-2009
factors:
  allocation: [most-loaded, least-loaded, first-fit, best-fit, worst-fit, round-robin, random]
seeds: 6
`;

test('one job, two jobs, and two that were killed half-way leave the same table', async () => {
  const folder = temporaryFolder();
  write(folder, 'study.yaml', STUDY);
  const table = (name: string) => readFileSync(join(folder, name, 'results.csv'), 'utf8');
  const sweep = (...args: string[]) => openpex(['sweep', 'study.yaml', ...args], folder);
  expect(sweep('--jobs', '1', '--out', 'one').code).toBe(0);
  expect(sweep('--jobs', '2', '--out', 'two').code).toBe(0);
  await openpexUntil(['sweep', 'study.yaml', '--jobs', '2', '--out', 'killed'], folder, {
    marker: /^10 of 42 runs/m,
    signal: 'SIGKILL',
  });
  const again = sweep('--jobs', '2', '--out', 'killed', '--resume');
  expect(again.code).toBe(0);
  expect(again.stderr).toMatch(/\d+ runs were done before/);
  expect(table('two')).toBe(table('one'));
  expect(table('killed')).toBe(table('one'));
  expect(table('one').trimEnd().split('\r\n')).toHaveLength(43);
});

test('an interrupted sweep says how to go on', async () => {
  const folder = temporaryFolder();
  const { code, stderr } = await openpexUntil(['sweep', 'allocation', '--jobs', '2'], folder, {
    marker: /^20 of 210 runs/m,
    signal: 'SIGINT',
  });
  expect(code).toBe(130);
  expect(stderr).toMatch(/\d+ of 210 runs are done\. Go on with: npx openpex sweep allocation .*--resume/);
});
