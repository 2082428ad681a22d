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
    { id: 1, requested: 20, allocated: 33 },
    { id: 2, requested: -1, allocated: 16 },
    { id: 3, requested: 9, allocated: -1 },
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

test('odd jobs: no requested time, no run time, no user, less than a second', async () => {
  const rows = await folder.rows(
    'log.swf',
    log(
      { id: 1, time: -1, run: 100 },
      { id: 2, run: -1, status: 0 },
      { id: 3, run: 0 },
      { id: 4, time: 0, run: 0 },
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

test('the pieces of a job say nothing beside the line of the whole, wherever it stands; without one they are the job', async () => {
  const rows = await folder.rows(
    'log.swf',
    log(
      { id: 1, run: 90 },
      { id: 1, run: 40, status: 2 },
      { id: 1, run: 50, status: 3, submit: -1 },
      { id: 2, submit: 10, run: 30, status: 2 },
      { id: 2, submit: -1, run: -1, status: 2 },
      { id: 2, submit: -1, run: 25, status: 4 },
      { id: 3, submit: 20, run: 7, status: 2 },
      { id: 3, submit: 20, run: 8, status: 1 },
      { id: 4, submit: 30, run: 5, status: 3 },
    ),
  );
  expect(rows.map(({ id, submitMs, runTimeMs }) => [id, submitMs / 1000, (runTimeMs ?? 0) / 1000])).toEqual([
    ['1', 0, 90],
    ['2', 10, 55],
    ['3', 20, 8],
    ['4', 30, 5],
  ]);
  expect(folder.odd).toEqual({
    'put together from the pieces of a job (status 2 to 4) that has no line of its own': 2,
  });
});

test('a job that was cancelled at run time 0 never started: withdrawn after its wait, or left out and counted', async () => {
  const text = log(
    { id: 1, wait: -1, run: 0, allocated: -1, requested: -1, time: -1, status: 5 },
    { id: 2, wait: 80, run: 0, allocated: 0, requested: 0, time: 7200, status: 5 },
    { id: 3, submit: 20, wait: 80, run: 0, allocated: 64, requested: 64, time: 7200, status: 5 },
    { id: 4, submit: 30, wait: -1, run: -1, time: 7200, status: 5 },
    { id: 5, submit: 40, wait: -1, run: 50, status: 1 },
  );
  const rows = await folder.rows('log.swf', text);
  expect(rows.map(({ id, cancelMs, runTimeMs }) => [id, cancelMs, runTimeMs])).toEqual([
    ['3', 100_000, undefined],
    ['5', undefined, 50_000],
  ]);
  expect(folder.odd).toEqual({
    'left out: cancelled before they started, and it is unknown what they asked for': 2,
    'left out: cancelled before they started, and it is unknown after what time': 1,
  });
  const kept = await folder.rows('log.swf', text, { swf: { cancelled: 'keep' } });
  expect(kept.map(({ id }) => id)).toEqual(['3', '4', '5']);
});

test('values that are no decimal numbers, or below 0 and not -1, or in parts where they are counts, are bad rows', async () => {
  const line = (column: number, value: string) => {
    const fields = job({}).split(' ');
    fields[column - 1] = value;
    return fields.join(' ');
  };
  const bad = [
    line(4, '-2'),
    line(5, '0x10'),
    line(8, '1.5'),
    line(9, 'Infinity'),
    line(11, '1.5'),
    line(12, '7.5'),
  ];
  expect(await folder.problem('log.swf', bad.join('\n'))).toMatchInlineSnapshot(`
    "PEX_WORKLOAD_VALUE
    ~/log.swf: 6 bad rows:
      ~/log.swf:1: column 4 (run time): -2 cannot be; expected 0 or more, or -1 for unknown
      ~/log.swf:2: column 5 (allocated processors): "0x10" is not a number
      ~/log.swf:3: column 8 (requested processors): 1.5 cannot be; expected a whole number
      ~/log.swf:4: column 9 (requested time): "Infinity" is not a number
      ~/log.swf:5: column 11 (status): 1.5 cannot be; expected a whole number
      ~/log.swf:6: column 12 (user): 7.5 cannot be; expected a whole number"
  `);
});

test('memory comes from the log where it says so, for as many processors as an instance stands for', async () => {
  const memory = async (swf: object, fields: Parameters<typeof job>[0], used: number, requested: number) => {
    const columns = job(fields).split(' ');
    columns[6] = String(used);
    columns[9] = String(requested);
    const [row] = await folder.rows('log.swf', columns.join(' '), { swf });
    return row?.size;
  };
  const size = { milliCpus: 1000, diskGib: 0 };
  expect(await memory({}, {}, 2048, 4096)).toEqual({ ...size, memoryMib: 1024 });
  expect(await memory({ memory: 'requested' }, {}, 2048, 4096)).toEqual({ ...size, memoryMib: 4 });
  expect(await memory({ memory: 'used' }, {}, 2049, 4096)).toEqual({ ...size, memoryMib: 3 });
  expect(await memory({ memory: 'used' }, {}, -1, 4096)).toEqual({ ...size, memoryMib: 1024 });
  const perNode = { memory: 'requested', processorsPerNode: 8 };
  expect(await memory(perNode, { requested: 3 }, -1, 4096)).toEqual({ ...size, memoryMib: 12 });
  expect(await memory(perNode, { requested: 30 }, -1, 4096)).toEqual({ ...size, memoryMib: 32 });
  // 4 GiB in bytes, as MetaCentrum has them, and a byte more.
  const bytes = { memory: 'requested', memoryUnit: 'B' };
  expect(await memory(bytes, {}, -1, 4_294_967_296)).toEqual({ ...size, memoryMib: 4096 });
  expect(await memory(bytes, {}, -1, 4_294_967_297)).toEqual({ ...size, memoryMib: 4097 });
  expect(await memory({ ...bytes, memoryUnit: 'GiB' }, {}, -1, 2)).toEqual({ ...size, memoryMib: 2048 });
  // Of the whole job of 30 processors: instances of 8 have 8/30 of it, of 1 have 1/30; one that is smaller than a node has all.
  const ofJob = { ...perNode, memoryOf: 'job', memoryUnit: 'MiB' };
  expect(await memory(ofJob, { requested: 30 }, -1, 3000)).toEqual({ ...size, memoryMib: 800 });
  expect(await memory({ ...ofJob, processorsPerNode: 1 }, { requested: 30 }, -1, 3000)).toEqual({
    ...size,
    memoryMib: 100,
  });
  expect(await memory(ofJob, { requested: 3 }, -1, 3000)).toEqual({ ...size, memoryMib: 3000 });
  expect(
    await folder.problem('log.swf', job({}), { swf: { memory: 'used', instance: 'SMALL' } }),
  ).toMatchInlineSnapshot(`
    "PEX_WORKLOAD_VALUE
    ~/log.swf: swf.memory: the type "SMALL" of swf.instance says how much memory it has; expected amounts there: {cpus, memoryMib}"
  `);
});

test('of a log with 21 columns the first 18 are read when told so; until then there is one line of advice', async () => {
  const text = [1, 2, 3].map((id) => `${job({ id })} {1241,1241} q_1d 1:ppn=2:x86_64`).join('\n');
  expect(await folder.problem('log.swf', text, { lenient: true })).toMatchInlineSnapshot(`
    "PEX_WORKLOAD_HEADER
    ~/log.swf:1: 21 columns; expected the 18 of the Standard Workload Format; if these come first, as in the logs of MetaCentrum, set swf.surplusColumns: ignore"
  `);
  const rows = await folder.rows('log.swf', text, { swf: { surplusColumns: 'ignore' } });
  expect(rows.map(({ id }) => id)).toEqual(['1', '2', '3']);
  // A single line with too much in it is a bad row.
  expect(await folder.problem('log.swf', `${job({})}\n${job({ id: 2 })} 7`)).toMatchInlineSnapshot(`
    "PEX_WORKLOAD_VALUE
    ~/log.swf:2: 19 fields; expected the 18 columns of the Standard Workload Format"
  `);
});

test('Unix times are recognised, and what begins late is told what moves it', async () => {
  await folder.rows('log.swf', log({ id: 1, submit: 1_356_996_147 }));
  const unix = [...folder.hints];
  await folder.rows('log.swf', log({ id: 1, submit: 8_000_000 }));
  const late = [...folder.hints];
  // Obeyed, there is nothing left to say.
  await folder.rows('log.swf', log({ id: 1, submit: 1_356_996_147 }), { timeShift: '-15705d 23h 22m 27s' });
  expect({ unix, late, obeyed: folder.hints }).toMatchInlineSnapshot(`
    {
      "late": [
        "~/log.swf: the first request comes 92d after the start of the scenario; to begin with it, set timeShift: "-92d 14h 13m 20s"",
      ],
      "obeyed": [],
      "unix": [
        "~/log.swf: the first request comes 15705d after the start of the scenario; its times look like Unix times: set timeShift: "-15705d 23h 22m 27s", and start: 2012-12-31T23:22:27Z to keep its dates",
      ],
    }
  `);
});
