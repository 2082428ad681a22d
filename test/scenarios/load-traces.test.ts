// Guests that are as busy as others were that were measured: folders of two layouts, and what is wrong with them.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { simulate } from '../../engine/index.ts';
import { loadScenario } from '../../scenarios/load/scenario.ts';
import { ScenarioFolder } from './scenario-folder.ts';

let folder: ScenarioFolder;
beforeAll(async () => {
  folder = await ScenarioFolder.make();
  await folder.write('planetlab/host_a', '10\n80\n80\n5\n');
  await folder.write('planetlab/host_b', '100\r\n0\r\n');
  await folder.write('planetlab/.notes', 'not a trace');
  await folder.write(
    'bitbrains/17.csv',
    bitbrains('1400000000;2;26.04', '1400000303;2;101.5', '1400001203;2;0'),
  );
});
afterAll(() => folder.remove());

function bitbrains(...rows: string[]): string {
  return [
    'Timestamp [ms];\tCPU cores;\tCPU usage [%]',
    ...rows.map((row) => row.replaceAll(';', ';\t')),
  ].join('\n');
}

function scenario(traces: string, more = ''): string {
  return `
start: 2026-03-02T00:00:00Z
horizon: 6h
manager: { autoActivate: true }
cluster: { nodes: [{ group: n, count: 2, cpus: 8, memoryMib: 8192, diskGib: 200 }] }
hypervisor: { create: 0s, start: 0s, guestLoad: { traces: ${traces}${more} } }
workloads: [{ file: day.csv }]
`;
}

/** What is seen of the guests of each request, as `hh:mm permille`. */
async function loads(yaml: string): Promise<Record<string, string[]>> {
  const file = await folder.write('day.yaml', yaml);
  const seen: Record<string, string[]> = {};
  const requests = new Map<string, string>();
  const loaded = await loadScenario(file, { env: {} });
  await simulate(loaded.world(), {
    onEvent: (event) => {
      if (event.type === 'reservation-initiated') requests.set(event.reservationId, event.origin!.requestId);
      if (event.type !== 'vm-state-changed' || event.to !== 'RUNNING') return;
      const time = new Date(event.atMs).toISOString().slice(11, 16);
      const id = requests.get(event.reservationId)!;
      seen[id] = [...(seen[id] ?? []), `${time} ${event.loadPermille}`];
    },
  });
  // Whatever a run leaves can be run again, from anywhere.
  await folder.write('elsewhere/again.yaml', loaded.resolvedYaml);
  const again = await loadScenario(`${folder.path}/elsewhere/again.yaml`, { env: {} });
  expect(again.resolvedYaml).toBe(loaded.resolvedYaml);
  // A sweep goes by what is in the files.
  expect(loaded.files.some((name) => name.endsWith('/host_a') || name.endsWith('/17.csv'))).toBe(true);
  return seen;
}

test('each VM has the trace that its request names', async () => {
  await folder.write(
    'day.csv',
    'id,submit,start,duration,type,load\na,0,3600,2100,SMALL,host_a\nb,0,3600,1500,SMALL,host_b\n',
  );
  expect(await loads(scenario('{ files: planetlab, format: planetlab }'))).toEqual({
    a: ['01:00 100', '01:05 800', '01:15 50', '01:20 100', '01:25 800'],
    b: ['01:00 1000', '01:05 0', '01:10 1000', '01:15 0', '01:20 1000'],
  });
  expect(
    await loads(scenario('{ files: planetlab, format: planetlab, afterEnd: hold, every: 15m }')),
  ).toEqual({
    a: ['01:00 100', '01:15 50'],
    b: ['01:00 1000', '01:15 0'],
  });
});

test('one that names none has one that is drawn; all may begin with the run', async () => {
  await folder.write('day.csv', 'id,submit,start,duration,type\na,0,300,1500,SMALL\n');
  const alone = '{ files: bitbrains, format: bitbrains, begins: with-run, afterEnd: idle }';
  // The reading of 303 s is seen at the next look, the last lasts as long as the one before it.
  expect(await loads(scenario(alone))).toEqual({ a: ['00:05 260', '00:10 1000', '00:25 0'] });
});

test('what is wrong is told with its file and line', async () => {
  await folder.write('day.csv', 'id,submit,start,duration,type,load\na,0,300,1500,SMALL,host_c\n');
  const file = await folder.write('day.yaml', scenario('{ files: planetlab, format: planetlab }'));
  const loaded = await loadScenario(file, { env: {} });
  await expect(simulate(loaded.world())).rejects.toThrow(
    /day\.csv:2: load: there is no trace of load "host_c" \(did you mean "host_a"\?\)/,
  );
  await folder.write('empty/.hidden', '');
  await folder.write('percent/vm', '10\n\n12\n101\n');
  await folder.write('back/1.csv', bitbrains('1400000300;2;1', '1400000000;2;1'));
  await folder.write('words/1.csv', bitbrains('1400000300;2;much'));
  await folder.write('head/1.csv', 'Timestamp;CPU usage [%]\n1;2\n');
  await folder.write('twice/vm1', '10\n');
  await folder.write('twice/vm1.csv', '20\n');
  const problems = [
    await folder.problem(scenario('{ files: nowhere, format: planetlab }')),
    await folder.problem(scenario('{ files: empty, format: planetlab }')),
    await folder.problem(scenario('{ files: percent, format: planetlab }')),
    await folder.problem(scenario('{ files: back, format: bitbrains }')),
    await folder.problem(scenario('{ files: words, format: bitbrains }')),
    await folder.problem(scenario('{ files: head, format: bitbrains }')),
    await folder.problem(scenario('{ files: twice, format: planetlab }')),
    await folder.problem(scenario('{ files: planetlab, format: planetlab, every: 0s }', ', changes: {}')),
  ];
  expect(problems.join('\n')).toMatchInlineSnapshot(`
    "PEX_FILE_UNREADABLE
    ~/day.yaml:5:68: hypervisor.guestLoad.traces.files: there is no folder ~/nowhere that can be read
    PEX_FILE_UNREADABLE
    ~/day.yaml:5:68: hypervisor.guestLoad.traces.files: there is no file in the folder ~/empty
    PEX_WORKLOAD_VALUE
    ~/percent/vm:4: "101" is no whole number from 0 to 100
    PEX_WORKLOAD_VALUE
    ~/back/1.csv:3: Timestamp [ms]: "1400000000" is not later than the row before
    PEX_WORKLOAD_VALUE
    ~/words/1.csv:2: CPU usage [%]: "much" is no number of at least 0
    PEX_WORKLOAD_HEADER
    ~/head/1.csv:1: lacks the column "Timestamp [ms]"; found Timestamp, CPU usage [%]
    PEX_WORKLOAD_VALUE
    ~/twice/vm1.csv: is the trace "vm1", as vm1 beside it is; expected one file for each VM
    PEX_SCENARIO_INCONSISTENT
    ~/day.yaml:5:111: hypervisor.guestLoad.changes: has no effect where there are traces
    ~/day.yaml:5:105: hypervisor.guestLoad.traces.every: expected more than 0s"
  `);
});
