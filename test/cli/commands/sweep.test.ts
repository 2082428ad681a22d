// openpex sweep with a stop rule, as it is called: stage after stage, and the same after an interruption.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openpex, openpexInTurn, temporaryFolder, write } from '../../support/command-line.ts';

test('seeds are added until the difference is known as exactly as is asked for', () => {
  const folder = temporaryFolder();
  write(
    folder,
    'study.yaml',
    `scenario: openpex-2009
set: { horizon: 6h }
factors: { counter-offer: [none, earliest-start] }
seeds: 2
until: { metric: acceptanceRatio, halfWidth: 0.05, of: { counter-offer: earliest-start }, seedsMax: 6 }
`,
  );
  const sweep = ['sweep', 'study.yaml', '--jobs', '1', '--out', 'out'];
  const first = openpex(sweep, folder);
  expect(first.code).toBe(0);
  expect(first.stdout).toBe(`${join('out', 'results.csv')}\n`);
  const stages = first.stderr.split('\n').filter((line) => line.startsWith('With '));
  expect(stages.length).toBeGreaterThan(1);
  expect(stages[0]).toMatch(
    /^With 2 seeds the difference of counter-offer=earliest-start in acceptanceRatio is known to ± [\d.]+; for ± 0\.05 on to \d seeds\.$/,
  );
  expect(stages.at(-1)).toMatch(/enough \(± 0\.05\)|"seedsMax" is reached/);
  const results = readFileSync(join(folder, 'out', 'results.csv'), 'utf8');
  // As after an interruption in the last stage.
  const { cells } = JSON.parse(readFileSync(join(folder, 'out', 'sweep.json'), 'utf8'));
  rmSync(join(folder, 'out', 'cells', cells.at(-1).key, 'summary.json'));
  expect(openpex([...sweep, '--resume'], folder).code).toBe(0);
  expect(readFileSync(join(folder, 'out', 'results.csv'), 'utf8')).toBe(results);
});

const SMALL = `scenario: openpex-2009
set: { horizon: 3h }
factors: { counter-offer: [none, earliest-start] }
seeds: 2
`;

test('what a cluster cannot be told is said', () => {
  const folder = temporaryFolder();
  write(folder, 'study.yaml', SMALL);
  write(folder, 'until.yaml', `${SMALL}until: { metric: revenue, halfWidth: 1 }\n`);
  const cases: [string[], RegExp][] = [
    [['sweep', 'until.yaml', '--emit', 'slurm'], /--emit: cannot follow an "until"/],
    [['sweep', 'study.yaml', '--emit', 'slurm', '--tasks', '0'], /--tasks: expected a whole number/],
    [['sweep', 'study.yaml', '--part', '0/2'], /is not the plan of a sweep/],
    [['sweep', '.', '--part', '2/2'], /expected K\/N/],
    [['sweep', '.', '--collect'], /is not the plan of a sweep/],
  ];
  const ended = openpexInTurn(cases.map(([args]) => ({ args, cwd: folder })));
  for (const [i, [, message]] of cases.entries()) {
    const { code, stderr } = ended[i]!;
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  }
});
