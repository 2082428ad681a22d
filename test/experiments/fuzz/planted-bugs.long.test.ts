// openpex fuzz, as it is called, on every planted bug: each is found, in two minutes for all on two idle cores, and what is left is small and fails again.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openpexInTurn, temporaryFolder } from '../../support/command-line.ts';
import { fileOf, PLANTED_BUGS } from './planted-bugs.ts';

/** Much longer than it takes, for machines that have other things to do. */
const LIMIT = { limitMs: 600_000 };

function openpex(args: readonly string[], cwd: string) {
  return openpexInTurn([{ args, cwd }], LIMIT)[0]!;
}

test.each(PLANTED_BUGS)(
  '$name',
  (bug) => {
    const folder = temporaryFolder();
    const { code, stdout } = openpex(
      // Another seed than the default: a search without an end takes five seconds for each try to make the case smaller.
      [
        'fuzz',
        '--policy',
        `${bug.kind}=${fileOf(bug)}`,
        '--seed',
        bug.name === 'endless-search' ? '3' : '1',
        '--out',
        'case',
        '--json',
        '--quiet',
      ],
      folder,
    );
    expect(code).toBe(1);
    const { finding } = JSON.parse(stdout);
    expect(bug.checks).toContain(finding.check);
    expect(finding.what).toMatch(bug.says);
    const rows = readFileSync(join(folder, 'case', 'workload.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1);
    expect(rows.length).toBeLessThan(20);
    const again = openpex(['fuzz', '--repeat', 'case', '--json'], folder);
    expect(again.code).toBe(1);
    expect(JSON.parse(again.stdout).finding.check).toBe(finding.check);
  },
  700_000,
);

test('the manager and the policies that ship break nothing', () => {
  const { code, stdout } = openpex(['fuzz', '--runs', '400', '--seed', '77', '--quiet'], temporaryFolder());
  expect(stdout).toContain('Nothing was found.');
  expect(code).toBe(0);
}, 700_000);
