// openpex compare as it is called: on a sweep whose warm-up was found, and on the directories of runs.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openpexInTurn, temporaryFolder, write } from '../../support/command-line.ts';

function inTurn(folder: string, lines: readonly (readonly string[])[]) {
  return openpexInTurn(lines.map((args) => ({ args, cwd: folder })));
}

/** A hundred hours of requests for one of ten CPUs, each for ten hours from now on: full after ten hours, and level from then on. */
const FILLING = `id,submit,start,duration,type\n${Array.from({ length: 100 }, (_, i) => `r${i},${i * 3600},${i * 3600},36000,SMALL\n`).join('')}`;
const DAY =
  'cluster:\n  nodes:\n    - { group: n, count: 1, cpus: 10, memoryMib: 16384, diskGib: 5000 }\nworkloads:\n  - file: filling.csv\n';

test('pilot runs find the warm-up of an experiment, and the page shows why', () => {
  const folder = temporaryFolder();
  write(folder, 'filling.csv', FILLING);
  write(folder, 'day.yaml', DAY);
  write(
    folder,
    'study.yaml',
    "scenario: day.yaml\nwarmUp: mser-5\nfactors:\n  load: { path: 'cluster.nodes[0].cpus', values: [10, 12] }\nseeds: 2\nmetrics: [utilisation.cpu.reserved, acceptanceRatio]\n",
  );
  write(folder, 'endless.yaml', 'scenario: rising.yaml\nwarmUp: mser-5\nseeds: 1\n');
  write(
    folder,
    'rising.yaml',
    DAY.replace('filling', 'rising').replace('cpus: 10, memoryMib: 16384', 'cpus: 200, memoryMib: 262144'),
  );
  write(folder, 'rising.csv', FILLING.replaceAll(',36000,SMALL', ',720000,SMALL'));
  const [swept, again, compared, endless, emitted, checked] = inTurn(folder, [
    ['sweep', 'study.yaml', '--out', 'study', '--jobs', '1'],
    ['sweep', 'study.yaml', '--out', 'study', '--jobs', '1', '--resume', '--quiet'],
    ['compare', 'study'],
    ['sweep', 'endless.yaml', '--out', 'endless', '--jobs', '1', '--quiet'],
    ['sweep', 'study.yaml', '--out', 'cluster', '--emit', 'slurm'],
    ['check', 'study.yaml', '--baseline', 'b.yaml', '--update'],
  ]);
  expect(swept!.stderr).toMatch(/Warm-up by MSER-5: \d+h( \d+m)?/);
  const warmUp = /MSER-5: (\d+)h/.exec(swept!.stderr)![1];
  // Full after ten hours; the batches of five are as long as five buckets.
  expect(Number(warmUp)).toBeGreaterThanOrEqual(9);
  expect(Number(warmUp)).toBeLessThanOrEqual(15);
  expect([swept, again, compared].map((each) => each!.code)).toEqual([0, 0, 0]);
  const { base } = JSON.parse(readFileSync(join(folder, 'study', 'sweep.json'), 'utf8'));
  expect(base.warmUp).toContain(`${warmUp}h`);
  const page = readFileSync(join(folder, 'study', 'compare.html'), 'utf8');
  expect(page).toContain('<h2>Warm-up</h2>');
  expect(page).toContain('The dashed line: the warm-up of these runs');
  expect(page).toContain('<h2>Two figures at once</h2>');
  expect(page).toContain('data-figure="acceptanceRatio-intervals"');
  expect(endless!.code).toBe(2);
  expect(endless!.stderr).toContain('does not become steady before the half of the time');
  expect(emitted!.code).toBe(2);
  expect(emitted!.stderr).toContain('--emit: cannot follow a "warmUp" of mser-5');
  expect(checked!.code).toBe(2);
  expect(checked!.stderr).toMatch(/study\.yaml:2:.*expected a duration here/);
});

test('run directories are compared by what is set differently in them, seed by seed', () => {
  const folder = temporaryFolder();
  write(folder, 'day.csv', 'id,submit,start,duration,type\na,0,3600,7200,XLARGE\nb,0,3600,7200,XLARGE\n');
  write(
    folder,
    'day.yaml',
    'cluster:\n  nodes:\n    - { group: n, count: 1, cpus: 4, memoryMib: 8192, diskGib: 500 }\nworkloads:\n  - file: day.csv\n',
  );
  const run = (out: string, ...more: string[]) => [
    'run',
    'day.yaml',
    '--lean',
    '--quiet',
    '--out',
    out,
    ...more,
  ];
  const ended = inTurn(folder, [
    run('a1'),
    run('a2', '--seed', '7'),
    run('b1', '--policy', 'counter-offer=none'),
    run('b2', '--policy', 'counter-offer=none', '--seed', '7'),
    ['compare', 'a1', 'a2', 'b1', 'b2', '--metric', 'accepted', '--format', 'csv'],
    ['compare', 'a1', 'a1'],
    ['compare', 'a1', 'nowhere'],
  ]);
  expect(ended.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 2, 2]);
  const [compared, same, none] = ended.slice(4);
  const [, first, second] = compared!.stdout.split('\r\n');
  expect(first).toMatch(/^accepted,counterOffer\.name=earliest-start,2,2,0,0/);
  expect(second).toMatch(
    /^accepted,counterOffer\.name=none,2,1,0,0,run=counterOffer\.name=earliest-start,-1,0,/,
  );
  expect(existsSync(join(folder, 'compare', 'compare.html'))).toBe(true);
  expect(same!.stderr).toContain('a1: is the same run as a1: one scenario under the seed 1');
  expect(none!.stderr).toContain(
    'nowhere/summary.json: cannot be read; expected the directory of a sweep or of a run',
  );
});
