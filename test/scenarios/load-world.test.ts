// Scenarios with several providers: each has a name, settings of its own, and perhaps a file of its own.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DomainEvent, simulate } from '../../engine/index.ts';
import { type LoadOptions, loadScenario } from '../../scenarios/load/scenario.ts';
import { DAY_CSV, ScenarioFolder } from './scenario-folder.ts';

let folder: ScenarioFolder;
beforeAll(async () => {
  folder = await ScenarioFolder.make();
  await folder.write('day.csv', DAY_CSV);
});
afterAll(() => folder.remove());

const NODES = 'nodes: [{ group: n, count: 2, cpus: 4, memoryMib: 4096, diskGib: 100 }]';
const TWO = `
providers:
  near:
    cluster: { ${NODES} }
  far:
    cluster: { ${NODES} }
    negotiation: { hold: 2m }
    policies: { pricing: { name: flat, options: { cpuHour: 0.05 } } }
workloads:
  - file: day.csv
`;

async function load(text: string, options: LoadOptions = {}) {
  return loadScenario(await folder.write('day.yaml', text), { env: {}, ...options });
}

/** What happens in a run. */
async function run(text: string) {
  const events: DomainEvent[] = [];
  const outcome = await simulate((await load(text)).world(), { onEvent: (event) => events.push(event) });
  return { events, outcome };
}

describe('several providers', () => {
  test('each have their settings, and nodes of the same names', async () => {
    const { providers } = (await load(TWO)).world();
    expect(providers.map(({ name, settings }) => [name, settings.holdMs])).toEqual([
      ['near', 600_000],
      ['far', 120_000],
    ]);
    for (const { cluster } of providers) {
      expect(cluster.nodes.map(({ nodeId }) => nodeId)).toEqual(['n-001', 'n-002']);
    }
    expect(providers[0]?.policies.pricing.policy).not.toBe(providers[1]?.policies.pricing.policy);
  });

  test('are written out in full, and read back as they are', async () => {
    const { resolved, resolvedYaml } = await load(TWO);
    expect(resolved).toMatchObject({
      providers: {
        near: { negotiation: { hold: '10m' }, policies: { allocation: { name: 'most-loaded' } } },
        far: { negotiation: { hold: '2m' }, policies: { pricing: { options: { cpuHour: 0.05 } } } },
      },
      policies: { buyer: { name: 'earliest-slot' } },
    });
    const copy = await folder.write('elsewhere/copy.yaml', resolvedYaml);
    expect((await loadScenario(copy, { env: {} })).resolvedYaml).toBe(resolvedYaml);
  });

  test('share the users: a load is of the capacity of all, and any of their types can be asked for', async () => {
    const wide = 'instanceTypes: { WIDE: { cpus: 3, memoryMib: 512 } }';
    const scenario = await load(`
horizon: 10d
${TWO.replace('  far:\n', `  far:\n    ${wide}\n`)}
  - generate: { populations: { p: { targetLoad: 0.5, duration: 1h, size: WIDE } } }
`);
    let cpuMs = 0;
    for await (const { proposal } of scenario.world().requests) {
      const { demand, durationMs, numInstancesFixed } = proposal;
      if (demand.milliCpus === 3000) cpuMs += (demand.milliCpus / 1000) * durationMs * numInstancesFixed;
    }
    expect(cpuMs / (16 * 10 * 86_400_000)).toBeCloseTo(0.5, 1);
  });

  test('are simulated together, and each event says whose it is', async () => {
    const { events } = await run(TWO);
    expect(new Set(events.map(({ provider }) => provider))).toEqual(new Set(['near', 'far']));
    expect(events.filter(({ type }) => type === 'node-joined')).toHaveLength(4);
  });

  test('may be one, with a name', async () => {
    const { events } = await run(TWO.replace(/ {2}far:(\n {4}.*)+/, ''));
    expect(new Set(events.map(({ provider }) => provider))).toEqual(new Set(['near']));
  });
});

describe('a provider in a file of its own', () => {
  beforeAll(async () => {
    await folder.write(
      'sites/far.yaml',
      `cluster: { nodesFrom: { openb: nodes.csv } }\npolicies: { allocation: { file: ./mine.mjs } }\n`,
    );
    await folder.write('sites/nodes.csv', 'sn,cpu_milli,memory_mib,gpu,model\nx-0,32000,262144,0,\n');
    await folder.write(
      'sites/mine.mjs',
      `import { allocationPolicy } from 'openpex';
import { Type } from 'typebox';
export default allocationPolicy({
  name: 'mine', summary: 'None.', options: Type.Object({}), create: () => ({ choose: () => undefined }),
});`,
    );
  });
  const WITH_FILE = TWO.replace(/ {2}far:(\n {4}.*)+/, '  far: sites/far.yaml');

  test('names files relative to itself, and can be overridden', async () => {
    const scenario = await load(WITH_FILE, { set: ['providers.far.negotiation.hold=1m'] });
    const [, far] = scenario.providers;
    expect(far?.cluster.nodes.map(({ nodeId }) => nodeId)).toEqual(['x-0']);
    expect(far?.resolved.negotiation.hold).toBe('1m');
    expect(far?.resolved.policies.allocation).toMatchObject({ file: join(folder.path, 'sites/mine.mjs') });
    expect(far?.resolved.cluster.nodesFrom?.openb).toBe(join(folder.path, 'sites/nodes.csv'));
  });

  test('is named by its problems', async () => {
    await folder.write('sites/wrong.yaml', `cluster: { ${NODES} }\nnegociation: { hold: 5m }\n`);
    expect(await folder.problem(WITH_FILE.replace('far.yaml', 'wrong.yaml'))).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INVALID
      ~/sites/wrong.yaml:2:1: negociation: "negociation" is not known here (did you mean "negotiation"?)"
    `);
    expect(await folder.problem(WITH_FILE.replace('far.yaml', 'nowhere.yaml'))).toMatchInlineSnapshot(`
      "PEX_FILE_UNREADABLE
      ~/sites/nowhere.yaml: there is no such file"
    `);
  });
});

describe('a scenario with several providers', () => {
  test('has nothing of one provider at the top', async () => {
    expect(
      await folder.problem(`${TWO}cluster: { ${NODES} }\npolicies: { allocation: first-fit }\nfaultz: {}\n`),
    ).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INVALID
      ~/day.yaml:10:1: cluster: is a setting of one provider; where there are several, write it as providers.NAME.cluster
      ~/day.yaml:12:1: faultz: "faultz" is not known here (known: name, description, seed, start, horizon, warmUp, providers, template, incidents, users, policies, buyers, workloads)
      ~/day.yaml:11:13: policies.allocation: is a setting of one provider; where there are several, write it as providers.NAME.policies.allocation"
    `);
  });

  test('says whose node it is that something happens to', async () => {
    expect(
      await folder.problem(`${TWO}incidents:
  - { at: 1h, node: n-001, kind: fail }
  - { at: 1h, provider: fra, node: n-001, kind: fail }
  - { at: 1h, provider: far, node: n-003, kind: fail }
`),
    ).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INCONSISTENT
      ~/day.yaml:11:5: incidents[0].provider: is missing; expected one of near, far
      ~/day.yaml:12:25: incidents[1].provider: there is no provider "fra" (did you mean "far"?)
      ~/day.yaml:13:36: incidents[2].node: there is no node "n-003" (did you mean "n-001"?)"
    `);
    const { incidents } = (
      await load(`${TWO}incidents: [{ at: 1h, provider: far, node: n-002, kind: drain }]\n`)
    ).world();
    expect(incidents).toMatchObject([{ provider: 'far', nodeId: 'n-002', kind: 'drain' }]);
  });

  test('says which row names a provider that there is not', async () => {
    await folder.write('named.csv', 'id,submit,duration,type,provider\na,0,60,SMALL,far\nb,0,60,SMALL,fra\n');
    const { requests } = (await load(`${TWO.replace('day.csv', 'named.csv')}`)).world();
    const found: (readonly string[] | undefined)[] = [];
    await expect(async () => {
      for await (const { providers } of requests) found.push(providers);
    }).rejects.toThrow(/named\.csv:3: provider: there is no provider "fra" \(did you mean "far"\?\)/);
    expect(found).toEqual([['far']]);
  });

  test('has one size for each type, and names that paths can be made of', async () => {
    expect(
      await folder.problem(`
providers:
  near:
    cluster: { ${NODES} }
    instanceTypes: { SMALL: { cpus: 2, memoryMib: 768, diskGib: 10 } }
  2nd:
    cluster: { ${NODES} }
  third:
    cluster: { nodes: [] }
    faults: { nodeMttr: 0s }
workloads: [{ file: day.csv }]
`),
    ).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INCONSISTENT
      ~/day.yaml:8:5: providers.third.cluster: has no nodes; give a preset, nodes or nodesFrom
      ~/day.yaml:9:25: providers.third.faults.nodeMttr: expected more than 0s
      ~/day.yaml:5:3: providers.2nd: "2nd" is no name; expected letters, digits, hyphens and underscores, beginning with a letter
      ~/day.yaml:5:3: providers.2nd.instanceTypes.SMALL: has another size at provider "near"
      ~/day.yaml:7:3: providers.third.instanceTypes.SMALL: has another size at provider "near""
    `);
    expect(await folder.problem('providers: {}\nworkloads: [{ file: day.csv }]\n')).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INCONSISTENT
      ~/day.yaml:1:1: providers: names no provider; expected at least one"
    `);
    expect(await folder.problem('providers: 7\nworkloads: [{ file: day.csv }]\n')).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INVALID
      ~/day.yaml:1:12: providers: expected a group of named entries, found 7"
    `);
  });

  test('a scenario with one does not name it', async () => {
    expect(
      await folder.problem(`cluster: { ${NODES} }
workloads: [{ file: day.csv }]
incidents: [{ at: 1h, provider: near, node: n-001, kind: fail }]
`),
    ).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INCONSISTENT
      ~/day.yaml:3:33: incidents[0].provider: there is one provider, which has no name; leave this out"
    `);
  });

  test('a no-show needs a provider that waits for its users', async () => {
    const text = (far: boolean) =>
      `${TWO.replace('  far:\n', `  far:\n    manager: { autoActivate: ${far} }\n`).replace('  near:\n', '  near:\n    manager: { autoActivate: true }\n')}users: { noShow: 0.1 }\n`;
    expect(await folder.problem(text(true))).toMatchInlineSnapshot(`
      "PEX_SCENARIO_INCONSISTENT
      ~/day.yaml:12:18: users.noShow: nobody can fail to show up where reservations activate themselves; set providers.near.manager.autoActivate to false"
    `);
    expect((await load(text(false))).providers).toHaveLength(2);
  });
});

describe('--policy', () => {
  test('is for every provider, and a buyer for the users', async () => {
    const { providers, users } = (
      await load(TWO, { policies: ['allocation=first-fit', 'buyer=exact-or-nothing'] })
    ).world();
    expect(providers.map(({ policies }) => policies.allocation.name)).toEqual(['first-fit', 'first-fit']);
    expect(users.buyer(undefined).name).toBe('exact-or-nothing');
  });

  test('--set reaches into the options of the policy of one of them', async () => {
    const { providers } = await load(TWO, { set: ['providers.near.policies.pricing.options.cpuHour=2'] });
    expect(providers.map(({ resolved }) => resolved.policies.pricing)).toMatchObject([
      { options: { cpuHour: 2 } },
      { options: { cpuHour: 0.05 } },
    ]);
  });
});

test('a node that is away for an hour is in no way of a window next month, and maintenance is in the way of its own time', async () => {
  await folder.write(
    'away.csv',
    'id,submit,start,duration,type,instances\nwhole,3600,2592000,7200,NODE,2\nfixed,3600,3456000,7200,NODE,2\n',
  );
  const { events } = await run(`
cluster: { nodes: [ { group: n, count: 2, cpus: 4, memoryMib: 4096, diskGib: 100 } ] }
manager: { autoActivate: true }
instanceTypes: { NODE: { cpus: 4, memoryMib: 4096, diskGib: 10 } }
incidents:
  - { at: 30m, node: n-001, kind: drain }
  - { at: 90m, node: n-001, kind: enable }
  - { at: 0s, node: n-002, kind: maintenance, from: 40d, until: 41d }
workloads:
  - file: away.csv
`);
  const starts = events.flatMap((event) =>
    event.type === 'reservation-confirmed'
      ? [event.proposal.startMs - Date.parse('2009-08-17T00:00:00Z')]
      : [],
  );
  expect(starts).toEqual([2_592_000_000, 41 * 86_400_000]);
  expect(events.filter(({ type }) => type === 'offer-countered')).toMatchObject([{ because: 'node-outage' }]);
});
