import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadScenario } from '../../scenarios/load/scenario.ts';
import { InputError } from '../../written/input-error.ts';
import { DAY_CSV, LEAST, ScenarioFolder } from './scenario-folder.ts';

let folder: ScenarioFolder;
beforeAll(async () => {
  folder = await ScenarioFolder.make();
  await folder.write('day.csv', DAY_CSV);
});
afterAll(() => folder.remove());

const DATA = '$' + '{OPENPEX_DATA}';

async function problemOfName(name: string): Promise<string> {
  try {
    await loadScenario(name);
  } catch (error) {
    if (error instanceof InputError) return `${error.code} ${error.message}`.replaceAll(folder.path, '~');
    throw error;
  }
  throw new Error('the scenario was loaded');
}

describe('a file that cannot be read', () => {
  test('is missing', async () => {
    expect(await problemOfName(join(folder.path, 'nowhere.yaml'))).toMatchInlineSnapshot(
      `"PEX_FILE_UNREADABLE ~/nowhere.yaml: there is no such file"`,
    );
  });

  test('is a directory', async () => {
    await folder.write('folder.yaml/file', '');
    expect(await problemOfName(join(folder.path, 'folder.yaml'))).toMatchInlineSnapshot(
      `"PEX_FILE_UNREADABLE ~/folder.yaml: is a directory; expected a YAML or JSON file"`,
    );
  });

  test('is a name that no scenario has', async () => {
    expect(await problemOfName('campus-moth')).toMatchInlineSnapshot(
      `"PEX_FILE_UNREADABLE there is no scenario "campus-moth" (did you mean "campus-month"?); a file of your own ends in .yaml or .json"`,
    );
    expect(await problemOfName('supercomputer')).toMatchInlineSnapshot(
      `"PEX_FILE_UNREADABLE there is no scenario "supercomputer" (known: campus-month, elastic-service, federation, gpu-sharing, haizea-hpdc08, hybrid-cloud, market-day, openb, openpex-2009, openpex-2009-example, sdsc-blue, second-hand, tenants, two-sites, workflow-montage, papers/algorithm-1, papers/benefit-aware, papers/ca-provision, papers/cloud-at-home, papers/cpc, papers/depas, papers/drf, papers/ec2-2009, papers/eucalyptus, papers/eucalyptus-round-robin, papers/far, papers/gogrid, papers/haizea, papers/imteyaz, papers/liu, papers/mosso, papers/netcont, papers/opennebula, papers/opennebula-striping, papers/openpex, papers/remus, papers/reservoir, papers/sandpiper, papers/wlara, papers/wlara-negotiation); a file of your own ends in .yaml or .json"`,
    );
  });

  test('is not YAML', async () => {
    expect(await folder.problem('cluster:\n  nodes: [\n')).toMatchInlineSnapshot(`
      "PEX_YAML_SYNTAX
      ~/day.yaml:3:1: Flow sequence in block collection must be sufficiently indented and end with a ]"
    `);
  });

  test('is not JSON', async () => {
    expect(await folder.problem('{ "seed": 1, }}', {}, 'day.json')).toMatchInlineSnapshot(`
      "PEX_YAML_SYNTAX
      ~/day.json:1:15: Unexpected flow-map-end token in YAML stream: "}""
    `);
  });

  test('says a thing twice', async () => {
    expect(await folder.problem('seed: 1\nseed: 2\n')).toMatchInlineSnapshot(`
      "PEX_YAML_SYNTAX
      ~/day.yaml:2:1: Map keys must be unique"
    `);
  });

  test('is empty', async () => {
    expect(await folder.problem('')).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INVALID
      ~/day.yaml: expected a group of settings (name, description, seed, start, horizon, warmUp, resources, cluster, instanceTypes, template, reservationRules, negotiation, manager, hypervisor, faults, incidents, users, policies, buyers, workloads), found nothing"
    `);
  });

  test('is no scenario', async () => {
    expect(await folder.problem('- a\n- b\n')).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INVALID
      ~/day.yaml:1:1: expected a group of settings (name, description, seed, start, horizon, warmUp, resources, cluster, instanceTypes, template, reservationRules, negotiation, manager, hypervisor, faults, incidents, users, policies, buyers, workloads), found a list"
    `);
  });
});

describe('a scenario that does not match its schema', () => {
  test('a typo in a key, at any depth, gets the key that was meant', async () => {
    expect(
      await folder.problem(`
sed: 4
cluster:
  nodes:
    - { group: n, cpu: 4, memoryMib: 4096 }
negociation:
  hold: 5m
manager:
  earlyRelaese: false
workloads:
  - file: day.csv
    idPrefx: x-
`),
    ).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INVALID
      ~/day.yaml:1:1: sed: "sed" is not known here (did you mean "seed"?)
      ~/day.yaml:5:1: negociation: "negociation" is not known here (did you mean "negotiation"?)
      ~/day.yaml:4:19: cluster.nodes[0].cpu: "cpu" is not known here (did you mean "cpus"?)
      ~/day.yaml:8:3: manager.earlyRelaese: "earlyRelaese" is not known here (did you mean "earlyRelease"?)
      ~/day.yaml:11:5: workloads[0].idPrefx: "idPrefx" is not known here (did you mean "idPrefix"?)"
    `);
  });

  test('dates that do not exist, and amounts beyond all bounds', async () => {
    expect(
      await folder.problem(`
start: 2018-02-29
horizon: 99999999w
cluster:
  nodes:
    - { group: n, cpus: 1e308, memoryMib: 1e20, diskGib: 1e20 }
  sharedDiskGib: 1e20
instanceTypes: { BIG: { cpus: 1e9, memoryMib: 1 } }
incidents:
  - { at: 2018-04-31T10:00:00Z, node: n, kind: fail }
  - { at: 2018-04-30T10:00:00+15:00, node: n, kind: fail }
workloads: [ { file: day.csv } ]
`),
    ).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INVALID
      ~/day.yaml:1:8: start: "2018-02-29" is not a date of the calendar: Feb 2018 has 28 days
      ~/day.yaml:2:10: horizon: "99999999w" is too long; expected at most 10,000 years
      ~/day.yaml:5:25: cluster.nodes[0].cpus: expected a number greater than 0, and at most 1000000, found 1e+308
      ~/day.yaml:5:43: cluster.nodes[0].memoryMib: expected a whole number from 1 to 2147483647, found 100000000000000000000
      ~/day.yaml:5:58: cluster.nodes[0].diskGib: expected a whole number from 0 to 2147483647, found 100000000000000000000
      ~/day.yaml:6:18: cluster.sharedDiskGib: expected a whole number from 0 to 2147483647, found 100000000000000000000
      ~/day.yaml:7:31: instanceTypes.BIG.cpus: expected a number from 0 to 1000000, found 1000000000
      ~/day.yaml:9:11: incidents[0].at: "2018-04-31T10:00:00Z" is not a date of the calendar: Apr 2018 has 30 days
      ~/day.yaml:10:11: incidents[1].at: "2018-04-30T10:00:00+15:00" has the zone +15:00, which is none; expected one from -14:00 to +14:00"
    `);
  });

  test('an alias of what is not there, in the file or on the command line', async () => {
    expect(await folder.problem('seed: *a\n')).toMatchInlineSnapshot(`
      "PEX_YAML_SYNTAX
      ~/day.yaml: Unresolved alias (the anchor must be set before the alias): a"
    `);
    expect(await folder.problem(LEAST, { set: ['seed=*a'] })).toMatchInlineSnapshot(`
      "PEX_USAGE
      --set seed=*a: the value is no YAML: Unresolved alias (the anchor must be set before the alias): a"
    `);
  });

  test('values of the wrong kind say what was expected and what was found', async () => {
    expect(
      await folder.problem(`
seed: -1
start: yesterday
cluster:
  nodes:
    - { group: 7, count: 0, cpus: four, memoryMib: 40.5 }
  sharedDiskGib: 1 TB
manager: { earlyRelease: sometimes }
users: { noShow: 5 }
incidents: none
workloads: []
`),
    ).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INVALID
      ~/day.yaml:1:7: seed: expected a whole number of at least 0, found -1
      ~/day.yaml:2:8: start: expected an instant with its zone, such as 2009-08-21T10:00:00Z, or a date such as 2009-08-21, found "yesterday"
      ~/day.yaml:5:16: cluster.nodes[0].group: expected a name of letters, digits, dots, hyphens and underscores that begins with a letter, found 7
      ~/day.yaml:5:26: cluster.nodes[0].count: expected a whole number from 1 to 1000000, found 0
      ~/day.yaml:5:35: cluster.nodes[0].cpus: expected a number greater than 0, and at most 1000000, found "four"
      ~/day.yaml:5:52: cluster.nodes[0].memoryMib: expected a whole number from 1 to 2147483647, found 40.5
      ~/day.yaml:6:18: cluster.sharedDiskGib: expected a whole number from 0 to 2147483647, found "1 TB"
      ~/day.yaml:7:26: manager.earlyRelease: expected true or false, found "sometimes"
      ~/day.yaml:9:12: incidents: expected a list, found "none"
      ~/day.yaml:8:18: users.noShow: expected a number from 0 to 1, found 5
      ... and 1 more"
    `);
  });

  test('a duration without a unit says so', async () => {
    expect(
      await folder.problem(`
horizon: 30
warmUp: 5 percent
negotiation: { hold: 600 }
hypervisor: { start: 20, stop: { min: 5, max: 10s }, create: quick }
faults: { nodeMtbf: never, nodeMttr: for ever }
${LEAST}`),
    ).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INVALID
      ~/day.yaml:1:10: horizon: expected a duration with its unit, such as "10m" or "1h 30m", or "unlimited", found 30
      ~/day.yaml:2:9: warmUp: expected a duration with its unit, such as "36h", or a share of the horizon, such as "5%", found "5 percent"
      ~/day.yaml:3:22: negotiation.hold: expected a duration with its unit, such as "10m" or "1h 30m", found 600
      ~/day.yaml:4:62: hypervisor.create: expected a duration with its unit, such as "10m" or "1h 30m", found "quick"
      ~/day.yaml:4:22: hypervisor.start: expected a duration with its unit, such as "20s", or {min: 10s, max: 30s}, or {quantiles: [10s, 12s, 30s]}, found 20
      ~/day.yaml:4:39: hypervisor.stop.min: expected a duration with its unit, such as "10m" or "1h 30m", found 5
      ~/day.yaml:5:21: faults.nodeMtbf: expected a duration with its unit, such as "10m" or "1h 30m", or "unlimited", found "never"
      ~/day.yaml:5:38: faults.nodeMttr: expected a duration with its unit, such as "10m" or "1h 30m", or "unlimited", found "for ever""
    `);
  });

  test('what is missing is asked for', async () => {
    expect(await folder.problem('cluster: { nodes: [{ group: n }] }')).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INVALID
      ~/day.yaml:1:20: cluster.nodes[0].cpus: is missing; expected a number greater than 0, and at most 1000000
      ~/day.yaml:1:20: cluster.nodes[0].memoryMib: is missing; expected a whole number from 1 to 2147483647
      ~/day.yaml:1:1: workloads: is missing; expected a list that is not empty"
    `);
  });

  test('ten problems are shown, the others counted', async () => {
    const nodes = Array.from({ length: 13 }, (_, index) => `{ group: g${index}, cpus: x, memoryMib: 1 }`);
    const problem = await folder.problem(
      `cluster:\n  nodes: [${nodes.join(', ')}]\nworkloads: [{ file: day.csv }]`,
    );
    expect(problem.split('\n')).toHaveLength(12);
    expect(problem.split('\n').at(-1)).toBe('... and 3 more');
  });

  test('a workload is a file or a generator', async () => {
    expect(
      await folder.problem(
        'cluster: { preset: openpex-2008 }\nworkloads: [{ fiel: day.csv }, { generat: x }, {}]',
      ),
    ).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INVALID
      ~/day.yaml:1:20: cluster.preset: "openpex-2008" is not known here (did you mean "openpex-2009"?)
      ~/day.yaml:2:15: workloads[0].fiel: "fiel" is not known here (did you mean "file"?)
      ~/day.yaml:2:34: workloads[1].generat: "generat" is not known here (did you mean "generate"?)
      ~/day.yaml:2:48: workloads[2].file: is missing; expected a text"
    `);
  });

  test('a problem in a generator file is reported in that file', async () => {
    await folder.write(
      'users.yaml',
      `
populations:
  students:
    arrivals: { process: poison, perHour: 2 }
    duration: 60
    size: SMALL
`,
    );
    expect(await folder.problem(`${LEAST}  - generate: users.yaml\n`)).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INVALID
      ~/users.yaml:3:26: populations.students.arrivals.process: "poison" is not known here (did you mean "poisson"?)
      ~/users.yaml:4:15: populations.students.duration: expected a duration such as "1h", or a group with its distribution, such as {distribution: exponential, mean: 1h}, found 60"
    `);
  });
});

describe('a scenario whose parts contradict each other', () => {
  test('in its cluster', async () => {
    expect(
      await folder.problem(`
cluster:
  nodes:
    - { group: a, count: 3, names: [x, y], cpus: 4, memoryMib: 4096, dom0MemoryMib: 4096 }
    - { group: a, names: [y], cpus: 4, memoryMib: 4096, power: { idleW: 100, peakW: 50 } }
workloads: [{ file: day.csv }]
`),
    ).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INCONSISTENT
      ~/day.yaml:3:26: cluster.nodes[0].count: is 3, but there are 2 names
      ~/day.yaml:3:85: cluster.nodes[0].dom0MemoryMib: leaves nothing of the 4096 MiB of the node to guests
      ~/day.yaml:4:16: cluster.nodes[1].group: there are two groups "a"
      ~/day.yaml:4:73: cluster.nodes[1].power.idleW: is more than peakW (50)
      ~/day.yaml:2:3: cluster.nodes: there are two nodes "y""
    `);
  });

  test('in the limits of nodes that are not there', async () => {
    expect(
      await folder.problem(`
cluster:
  nodes:
    - { group: rack, count: 2, cpus: 4, memoryMib: 4096 }
  limits:
    - { of: [rack, rack-002, rack-003], storage: san }
workloads: [{ file: day.csv }]
`),
    ).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INCONSISTENT
      ~/day.yaml:5:30: cluster.limits[0].of[2]: there is no node and no group "rack-003""
    `);
  });

  test('in having no nodes', async () => {
    expect(await folder.problem('cluster: {}\nworkloads: [{ file: day.csv }]')).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INCONSISTENT
      ~/day.yaml:1:1: cluster: has no nodes; give a preset, nodes or nodesFrom"
    `);
  });

  test('in an instance type that fits no node; those of the papers are let be', async () => {
    expect(
      await folder.problem(`
cluster:
  nodes:
    - { group: fast, cpus: 2, memoryMib: 2048, diskGib: 40 }
    - { group: wide, cpus: 1, memoryMib: 8192, diskGib: 40 }
instanceTypes:
  HUGE: { cpus: 2, memoryMib: 4096 }
  NOTHING: { cpus: 0, memoryMib: 0 }
  GOOD: { cpus: 2, memoryMib: 2048 }
workloads: [{ file: day.csv }]
`),
    ).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INCONSISTENT
      ~/day.yaml:6:3: instanceTypes.HUGE: fits no node: it needs 2 CPUs, 4096 MiB, 0 GiB of disk; the nearest node has 2 CPUs, 2048 MiB, 40 GiB of disk
      ~/day.yaml:7:3: instanceTypes.NOTHING: needs neither CPU nor memory"
    `);
  });

  test('in its times', async () => {
    expect(
      await folder.problem(`
horizon: 2d
warmUp: 48h
negotiation: { hold: 0s }
hypervisor:
  start: { min: 30s, max: 10s }
  migrate: { min: 1s, max: 1m }
  migrateDowntime: 2s
  guestLoad: { min: 0.9, max: 0.1 }
  stop: { quantiles: [5s, 10s, 9s, 20s] }
users: { thinkTime: { min: 2m, max: 1m }, noShow: 0.1, exchange: { ask: { min: 1, max: 0.5 } } }
manager: { autoActivate: true, retryDelay: 0s }
${LEAST}`),
    ).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INCONSISTENT
      ~/day.yaml:2:9: warmUp: 48h leaves nothing of a run of 2d
      ~/day.yaml:5:3: hypervisor.start: min is longer than max
      ~/day.yaml:9:32: hypervisor.stop.quantiles[2]: expected no less than the quantile before
      ~/day.yaml:8:3: hypervisor.guestLoad: min is more than max
      ~/day.yaml:7:20: hypervisor.migrateDowntime: 2s is longer than the shortest migration
      ~/day.yaml:3:22: negotiation.hold: expected more than 0s
      ~/day.yaml:11:44: manager.retryDelay: expected more than 0s
      ~/day.yaml:10:10: users.thinkTime: min is longer than max
      ~/day.yaml:10:68: users.exchange.ask: min 1 is more than max 0.5
      ~/day.yaml:10:51: users.noShow: nobody can fail to show up where reservations activate themselves; set manager.autoActivate to false
      ... and 1 more"
    `);
    expect(
      await folder.problem(`users: { exchange: {} }\nmanager: { autoActivate: true }\n${LEAST}`),
    ).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INCONSISTENT
      ~/day.yaml:1:10: users.exchange: nobody can sell a window where reservations activate themselves; set manager.autoActivate to false"
    `);
    expect(await folder.problem(`warmUp: 5%\n${LEAST}`)).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INCONSISTENT
      ~/day.yaml:1:9: warmUp: 5% of a run without a horizon; give a horizon, or a duration here"
    `);
  });

  test('in who says which nodes stay on', async () => {
    const written = `policies: { provisioning: depas }\n${LEAST}`;
    expect(await folder.problem(written)).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INCONSISTENT
      ~/day.yaml:1:27: policies.provisioning: says which nodes stay on, and none is ever switched off; set hypervisor.standby"
    `);
    expect(await folder.problem(`hypervisor: { standby: { every: 0s } }\n${written}`)).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INCONSISTENT
      ~/day.yaml:1:33: hypervisor.standby.every: expected more than 0s"
    `);
  });

  test('in its faults', async () => {
    expect(await folder.problem(`faults: { operationFailure: 1 }\n${LEAST}`)).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INCONSISTENT
      ~/day.yaml:1:29: faults.operationFailure: expected less than 1: no VM could ever be removed again"
    `);
    const groups = 'faults: { groups: { m: { nodeMtbf: 1h }, n: { nodeMttr: 0s } } }';
    expect(await folder.problem(`${groups}\n${LEAST}`)).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INCONSISTENT
      ~/day.yaml:1:57: faults.groups.n.nodeMttr: expected more than 0s
      ~/day.yaml:1:21: faults.groups.m: there is no group "m" (known: n)"
    `);
  });

  test('in what VMs are made from', async () => {
    const written = `hypervisor:
  customizer:
    features: { web: {}, mail: {} }
    templates: { plain: [], site: [web], office: [web, mial] }
    library: [plain, sites]
${LEAST}`;
    expect(await folder.problem(written)).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INCONSISTENT
      ~/day.yaml:4:56: hypervisor.customizer.templates.office[1]: there is no feature "mial" (did you mean "mail"?)
      ~/day.yaml:5:22: hypervisor.customizer.library[1]: there is no template "sites" among hypervisor.customizer.templates (did you mean "site"?)"
    `);
  });

  test('in the copies that it keeps of VMs', async () => {
    const written = `manager: { replicas: { apart: group } }\n${LEAST}`;
    expect(await folder.problem(written)).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INCONSISTENT
      ~/day.yaml:1:12: manager.replicas: are as old as the last checkpoint, and none are made; set hypervisor.checkpoints
      ~/day.yaml:1:31: manager.replicas.apart: all nodes are of one group, so that no replica would be apart from its VM"
    `);
  });

  test('in its incidents', async () => {
    expect(
      await folder.problem(`
incidents:
  - { at: 1h, node: n-02, kind: fail }
  - { at: 2009-01-01, node: zaphod, kind: drain }
${LEAST}`),
    ).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INCONSISTENT
      ~/day.yaml:2:21: incidents[0].node: there is no node "n-02" (did you mean "n-002"?)
      ~/day.yaml:3:11: incidents[1].at: 2009-01-01 is before the start at 2009-08-17T00:00:00Z
      ~/day.yaml:3:29: incidents[1].node: there is no node "zaphod""
    `);
  });
});

describe('policies', () => {
  test('that are unknown', async () => {
    expect(await folder.problem(`${LEAST}policies:\n  allocation: best-fot\n`)).toMatchInlineSnapshot(`
      "PEX_POLICY_UNKNOWN
      ~/day.yaml:7:15: policies.allocation: there is no allocation policy "best-fot" (did you mean "best-fit"?)"
    `);
    expect(await folder.problem(`${LEAST}buyers:\n  patient: patience\n`)).toMatchInlineSnapshot(`
      "PEX_POLICY_UNKNOWN
      ~/day.yaml:7:12: buyers.patient: there is no buyer policy "patience" (known: earliest-slot, exact-or-nothing, time-flexible, size-flexible, price-minimiser, bargainer, tit-for-tat, trade-off, value-of-time, zero-intelligence)"
    `);
  });

  test('with wrong options', async () => {
    expect(
      await folder.problem(`${LEAST}policies:
  pricing:
    name: flat
    options:
      cpuHours: 1
`),
    ).toMatchInlineSnapshot(`
      "PEX_POLICY_OPTIONS
      ~/day.yaml:7:3: policies.pricing: options of the pricing policy "flat": cpuHours: "cpuHours" is not known here (did you mean "cpuHour"?)"
    `);
  });

  test('of neither form', async () => {
    expect(
      await folder.problem(`${LEAST}policies:\n  pricing: { nmae: flat }\n  buyer: [earliest-slot]\n`),
    ).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INVALID
      ~/day.yaml:7:14: policies.pricing.nmae: "nmae" is not known here (did you mean "name"?)
      ~/day.yaml:8:3: policies.buyer: expected the name of a policy, or {name, options}, or {file, options}, found a list"
    `);
  });

  test('whose file is missing', async () => {
    expect(
      await folder.problem(`${LEAST}policies: { allocation: { file: mine.ts } }`),
    ).toMatchInlineSnapshot(`
      "PEX_POLICY_FILE
      ~/mine.ts: there is no such policy file"
    `);
  });
});

describe('files that a scenario names', () => {
  test('a variable that is not set says how to set it, and where the data is', async () => {
    const text = LEAST.replace('day.csv', `${DATA}/30days.swf`);
    expect(await folder.problem(text)).toMatchInlineSnapshot(`
      "PEX_ENVIRONMENT
      ~/day.yaml:5:11: workloads[0].file: the environment variable OPENPEX_DATA is not set; set it to the folder of your downloaded logs: OPENPEX_DATA=~/logs openpex run ... (docs/workloads.md says where to get them)"
    `);
    expect(await folder.problem(text.replace('OPENPEX_DATA', 'LOGS'))).toMatchInlineSnapshot(`
      "PEX_ENVIRONMENT
      ~/day.yaml:5:11: workloads[0].file: the environment variable LOGS is not set; set it before the run: LOGS=... openpex run ..."
    `);
  });

  test('a workload that is missing is found before the run', async () => {
    expect(await folder.problem(LEAST.replace('day.csv', 'night.csv'))).toMatchInlineSnapshot(`
      "PEX_FILE_UNREADABLE
      ~/day.yaml:5:11: workloads[0].file: there is no file ~/night.csv that can be read"
    `);
    expect(
      await folder.problem(LEAST.replace('day.csv', `${DATA}/night.csv`), {
        env: { OPENPEX_DATA: folder.path },
      }),
    ).toMatchInlineSnapshot(`
      "PEX_FILE_UNREADABLE
      ~/day.yaml:5:11: workloads[0].file: there is no file ~/night.csv that can be read"
    `);
  });

  test('a generator file that is missing', async () => {
    expect(await folder.problem(`${LEAST}  - generate: users-2.yaml`)).toMatchInlineSnapshot(`
      "PEX_FILE_UNREADABLE
      ~/users-2.yaml: there is no such file"
    `);
  });
});

describe('overrides', () => {
  const problemOfSet = (...set: string[]) => folder.problem(LEAST, { set });

  test('problems point at the option of the command line', async () => {
    expect(await problemOfSet('negotiation.hodl=5m', 'seed=many', 'users.noShow=2')).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INVALID
      --set seed=many: seed: expected a whole number of at least 0, found "many"
      --set negotiation.hodl=5m: negotiation.hodl: "hodl" is not known here (did you mean "hold"?)
      --set users.noShow=2: users.noShow: expected a number from 0 to 1, found 2"
    `);
    expect(await problemOfSet('cluster.nodes[0].count=0')).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INVALID
      --set cluster.nodes[0].count=0: cluster.nodes[0].count: expected a whole number from 1 to 1000000, found 0"
    `);
    expect(await problemOfSet('incidents=[{ at: 1h, node: n-003, kind: fail }]')).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INCONSISTENT
      --set incidents=[{ at: 1h, node: n-003, kind: fail }]: incidents[0].node: there is no node "n-003" (did you mean "n-001"?)"
    `);
  });

  test('paths that lead nowhere', async () => {
    expect(await problemOfSet('cluster.nodes[1].count=2')).toMatchInlineSnapshot(`
      "PEX_USAGE
      --set cluster.nodes[1].count=2: there is no [1] in cluster.nodes: it is a list of 1, counted from [0]"
    `);
    expect(await problemOfSet('cluster.nodes.count=2')).toMatchInlineSnapshot(`
      "PEX_USAGE
      --set cluster.nodes.count=2: there is no "count" in cluster.nodes: it is a list of 1, counted from [0]"
    `);
    expect(await problemOfSet('cluster.nodes[0].cpus.count=2')).toMatchInlineSnapshot(`
      "PEX_USAGE
      --set cluster.nodes[0].cpus.count=2: cluster.nodes[0].cpus is not a group of settings"
    `);
  });

  test('what is no setting', async () => {
    expect(await problemOfSet('seed')).toMatchInlineSnapshot(`
      "PEX_USAGE
      --set seed: expected path=value"
    `);
    expect(await problemOfSet('a..b=1')).toMatchInlineSnapshot(`
      "PEX_USAGE
      --set a..b=1: "a..b" is no path; expected one such as cluster.nodes[0].count"
    `);
    expect(await problemOfSet('users={ noShow: [')).toMatchInlineSnapshot(`
      "PEX_USAGE
      --set users={ noShow: [: the value is no YAML: Flow sequence in block collection must be sufficiently indented and end with a ]"
    `);
  });

  test('--policy', async () => {
    const problemOfPolicy = (policy: string) => folder.problem(LEAST, { policies: [policy] });
    expect(await problemOfPolicy('alocation=first-fit')).toMatchInlineSnapshot(`
      "PEX_USAGE
      --policy alocation=first-fit: there is no kind of policy "alocation" (did you mean "allocation"?)"
    `);
    expect(await problemOfPolicy('allocation=first-fot')).toMatchInlineSnapshot(`
      "PEX_POLICY_UNKNOWN
      --policy allocation=first-fot: policies.allocation: there is no allocation policy "first-fot" (did you mean "first-fit"?)"
    `);
    expect(await problemOfPolicy('first-fit')).toMatchInlineSnapshot(`
      "PEX_USAGE
      --policy first-fit: expected KIND=NAME or KIND=FILE"
    `);
    expect(await problemOfPolicy(`pricing=${join(folder.path, 'mine.mjs')}`)).toMatchInlineSnapshot(`
      "PEX_POLICY_FILE
      ~/mine.mjs: there is no such policy file"
    `);
  });

  test('--seed', async () => {
    expect(await folder.problem(LEAST, { seed: 1.5 })).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INVALID
      --seed 1.5: seed: expected a whole number of at least 0, found 1.5"
    `);
  });
});
