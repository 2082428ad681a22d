import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openpex, openpexInTurn, openpexUntil, temporaryFolder, write } from '../support/command-line.ts';

const SCENARIO = `
name: tiny
start: 2009-08-17T00:00:00Z
horizon: 2d
cluster:
  nodes:
    - { group: node, count: 2, cpus: 4, memoryMib: 4096, diskGib: 100 }
workloads:
  - file: tiny.csv
`;
const WORKLOAD = `id,submit,start,duration,type,instances
a,0,3600,7200,SMALL,4
b,60,3600,7200,XLARGE,2
c,120,,600,LARGE,1
`;

function tiny(scenario = SCENARIO, workload = WORKLOAD): string {
  const folder = temporaryFolder();
  write(folder, 'tiny.yaml', scenario);
  write(folder, 'tiny.csv', workload);
  return folder;
}

const WALL_CLOCK_FIELDS = ['wallMs', 'eventsPerSecond', 'peakRssMib'];

function summaryWithoutWallClock(directory: string): string {
  const text = readFileSync(join(directory, 'summary.json'), 'utf8');
  return text
    .split('\n')
    .filter((line) => !WALL_CLOCK_FIELDS.some((field) => line.includes(`"${field}"`)))
    .join('\n');
}

describe('openpex run', () => {
  test('leaves a complete run directory and prints a summary', () => {
    const folder = tiny();
    const { code, stdout, stderr } = openpex(['run', 'tiny.yaml'], folder);
    expect(stderr).toContain('report.html');
    expect(code).toBe(0);
    expect(stdout).toContain('Requests');
    const directory = join(folder, 'runs', 'tiny-seed1');
    expect(readdirSync(directory).sort()).toEqual([
      'auctions.csv',
      'migrations.csv',
      'negotiations.csv',
      'offers.csv',
      'report.html',
      'reservations.csv',
      'scenario.resolved.yaml',
      'summary.json',
      'utilisation-nodes.csv',
      'utilisation.csv',
    ]);
    expect(readdirSync(join(folder, 'runs'))).toEqual(['tiny-seed1']);
  });

  test('leaves the figures of a whole run and its settings, and nothing else, with --lean', () => {
    const folder = tiny();
    const directory = join(folder, 'here');
    openpex(['run', 'tiny.yaml', '--quiet', '--out', 'here'], folder);
    const whole = summaryWithoutWallClock(directory);
    write(directory, 'mine.txt', 'of the user');
    const { code, stderr } = openpex(['run', 'tiny.yaml', '--lean', '--out', 'here'], folder);
    expect(code).toBe(0);
    expect(stderr).toContain('Figures: here/summary.json');
    expect(stderr).not.toContain('report.html');
    // What the whole run left there is of other figures, as far as anybody knows.
    expect(readdirSync(directory).sort()).toEqual(['mine.txt', 'scenario.resolved.yaml', 'summary.json']);
    expect(summaryWithoutWallClock(directory)).toBe(whole);
  });

  test('prints summary.json with --json, and nothing else on stdout', () => {
    const folder = tiny();
    const { stdout } = openpex(['run', 'tiny.yaml', '--json', '--out', 'here'], folder);
    const printed = JSON.parse(stdout) as Record<string, unknown>;
    expect(printed).toEqual(JSON.parse(readFileSync(join(folder, 'here', 'summary.json'), 'utf8')));
    expect(printed['requests']).toBe(3);
  });

  test('simulates several providers, and again from their resolved scenario', () => {
    const world = SCENARIO.replace(/^cluster:(\n .*)+/m, (cluster) => {
      const settings = cluster.replaceAll('\n', '\n    ');
      return `providers:\n  a:\n    ${settings}\n  b:\n    ${settings}`;
    });
    const folder = tiny(world);
    for (const [scenario, out] of [
      ['tiny.yaml', 'first'],
      ['first/scenario.resolved.yaml', 'second'],
    ] as const) {
      expect(openpex(['run', scenario, '--quiet', '--out', out], folder).code).toBe(0);
    }
    expect(summaryWithoutWallClock(join(folder, 'second'))).toBe(
      summaryWithoutWallClock(join(folder, 'first')),
    );
    // Both call their nodes alike; tables tell them apart.
    const nodes = readFileSync(join(folder, 'first', 'utilisation-nodes.csv'), 'utf8')
      .trim()
      .split(/\r?\n/)
      .slice(1)
      .map((row) => row.split(',')[0]);
    expect(nodes).toEqual(['a/node-001', 'a/node-002', 'b/node-001', 'b/node-002']);
  });

  test('gives the same bytes twice, from its resolved scenario too, and others for another seed', () => {
    const folder = temporaryFolder();
    const run = (scenario: string, out: string, ...rest: string[]) =>
      expect(openpex(['run', scenario, '--quiet', '--out', out, ...rest], folder).code).toBe(0);
    run('openpex-2009', 'first');
    run('openpex-2009', 'second');
    run(join('first', 'scenario.resolved.yaml'), 'third');
    run('openpex-2009', 'other', '--seed', '4711');
    const first = summaryWithoutWallClock(join(folder, 'first'));
    expect(summaryWithoutWallClock(join(folder, 'second'))).toBe(first);
    expect(summaryWithoutWallClock(join(folder, 'third'))).toBe(first);
    for (const name of [
      'negotiations.csv',
      'offers.csv',
      'reservations.csv',
      'utilisation.csv',
      'scenario.resolved.yaml',
    ]) {
      const bytes = readFileSync(join(folder, 'first', name), 'utf8');
      expect(readFileSync(join(folder, 'second', name), 'utf8')).toBe(bytes);
      expect(readFileSync(join(folder, 'third', name), 'utf8')).toBe(bytes);
    }
    const digestOf = (out: string) =>
      (JSON.parse(readFileSync(join(folder, out, 'summary.json'), 'utf8')) as { digest: string }).digest;
    expect(digestOf('first')).toMatch(/^[0-9a-f]{64}$/);
    expect(digestOf('other')).not.toBe(digestOf('first'));
  });

  test("runs the papers' example: five small machines asked for the 21st are countered to the 23rd", () => {
    const folder = temporaryFolder();
    expect(openpex(['run', 'openpex-2009-example', '--quiet', '--out', 'out'], folder).code).toBe(0);
    const [header, ...rows] = readFileSync(join(folder, 'out', 'negotiations.csv'), 'utf8')
      .trim()
      .split(/\r?\n/);
    const columns = header!.split(',');
    const countered = rows
      .map((row) => row.split(','))
      .find((row) => row[columns.indexOf('outcome')] === 'accepted-after-counter')!;
    const value = (name: string) => countered[columns.indexOf(name)];
    expect(value('asked_start')).toBe('2009-08-21T10:00:00Z');
    expect(value('agreed_start')).toMatch(/^2009-08-23T/);
    expect(value('agreed_duration_s')).toBe(value('asked_duration_s'));
    expect(value('agreed_instances')).toBe('5');
    expect(value('agreed_type')).toBe('SMALL');
  });

  test('ends in good order on Ctrl-C: exit code 130 and a report that says that it is partial', async () => {
    const folder = temporaryFolder();
    const { code, stdout, stderr } = await openpexUntil(['run', 'campus-month', '--out', 'out'], folder, {
      marker: /virtual time/,
      signal: 'SIGINT',
    });
    expect(code).toBe(130);
    expect(stderr).toContain('Interrupted');
    expect(stdout).toMatch(/interrupted/i);
    const summary = JSON.parse(readFileSync(join(folder, 'out', 'summary.json'), 'utf8')) as { end: string };
    expect(summary.end).toBe('interrupted');
    expect(readFileSync(join(folder, 'out', 'report.html'), 'utf8')).toMatch(/interrupted/i);
  });
});

test('a workload that begins years after the scenario is run, with a hint', () => {
  const folder = tiny(
    SCENARIO.replace('horizon: 2d\n', ''),
    'id,submit,duration,type\na,2026-01-05,60,SMALL\n',
  );
  const { code, stderr } = openpex(['run', 'tiny.yaml'], folder);
  expect(code).toBe(0);
  expect(stderr).toContain('set start: 2026-01-05');
});

test('a folder of logs may be given relative to where the user is', () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'scenarios'));
  mkdirSync(join(folder, 'logs'));
  write(folder, 'logs/tiny.csv', WORKLOAD);
  write(folder, 'scenarios/tiny.yaml', SCENARIO.replace('tiny.csv', '${OPENPEX_DATA}/tiny.csv'));
  const { code, stderr } = openpex(['run', 'scenarios/tiny.yaml', '--out', 'out'], folder, {
    OPENPEX_DATA: 'logs',
  });
  expect(stderr).toContain('report.html');
  expect(code).toBe(0);
});

test('runs that the command line changed are left in places of their own', () => {
  const folder = tiny();
  openpex(['run', 'tiny.yaml', '--quiet'], folder);
  openpex(['run', 'tiny.yaml', '--quiet', '--policy', 'allocation=best-fit'], folder);
  expect(readdirSync(join(folder, 'runs')).sort()).toEqual(['tiny-seed1', 'tiny-seed1-allocation=best-fit']);
});

test('bad input ends with exit code 2 and one message that says where and what', () => {
  const cases: [
    what: string,
    args: string[],
    files: { scenario?: string; workload?: string },
    says: RegExp[],
  ][] = [
    ['a missing scenario', ['run', 'nowhere.yaml'], {}, [/nowhere\.yaml/]],
    [
      'a mistyped shipped scenario',
      ['run', 'campus-mont'],
      {},
      [/campus-mont/, /did you mean "campus-month"/],
    ],
    ['a missing workload', ['run', 'tiny.yaml', '--set', 'workloads[0].file=gone.csv'], {}, [/gone\.csv/]],
    [
      'a typo in the scenario',
      ['run', 'tiny.yaml'],
      { scenario: SCENARIO.replace('horizon:', 'horizn:') },
      [/tiny\.yaml:4/, /horizn/, /did you mean "horizon"/],
    ],
    [
      'a wrong header',
      ['run', 'tiny.yaml'],
      { workload: WORKLOAD.replace('duration', 'durration') },
      [/tiny\.csv:1/, /durration/, /duration/],
    ],
    [
      'a value that is no number',
      ['run', 'tiny.yaml'],
      { workload: WORKLOAD.replace('7200,SMALL', 'soon,SMALL') },
      [/tiny\.csv:2/, /duration/, /soon/],
    ],
    [
      'a negative duration',
      ['run', 'tiny.yaml'],
      { workload: WORKLOAD.replace('7200,SMALL', '-5,SMALL') },
      [/tiny\.csv:2/, /duration/, /-5/],
    ],
    [
      'an unknown instance type',
      ['run', 'tiny.yaml'],
      { workload: WORKLOAD.replace('SMALL', 'SMAL') },
      [/tiny\.csv:2/, /SMAL/, /SMALL/],
    ],
    [
      'an id that comes twice',
      ['run', 'tiny.yaml'],
      { workload: WORKLOAD.replace('b,60', 'a,60') },
      [/tiny\.csv:3/, /"a" is the id of line 2/],
    ],
    [
      'an unknown buyer in a row',
      ['run', 'tiny.yaml'],
      { workload: 'id,submit,duration,type,buyer\na,0,60,SMALL,earliest-slott\n' },
      [/tiny\.csv:2/, /did you mean "earliest-slot"/],
    ],
    [
      'semicolons instead of commas',
      ['run', 'tiny.yaml'],
      { workload: WORKLOAD.replaceAll(',', ';') },
      [/tiny\.csv:1/, /semicolons; expected commas/],
    ],
    [
      'an unknown policy',
      ['run', 'tiny.yaml', '--policy', 'allocation=best-fitt'],
      {},
      [/best-fitt/, /did you mean "best-fit"/],
    ],
    [
      'an unknown kind of policy',
      ['run', 'tiny.yaml', '--policy', 'alocation=best-fit'],
      {},
      [/alocation/, /allocation/],
    ],
    [
      'an unknown option of a policy',
      ['run', 'tiny.yaml', '--set', 'policies.pricing={name: flat, options: {cpuHours: 1}}'],
      {},
      [/cpuHours/, /did you mean "cpuHour"/],
    ],
    [
      'a type that fits no node',
      ['run', 'tiny.yaml'],
      { scenario: `${SCENARIO}instanceTypes:\n  HUGE: { cpus: 8, memoryMib: 1024, diskGib: 1 }\n` },
      [/HUGE/],
    ],
    [
      'an unknown setting',
      ['run', 'tiny.yaml', '--set', 'negotiation.hld=5m'],
      {},
      [/hld/, /did you mean "hold"|hold/],
    ],
    [
      'a duration without a unit',
      ['run', 'tiny.yaml', '--set', 'negotiation.hold=5'],
      {},
      [/negotiation\.hold/, /unit|"10m"/],
    ],
    ['a directory that cannot be written', ['run', 'tiny.yaml', '--out', 'tiny.csv/out'], {}, [/tiny\.csv/]],
    ['a directory that holds something else', ['run', 'tiny.yaml', '--out', '.'], {}, [/--out|another/]],
    [
      'a speed below 0',
      ['run', 'tiny.yaml', '--speed', '-3'],
      {},
      [/--speed: expected a number above 0, found -3/],
    ],
    ['a seed that is no number', ['run', 'tiny.yaml', '--seed', 'x'], {}, [/--seed: "x"/]],
    ['an unknown argument', ['run', 'tiny.yaml', '--sed', '7'], {}, [/sed/]],
    ['an unknown command', ['rn', 'tiny.yaml'], {}, [/rn|run/]],
    ['no command', [], {}, [/command/]],
    ['a scenario that is no YAML', ['run', 'tiny.yaml'], { scenario: 'name: [tiny\n' }, [/tiny\.yaml:\d/]],
    [
      'an unset variable',
      ['run', 'tiny.yaml', '--set', 'workloads[0].file=${OPENPEX_NOT_SET}/x.csv'],
      {},
      [/OPENPEX_NOT_SET/],
    ],
  ];

  const commandLines = cases.map(([, args, { scenario, workload }]) => ({
    args,
    cwd: tiny(scenario, workload),
  }));
  const ends = openpexInTurn(commandLines);
  for (const [i, [what, , , says]] of cases.entries()) {
    const { code, stdout, stderr } = ends[i]!;
    for (const pattern of says) expect.soft(stderr, what).toMatch(pattern);
    expect.soft(stderr, what).not.toMatch(/\n\s+at /);
    expect.soft({ code, stdout }, what).toEqual({ code: 2, stdout: '' });
    // Nothing half-written; an empty runs/ is no harm.
    const { cwd } = commandLines[i]!;
    const left = readdirSync(cwd).filter((name) => name !== 'runs');
    expect.soft(left.sort(), what).toEqual(['tiny.csv', 'tiny.yaml']);
    if (existsSync(join(cwd, 'runs'))) expect.soft(readdirSync(join(cwd, 'runs')), what).toEqual([]);
  }
});
