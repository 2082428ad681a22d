import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compare } from '../../../experiments/compare/comparison.ts';
import { type Experiment, loadExperiment } from '../../../experiments/definition/experiment.ts';
import { crewOf } from '../../../experiments/sweep/crew.ts';
import { sweep } from '../../../experiments/sweep/sweep.ts';
import { SweepDirectory } from '../../../experiments/sweep/sweep-directory.ts';
import { InputError } from '../../../written/input-error.ts';
import { ScenarioFolder } from '../../scenarios/scenario-folder.ts';
import { TinyDisk } from '../../support/tiny-disk.ts';

let folder: ScenarioFolder;
beforeAll(async () => {
  folder = await ScenarioFolder.make();
  await folder.write(
    'day.csv',
    'id,submit,start,duration,type\na,0,3600,7200,XLARGE\nb,0,3600,7200,XLARGE\nc,0,3600,7200,SMALL\n',
  );
  await folder.write(
    'day.yaml',
    'cluster:\n  nodes:\n    - { group: n, count: 1, cpus: 4, memoryMib: 8192, diskGib: 500 }\nworkloads:\n  - file: day.csv\n',
  );
});
afterAll(() => folder.remove());

const STUDY = `
scenario: day.yaml
factors:
  counter-offer: [none, earliest-start]
  nodes: { path: 'cluster.nodes[0].count', values: [1, 2] }
seeds: 2
metrics: [accepted]
`;

async function study(text = STUDY, seeds?: number): Promise<Experiment> {
  return loadExperiment(await folder.write('study.yaml', text), { version: 'test', seeds });
}

async function problem(text: string): Promise<string> {
  try {
    await study(text);
  } catch (error) {
    if (error instanceof InputError) return `${error.code} ${error.message}`.replaceAll(folder.path, '~');
    throw error;
  }
  throw new Error('the experiment was loaded');
}

async function swept(experiment: Experiment, name: string, goesOn = false) {
  const directory = SweepDirectory.prepare(join(folder.path, name), experiment, goesOn);
  return { directory, outcome: await sweep(experiment, directory, { crew: crewOf(1) }) };
}

test('whole scenarios are levels, each with the settings of the study laid over it', async () => {
  const day = readFileSync(join(folder.path, 'day.yaml'), 'utf8');
  await folder.write('double.yaml', day.replace('count: 1', 'count: 2'));
  const scenarios = `
scenario: day.yaml
set: { horizon: 1d }
factors:
  cluster: { scenarios: [day.yaml, ./double.yaml] }
  counter-offer: [none]
seeds: 1
`;
  const { baseline, cells } = await study(scenarios);
  expect(baseline).toEqual({ cluster: 'day' });
  expect(
    cells.map(({ combination, scenarioYaml }) => [
      combination['cluster'],
      /count: (\d)/.exec(scenarioYaml)?.[1],
    ]),
  ).toEqual([
    ['day', '1'],
    ['double', '2'],
  ]);
  for (const { scenarioYaml } of cells) expect(scenarioYaml).toMatch(/horizon: 1d[\s\S]*name: none/);
  expect(await problem(`${scenarios}  other: { scenarios: [day.yaml] }\n`.replace('seeds: 1\n', ''))).toMatch(
    /PEX_EXPERIMENT_INVALID .*other: has scenarios, as another factor has/,
  );
});

test('every level meets every level of the other factors, under every seed', async () => {
  const experiment = await study();
  const { directory, outcome } = await swept(experiment, 'whole');
  expect(outcome).toMatchObject({ finished: 8, reused: 0, failures: [], isInterrupted: false });
  const [header, ...rows] = readFileSync(outcome.resultsFile!, 'utf8').trimEnd().split('\r\n');
  const column = header!.split(',').indexOf('accepted');
  expect(rows.map((row) => row.split(',').slice(1, 4).concat(row.split(',')[column]!).join(' '))).toEqual([
    'none 1 1 1',
    'none 1 2 1',
    'none 2 1 2',
    'none 2 2 2',
    'earliest-start 1 1 3',
    'earliest-start 1 2 3',
    'earliest-start 2 1 3',
    'earliest-start 2 2 3',
  ]);
  const { differences } = compare(directory.runs(), { baseline: experiment.baseline, figures: ['accepted'] });
  expect(differences.map(({ combination, against, mean }) => [combination, against, mean])).toEqual([
    [{ 'counter-offer': 'earliest-start', nodes: '1' }, { 'counter-offer': 'none', nodes: '1' }, 2],
    [{ 'counter-offer': 'earliest-start', nodes: '2' }, { 'counter-offer': 'none', nodes: '2' }, 1],
  ]);
});

describe('a sweep that goes on', () => {
  test('runs what is missing, and ends with the same table', async () => {
    const { directory, outcome } = await swept(await study(), 'again');
    const table = readFileSync(outcome.resultsFile!, 'utf8');
    const { key } = directory.plan.cells[3]!;
    rmSync(join(directory.cellPath(key), 'summary.json'));
    const next = await swept(await study(), 'again', true);
    expect(next.outcome).toMatchObject({ finished: 8, reused: 7 });
    expect(readFileSync(next.outcome.resultsFile!, 'utf8')).toBe(table);
  });

  test('takes further seeds, and keeps what is done', async () => {
    await swept(await study(), 'more');
    expect((await swept(await study(STUDY, 3), 'more', true)).outcome).toMatchObject({
      finished: 12,
      reused: 8,
    });
  });

  test('is refused when the scenario is another one, naming what changed', async () => {
    await swept(await study(), 'changed');
    const other = await study(`${STUDY}set: { negotiation.hold: 7m }\n`);
    expect(() => SweepDirectory.prepare(join(folder.path, 'changed'), other, true)).toThrow(
      'its scenario had negotiation.hold: "10m", and now has "7m"',
    );
  });

  test('keeps what is done when the disk is full, and ends with the same table when there is room', async (context) => {
    const disk = TinyDisk.mount(mkdtempSync(join(folder.path, 'disk-')));
    if (disk === undefined) return context.skip('this user may not mount a disk of a few megabytes');
    const experiment = await study();
    const path = join(disk.path, 'full');
    let isFull = false;
    const full = await sweep(experiment, SweepDirectory.prepare(path, experiment, false), {
      crew: crewOf(1),
      onProgress: () => {
        if (!isFull) disk.fill();
        isFull = true;
      },
    });
    expect(full.resultsFile).toBeUndefined();
    expect(full.finished).toBe(1);
    expect(full.failures).toHaveLength(7);
    for (const { code, message } of full.failures) {
      expect(code).toBe('PEX_FILE_UNWRITABLE');
      expect(message).toContain('cannot be written: no space left on device (ENOSPC)');
    }
    disk.makeRoom();
    const again = SweepDirectory.prepare(path, experiment, true);
    const whole = await sweep(experiment, again, { crew: crewOf(1) });
    expect(whole).toMatchObject({ finished: 8, reused: 1, failures: [] });
    const elsewhere = await swept(experiment, 'roomy');
    expect(readFileSync(whole.resultsFile!, 'utf8')).toBe(
      readFileSync(elsewhere.outcome.resultsFile!, 'utf8'),
    );
  });

  test('is asked for: nothing is put over results that are there', async () => {
    const { directory } = await swept(await study(), 'kept');
    expect(() => SweepDirectory.prepare(directory.path, directory.plan as never, false)).toThrow('--resume');
  });
});

test('what is odd about the rows of a workload is noted for the runs that read it, after a resumption too', async () => {
  await folder.write(
    'odd.csv',
    'id,submit,start,duration,type\na,0,3600,7200,XLARGE\nb,nonsense,3600,7200,XLARGE\n',
  );
  const experiment = await study(
    'scenario: day.yaml\nfactors:\n  log:\n    levels:\n      good: {}\n      odd: { "workloads[0].file": odd.csv, "workloads[0].lenient": true }\nseeds: 2\n',
  );
  const noted = [...(await swept(experiment, 'odd')).directory.notes()];
  expect(noted).toHaveLength(1);
  expect(noted[0]![0].replaceAll(folder.path, '~')).toContain('Left out 1 bad row:\n  ~/odd.csv:3');
  expect(noted[0]![1]).toBe(2);
  const again = await swept(experiment, 'odd', true);
  expect(again.outcome.reused).toBe(4);
  expect([...again.directory.notes()]).toEqual(noted);
});

test('a run that fails is told, the others go on, and there is no table of a part', async () => {
  await folder.write(
    'late.ts',
    `import { allocationPolicy } from 'openpex';
import { Type } from 'typebox';
export default allocationPolicy({ name: 'late', summary: 's', options: Type.Object({}), create: () => ({ choose() { throw new Error('no idea'); } }) });
`,
  );
  const { directory, outcome } = await swept(
    await study('scenario: day.yaml\nfactors:\n  allocation: [first-fit, { file: late.ts }]\nseeds: 1\n'),
    'fails',
  );
  expect(outcome.finished).toBe(1);
  expect(outcome.failures).toMatchObject([{ combination: { allocation: 'late' }, seed: 1 }]);
  expect(outcome.failures[0]!.message).toContain('no idea');
  expect(existsSync(join(directory.path, 'results.csv'))).toBe(false);
  expect(() => directory.runs()).toThrow('1 of 2 runs are not done');
});

describe('an experiment that cannot be', () => {
  test('names the setting that no scenario has, at its line', async () => {
    expect(await problem('scenario: day.yaml\nfactors:\n  manager.earlyRelese: [true]\n')).toBe(
      'PEX_SCENARIO_INVALID ~/study.yaml:3: manager.earlyRelese: "earlyRelese" is not known here (did you mean "earlyRelease"?)',
    );
  });

  test('names a group of settings that no scenario has, at its line', async () => {
    expect(await problem('scenario: day.yaml\nfactors:\n  nonsense.at.all: [true]\n')).toMatch(
      /^PEX_SCENARIO_INVALID ~\/study\.yaml:3: nonsense\.at\.all: "nonsense" is not known here/,
    );
  });

  test('names a provider that no scenario has, before anything runs', async () => {
    await folder.write(
      'two.yaml',
      `providers:
  private: { cluster: { nodes: [{ group: n, count: 1, cpus: 4, memoryMib: 8192, diskGib: 500 }] } }
  public: { cluster: { nodes: [{ group: n, count: 1, cpus: 4, memoryMib: 8192, diskGib: 500 }] } }
workloads: [{ file: day.csv }]
`,
    );
    const of = (scenario: string, metric: string) =>
      problem(
        `scenario: ${scenario}\nfactors:\n  x: { levels: { a: {} } }\nseeds: 1\nmetrics: [${metric}]\n`,
      );
    expect(await of('two.yaml', 'providers.privat.revenue')).toContain(
      'study.yaml:5:11: metrics[0]: there is no provider "privat" (did you mean "private"?)',
    );
    expect(await of('day.yaml', 'providers.private.revenue')).toContain(
      '"providers.private.revenue" is of one of several providers, and there is one; expected revenue',
    );
    expect(
      (
        await study(
          'scenario: two.yaml\nseeds: 1\nfactors:\n  x: { levels: { a: {} } }\nmetrics: [providers.public.revenue]\n',
        )
      ).metrics,
    ).toEqual(['providers.public.revenue']);
  });

  test('names two levels that are one run', async () => {
    expect(
      await problem('scenario: day.yaml\nfactors:\n  x: { levels: { a: {}, b: { seed: 1 } } }\nseeds: 1\n'),
    ).toContain('(x=a, seed 1) and (x=b, seed 1) are the same run');
  });

  test.each([
    ['a level twice', 'factors: { allocation: [first-fit, first-fit] }', 'has the level first-fit twice'],
    ['no level', 'factors: { allocation: [] }', 'factors.allocation'],
    [
      'a time in two ways',
      'factors: { negotiation.hold: [60s, 5m, 1m] }',
      'has the levels 60s and 1m, which are the same time',
    ],
    ['a seed twice', 'seeds: [3, 5, 3]', 'is 3 again; expected each seed once'],
    ['a column as a factor', 'factors: { seed: [1, 2] }', 'a factor cannot be called "seed"'],
    [
      'an unknown figure',
      'metrics: [revenu]',
      'summary.json has no figure "revenu" (did you mean "revenue"?)',
    ],
    [
      'a better side of an unknown figure',
      'better: { revenu: lower }',
      'better.revenu: summary.json has no figure "revenu" (did you mean "revenue"?)',
    ],
    ['a side that is none', 'better: { revenue: less }', 'better.revenue'],
    [
      'a baseline that is no level',
      'factors: { allocation: [first-fit] }\nbaseline: { allocation: best-fit }',
      '"allocation" has no level "best-fit"',
    ],
    [
      'a stop rule of no figure',
      'factors: { allocation: [first-fit, random] }\nuntil: { metric: revenu, halfWidth: 1 }',
      'until.metric: summary.json has no figure "revenu"',
    ],
    [
      'a stop rule after a list of seeds',
      'factors: { allocation: [first-fit, random] }\nseeds: [3, 4]\nuntil: { metric: revenue, halfWidth: 1 }',
      'seeds: is a list; expected a number to go on from, where there is an "until"',
    ],
    [
      'a stop rule with nothing to compare',
      'until: { metric: revenue, halfWidth: 1 }',
      'until: there is nothing to compare',
    ],
    [
      'a stop rule of the baseline itself',
      'factors: { allocation: [first-fit, random] }\nuntil: { metric: revenue, halfWidth: 1, of: { allocation: first-fit } }',
      'until.of: is the baseline itself',
    ],
    [
      'lists of unlike length',
      'design: listed\nfactors: { allocation: [first-fit, random], seed2: { path: seed, values: [1] } }',
      'factors that are listed side by side have the same number',
    ],
  ])('%s', async (_what, text, message) => {
    expect(await problem(`scenario: day.yaml\n${text}\n`)).toContain(message);
  });
});
