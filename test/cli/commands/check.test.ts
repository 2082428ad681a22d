// openpex check as a CI job calls it: exit codes, what goes where, and the files that it leaves.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openpexInTurn, temporaryFolder, write } from '../../support/command-line.ts';

test('a baseline is made once; then a check is green, and red when a policy got worse', () => {
  const folder = temporaryFolder();
  write(folder, 'day.csv', 'id,submit,start,duration,type\na,0,3600,7200,XLARGE\nb,0,3600,7200,XLARGE\n');
  write(
    folder,
    'day.yaml',
    'cluster:\n  nodes:\n    - { group: n, count: 1, cpus: 4, memoryMib: 8192, diskGib: 500 }\nworkloads:\n  - file: day.csv\n',
  );
  write(folder, 'bad.baseline.yaml', 'metrics: { revenu: {} }\n');
  const before = leftovers();
  const check = ['check', 'day.yaml', '--baseline', 'day.baseline.yaml'];
  const worse = [...check, '--policy', 'counter-offer=none'];
  const commands = {
    none: check,
    made: [...check, '--update'],
    green: check,
    red: [...worse, '--junit', 'check.xml', '--summary', 'summary.md'],
    github: [...worse, '--format', 'github', '--summary', 'summary.md'],
    kept: [...worse, '--out', 'kept', '--format', 'json'],
    bad: ['check', 'day.yaml', '--baseline', 'bad.baseline.yaml'],
    jobs: [...check, '--jobs', '0'],
  };
  const ended = openpexInTurn(Object.values(commands).map((args) => ({ args, cwd: folder })));
  const after = (name: keyof typeof commands) => ended[Object.keys(commands).indexOf(name)]!;

  expect(ended.map(({ code }) => code)).toEqual([2, 0, 0, 1, 1, 1, 2, 2]);
  expect(after('none').stderr).toContain('day.baseline.yaml: there is no such file; --update makes one');
  expect(after('green').stdout).toBe(
    'OK: 5 comparisons with day.baseline.yaml (one run): 0 worse, 5 unchanged\n',
  );
  expect(after('red').stdout).toMatch(/WORSE +acceptanceRatio +1 +0\.5 +−0\.5 +−0\.01 \(1 %\)\n/);
  expect(after('red').stderr).toContain('policies.counterOffer.name: was earliest-start, is none');
  expect(after('red').stderr).toContain(
    'If it is meant to be so: npx openpex check day.yaml --baseline day.baseline.yaml --update --policy counter-offer=none',
  );
  expect(readFileSync(join(folder, 'check.xml'), 'utf8')).toContain('<failure type="worse"');
  expect(after('github').stdout).toContain('::error file=day.baseline.yaml,title=');
  // Two steps of a job add to one summary.
  expect(readFileSync(join(folder, 'summary.md'), 'utf8').match(/^### /gm)).toHaveLength(2);
  expect(JSON.parse(after('kept').stdout)).toMatchObject({ isGood: false, runs: 1 });
  expect(existsSync(join(folder, 'kept', 'results.csv'))).toBe(true);
  expect(after('bad').stderr).toContain(
    'bad.baseline.yaml:1:12: metrics.revenu: summary.json has no figure "revenu" (did you mean "revenue"?)',
  );
  expect(after('jobs').stderr).toContain('--jobs: expected a whole number from 1 to 1024, not 0');
  expect(leftovers()).toEqual(before);
});

function leftovers(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('openpex-check-'));
}
