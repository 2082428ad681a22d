// What a provider names beside CPU, memory and disk, in workloads: columns of our CSV, mappings of other logs, the GPUs of openb.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatCsvHeader, formatCsvRow } from '../../../scenarios/formats/csv.ts';
import { NO_NAMED } from '../../../scenarios/formats/named-amounts.ts';
import { readOpenbNodes } from '../../../scenarios/formats/openb.ts';
import type { WorkloadRow } from '../../../scenarios/formats/row.ts';
import { SwfWriter } from '../../../scenarios/formats/swf-text.ts';
import { START_MS, WorkloadFolder } from './workload-folder.ts';

const KNOWN = new Map([
  ['gpu', { divisible: true }],
  ['licence', { divisible: false }],
]);

let folder: WorkloadFolder;
beforeAll(async () => {
  folder = await WorkloadFolder.make();
  folder.resources = KNOWN;
});
afterAll(() => folder.remove());

const sizes = (rows: readonly WorkloadRow[]) => rows.map(({ size }) => size);

describe('our CSV', () => {
  test('has a column for each: thousandths of what is divisible, whole numbers of the rest, nothing where a cell is empty or 0', async () => {
    const rows = await folder.rows(
      'a.csv',
      'id,submit,duration,cpus,memory,licence,gpu\na,0,60,1,512,2,0.125\nb,0,60,1,512,,3\nc,0,60,1,512,0,\n',
    );
    const fixed = { milliCpus: 1000, memoryMib: 512, diskGib: 0 };
    expect(sizes(rows)).toEqual([
      { ...fixed, named: { gpu: 125, licence: 2 } },
      { ...fixed, named: { gpu: 3000 } },
      fixed,
    ]);
  });

  test('says what is wrong with an amount, and knows no other names', async () => {
    const text = `id,submit,duration,type,cpus,memory,gpu,licence
a,0,60,,1,512,0.0001,
b,0,60,,1,512,-1,
c,0,60,,1,512,,0.5
d,0,60,SMALL,,,1,
e,0,60,,1,512,9e9,
f,0,60,,,,1,
`;
    expect(await folder.problem('a.csv', text)).toMatchInlineSnapshot(`
      "PEX_WORKLOAD_VALUE
      ~/a.csv: 6 bad rows:
        ~/a.csv:2: gpu: 0.0001 cannot be; expected 0 or more, with up to three decimals
        ~/a.csv:3: gpu: -1 cannot be; expected 0 or more, with up to three decimals
        ~/a.csv:4: licence: 0.5 cannot be; expected a whole number, 0 or more
        ~/a.csv:5: gpu: is given beside the type "SMALL"; expected either a type or amounts
        ~/a.csv:6: gpu: that cannot be; expected from 0 to 1000000
        ~/a.csv:7: cpus: is missing; expected virtual CPUs with up to three decimals"
    `);
    expect(await folder.problem('b.csv', 'id,submit,duration,type,licences\na,0,60,SMALL,1\n')).toContain(
      'unknown column "licences" (did you mean "licence"?)',
    );
  });

  test('what is written is read as the same row', async () => {
    const amounts = fc.record(
      { gpu: fc.integer({ min: 1, max: 10 ** 9 }), licence: fc.integer({ min: 1, max: 10 ** 6 }) },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(amounts, { minLength: 1, maxLength: 8 }), async (drawn) => {
        const written = drawn.map((named, i): WorkloadRow => {
          const fixed = { milliCpus: 1000, memoryMib: 1, diskGib: 0 };
          const size = Object.keys(named).length === 0 ? fixed : { ...fixed, named };
          const id = `r${i}`;
          return { id, kind: 'advance', submitMs: 0, durationMs: 1000, size, instances: 1, optional: 0 };
        });
        const csv = formatCsvHeader(KNOWN) + written.map((row) => formatCsvRow(row, KNOWN)).join('');
        expect(sizes(await folder.rows('round-trip.csv', csv))).toEqual(sizes(written));
      }),
    );
  });
});

describe('a mapping of columns', () => {
  const LOG = 'name,at,for,cores,gpus,tokens\na,0,60,1,0.3333,1.2\nb,0,60,1,,\n';
  const COLUMNS = { id: 'name', submit: 'at', duration: 'for', cpus: 'cores', memory: { value: 512 } };

  test('reads amounts, rounded up to what can be had', async () => {
    const resources = { gpu: 'gpus', licence: { column: 'tokens' } };
    expect(
      sizes(await folder.rows('log', LOG, { columns: { ...COLUMNS, resources } })).map(
        (size) => typeof size === 'object' && size.named,
      ),
    ).toEqual([{ gpu: 334, licence: 2 }, undefined]);
  });

  test('says what is wrong', async () => {
    const columns = { ...COLUMNS, resources: { gpus: 'gpus' } };
    expect(await folder.problem('log', LOG, { columns })).toBe(
      'PEX_WORKLOAD_HEADER\n~/log: columns.resources.gpus: there is no resource "gpus" (did you mean "gpu"?)',
    );
    const { cpus: _, memory: __, ...rest } = COLUMNS;
    const ofType = { ...rest, type: { value: 'SMALL' }, resources: { gpu: 'gpus' } };
    expect(await folder.problem('log', LOG, { columns: ofType })).toBe(
      'PEX_WORKLOAD_HEADER\n~/log: columns.type: is given beside amounts; expected either a type or amounts',
    );
  });
});

describe('openb', () => {
  const PODS = `
name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time
p0,12000,16384,1,460,,LS,Running,100,5000,130
p1,500,1024,0,0,,BE,Running,200,900,200
p2,500,1024,8,1000,V100M16|V100M32,BE,Running,300,400,300
`;
  const NODES = `
sn,cpu_milli,memory_mib,gpu,model
n0,96000,393216,8,G2
n1,32000,262144,0,
`;

  test('pods need shares of a GPU or whole ones, and a model that they ask for is counted', async () => {
    const rows = await folder.rows('pods.csv', PODS);
    expect(rows.map(({ size }) => typeof size === 'object' && size.named)).toEqual([
      { gpu: 460 },
      undefined,
      { gpu: 8000 },
    ]);
    expect(folder.odd).toEqual({ 'with a model of GPU (gpu_spec): any of `gpu` will do': 1 });
    folder.resources = new Map([['gpu', { divisible: false }]]);
    const whole = await folder.rows('pods.csv', PODS);
    folder.resources = KNOWN;
    expect(whole.map(({ size }) => typeof size === 'object' && size.named?.['gpu'])).toEqual([
      1,
      undefined,
      8,
    ]);
  });

  test('where GPUs come in devices pods keep the models that they ask for, and nodes have theirs', async () => {
    const inDevices = new Map([['gpu', { divisible: true, inDevices: true }]]);
    folder.resources = inDevices;
    const rows = await folder.rows('pods.csv', PODS);
    const odd = await folder.problem(
      'pods.csv',
      `${PODS}p3,500,1024,2,500,,BE,Running,300,400,300\np4,500,1024,1,1500,,BE,Running,300,400,300\n`,
    );
    folder.resources = KNOWN;
    expect(rows.map(({ size }) => typeof size === 'object' && [size.named, size.models])).toEqual([
      [{ gpu: 460 }, undefined],
      [undefined, undefined],
      [{ gpu: 8000 }, { gpu: ['V100M16', 'V100M32'] }],
    ]);
    expect(folder.odd).toEqual({});
    expect(odd).toContain('gpu_milli: 2 x 500 cannot be; expected a share of one GPU, or whole ones');
    expect(odd).toContain('gpu_milli: 1 x 1500 cannot be');
    const file = await folder.write('nodes.csv', NODES);
    expect((await readOpenbNodes(file, inDevices)).map(({ models }) => models)).toEqual([
      { gpu: 'G2' },
      undefined,
    ]);
  });

  test('nodes have their GPUs, where the provider names any', async () => {
    const file = await folder.write('nodes.csv', NODES);
    const named = async (known: typeof KNOWN | typeof NO_NAMED) =>
      (await readOpenbNodes(file, known)).map(({ capacity }) => capacity.named);
    expect(await named(KNOWN)).toEqual([{ gpu: 8000 }, undefined]);
    expect(await named(NO_NAMED)).toEqual([undefined, undefined]);
  });

  test('a list without the columns is told', async () => {
    const text = 'name,cpu_milli,memory_mib,creation_time,deletion_time,scheduled_time\na,1,1,0,1,0\n';
    expect(await folder.problem('pods.csv', text)).toContain('lacks the columns "num_gpu", "gpu_milli"');
  });
});

test('the Standard Workload Format has none, and that is told', () => {
  const lost: string[] = [];
  const writer = new SwfWriter({
    file: 'a.swf',
    startMs: START_MS,
    instanceTypes: new Map(),
    onLost: (what) => lost.push(what),
  });
  const size = { milliCpus: 1000, memoryMib: 1024, diskGib: 0, named: { gpu: 500 } };
  const asked = { submitMs: 0, durationMs: 60_000, size, instances: 1, optional: 0 };
  expect(writer.row({ id: '1', kind: 'best-effort', ...asked })).toMatch(/^1 0 -1 /);
  expect(lost).toEqual(['with gpu; a job has none']);
});
