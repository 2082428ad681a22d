// A provider that names resources of its own, from the scenario file to what is decided and reported.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DomainEvent, type EventOf, simulate } from '../../engine/index.ts';
import { RunReport } from '../../reports/run-report.ts';
import { type LoadOptions, loadScenario } from '../../scenarios/load/scenario.ts';
import { ScenarioFolder } from './scenario-folder.ts';

let folder: ScenarioFolder;
beforeAll(async () => {
  folder = await ScenarioFolder.make();
});
afterAll(() => folder.remove());

const LAB = `
horizon: 1d
resources:
  gpu: { divisible: true }
  licence: { pool: 3 }
cluster:
  nodes:
    - { group: plain, count: 2, cpus: 16, memoryMib: 65536 }
    - { group: fast, cpus: 16, memoryMib: 65536, resources: { gpu: 4 } }
instanceTypes:
  TRAIN: { cpus: 4, memoryMib: 16384, resources: { gpu: 2 } }
  SOLVE: { cpus: 1, memoryMib: 2048, resources: { licence: 1 } }
policies: { pricing: { name: flat, options: { cpuHour: 0, resourceHours: { gpu: 1.5, licence: 0.25 } } } }
workloads:
  - file: lab.csv
`;
const LAB_CSV = `
id,submit,start,duration,type,cpus,memory,gpu,licence,instances,kind,latest_start
train,0,3600,7200,TRAIN,,,,,2,advance,
later,60,3600,7200,,1,1024,0.5,,1,flexible,86400
solve,120,3600,7200,SOLVE,,,,,3,advance,
wait,180,3600,3600,SOLVE,,,,,1,flexible,86400
never,240,3600,3600,,1,1024,4.001,,1,advance,
`;

async function run(text: string, options: LoadOptions = {}) {
  await folder.write('lab.csv', LAB_CSV);
  const scenario = await loadScenario(await folder.write('lab.yaml', text), { env: {}, ...options });
  const events: DomainEvent[] = [];
  const report = RunReport.open({
    run: {
      scenario: 'lab',
      description: '',
      seed: 1,
      version: '0',
      startMs: scenario.startMs,
      warmUpEndMs: scenario.startMs,
      endMs: scenario.endMs,
      reproduceCommand: '',
      settings: [],
    },
  });
  const outcome = await simulate(scenario.world(), {
    onEvent: (event) => {
      events.push(event);
      report.record(event);
    },
  });
  const { summary } = report.finish({ ...outcome, wallMs: 1, peakRssMib: 1 });
  return { events, scenario, summary };
}

const ofType = <T extends DomainEvent['type']>(events: readonly DomainEvent[], type: T) =>
  events.filter((event): event is EventOf<T> => event.type === type);

test('they are held, booked, countered, rejected and priced like CPU, memory and disk', async () => {
  const { events, scenario } = await run(LAB);
  const names = new Map(
    ofType(events, 'reservation-initiated').map(({ origin, reservationId }) => [
      reservationId,
      origin!.requestId,
    ]),
  );
  const confirmed = ofType(events, 'reservation-confirmed').map((event) => [
    names.get(event.reservationId),
    (event.proposal.startMs - scenario.startMs) / 3_600_000,
    event.pieces.map(({ instances, nodeId }) => `${instances} on ${nodeId}`).join(', '),
    event.priceMicros / 1_000_000,
  ]);
  expect(confirmed).toEqual([
    // 2 instances x 2 GPUs x 2 h x 1.5 credits, on the only node that has any.
    ['train', 1, '2 on fast', 12],
    // The GPUs are all taken until 3 h.
    ['later', 3, '1 on fast', 1.5],
    ['solve', 1, expect.stringContaining('3 on'), 1.5],
    // So are the licences of the pool.
    ['wait', 3, expect.stringContaining('1 on'), 0.25],
  ]);
  const ended = ofType(events, 'reservation-ended').find(
    ({ reservationId }) => names.get(reservationId) === 'never',
  );
  expect(ended).toMatchObject({ reason: 'never-fits' });
  expect(events[0]).toMatchObject({
    type: 'provider-joined',
    resources: [
      { name: 'gpu', divisible: true, scope: 'node' },
      { name: 'licence', divisible: false, scope: 'pool', capacity: 3 },
    ],
  });
});

test('their figures are shares of what was online: 10 of 96 GPU-hours and 7 of 72 licence-hours', async () => {
  const { summary } = await run(LAB);
  // train 2 x 2 x 2 h + later 0.5 x 2 h, of 4 x 24 h; solve 3 x 2 h + wait 1 h, of 3 x 24 h.
  expect(summary.resources).toMatchObject({
    gpu: { online: 4, utilisation: { reserved: 0.09375 }, utilisationPeak: { reserved: 1 } },
    licence: { online: 3, utilisation: { reserved: 0.097222 }, utilisationPeak: { reserved: 1 } },
  });
  const { summary: without } = await run(
    LAB.replace(/resources:\n {2}gpu.*\n {2}licence.*\n/, '')
      .replaceAll(/, resources: \{[^}]*\}/g, '')
      .replace(/policies: .*\n/, '')
      .replace('lab.csv', 'plain.csv'),
    await folder.write('plain.csv', 'id,submit,duration,type\na,0,60,SMALL\n').then(() => ({})),
  );
  expect(without.resources).toEqual({});
});

test('a resolved scenario gives the same run, and says nothing of resources where there are none', async () => {
  const first = await run(LAB);
  const { resolvedYaml } = first.scenario;
  expect(resolvedYaml).toContain('resources:\n  gpu:\n    divisible: true\n  licence:\n');
  const second = await run(resolvedYaml);
  expect(second.scenario.resolvedYaml).toBe(resolvedYaml);
  expect(second.events).toEqual(first.events);
});

test('a generator draws sizes with them', async () => {
  const { events } = await run(
    LAB.replace(
      '- file: lab.csv',
      `- generate:
      until: 6h
      populations:
        some:
          kind: flexible
          arrivals: { process: poisson, perHour: 3 }
          duration: 1h
          slack: 12h
          size:
            - { type: TRAIN, weight: 1 }
            - { cpus: 1, memoryMib: 1024, resources: { gpu: 0.25, licence: 1 }, weight: 2 }`,
    ),
  );
  const asked = ofType(events, 'proposal-received').map(({ proposal }) => proposal.demand.named);
  expect(asked.length).toBeGreaterThan(5);
  expect(new Set(asked.map((named) => JSON.stringify(named)))).toEqual(
    new Set(['{"gpu":2000}', '{"gpu":250,"licence":1}']),
  );
});

test('where one provider lacks what is asked for, it rejects, and the next one is asked', async () => {
  const world = `
providers:
  plain:
    cluster: { nodes: [{ group: p, cpus: 16, memoryMib: 65536 }] }
  fast:
    resources: { gpu: {} }
    cluster: { nodes: [{ group: f, cpus: 16, memoryMib: 65536, resources: { gpu: 2 } }] }
workloads:
  - file: world.csv
`;
  await folder.write(
    'world.csv',
    'id,submit,duration,cpus,memory,gpu\na,0,3600,1,1024,1\nb,0,3600,1,1024,\n',
  );
  const { events } = await run(world);
  expect(
    ofType(events, 'reservation-ended').map(({ provider, reason, state }) => [provider, state, reason]),
  ).toEqual([
    ['plain', 'REJECTED', 'never-fits'],
    ['fast', 'EXPIRED', 'window-over'],
    ['plain', 'EXPIRED', 'window-over'],
  ]);
});

describe('what cannot be is told with its place', () => {
  const problem = (change: (text: string) => string) => folder.problem(change(LAB), {}, 'lab.yaml');

  test('names', async () => {
    expect(
      await problem((text) =>
        text
          .replace('licence: { pool: 3 }', 'memory: {}\n  GPU: {}\n  constructor: {}')
          .replace('SOLVE: { cpus: 1, memoryMib: 2048, resources: { licence: 1 } }', '')
          .replace(', licence: 0.25', ''),
      ),
    ).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INCONSISTENT
      ~/lab.yaml:4:3: resources.memory: "memory" means something else already; give it another name
      ~/lab.yaml:5:3: resources.GPU: "GPU" is no name; expected up to 40 lower-case letters, digits, hyphens and underscores, beginning with a letter
      ~/lab.yaml:6:3: resources.constructor: "constructor" means something else already; give it another name"
    `);
  });

  test('amounts', async () => {
    expect(
      await problem((text) =>
        text
          .replace('pool: 3', 'pool: 2.5')
          .replace('{ gpu: 4 }', '{ gpu: 0.0001, licence: 1, gpus: 1 }')
          .replace('{ licence: 1 }', '{ licence: 0.5 }'),
      ),
    ).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INCONSISTENT
      ~/lab.yaml:4:20: resources.licence.pool: 2.5 is no whole number, and the resource is not divisible
      ~/lab.yaml:8:68: cluster.nodes[1].resources.gpu: 0.0001 is too fine; expected up to three decimals
      ~/lab.yaml:8:94: cluster.nodes[1].resources.gpus: there is no resource "gpus" (did you mean "gpu"?)
      ~/lab.yaml:8:85: cluster.nodes[1].resources.licence: all nodes share it; leave it out here, and say at resources.licence.pool how many there are
      ~/lab.yaml:10:3: instanceTypes.TRAIN: fits no node: it needs 4 CPUs, 16384 MiB, 0 GiB of disk, 2 gpu, 0 licence; the nearest node has 16 CPUs, 65536 MiB, 0 GiB of disk, 0 gpu, 2.5 licence
      ~/lab.yaml:11:60: instanceTypes.SOLVE.resources.licence: 0.5 is no whole number, and the resource is not divisible"
    `);
  });

  test('a type that fits no node', async () => {
    expect(
      await problem((text) => text.replace('{ gpu: 2 }', '{ gpu: 5, licence: 1 }')),
    ).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INCONSISTENT
      ~/lab.yaml:10:3: instanceTypes.TRAIN: fits no node: it needs 4 CPUs, 16384 MiB, 0 GiB of disk, 5 gpu, 1 licence; the nearest node has 16 CPUs, 65536 MiB, 0 GiB of disk, 4 gpu, 3 licence"
    `);
  });

  test('another measure at another provider', async () => {
    const nodes = 'cluster: { nodes: [{ group: n, cpus: 1, memoryMib: 1024 }] }';
    expect(
      await folder.problem(`
providers:
  one: { resources: { gpu: {} }, ${nodes} }
  two: { resources: { gpu: { divisible: true } }, ${nodes} }
workloads: [{ file: lab.csv }]
`),
    ).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INCONSISTENT
      ~/day.yaml:3:41: providers.two.resources.gpu.divisible: is divisible, unlike at provider "one""
    `);
  });

  test('a price of what the provider does not have', async () => {
    await expect(run(LAB.replace('gpu: 1.5', 'gpus: 1.5'))).rejects.toThrow(
      'resourceHours names "gpus", which the provider does not have (known: gpu, licence)',
    );
  });
});
