// The Alibaba openb lists: pods as requests, nodes as a cluster.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readOpenbNodes } from '../../../scenarios/formats/openb.ts';
import { START_MS, WorkloadFolder } from './workload-folder.ts';

let folder: WorkloadFolder;
beforeAll(async () => {
  folder = await WorkloadFolder.make();
});
afterAll(() => folder.remove());

const PODS = `
name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time
p0,12000,16384,1,1000,,LS,Running,100,5000,130
p1,500,1024,0,0,,BE,Pending,200,900,
p2,500,1024,0,0,V100M16|V100M32,BE,Succeeded,300,400,400
`;

test('a pod asks for one instance as soon as possible and lives as long as it lived; the header tells the format', async () => {
  const requests = await folder.requests('pods.csv', PODS);
  expect(requests[0]).toEqual({
    requestId: 'p0',
    userId: 'anonymous',
    kind: 'best-effort',
    submitMs: START_MS + 100_000,
    proposal: {
      type: 'custom',
      demand: { milliCpus: 12_000, memoryMib: 16_384, diskGib: 0 },
      numInstancesFixed: 1,
      numInstancesOption: 0,
      startMs: START_MS + 100_000,
      durationMs: 4_870_000,
      template: 'debian',
    },
    latestStartMs: Number.POSITIVE_INFINITY,
    runTimeMs: Number.POSITIVE_INFINITY,
  });
});

test('a pod that was never scheduled is given up at its deletion, or left out; one of no length lasts a second', async () => {
  const rows = await folder.rows('pods.csv', PODS);
  expect(rows.map(({ id, durationMs, cancelMs }) => [id, durationMs, cancelMs])).toEqual([
    ['p0', 4_870_000, undefined],
    ['p1', 700_000, 900_000],
    ['p2', 1000, undefined],
  ]);
  const scheduled = await folder.rows('pods.csv', PODS, { openb: { pending: 'skip', diskGib: 10 } });
  expect(scheduled.map(({ id, size }) => [id, size])).toMatchObject([
    ['p0', { diskGib: 10 }],
    ['p2', { diskGib: 10 }],
  ]);
});

test('a pod that was still alive ends with the list, and is counted', async () => {
  const rows = await folder.rows('pods.csv', `${PODS}p3,500,1024,0,0,,BE,Running,410,,420\n`);
  expect(rows.at(-1)).toMatchObject({ id: 'p3', submitMs: 410_000, durationMs: (5000 - 420) * 1000 });
  expect(folder.odd).toEqual({
    'ended with the list at 1h 23m 20s, still alive (no deletion_time)': 1,
  });
});

test('on-demand pods that will not wait are immediate requests', async () => {
  const [request] = await folder.requests('pods.csv', PODS, { defaults: { kind: 'immediate' } });
  expect(request).toMatchObject({ kind: 'immediate', latestStartMs: START_MS + 100_000 });
});

test('mistakes are reported with line and column', async () => {
  const text = `name,cpu_milli,memory_mib,creation_time,deletion_time,scheduled_time
a,many,1,0,1,0
b,0,1,0,1,0
c,1,1,0
d,1,1,5,4,
,1,1,5,6,
`;
  expect(await folder.problem('pods.csv', text)).toMatchInlineSnapshot(`
    "PEX_WORKLOAD_VALUE
    ~/pods.csv: 5 bad rows:
      ~/pods.csv:2: cpu_milli: "many" is not a number; expected a whole number, 1 or more
      ~/pods.csv:3: cpu_milli: 0 cannot be; expected a whole number, 1 or more
      ~/pods.csv:4: 4 values for 6 columns
      ~/pods.csv:5: deletion_time: 4 s is before the pod began at 5 s
      ~/pods.csv:6: name: is missing; expected the name of the pod"
  `);
});

test('nodes keep their order and are grouped by GPU model and size', async () => {
  const file = await folder.write(
    'nodes.csv',
    'sn,cpu_milli,memory_mib,gpu,model\nn0,32000,262144,0,\nn1,96000,393216,8,G2\nn2,32000,262144,0,\n',
  );
  const small = { milliCpus: 32_000, memoryMib: 262_144, diskGib: 0 };
  expect(await readOpenbNodes(file)).toEqual([
    { nodeId: 'n0', group: 'cpu-32cpu-256gib', capacity: small },
    {
      nodeId: 'n1',
      group: 'G2-96cpu-384gib',
      capacity: { milliCpus: 96_000, memoryMib: 393_216, diskGib: 0 },
    },
    { nodeId: 'n2', group: 'cpu-32cpu-256gib', capacity: small },
  ]);
});
