// Where a manifest may be deployed, on a service whose nodes stand on sites: what it gets is what the simulator gives the same manifest.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DomainEvent, simulate } from '../../../engine/index.ts';
import { loadScenario } from '../../../scenarios/load/scenario.ts';
import { ScenarioFolder } from '../../scenarios/scenario-folder.ts';
import { StoppedTime, startTestDaemon } from '../../support/daemon.ts';

const START_MS = Date.parse('2026-03-28T20:00:00Z');
const MINUTE_MS = 60_000;
const HOURS = 4;

const PROVIDER = `
cluster:
  nodes:
    - { group: north, site: north, cpus: 3, memoryMib: 4096, diskGib: 100 }
    - { group: south, site: south, cpus: 4, memoryMib: 4096, diskGib: 100 }
    - { group: east, site: east, cpus: 8, memoryMib: 8192, diskGib: 100 }
hypervisor: { create: 0s, start: 0s, stop: 0s, destroy: 0s }
manager: { autoActivate: true }
`;

const SHOP = `
service: shop
components:
  web: { size: SMALL, min: 1, max: 6, deploy: [north, south] }
  store: { size: SMALL, min: 2, max: 2, deploy: [south] }
  job: { size: SMALL, min: 1, max: 1 }
rules: ["Replicas(web) = Load / 100"]
metrics:
  Load: { steps: { 0m: 100, 30m: 390, 90m: 550, 150m: 50 } }
every: 15m
term: 1h
patience: 1s
`;

let folder: ScenarioFolder;
beforeAll(async () => {
  folder = await ScenarioFolder.make();
});
afterAll(() => folder.remove());

/** The site on which each lease that was had began, by its name. */
async function simulated(): Promise<string[]> {
  await folder.write('shop.manifest', SHOP);
  const file = await folder.write(
    'shop.yaml',
    `name: shop
start: ${new Date(START_MS).toISOString()}
${PROVIDER}
horizon: ${HOURS}h
users: { thinkTime: 0s }
policies: { buyer: exact-or-nothing }
workloads: [{ file: shop.manifest, manifest: { length: ${HOURS}h } }]
`,
  );
  const scenario = await loadScenario(file);
  const events: DomainEvent[] = [];
  await simulate(scenario.world(), { onEvent: (event) => events.push(event) });
  const names = new Map<string, string>();
  const places: string[] = [];
  for (const event of events) {
    if (event.type === 'reservation-initiated') names.set(event.reservationId, event.origin!.requestId);
    if (event.type === 'reservation-confirmed')
      places.push(`${names.get(event.reservationId)} ${event.pieces[0]!.nodeId}`);
  }
  return places.sort();
}

async function live(): Promise<string[]> {
  const host = new StoppedTime(START_MS);
  const yaml = `${PROVIDER}\naccounts: { startingCredits: 100000, quota: { reservations: 1000, vcpus: 1000 } }\nsecurity: { requestsPerMinute: 100000 }\n`;
  let daemon = await startTestDaemon({ yaml, host });
  try {
    const settle = async () => {
      await daemon.told();
      await daemon.service.commandInstance('none', 'stop');
    };
    await daemon.register('alice');
    const { body } = await daemon.call('alice', 'POST', '/services', { manifest: SHOP });
    expect((await daemon.call('alice', 'PUT', `/services/${body.id}`, { reply: 'CONFIRM' })).status).toBe(
      200,
    );
    // What is stored says where it is to be.
    await host.moveTo(START_MS + 100 * MINUTE_MS, settle);
    await daemon.pause();
    daemon = await startTestDaemon({ yaml, host, folder: daemon.folder });
    // In the next control period it would ask for what begins when the workload ends.
    await host.moveTo(START_MS + (HOURS * 60 - 16) * MINUTE_MS, settle);
    const { body: journal } = await daemon.call(
      'operator',
      'GET',
      '/journal?limit=500&type=reservation-confirmed',
    );
    const { body: reservations } = await daemon.call('alice', 'GET', '/reservations?limit=500');
    const names = new Map<string, string>(
      reservations.map(({ id, name }: Record<string, string>) => [id, name]),
    );
    const sites = new Map<string, string>(
      reservations.map(({ id, site }: Record<string, string>) => [id, site]),
    );
    // What was asked for stays with it, so that whoever answers with other terms can ask for the same.
    const store = reservations.find(({ name }: { name: string }) => name.startsWith('shop-store'));
    expect(store.sites).toEqual(['south']);
    return journal
      .map(({ event }: { event: { reservationId: string; pieces: { nodeId: string }[] } }) => {
        const { nodeId } = event.pieces[0]!;
        const name = names.get(event.reservationId)!;
        // The job is anywhere, and nobody says where.
        expect(sites.get(event.reservationId)).toBe(name.startsWith('shop-job') ? undefined : nodeId);
        return `${name} ${nodeId}`;
      })
      .sort();
  } finally {
    await daemon.stop();
  }
}

test('instances are deployed to the first of their sites that has room, live as in the simulator', async () => {
  const expected = await simulated();
  const sitesOf = (component: string) =>
    new Set(
      expected.filter((each) => each.startsWith(`shop-${component}`)).map((each) => each.split(' ')[1]),
    );
  expect(sitesOf('web')).toEqual(new Set(['north', 'south']));
  expect(sitesOf('store')).toEqual(new Set(['south']));
  expect(await live()).toEqual(expected);
});

test('over REST a request names sites that the service has, and the answer says which it is', async () => {
  const daemon = await startTestDaemon({ yaml: PROVIDER, host: new StoppedTime(START_MS) });
  try {
    await daemon.register('alice');
    const ask = (sites: string[], numInstancesFixed: number) =>
      daemon.call('alice', 'POST', '/reservations', {
        type: 'SMALL',
        duration: 3_600_000,
        numInstancesFixed,
        sites,
      });
    const { body } = await ask(['north', 'south'], 4);
    expect(body).toMatchObject({ reply: 'ACCEPT', proposal: { sites: ['north', 'south'], site: 'south' } });
    const { body: unknown } = await ask(['nort'], 1);
    expect(unknown).toMatchObject({ code: 'PEX_BAD_REQUEST', field: 'sites[0]' });
    const { body: service } = await daemon.call('alice', 'GET', '/service');
    expect(service.sites).toEqual(['north', 'south', 'east']);
    const { body: nodes } = await daemon.call('operator', 'GET', '/nodes');
    expect(nodes.map(({ site }: { site: string }) => site)).toEqual(['north', 'south', 'east']);
    const { body: countered } = await ask(['south'], 3);
    expect(countered).toMatchObject({ reply: 'COUNTER', proposal: { site: 'south' } });
    // What was offered may be sent back as it is, and be changed.
    const { body: again } = await daemon.call('alice', 'PUT', `/reservations/${countered.proposal.id}`, {
      reply: 'COUNTER',
      proposal: { ...countered.proposal, startTime: undefined, sites: ['south', 'north'] },
    });
    expect(again).toMatchObject({ reply: 'ACCEPT', proposal: { site: 'north' } });
  } finally {
    await daemon.stop();
  }
});
