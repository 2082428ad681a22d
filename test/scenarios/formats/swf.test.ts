// The Standard Workload Format, with what real logs have in it: comments, unknown values, cancelled jobs, pieces of jobs.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HOUR_MS, START_MS, WorkloadFolder } from './workload-folder.ts';

let folder: WorkloadFolder;
beforeAll(async () => {
  folder = await WorkloadFolder.make();
});
afterAll(() => folder.remove());

/** A job with the fields that matter; the others are unknown. */
function job(fields: {
  id?: number;
  submit?: number;
  wait?: number;
  run?: number;
  allocated?: number;
  requested?: number;
  time?: number;
  status?: number;
  user?: number;
}): string {
  const { id = 1, submit = 0, wait = 10, run = 100, allocated = 8, requested = 1, time = 600 } = fields;
  const { status = 1, user = 7 } = fields;
  return `${id} ${submit} ${wait} ${run} ${allocated} -1 -1 ${requested} ${time} -1 ${status} ${user} -1 -1 -1 -1 -1 -1`;
}

const log = (...jobs: Parameters<typeof job>[0][]) => jobs.map(job).join('\n');

test('a job asks for its nodes as soon as possible, for the requested time, and runs as long as it ran', async () => {
  const text = `
; Version: 2.2
; Computer: IBM SP

  13 30.5 22 43 32 0.03 -1 4 64800 -1 1 96 -1 -1 3 -1 -1 -1
`;
  const [request] = await folder.requests('log.swf', text);
  expect(request).toEqual({
    requestId: '13',
    userId: '96',
    kind: 'best-effort',
    submitMs: START_MS + 30_500,
    proposal: {
      type: 'custom',
      demand: { milliCpus: 1000, memoryMib: 1024, diskGib: 0 },
      numInstancesFixed: 4,
      numInstancesOption: 0,
      startMs: START_MS + 30_500,
      durationMs: 18 * HOUR_MS,
      template: 'debian',
    },
    latestStartMs: Number.POSITIVE_INFINITY,
    runTimeMs: 43_000,
  });
});

test('processors are counted as told: requested or allocated, so many to a node, whichever is known', async () => {
  const text = log(
    { requested: 20, allocated: 33 },
    { requested: -1, allocated: 16 },
    { requested: 9, allocated: -1 },
  );
  const instances = async (swf: object) =>
    (await folder.rows('log.swf', text, { swf })).map((row) => row.instances);
  expect(await instances({})).toEqual([20, 16, 9]);
  expect(await instances({ processors: 'allocated' })).toEqual([33, 16, 9]);
  expect(await instances({ processors: 'requested', processorsPerNode: 8 })).toEqual([3, 2, 2]);
});

test('an instance is what the options say: amounts, or a type of the scenario', async () => {
  const size = async (instance: unknown) =>
    (await folder.rows('log.swf', log({}), { swf: { instance } }))[0]?.size;
  expect(await size('LARGE')).toBe('LARGE');
  expect(await size({ cpus: 8, memoryMib: 4096 })).toEqual({ milliCpus: 8000, memoryMib: 4096, diskGib: 0 });
  expect(await folder.problem('log.swf', log({}), { swf: { instance: 'LARG' } })).toMatchInlineSnapshot(`
    "PEX_WORKLOAD_VALUE
    swf.instance: no instance type "LARG" (did you mean "LARGE"?)"
  `);
});

test('the kind and the patience of the users come from the defaults of the workload', async () => {
  const [request] = await folder.requests('log.swf', log({ submit: 60 }), {
    defaults: { kind: 'flexible', maxDisplacement: '12h' },
  });
  expect(request).toMatchObject({ kind: 'flexible', latestStartMs: START_MS + 60_000 + 12 * HOUR_MS });
});

test('a job that was cancelled in the queue is withdrawn after its waiting time, kept, or left out', async () => {
  const text = log({ id: 1, wait: 300, run: -1, allocated: -1, status: 5 }, { id: 2, run: 50, status: 5 });
  const read = (swf: object) => folder.rows('log.swf', text, { swf });
  const [withdrawn, killed] = await read({});
  expect(withdrawn).toMatchObject({ durationMs: 600_000, cancelMs: 300_000, runTimeMs: undefined });
  expect(killed).toMatchObject({ runTimeMs: 50_000, cancelMs: undefined });
  expect((await read({ cancelled: 'keep' })).map((row) => row.cancelMs)).toEqual([undefined, undefined]);
  expect((await read({ cancelled: 'skip' })).map((row) => row.id)).toEqual(['2']);
});

test('odd jobs: no requested time, no run time, no user, less than a second, in pieces', async () => {
  const rows = await folder.rows(
    'log.swf',
    log(
      { id: 1, time: -1, run: 100 },
      { id: 2, run: -1, status: 0 },
      { id: 3, run: 0 },
      { id: 4, time: 0, run: 0 },
      { id: 5, status: 2 },
      { id: 6, status: 3 },
      { id: 7, status: 4 },
      { id: 8, user: -1 },
    ),
  );
  expect(rows.map(({ id, durationMs, runTimeMs, user }) => [id, durationMs, runTimeMs, user])).toEqual([
    ['1', 100_000, 100_000, '7'],
    ['2', 600_000, undefined, '7'],
    ['3', 600_000, 0, '7'],
    ['4', 1000, 0, '7'],
    ['8', 600_000, 100_000, undefined],
  ]);
});

test('what cannot be read is reported with line and column', async () => {
  const text = `; comment
${job({})}
1 2 3
${job({}).replace('600', 'long')}
${job({ time: -1, run: -1 })}
${job({ requested: -1, allocated: 0 })}
${job({ submit: -1 })}
`;
  expect(await folder.problem('log.swf', text)).toMatchInlineSnapshot(`
    "PEX_WORKLOAD_VALUE
    ~/log.swf: 5 bad rows:
      ~/log.swf:3: 3 fields; expected the 18 columns of the Standard Workload Format
      ~/log.swf:4: column 9 (requested time): "long" is not a number
      ~/log.swf:5: neither a requested time (column 9) nor a run time (column 4) is known
      ~/log.swf:6: neither requested (column 8) nor allocated processors (column 5) are known
      ~/log.swf:7: the time of submission (column 2) is unknown"
  `);
});
