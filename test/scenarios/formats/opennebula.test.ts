// VM templates of OpenNebula: what they say as requests, the attribute HAIZEA, groups, and what is said about bad ones.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { simulate } from '../../../engine/index.ts';
import { loadScenario } from '../../../scenarios/load/scenario.ts';
import { HOUR_MS, START_MS, WorkloadFolder } from './workload-folder.ts';

let folder: WorkloadFolder;
beforeAll(async () => {
  folder = await WorkloadFolder.make();
});
afterAll(() => folder.remove());

const TEMPLATES = `
# A web server, from nine on.
NAME   = "web # 1"
CPU    = 0.5   # half a processor
MEMORY = 512
DISK   = [ image = "debian-lenny", target = "sda", readonly = "no" ]
DISK   = [ type = swap, size = 1536 ]
RANK   = FREECPU
HAIZEA = [
  start        = "+00:00:30",
  duration     = "00:01:00",
  preemptible  = "no"
]

NAME = batch
CPU = 2
memory = 1024
REQUIREMENTS = "FREECPU > 100 & !NAME = n4"
HAIZEA = [ start = "best_effort", duration = "01:00:00", preemptible = "yes" ]

NAME = queued
CPU = 2
MEMORY = 1024
HAIZEA = [ start = "best_effort", duration = "01:00:00", preemptible = "no" ]

NAME = dated
CPU = 1
RANK = FREECPU
SCHED_RANK = -RUNNING_VMS
MEMORY = 1024
HAIZEA = [ start = "2009-08-17 11:00:00", duration = "30:00:00" ]

NAME = plain
CPU = 1
MEMORY = 64
REQUIREMENTS = "CPUSPEED > 1000"
`;

test('a template is a request; the attribute HAIZEA says of which kind, when and for how long', async () => {
  const rows = await folder.rows('day.one', TEMPLATES);
  expect(
    rows.map(({ id, kind, submitMs, startMs, durationMs, line }) => [
      id,
      kind,
      submitMs,
      startMs,
      durationMs,
      line,
    ]),
  ).toEqual([
    ['web # 1', 'advance', 0, 30_000, 60_000, 2],
    ['batch', 'preemptible', 0, undefined, HOUR_MS, 14],
    ['queued', 'best-effort', 0, undefined, HOUR_MS, 20],
    ['dated', 'advance', 0, 11 * HOUR_MS, 30 * HOUR_MS, 25],
    ['plain', 'immediate', 0, undefined, 24 * HOUR_MS, 32],
  ]);
  expect(rows.map(({ size, template }) => [size, template])).toEqual([
    [{ milliCpus: 500, memoryMib: 512, diskGib: 2 }, 'debian-lenny'],
    [{ milliCpus: 2000, memoryMib: 1024, diskGib: 0 }, undefined],
    [{ milliCpus: 2000, memoryMib: 1024, diskGib: 0 }, undefined],
    [{ milliCpus: 1000, memoryMib: 1024, diskGib: 0 }, undefined],
    [{ milliCpus: 1000, memoryMib: 64, diskGib: 0 }, undefined],
  ]);
  expect(rows.map(({ rank, requirements }) => [rank, requirements])).toEqual([
    ['FREECPU', undefined],
    [undefined, 'FREECPU > 100 & !NAME = n4'],
    [undefined, undefined],
    ['-RUNNING_VMS', undefined],
    [undefined, undefined],
  ]);
  expect(folder.odd).toEqual({
    'with REQUIREMENTS that cannot be told here and is not looked at: CPUSPEED > 1000': 1,
    'without an end: asked for as long as "duration" says, 1d': 1,
  });
});

test('they are submitted one interval after the other, and endless ones last as long as is said', async () => {
  const settings = { opennebula: { interval: '10m', duration: '2h' } };
  const requests = await folder.requests('day.one', TEMPLATES, settings);
  const minute = 60_000;
  expect(requests.map(({ submitMs }) => submitMs - START_MS)).toEqual(
    [0, 10, 20, 30, 40].map((m) => m * minute),
  );
  expect(requests.at(-1)?.proposal.durationMs).toBe(2 * HOUR_MS);
});

const vm = (name: string, more: string, cpu = 1) =>
  `NAME = ${name}\nCPU = ${cpu}\nMEMORY = 256\nHAIZEA = [ ${more} ]\n`;

test('VMs of a group are asked for together, and must be alike', async () => {
  const grouped = 'start = "now", duration = "01:00:00", group = "mpi"';
  const text = vm('a', grouped) + vm('b', 'start = "now", duration = "01:00:00"') + vm('c', grouped);
  const rows = await folder.rows('group.one', text, { opennebula: { interval: '1m' } });
  expect(rows.map(({ id, instances, submitMs }) => [id, instances, submitMs])).toEqual([
    ['a', 2, 0],
    ['b', 1, 60_000],
  ]);
  expect(await folder.problem('group.one', vm('a', grouped) + vm('c', grouped, 2))).toMatchInlineSnapshot(`
    "PEX_WORKLOAD_VALUE
    ~/group.one:5: HAIZEA/GROUP: another size than its group has in line 1; expected VMs that are alike"
  `);
});

/** As `onevm list -x` prints it: a web server that is over, and a VM of a group of Haizea that is not. */
const POOL = `<VM_POOL>
  <VM>
    <ID>41</ID>
    <UID>2</UID>
    <UNAME>ann</UNAME>
    <NAME>web &amp; mail</NAME>
    <STATE>6</STATE>
    <STIME>1250467200</STIME>
    <ETIME>1250470800</ETIME>
    <MONITORING>
      <CPU><![CDATA[93.5]]></CPU>
    </MONITORING>
    <TEMPLATE>
      <CPU><![CDATA[0.5]]></CPU>
      <DISK>
        <IMAGE><![CDATA[debian]]></IMAGE>
        <SIZE><![CDATA[4096]]></SIZE>
      </DISK>
      <DISK>
        <SIZE><![CDATA[1024]]></SIZE>
        <TYPE><![CDATA[swap]]></TYPE>
      </DISK>
      <MEMORY><![CDATA[512]]></MEMORY>
    </TEMPLATE>
    <USER_TEMPLATE>
      <SCHED_RANK><![CDATA[-RUNNING_VMS]]></SCHED_RANK>
      <SCHED_REQUIREMENTS><![CDATA[NAME = "n*" & FREE_CPU > 50]]></SCHED_REQUIREMENTS>
    </USER_TEMPLATE>
    <HISTORY_RECORDS>
      <HISTORY><STIME>1</STIME><VM><NAME>no VM</NAME></VM></HISTORY>
    </HISTORY_RECORDS>
  </VM>
  <VM>
    <ID>42</ID>
    <UNAME>bob</UNAME>
    <NAME>web &amp; mail</NAME>
    <STIME>1250467260</STIME>
    <ETIME>0</ETIME>
    <TEMPLATE><CPU>2</CPU><MEMORY>1024</MEMORY></TEMPLATE>
    <USER_TEMPLATE><HAIZEA><START>+01:00:00</START><DURATION>02:00:00</DURATION></HAIZEA></USER_TEMPLATE>
  </VM>
</VM_POOL>
`;

test('VMs that OpenNebula tells of were submitted when it says, by whom it says, and lasted as long', async () => {
  const rows = await folder.rows('pool.xml', POOL);
  const minute = 60_000;
  expect(rows).toMatchObject([
    {
      id: 'one-41',
      kind: 'immediate',
      submitMs: 0,
      durationMs: HOUR_MS,
      size: { milliCpus: 500, memoryMib: 512, diskGib: 5 },
      template: 'debian',
      user: 'ann',
      rank: '-RUNNING_VMS',
      requirements: 'NAME = "n*" & FREE_CPU > 50',
      line: 2,
    },
    {
      id: 'one-42',
      kind: 'advance',
      submitMs: minute,
      startMs: minute + HOUR_MS,
      durationMs: 2 * HOUR_MS,
      size: { milliCpus: 2000, memoryMib: 1024, diskGib: 0 },
      user: 'bob',
    },
  ]);
  expect(folder.odd).toEqual({});
});

test('a template in XML says what it says in words', async () => {
  const xml = `<VMTEMPLATE><ID>3</ID><UNAME>ann</UNAME><NAME>batch</NAME><TEMPLATE><CPU>2</CPU><MEMORY>1024</MEMORY>
<HAIZEA><START>best_effort</START><DURATION>01:00:00</DURATION><PREEMPTIBLE>yes</PREEMPTIBLE></HAIZEA></TEMPLATE></VMTEMPLATE>`;
  const text =
    'NAME = batch\nCPU = 2\nMEMORY = 1024\nHAIZEA = [ start = "best_effort", duration = "01:00:00", preemptible = "yes" ]\n';
  expect(await folder.rows('batch.xml', xml)).toEqual(await folder.rows('batch.one', text));
});

test.each([
  ['a VM without memory', POOL.replace(/<MEMORY>.*512.*/, '')],
  ['a time that is none', POOL.replace('<STIME>1250467260', '<STIME>monday')],
  ['what ends before it begins', POOL.replace('1250470800', '1250460000')],
  ['what is cut off', POOL.slice(0, 900)],
  ['another document of OpenNebula', '<HOST_POOL></HOST_POOL>'],
])('%s is wrong in its XML, and is named', async (_, text) => {
  expect(await folder.problem('bad.one', text)).toMatchSnapshot();
});

test('with the scheduler of OpenNebula each VM goes where its own template would have it, and is found there in a log', async () => {
  const here = 'REQUIREMENTS = "HOSTNAME = \\"b-*\\""\nRANK = RUNNING_VMS\n';
  const vms = ['web', 'db'].map((name) => `NAME = ${name}\nCPU = 1\nMEMORY = 256\n${here}`);
  await folder.write('own.one', `${vms.join('')}NAME = any\nCPU = 1\nMEMORY = 256\n`);
  const file = await folder.write(
    'own.yaml',
    `
name: own
start: 2009-08-17T00:00:00Z
horizon: 2h
cluster: { nodes: [{ group: a, count: 2, cpus: 4, memoryMib: 4096 }, { group: b, count: 2, cpus: 4, memoryMib: 4096 }] }
policies: { allocation: opennebula }
workloads: [{ file: own.one }]
`,
  );
  const places: string[] = [];
  const scenario = await loadScenario(file, { env: {}, seed: 1 });
  await simulate(scenario.world(), {
    onEvent: (event) => {
      if (event.type === 'reservation-confirmed') places.push(...event.pieces.map(({ nodeId }) => nodeId));
    },
  });
  expect(places).toEqual(['b-001', 'b-001', 'a-001']);
});

test('what cannot be told of a node is wrong in a log of ours', async () => {
  const csv = 'id,submit,duration,cpus,memory,requirements,rank\na,0,60,1,64,FREE_CPU > 1,NAMES\n';
  expect(await folder.problem('own.csv', csv)).toMatch(
    /^PEX_WORKLOAD_VALUE\n~\/own.csv:2(?::\d+)?: rank: hosts have no attribute "NAMES" \(did you mean "NAME"\?\)/,
  );
});

test.each([
  ['no CPU', 'NAME = a\nMEMORY = 64\n'],
  ['a start that is none', vm('a', 'start = "soon", duration = "01:00:00"')],
  ['a duration that is none', vm('a', 'start = "now", duration = "1h"')],
  ['a word for yes or no', vm('a', 'start = "best_effort", duration = "01:00:00", preemptible = "maybe"')],
  ['an amount that is none', 'CPU = 1\nMEMORY = 1G\n'],
  ['no CPU at all', 'CPU = 0\nMEMORY = 64\n'],
  ['no attribute', 'CPU = 1\nMEMORY 64\n'],
  ['a bracket that stays open', 'CPU = 1\nDISK = [ size = 4,\n'],
  ['parts without commas', 'CPU = 1\nDISK = [ size = 4 image = "a" ]\n'],
])('%s is a bad template, which is named', async (_, text) => {
  expect(await folder.problem('bad.one', text)).toMatchSnapshot();
});
