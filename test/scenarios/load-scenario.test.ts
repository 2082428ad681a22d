import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Proposal, Rng, simulate, type UserRequest, type World } from '../../engine/index.ts';
import { type LoadedScenario, loadScenario } from '../../scenarios/load/scenario.ts';
import type { ScenarioFile } from '../../scenarios/schema/scenario.ts';
import { shippedScenarios } from '../../scenarios/shipped.ts';
import { DAY_CSV, LEAST, ScenarioFolder } from './scenario-folder.ts';

const HOUR = 3_600_000;
let folder: ScenarioFolder;
beforeAll(async () => {
  folder = await ScenarioFolder.make();
  await folder.write('day.csv', DAY_CSV);
});
afterAll(() => folder.remove());

/** A scenario with one provider, and its cluster. */
async function load(text: string, options = {}) {
  const scenario = await loadScenario(await folder.write('day.yaml', text), { env: {}, ...options });
  const [{ cluster } = { cluster: { nodes: [] } }] = scenario.providers;
  return { ...scenario, cluster, resolved: scenario.resolved as ScenarioFile & { name: string } };
}

async function requestsOf(scenario: LoadedScenario): Promise<UserRequest[]> {
  const requests: UserRequest[] = [];
  for await (const request of scenario.world().requests) requests.push(request);
  return requests;
}

describe('a scenario that says little', () => {
  test('gets a default for everything else', async () => {
    const scenario = await load(LEAST);
    expect(scenario.name).toBe('day');
    expect(scenario.resolvedYaml.replaceAll(folder.path, '~')).toMatchInlineSnapshot(`
      "# A scenario with every setting written out: \`openpex run\` on this file repeats the run.
      name: day
      description: ""
      seed: 1
      start: "2009-08-17T00:00:00Z"
      horizon: unlimited
      warmUp: 0s
      cluster:
        nodes:
          - group: "n"
            count: 2
            cpus: 4
            memoryMib: 4096
            dom0MemoryMib: 0
            diskGib: 100
      instanceTypes:
        SMALL:
          cpus: 1
          memoryMib: 768
          diskGib: 10
        MEDIUM:
          cpus: 2
          memoryMib: 1536
          diskGib: 20
        LARGE:
          cpus: 3
          memoryMib: 2560
          diskGib: 40
        XLARGE:
          cpus: 4
          memoryMib: 3584
          diskGib: 60
      template: PEX Debian Etch 4.0 Template
      negotiation:
        hold: 10m
        maxRounds: 5
        untold: false
        bookingHorizon: 365d
        kinds:
          - advance
          - immediate
          - best-effort
          - preemptible
        waitlist: 1000
        auctionInterval: 1h
        turn: 1h
        claimRisk: 0.8
      manager:
        earlyRelease: true
        shutdownLead: 30s
        backfilling: easy
        maxAttempts: 3
        maxRestarts: 100
        retryDelay: 10s
        assumedRepairTime: 4h
        rePlacement: 0
        noShowGrace: unlimited
        migrationInterval: 1m
        autoActivate: false
      hypervisor:
        create: 5s
        start: 20s
        stop: 10s
        reboot: 30s
        suspend: 20s
        resume: 20s
        migrate: 30s
        migrateDowntime: 100ms
        destroy: 2s
        nodeDetection: 10s
        hangDetection: 1m
        guestLoad:
          min: 0.3
          max: 0.9
        guestsWithoutTools: 0
      faults:
        nodeMtbf: unlimited
        nodeMttr: 4h
        groupMtbf: unlimited
        groupMttr: 1h
        groupShare: 1
        bootFailure: 0
        guestCrashMtbf: unlimited
        guestHangMtbf: unlimited
        operationFailure: 0
        operationRefusal: 0
        operationWait: 0
      incidents: []
      users:
        thinkTime: 0s
        noShow: 0
        lateness: 0s
        claim: 0.8
        extend: 0
        movesOn:
          waited: unlimited
          displaced: unlimited
      policies:
        allocation:
          name: most-loaded
          options: {}
        counterOffer:
          name: earliest-start
          options:
            maxDisplacement: unlimited
        pricing:
          name: flat
          options:
            cpuHour: 0.1
            memoryGibHour: 0
            diskGibHour: 0
            resourceHours: {}
            billingIncrement: 1h
            penaltyShare: 0.1
        preemption:
          name: none
          options: {}
        migration:
          name: none
          options: {}
        waitlist:
          name: fifo
          options: {}
        recovery:
          name: give-up
          options:
            moves: migrate
            begins: anew
        provisioning:
          name: as-needed
          options: {}
        buyer:
          name: earliest-slot
          options:
            maxDisplacement: unlimited
        broker:
          name: in-order
          options: {}
      buyers: {}
      workloads:
        - file: ~/day.csv
          lenient: false
          sort: false
          sample: 1
          timeScale: 1
          timeShift: 0s
          idPrefix: ""
      "
    `);
  });

  test('becomes a world in milliseconds, with policies made for this run', async () => {
    const { providers, requests: _, users, ...world } = (await load(LEAST)).world();
    const { policies, ...provider } = providers[0]!;
    expect({ ...world, users, provider }).toMatchInlineSnapshot(`
      {
        "endMs": Infinity,
        "incidents": [],
        "provider": {
          "cluster": {
            "nodes": [
              {
                "capacity": {
                  "diskGib": 100,
                  "memoryMib": 4096,
                  "milliCpus": 4000,
                },
                "group": "n",
                "nodeId": "n-001",
              },
              {
                "capacity": {
                  "diskGib": 100,
                  "memoryMib": 4096,
                  "milliCpus": 4000,
                },
                "group": "n",
                "nodeId": "n-002",
              },
            ],
          },
          "faults": {
            "bootFailure": 0,
            "groupMtbfMs": Infinity,
            "groupMttrMs": 3600000,
            "groupShare": 1,
            "guestCrashMtbfMs": Infinity,
            "guestHangMtbfMs": Infinity,
            "nodeMtbfMs": Infinity,
            "nodeMttrMs": 14400000,
            "operationFailure": 0,
            "operationRefusal": 0,
            "operationWait": 0,
          },
          "hypervisor": {
            "create": {
              "maxMs": 5000,
              "minMs": 5000,
            },
            "destroy": {
              "maxMs": 2000,
              "minMs": 2000,
            },
            "guestLoadPermille": {
              "max": 900,
              "min": 300,
            },
            "guestsWithoutTools": 0,
            "hangDetectionMs": 60000,
            "migrate": {
              "maxMs": 30000,
              "minMs": 30000,
            },
            "migrateDowntimeMs": 100,
            "nodeDetectionMs": 10000,
            "reboot": {
              "maxMs": 30000,
              "minMs": 30000,
            },
            "resume": {
              "maxMs": 20000,
              "minMs": 20000,
            },
            "start": {
              "maxMs": 20000,
              "minMs": 20000,
            },
            "stop": {
              "maxMs": 10000,
              "minMs": 10000,
            },
            "suspend": {
              "maxMs": 20000,
              "minMs": 20000,
            },
          },
          "instanceTypes": Map {
            "SMALL" => {
              "diskGib": 10,
              "memoryMib": 768,
              "milliCpus": 1000,
            },
            "MEDIUM" => {
              "diskGib": 20,
              "memoryMib": 1536,
              "milliCpus": 2000,
            },
            "LARGE" => {
              "diskGib": 40,
              "memoryMib": 2560,
              "milliCpus": 3000,
            },
            "XLARGE" => {
              "diskGib": 60,
              "memoryMib": 3584,
              "milliCpus": 4000,
            },
          },
          "leaseKinds": [
            {
              "accepts": [Function],
              "due": [Function],
              "isChangeable": true,
              "latestStartMs": [Function],
              "name": "advance",
              "plan": [Function],
              "summary": "a window at a given time, promised exactly; when it does not fit, another one may be offered",
            },
            {
              "accepts": [Function],
              "due": [Function],
              "isChangeable": true,
              "latestStartMs": [Function],
              "name": "immediate",
              "plan": [Function],
              "summary": "a window that starts now; when it does not fit, no later one is offered",
            },
            {
              "accepts": [Function],
              "activatesItself": true,
              "due": [Function],
              "expect": [Function],
              "latestStartMs": [Function],
              "leastMs": [Function],
              "name": "best-effort",
              "onRoom": [Function],
              "plan": [Function],
              "summary": "a window as soon as its turn comes: it waits in a queue, and begins by itself",
            },
            {
              "accepts": [Function],
              "activatesItself": true,
              "due": [Function],
              "expect": [Function],
              "givesWay": true,
              "latestStartMs": [Function],
              "leastMs": [Function],
              "name": "preemptible",
              "onRoom": [Function],
              "plan": [Function],
              "summary": "a best-effort window that may be interrupted for others, and goes on when there is room again",
            },
          ],
          "name": "provider",
          "settings": {
            "assumedRepairMs": 14400000,
            "auctionIntervalMs": 3600000,
            "autoActivate": false,
            "backfillReservations": 1,
            "bookingHorizonMs": 31536000000,
            "claimRisk": 0.8,
            "earlyRelease": true,
            "holdMs": 600000,
            "keepDisksMs": undefined,
            "longestDurationMs": Infinity,
            "maxAttempts": 3,
            "maxRestarts": 100,
            "maxRounds": 5,
            "migrationIntervalMs": 60000,
            "noShowGraceMs": Infinity,
            "rePlacementMax": 0,
            "retryDelayMs": 10000,
            "shortestDurationMs": 55000,
            "shutdownLeadMs": 30000,
            "turnMs": 3600000,
            "waitlistMax": 1000,
          },
        },
        "seed": 1,
        "startMs": 1250467200000,
        "users": {
          "broker": {
            "name": "in-order",
            "policy": {
              "order": [Function],
            },
          },
          "buyer": [Function],
          "claim": 0.8,
          "extend": 0,
          "lateness": {
            "maxMs": 0,
            "minMs": 0,
          },
          "movesOn": {
            "displacedMs": Infinity,
            "waitedMs": Infinity,
          },
          "noShow": 0,
          "thinkTime": {
            "maxMs": 0,
            "minMs": 0,
          },
        },
      }
    `);
    expect([policies.allocation, policies.counterOffer, policies.pricing].map(({ name }) => name)).toEqual([
      'most-loaded',
      'earliest-start',
      'flat',
    ]);
    expect(users.buyer(undefined).name).toBe('earliest-slot');
  });

  test('gives the requests of its workload at the instants of its start', async () => {
    const scenario = await load(`start: 2009-08-21T10:00:00Z\n${LEAST}`);
    const [first, second] = await requestsOf(scenario);
    expect(first).toMatchObject({
      requestId: 'a',
      submitMs: Date.UTC(2009, 7, 21, 10),
      proposal: { startMs: Date.UTC(2009, 7, 21, 11), durationMs: 2 * HOUR, numInstancesFixed: 2 },
    });
    expect(second?.buyer).toBe('exact-or-nothing');
  });
});

describe('the resolved scenario', () => {
  test('loads to the same text and the same run, wherever it lies', async () => {
    await folder.write(
      'policies/mine.mjs',
      `
import { allocationPolicy, highestScore } from 'openpex';
import { Type } from 'typebox';
const options = Type.Object({ sign: Type.Number({ default: 1, description: 'Sign.' }) });
export default allocationPolicy({
  name: 'mine', summary: 'Mine.', options, create: ({ sign }) => highestScore((node) => sign * node.index),
});
`,
    );
    await folder.write(
      'users.yaml',
      `
until: 1d
populations:
  students:
    kind: best-effort
    arrivals: { process: poisson, perHour: 2 }
    duration: { distribution: exponential, mean: 1h, atLeast: 1m }
    size: SMALL
`,
    );
    const scenario = await load(`
seed: 5
warmUp: 10%
horizon: 2d
cluster:
  nodes:
    - { group: extra, cpus: 8, memoryMib: 8192 }
  preset: openpex-2009
instanceTypes:
  TINY: { cpus: 0.5, memoryMib: 256 }
policies:
  allocation: { file: policies/mine.mjs, options: { sign: -1 } }
buyers:
  patient: { name: earliest-slot, options: { maxDisplacement: 7d } }
workloads:
  - file: day.csv
  - generate: users.yaml
    idPrefix: g-
`);
    const copy = await folder.write('elsewhere/deep/copy.yaml', scenario.resolvedYaml);
    const again = await loadScenario(copy, { env: {} });
    expect(again.resolvedYaml).toBe(scenario.resolvedYaml);
    const [first, second] = [await simulate(scenario.world()), await simulate(again.world())];
    expect(first.requests).toBeGreaterThan(20);
    expect(second.digest).toBe(first.digest);
  });

  test('keeps variables of the environment, which belong to the machine', async () => {
    const text = LEAST.replace('day.csv', '${' + 'LOGS}/day.csv');
    const scenario = await load(text, { env: { LOGS: folder.path } });
    expect(scenario.resolved.workloads).toMatchObject([{ file: '${' + 'LOGS}/day.csv' }]);
    expect(await requestsOf(scenario)).toHaveLength(2);
  });
});

describe('the cluster', () => {
  const idsOf = async (nodes: string) =>
    (await load(`cluster:\n  nodes:\n${nodes}\nworkloads: [{ file: day.csv }]`)).cluster.nodes.map(
      ({ nodeId }) => nodeId,
    );

  test('numbers the nodes of a group, calls a single one like its group, and takes names', async () => {
    expect(
      await idsOf(`
    - { group: big, cpus: 4, memoryMib: 4096 }
    - { group: rack, count: 2, cpus: 4, memoryMib: 4096 }
    - { group: named, names: [leon, roy], cpus: 4, memoryMib: 4096 }`),
    ).toEqual(['big', 'rack-001', 'rack-002', 'leon', 'roy']);
  });

  test('numbers sort like the nodes however many there are', async () => {
    const ids = await idsOf('    - { group: n, count: 1001, cpus: 4, memoryMib: 4096 }');
    expect([ids[0], ids[1000]]).toEqual(['n-0001', 'n-1001']);
    expect([...ids].sort()).toEqual(ids);
  });

  test('takes the memory of Dom-0 off, and keeps the watts', async () => {
    const { cluster } = await load(`
cluster:
  sharedDiskGib: 500
  nodes:
    - { group: n, cpus: 2.5, memoryMib: 4096, dom0MemoryMib: 512, power: { idleW: 40, peakW: 100 } }
workloads: [{ file: day.csv }]`);
    expect(cluster).toEqual({
      sharedDiskGib: 500,
      nodes: [
        {
          nodeId: 'n',
          group: 'n',
          capacity: { milliCpus: 2500, memoryMib: 3584, diskGib: 0 },
          power: { idleW: 40, peakW: 100 },
        },
      ],
    });
  });

  test('of the papers has CPUs as its only scarce resource', async () => {
    const { cluster, resolved } = await load(
      'cluster: { preset: openpex-2009 }\nworkloads: [{ file: day.csv }]',
    );
    expect(cluster.nodes.map(({ nodeId }) => nodeId)).toEqual(['leon', 'roy', 'zhora', 'pris', 'deckard']);
    // Whatever fills the four CPUs of a node leaves memory.
    const mixes = [
      ['SMALL', 'SMALL', 'SMALL', 'SMALL'],
      ['MEDIUM', 'MEDIUM'],
      ['LARGE', 'SMALL'],
      ['XLARGE'],
    ];
    for (const mix of mixes) {
      const memoryMib = mix.reduce((sum, type) => sum + (resolved.instanceTypes[type]?.memoryMib ?? 0), 0);
      expect(memoryMib).toBeLessThanOrEqual(cluster.nodes[0]?.capacity.memoryMib ?? 0);
    }
  });

  test('can come from an openb node list, of which the first nodes are enough', async () => {
    await folder.write(
      'nodes.csv',
      'sn,cpu_milli,memory_mib,gpu,model\nx-0,32000,262144,0,\nx-1,96000,393216,8,G2\nx-2,32000,262144,0,\n',
    );
    const { cluster } = await load(
      'cluster: { nodesFrom: { openb: nodes.csv, limit: 2 } }\nworkloads: [{ file: day.csv }]',
    );
    expect(cluster.nodes.map(({ nodeId, capacity }) => [nodeId, capacity.milliCpus])).toEqual([
      ['x-0', 32_000],
      ['x-1', 96_000],
    ]);
  });
});

describe('times', () => {
  test('incidents are sorted, their times are after the start or instants', async () => {
    const scenario = await load(`start: 2009-08-17T00:00:00Z
incidents:
  - { at: 2h, node: n-002, kind: return }
  - { at: 2009-08-17T01:00:00Z, node: n-002, kind: fail }
${LEAST}`);
    expect(scenario.world().incidents).toEqual([
      { atMs: Date.UTC(2009, 7, 17, 1), provider: 'provider', nodeId: 'n-002', kind: 'fail' },
      { atMs: Date.UTC(2009, 7, 17, 2), provider: 'provider', nodeId: 'n-002', kind: 'return' },
    ]);
  });

  test('the warm-up is a duration or a share of the horizon', async () => {
    expect((await load(`horizon: 30d\nwarmUp: 5%\n${LEAST}`)).warmUpMs).toBe(36 * HOUR);
    expect((await load(`warmUp: 36h\n${LEAST}`)).warmUpMs).toBe(36 * HOUR);
  });

  test('a spread is one duration or two', async () => {
    const { providers } = (
      await load(`hypervisor: { start: { min: 10s, max: 30s }, stop: 5s }\n${LEAST}`)
    ).world();
    const { hypervisor } = providers[0]!;
    expect([hypervisor.start, hypervisor.stop]).toEqual([
      { minMs: 10_000, maxMs: 30_000 },
      { minMs: 5000, maxMs: 5000 },
    ]);
  });
});

describe('policies', () => {
  const asked: Proposal = {
    type: 'SMALL',
    demand: { milliCpus: 1000, memoryMib: 768, diskGib: 10 },
    numInstancesFixed: 1,
    numInstancesOption: 0,
    startMs: 0,
    durationMs: HOUR,
    template: 'debian',
  };
  const view = { nowMs: 0, clusterCapacity: asked.demand, resources: [], bookedShare: () => 0 };

  test('are named, or named with options, in YAML', async () => {
    const { providers } = (
      await load(`policies:
  allocation: first-fit
  pricing: { name: flat, options: { cpuHour: 0.25 } }
${LEAST}`)
    ).world();
    const { policies } = providers[0]!;
    expect(policies.allocation.name).toBe('first-fit');
    expect(policies.pricing.policy.price(asked, view, { rng: Rng.fromSeed(1), memory: {} })).toBe(250_000);
  });

  test('buyers of rows are those of the scenario, or any that ships; one of each in a run', async () => {
    const { users } = (
      await load(`buyers:\n  patient: { name: earliest-slot, options: { maxDisplacement: 7d } }\n${LEAST}`)
    ).world();
    expect(users.buyer('patient').name).toBe('patient');
    expect(users.buyer('patient')).toBe(users.buyer('patient'));
    expect(users.buyer('exact-or-nothing').name).toBe('exact-or-nothing');
    expect(() => users.buyer('pateint')).toThrow('(did you mean "patient"?)');
  });

  test('keep no state from one run to the next', async () => {
    const scenario = await load(LEAST);
    const allocationOf = ({ providers }: World) => providers[0]!.policies.allocation.policy;
    expect(allocationOf(scenario.world())).not.toBe(allocationOf(scenario.world()));
  });
});

describe('overrides', () => {
  test('--set changes any setting, in lists too, and makes the groups on the way', async () => {
    const { resolved } = await load(LEAST, {
      set: ['cluster.nodes[0].count=7', 'negotiation.hold=5m', 'users.thinkTime={min: 1s, max: 2s}'],
    });
    expect(resolved.cluster.nodes?.[0]?.count).toBe(7);
    expect(resolved.negotiation.hold).toBe('5m');
    expect(resolved.users.thinkTime).toEqual({ min: '1s', max: '2s' });
  });

  test('--set reaches into the options of a policy, named or not, and into a generator file', async () => {
    await folder.write('few.yaml', 'populations: { p: { count: 3, until: 1d, duration: 1h, size: SMALL } }');
    const { resolved } = await load(`${LEAST}  - generate: few.yaml\npolicies: { allocation: first-fit }`, {
      set: [
        'policies.pricing.options.cpuHour=2',
        'policies.allocation.options={}',
        'workloads[1].generate.populations.p.count=4',
      ],
    });
    expect(resolved.policies.pricing).toMatchObject({ name: 'flat', options: { cpuHour: 2 } });
    expect(resolved.policies.allocation).toEqual({ name: 'first-fit', options: {} });
    expect(resolved.workloads[1]).toMatchObject({ generate: { populations: { p: { count: 4 } } } });
  });

  test('the last one wins', async () => {
    const { resolved } = await load(LEAST, { set: ['seed=3', 'seed=4'] });
    expect(resolved.seed).toBe(4);
  });

  test('an empty value brings the default back', async () => {
    expect((await load(`seed: 9\n${LEAST}`, { set: ['seed='] })).seed).toBe(1);
  });

  test('--policy replaces a policy by name, and --set then gives it options', async () => {
    const { resolved } = await load(`policies: { counterOffer: none }\n${LEAST}`, {
      policies: ['counter-offer=earliest-start'],
      set: ['policies.counterOffer.options.maxDisplacement=2d'],
    });
    expect(resolved.policies.counterOffer).toEqual({
      name: 'earliest-start',
      options: { maxDisplacement: '2d' },
    });
  });

  test('--seed gives another run', async () => {
    const one = await load(LEAST, { seed: 1 });
    const two = await load(LEAST, { seed: 2 });
    expect(two.world().seed).toBe(2);
    expect((await simulate(one.world())).digest).not.toBe((await simulate(two.world())).digest);
  });
});

describe('files', () => {
  test('JSON is read like YAML', async () => {
    const file = await folder.write(
      'day.json',
      '{ "cluster": { "preset": "openpex-2009" }, "workloads": [{ "file": "day.csv" }] }',
    );
    expect((await loadScenario(file)).providers[0]!.cluster.nodes).toHaveLength(5);
  });

  test('a name without a path is a scenario that ships', async () => {
    expect((await loadScenario('openpex-2009')).name).toBe('openpex-2009');
    expect(await shippedScenarios()).toEqual([
      'campus-month',
      'elastic-service',
      'federation',
      'gpu-sharing',
      'haizea-hpdc08',
      'hybrid-cloud',
      'market-day',
      'openb',
      'openpex-2009',
      'openpex-2009-example',
      'sdsc-blue',
      'second-hand',
      'tenants',
      'two-sites',
      'workflow-montage',
    ]);
  });

  test('anchors and aliases are understood, and problems in them are found', async () => {
    const { resolved } = await load(`
hypervisor:
  start: &slow { min: 1m, max: 2m }
  create: *slow
${LEAST}`);
    expect(resolved.hypervisor.create).toEqual({ min: '1m', max: '2m' });
  });
});
