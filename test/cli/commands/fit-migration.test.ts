// openpex fit-migration as it is called: measured rows in, settings that a scenario takes out, and what it says of bad input.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openpexInTurn, temporaryFolder, write } from '../../support/command-line.ts';

/** Each VM is driven off its node at a time of its own. */
const DAY = `cluster:
  nodes:
    - { group: n, count: 4, cpus: 2, memoryMib: 16384, diskGib: 500 }
policies: { allocation: first-fit }
workloads:
  - file: day.csv
incidents:
  - { at: 1h 30m, node: n-001, kind: drain, until: 9h }
  - { at: 2h, node: n-002, kind: drain, until: 9h }
`;

const FITTED = `hypervisor:
  migration:
    model: xen
    memoryInUse:
      min: 1
      max: 1
    dirtyPagesPerS:
      min: 0
      max: 0
    linkMbitPerS: 838.9
    before: 3s 501ms
    after: 500ms
`;

/** 768, 1536 and 3584 MiB at 100 MiB/s, and 4 s. */
const MEASURED = 'ram,took,stood,kind\n768,11.68,0.5,a\n1536,19.36,0.5,a\n3584,39.84,0.5,b\n768,,,failed\n';

test('migrations of a run under the settings that were fitted take as long as those that were measured', () => {
  const folder = temporaryFolder();
  write(folder, 'day.csv', 'id,submit,start,duration,type\na,0,3600,10800,SMALL\nb,0,3600,10800,MEDIUM\n');
  write(folder, 'day.yaml', `${DAY}${FITTED}`);
  write(folder, 'measured.csv', MEASURED);
  const fit = [
    'fit-migration',
    'measured.csv',
    '--memory',
    'ram',
    '--duration',
    'took',
    '--downtime',
    'stood',
  ];
  const run = [
    'fit-migration',
    'run/migrations.csv',
    '--duration',
    'migration_s',
    '--downtime',
    'downtime_s',
  ];
  const ended = openpexInTurn(
    [
      fit,
      ['run', 'day.yaml', '--out', 'run', '--quiet'],
      run,
      [...fit, '--fit-on', 'kind=a', '--json'],
      [...fit, '--fit-on', 'kind=c'],
      [...fit, '--dirty-pages', 'dirty'],
      [...fit, '--set', 'stop.rounds=0'],
      [...fit, '--set', 'model=clark'],
      ['fit-migration', 'measured.csv', '--memory', 'kind', '--duration', 'took'],
    ].map((args) => ({ args, cwd: folder })),
  );
  expect(ended.map(({ code }) => code)).toEqual([0, 0, 0, 0, 2, 2, 2, 2, 2]);
  const [fitted, , again, part, ...bad] = ended;
  expect(fitted!.stderr).toContain('1 row without a value of "took" left out');
  expect(fitted!.stdout.replace(FITTED, '(the settings)')).toMatchInlineSnapshot(`
    "# xen fitted to measured.csv
    # fitted to:         3 rows, mean absolute error 0.0 %, of the standstill 0.0 %
    # 768 MiB, fitted:        1 row, 11.68 s measured, 11.68 s predicted (+0.0 %)
    # 1536 MiB, fitted:       1 row, 19.36 s measured, 19.36 s predicted (+0.0 %)
    # 3584 MiB, fitted:       1 row, 39.84 s measured, 39.84 s predicted (-0.0 %)
    (the settings)"
  `);

  const table = readFileSync(join(folder, 'run/migrations.csv'), 'utf8').trim().split('\n');
  const [columns = [], ...rows] = table.map((line) => line.split(','));
  const live = rows.filter((row) => row.includes('live-migration'));
  const of = (column: string) => live.map((row) => row[columns.indexOf(column)]);
  expect([of('memory_mib'), of('migration_s'), of('downtime_s')]).toEqual([
    ['768', '1536'],
    ['11.681', '19.361'],
    ['0.5', '0.5'],
  ]);
  // What a run, or the report of a live service, leaves is a table of measured migrations.
  expect(again!.stdout.slice(again!.stdout.indexOf('hypervisor'))).toBe(FITTED.replace('501', '502'));

  const { migration, sizes, unseen } = JSON.parse(part!.stdout);
  expect(migration).toMatchObject({ model: 'xen', after: '500ms' });
  expect(sizes[2]).toMatchObject({ memoryMib: 3584, isFitted: false, rows: 1 });
  expect(unseen.meanAbsoluteError).toBeLessThan(0.001);
  expect(bad.map(({ stderr }) => stderr.trim().split('\n')[0])).toMatchInlineSnapshot(`
    [
      "openpex: --fit-on kind=c: no row with a duration has "c" in "kind" (known: a, b, failed) [PEX_USAGE]",
      "openpex: measured.csv:1: lacks the column "dirty"; found ram, took, stood, kind [PEX_WORKLOAD_HEADER]",
      "openpex: --set stop.rounds=0: stop.rounds: expected a whole number from 1 to 10000, found 0 [PEX_USAGE]",
      "openpex: --set model=clark: model: "clark" cannot be fitted (known: xen, liu-basic, liu-wws, akoush-avg, akoush-hist, stop-and-copy, post-copy) [PEX_USAGE]",
      "openpex: measured.csv:2: kind: "a" is not a number; expected a number of at least 0 [PEX_WORKLOAD_VALUE]",
    ]
  `);
});
