// openpex convert and openpex generate, run in this process: what they write, what they say, what they leave when something is wrong.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import yargs from 'yargs';
import { COMMANDS } from '../../../cli/catalogue.ts';
import { simulate, type UserRequest } from '../../../engine/index.ts';
import { loadScenario } from '../../../scenarios/load/scenario.ts';
import { InputError } from '../../../written/input-error.ts';
import { ScenarioFolder } from '../../scenarios/scenario-folder.ts';

let folder: ScenarioFolder;
let said: string;
beforeAll(async () => {
  folder = await ScenarioFolder.make();
  await folder.write(
    'jobs.swf',
    '; two jobs\n1 0 5 50 4 -1 -1 4 600 -1 1 7 -1 -1 -1 -1 -1 -1\n2 60 5 -1 -1 -1 -1 1 3600 -1 5 8 -1 -1 -1 -1 -1 -1\n',
  );
  await folder.write('bad.swf', '1 0 5 50 4\n2 60 5 50 1 -1 -1 1 3600 -1 1 8 -1 -1 -1 -1 -1 -1\n');
  await folder.write(
    'day.yaml',
    'until: 1d\npopulations: { a: { arrivals: { process: poisson, perHour: 2 }, duration: 1h, size: SMALL } }\n',
  );
});
afterAll(() => folder.remove());
beforeEach(() => {
  said = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text).replaceAll(folder.path, '~');
    return true;
  });
});

/** Runs a command line in the folder; `~` stands for it. */
async function openpex(...words: readonly string[]): Promise<void> {
  await yargs(words.map((word) => word.replace('~', folder.path)))
    .command([...COMMANDS])
    .strict()
    .fail((message, error) => {
      throw error ?? new Error(message);
    })
    .parseAsync();
}

async function problemOf(...words: readonly string[]): Promise<string> {
  try {
    await openpex(...words);
  } catch (error) {
    if (error instanceof InputError) return `${error.code} ${error.message}`.replaceAll(folder.path, '~');
    throw error;
  }
  throw new Error('it went through');
}

const read = (name: string) => readFile(join(folder.path, name), 'utf8');

describe('openpex convert', () => {
  test('turns a log into a CSV and says what is in it', async () => {
    await openpex('convert', '~/jobs.swf', '~/jobs.csv');
    expect(await read('jobs.csv')).toMatchInlineSnapshot(`
      "id,submit,start,duration,type,cpus,memory,disk,instances,optional,template,user,latest_start,deadline,max_price,kind,run_time,cancel,buyer,min_duration,min_instances,wait_until,provider,or_start,load,requirements,rank,site
      1,0,,600,,1,1024,0,4,,,7,,,,best-effort,50,,,,,,,,,,,
      2,60,,3600,,1,1024,0,1,,,8,,,,best-effort,,65,,,,,,,,,,
      "
    `);
    expect(said).toMatchInlineSnapshot(`
      "~/jobs.csv: 2 rows, submitted from 0s to 1m, 1.7 CPU-hours
      "
    `);
  });

  test('takes any setting of a workload, and what it writes it reads back', async () => {
    await openpex(
      ...[
        'convert',
        '~/jobs.swf',
        '~/shaped.csv',
        '--set',
        'swf.instance=SMALL',
        '--set',
        'swf.processorsPerNode=4',
      ],
      ...['--set', 'timeScale=0.5', '--set', 'defaults={kind: flexible, maxDisplacement: 1h}'],
    );
    await openpex('convert', '~/shaped.csv', '~/again.csv');
    expect(await read('again.csv')).toBe(await read('shaped.csv'));
    expect(await read('shaped.csv')).toMatchInlineSnapshot(`
      "id,submit,start,duration,type,cpus,memory,disk,instances,optional,template,user,latest_start,deadline,max_price,kind,run_time,cancel,buyer,min_duration,min_instances,wait_until,provider,or_start,load,requirements,rank,site
      1,0,,600,SMALL,,,,1,,,7,3600,,,flexible,50,,,,,,,,,,,
      2,30,,3600,SMALL,,,,1,,,8,3630,,,flexible,,35,,,,,,,,,,
      "
    `);
  });

  test('leaves out bad rows when asked to, and says which', async () => {
    await openpex('convert', '~/bad.swf', '~/good.csv', '--lenient');
    expect(said).toMatchInlineSnapshot(`
      "Left out 1 bad row:
        ~/bad.swf:1: 5 fields; expected the 18 columns of the Standard Workload Format
      ~/good.csv: 1 row, submitted from 1m to 1m, 1 CPU-hours
      "
    `);
  });

  test('leaves what was there when something is wrong, and nothing half-written', async () => {
    await writeFile(join(folder.path, 'kept.csv'), 'before');
    expect(await problemOf('convert', '~/bad.swf', '~/kept.csv')).toMatchInlineSnapshot(
      `"PEX_WORKLOAD_VALUE ~/bad.swf:1: 5 fields; expected the 18 columns of the Standard Workload Format"`,
    );
    expect(await read('kept.csv')).toBe('before');
    expect((await readdir(folder.path)).filter((name) => name.includes('tmp'))).toEqual([]);
  });

  test('says what is wrong with the command line', async () => {
    const problems = [
      await problemOf('convert', '~/jobs.swf', '~/nowhere/jobs.csv'),
      await problemOf('convert', '~/jobs.swf', '~'),
      await problemOf('convert', '~/none.swf', '~/x.csv'),
      await problemOf('convert', '~/jobs.swf', '~/x.csv', '--set', 'swf.processorPerNode=8'),
      await problemOf('convert', '~/jobs.swf', '~/x.csv', '--set', 'sample=2'),
      await problemOf('convert', '~/jobs.swf', '~/x.csv', '--start', 'tomorrow'),
      await problemOf('convert', '~/jobs.swf', '~/x.csv', '--seed', 'x'),
    ];
    expect(problems.join('\n')).toMatchInlineSnapshot(`
      "PEX_FILE_UNWRITABLE ~/nowhere/jobs.csv: cannot be written: its folder does not exist
      PEX_FILE_UNWRITABLE ~: cannot be written: it is a directory
      PEX_FILE_UNREADABLE ~/none.swf: no such file
      PEX_USAGE --set swf.processorPerNode=8: swf.processorPerNode: "processorPerNode" is not known here (did you mean "processorsPerNode"?)
      PEX_USAGE --set sample=2: sample: expected a number from 0 to 1, found 2
      PEX_USAGE --start: "tomorrow" is not an instant; expected one such as 2009-08-21T10:00:00Z
      PEX_USAGE --seed: "x" is no seed; expected a whole number, 0 or more"
    `);
  });
});

describe('openpex convert --to swf', () => {
  test('says what a job cannot, and its reader finds the rest', async () => {
    await folder.write(
      'asks.csv',
      `id,submit,start,duration,type,cpus,memory,disk,instances,user,kind,run_time,cancel
a,0,,600,,2,1024,0,3,ann,best-effort,300,
2,60.5,3600,7200,SMALL,,,,1,bob,advance,,
c,90,,60,,0.5,512,0,1,ann,best-effort,,120
`,
    );
    await openpex('convert', '~/asks.csv', '~/asks.swf', '--to', 'swf');
    expect(await read('asks.swf')).toMatchInlineSnapshot(`
      "; Version: 2.2
      ; UnixStartTime: 1250467200
      ; Note: written by openpex convert; one processor for each CPU
      1 0 -1 300 6 -1 -1 6 600 524288 1 1 -1 -1 -1 -1 -1 -1
      2 61 -1 -1 1 -1 -1 1 7200 786432 -1 2 -1 -1 -1 -1 -1 -1
      3 90 30 -1 -1 -1 -1 1 60 524288 5 1 -1 -1 -1 -1 -1 -1
      "
    `);
    expect(said).toMatchInlineSnapshot(`
      "~/asks.swf: 2 rows with an id; jobs are numbered from 1
      ~/asks.swf: 3 rows with a user; users are numbered in the order in which they come
      ~/asks.swf: 1 row with several instances; a job has processors, not machines
      ~/asks.swf: 1 row of kind advance; a job asks to start as soon as possible
      ~/asks.swf: 1 row with a later start; a job has none
      ~/asks.swf: 1 row with disk; a job has none
      ~/asks.swf: 1 row of an instance type; a job has its amounts
      ~/asks.swf: 1 row with fractions of seconds; times are rounded, durations upwards
      ~/asks.swf: 1 row with fractions of CPUs; processors are rounded up
      ~/asks.swf: 3 rows, submitted from 0s to 1m 30s, 3 CPU-hours
      "
    `);
    await openpex('convert', '~/asks.swf', '~/back.csv');
    expect(await read('back.csv')).toMatchInlineSnapshot(`
      "id,submit,start,duration,type,cpus,memory,disk,instances,optional,template,user,latest_start,deadline,max_price,kind,run_time,cancel,buyer,min_duration,min_instances,wait_until,provider,or_start,load,requirements,rank,site
      1,0,,600,,1,1024,0,6,,,1,,,,best-effort,300,,,,,,,,,,,
      2,61,,7200,,1,1024,0,1,,,2,,,,best-effort,,,,,,,,,,,,
      3,90,,60,,1,1024,0,1,,,1,,,,best-effort,,120,,,,,,,,,,
      "
    `);
    await folder.write('odd.csv', 'id,submit,duration,type\na,0,60,mine\n');
    expect(await problemOf('convert', '~/odd.csv', '~/x.swf', '--to', 'swf')).toMatchInlineSnapshot(
      `"PEX_WORKLOAD_VALUE ~/odd.csv:2: type: no instance type "mine" (known: SMALL, MEDIUM, LARGE, XLARGE)"`,
    );
  });
});

describe('openpex generate', () => {
  test('writes what a run of a scenario asks: the run of those rows decides alike', async () => {
    const day = await folder.write(
      'world.yaml',
      `
seed: 3
horizon: 10h
cluster: { preset: openpex-2009 }
instanceTypes: { tiny: { cpus: 0.125, memoryMib: 64 } }
workloads:
  - generate:
      populations:
        a: { arrivals: { process: poisson, perHour: 6 }, lead: { distribution: exponential, mean: 1h }, duration: 1h, size: [{ type: tiny, weight: 1 }, { type: XLARGE, weight: 3 }], instances: 2 }
  - file: jobs.swf
    sample: 0.9
    idPrefix: job-
`,
    );
    await openpex('generate', '~/world.yaml', '~/asked.csv', '--seed', '5', '--set', 'horizon=8h');
    const scenario = await loadScenario(day, { seed: 5, set: ['horizon=8h'] });
    const again = await loadScenario(day, {
      seed: 5,
      set: ['horizon=8h', 'workloads=[{ file: asked.csv }]'],
    });
    const asked: UserRequest[] = [];
    for await (const request of scenario.world().requests) asked.push(request);
    const written: UserRequest[] = [];
    for await (const request of again.world().requests) written.push(request);
    expect(written.length).toBeGreaterThan(40);
    expect(written).toEqual(asked);
    const digests = [scenario, again].map(async (loaded) => (await simulate(loaded.world())).digest);
    const [first, second] = await Promise.all(digests);
    expect(second).toBe(first);
    expect(await problemOf('generate', '~/world.yaml', '~/x.csv', '--start', '2020-01-01')).toBe(
      'PEX_USAGE --start: a scenario says when it starts; change it with --set start=INSTANT',
    );
    expect(
      await problemOf(
        'generate',
        '~/world.yaml',
        '~/x.csv',
        '--set',
        'workloads[0].generate.populations.a.durtion=1h',
      ),
    ).toBe(
      'PEX_SCENARIO_INVALID --set workloads[0].generate.populations.a.durtion=1h: workloads[0].generate.populations.a.durtion: "durtion" is not known here (did you mean "duration"?)',
    );
  });

  test('a workload without requests is said', async () => {
    await folder.write('empty.csv', 'id,submit,duration,type\n');
    await openpex('convert', '~/empty.csv', '~/nothing.csv');
    expect(said).toContain('~/empty.csv: it has no requests\n');
    await openpex('convert', '~/jobs.swf', '~/nothing.csv', '--set', 'from=1d');
    expect(said).toContain('~/jobs.swf: none of its requests is left by the settings of this workload\n');
  });

  test('writes the same file for the same seed, another for another', async () => {
    await openpex('generate', '~/day.yaml', '~/1.csv', '--seed', '7');
    await openpex('generate', '~/day.yaml', '~/2.csv', '--seed', '7');
    await openpex('generate', '~/day.yaml', '~/3.csv', '--seed', '8');
    expect(await read('2.csv')).toBe(await read('1.csv'));
    expect(await read('3.csv')).not.toBe(await read('1.csv'));
    expect(said.split('\n')[0]).toMatchInlineSnapshot(
      `"~/1.csv: 47 rows, submitted from 6m 575ms to 23h 41m 9s 901ms, 47 CPU-hours, seed 7"`,
    );
  });

  test('stops after a count, and lets anything in the specification be set', async () => {
    await openpex('generate', '~/day.yaml', '~/few.csv', '--count', '3');
    expect((await read('few.csv')).split('\n')).toHaveLength(5);
    await openpex('generate', '~/day.yaml', '~/set.csv', '--set', 'populations.a.count=4');
    expect((await read('set.csv')).split('\n')).toHaveLength(6);
    await openpex('generate', '~/day.yaml', '~/none.csv', '--count', '0');
    expect((await read('none.csv')).split('\n')).toHaveLength(2);
  });

  test('knows the specifications that ship by name', async () => {
    await openpex('generate', 'campus-month', '~/month.csv', '--count', '2');
    expect((await read('month.csv')).split('\n')).toHaveLength(4);
    expect(await problemOf('generate', 'campus-mont', '~/x.csv')).toMatchInlineSnapshot(
      `"PEX_FILE_UNREADABLE there is no scenario or specification "campus-mont" (did you mean "campus-month"?); a file of your own ends in .yaml or .json"`,
    );
  });

  test('says what is wrong with the specification and where', async () => {
    await folder.write(
      'typo.yaml',
      'populations:\n  a:\n    durration: 1h\n    size: SMALL\n    arrivals: { process: poison }\n',
    );
    await folder.write('open.yaml', 'populations:\n  a: { duration: 1h, size: SMALL }\n');
    const problems = [
      await problemOf('generate', '~/typo.yaml', '~/x.csv'),
      await problemOf('generate', '~/open.yaml', '~/x.csv'),
      await problemOf('generate', '~/none.yaml', '~/x.csv'),
      await problemOf('generate', '~/day.yaml', '~/x.csv', '--count', '1.5'),
    ];
    expect(problems.join('\n')).toMatchInlineSnapshot(`
      "PEX_GENERATOR_INVALID ~/typo.yaml:3:5: populations.a.durration: "durration" is not known here (did you mean "duration"?)
      ~/typo.yaml:5:26: populations.a.arrivals.process: "poison" is not known here (did you mean "poisson"?)
      PEX_GENERATOR_INVALID ~/open.yaml: populations.a: says neither how many requests (count) nor until when (until)
      PEX_FILE_UNREADABLE ~/none.yaml: there is no such file
      PEX_USAGE --count: 1.5 cannot be; expected a whole number, 0 or more"
    `);
    expect((await readdir(folder.path)).includes('x.csv')).toBe(false);
  });
});
