// Sites in a scenario: what is written becomes nodes with links and storage, requests ask for them, and what makes no sense is said with its line.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { UserRequest } from '../../engine/index.ts';
import { loadScenario } from '../../scenarios/load/scenario.ts';
import { ScenarioFolder } from './scenario-folder.ts';

let folder: ScenarioFolder;
beforeAll(async () => {
  folder = await ScenarioFolder.make();
  await folder.write('day.csv', 'id,submit,duration,type,site\na,0,60,SMALL,south|north\nb,0,60,SMALL,\n');
});
afterAll(() => folder.remove());

const NODES = `
  nodes:
    - { group: a, site: north, count: 2, cpus: 4, memoryMib: 4096, diskGib: 100 }
    - { group: b, site: south, cpus: 4, memoryMib: 4096, diskGib: 100 }
    - { group: c, cpus: 4, memoryMib: 4096, diskGib: 100 }`;
const LINK = '\n  links: [{ between: [south, north], mbitPerS: 80, rtt: 20ms, windowKib: 64 }]';
const REST = `
hypervisor: { migration: { model: xen } }
workloads: [{ file: day.csv }]
`;

async function nodesOf(cluster: string) {
  const file = await folder.write('sites.yaml', `cluster:${cluster}${REST}`);
  return (await loadScenario(file, { env: {} })).providers[0]!.cluster.nodes;
}

test('groups of nodes stand on sites, which know the links from them; each has a storage of its own', async () => {
  const [first, , south, nowhere] = await nodesOf(NODES + LINK);
  const link = { bytesPerS: 1e7, rttMs: 20, windowBytes: 65_536 };
  expect(first).toMatchObject({
    site: { name: 'north', links: { south: link } },
    limits: { storage: 'north' },
  });
  expect(south).toMatchObject({
    site: { name: 'south', links: { north: link } },
    limits: { storage: 'south' },
  });
  expect(nowhere?.site).toBeUndefined();
  expect(nowhere?.limits).toBeUndefined();
});

test('disks that all share, or that lie on a storage of one name, need not go along', async () => {
  const shared = await nodesOf(`${NODES}${LINK}\n  sharedDiskGib: 500`);
  expect(shared.map(({ limits }) => limits)).toEqual([undefined, undefined, undefined, undefined]);
  const san = await nodesOf(`${NODES}${LINK}\n  limits: [{ of: [a, b], storage: san }]`);
  expect(san.map(({ limits }) => limits?.storage)).toEqual(['san', 'san', 'san', undefined]);
});

test('requests ask for sites', async () => {
  const file = await folder.write('sites.yaml', `cluster:${NODES}${REST}`);
  const requests: UserRequest[] = [];
  for await (const request of (await loadScenario(file, { env: {} })).world().requests)
    requests.push(request);
  expect(requests.map(({ proposal }) => proposal.sites)).toEqual([['south', 'north'], undefined]);
});

test('links to nowhere, to itself or twice, and without a model that copies, are refused', async () => {
  const of = (links: string, rest = REST) => folder.problem(`cluster:${NODES}\n  links: ${links}${rest}`);
  const plain = REST.replace('xen', 'fixed');
  const north = 'between: [north, south], mbitPerS: 1';
  expect([
    await of('[{ between: [north, soth], mbitPerS: 1 }]'),
    await of('[{ between: [north, north], mbitPerS: 1 }]'),
    await of(`[{ ${north} }, { between: [south, north], mbitPerS: 2 }]`),
    await of('[{ between: [north], mbitPerS: 1 }]'),
    await of(`[{ ${north} }]`, plain),
  ]).toMatchInlineSnapshot(`
    [
      "PEX_SCENARIO_INCONSISTENT
    ~/day.yaml:6:30: cluster.links[0].between[1]: there is no site "soth" (did you mean "south"?)",
      "PEX_SCENARIO_INCONSISTENT
    ~/day.yaml:6:13: cluster.links[0].between: is one site; a link is between two",
      "PEX_SCENARIO_INCONSISTENT
    ~/day.yaml:6:55: cluster.links[1].between: is said twice; a link carries as much each way",
      "PEX_SCENARIO_INVALID
    ~/day.yaml:6:13: cluster.links[0].between: expected a list of two sites, found a list",
      "PEX_SCENARIO_INCONSISTENT
    ~/day.yaml:6:3: cluster.links: what goes over a link is copied; name a model that copies in hypervisor.migration.model, such as xen",
    ]
  `);
  await folder.write('odd.csv', 'id,submit,duration,type,site\na,0,60,SMALL,est\n');
  const file = await folder.write('odd.yaml', `cluster:${NODES}${REST.replace('day.csv', 'odd.csv')}`);
  const scenario = await loadScenario(file, { env: {} });
  const read = async () => {
    for await (const _ of scenario.world().requests);
  };
  await expect(read()).rejects.toThrow(/site: there is no site "est"/);
});
