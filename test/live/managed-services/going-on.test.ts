// What a managed service does is what the simulator has it do, also when the process ends in the middle of it.
import { expect, test } from 'vitest';
import { TYPES_OF_THE_PAPERS } from '../../../scenarios/formats/instance-size.ts';
import { declaredSizes } from '../../../scenarios/services/declared-sizes.ts';
import { measuredAt, parseManifest } from '../../../scenarios/services/manifest.ts';
import { ServiceManager } from '../../../scenarios/services/service-manager.ts';
import { StoppedTime, startTestDaemon, type TestDaemon } from '../../support/daemon.ts';

const START_MS = Date.parse('2026-03-28T20:00:00Z');
const HOUR_MS = 3_600_000;
const HOURS = 5;

const SHOP = `
service: shop
components:
  web: { size: { cpus: 2, memoryMib: 1024, diskGib: 10 }, min: 1, max: 4 }
  worker: { size: SMALL, min: 0, max: 4 }
rules:
  - Replicas(web) = RequestPerSecond(web) / 500
  - CPU(web) = Users / 1000
  - Replicas(worker) = 2 * (Replicas(web) - 1)
metrics:
  Users: { steps: { 0h: 1000, 3h: 3000 } }
  RequestPerSecond(web): { repeats: 6h, steps: { 0h: 300, 1h: 1400, 2h: 700, 3h: 1600, 5h: 100 } }
every: 15m
term: 1h
`;

/** As a workload of the simulator has them. */
function simulated(hours: number): string[] {
  const manifest = parseManifest(SHOP, 'shop');
  const sizes = declaredSizes(manifest, TYPES_OF_THE_PAPERS, new Map());
  const manager = new ServiceManager(manifest.service, ({ name }) => sizes.get(name)!);
  const leases: string[] = [];
  for (let atMs = 0; atMs < hours * HOUR_MS; atMs += manifest.service.everyMs)
    for (const { id, size, startMs } of manager.step(atMs, measuredAt(manifest.service, atMs)).asked)
      leases.push(`${id} ${startMs / HOUR_MS} ${typeof size === 'string' ? size : size.milliCpus}`);
  return leases.sort();
}

async function told(restarts: readonly number[]): Promise<{ leases: string[]; reservations: number }> {
  const host = new StoppedTime(START_MS);
  const yaml = `
cluster: { nodes: [{ group: n, count: 9, cpus: 8, memoryMib: 8192, diskGib: 400 }] }
hypervisor: { create: 0s, start: 0s, stop: 0s, destroy: 0s }
accounts: { startingCredits: 100000, quota: { reservations: 1000, vcpus: 1000 } }
security: { requestsPerMinute: 100000 }
`;
  let daemon = await startTestDaemon({ yaml, host });
  const settle = async () => {
    await daemon.told();
    await daemon.service.commandInstance('none', 'stop');
  };
  const path = await submitted(daemon);
  for (const hours of restarts) {
    await host.moveTo(START_MS + hours * HOUR_MS, settle);
    await daemon.pause();
    daemon = await startTestDaemon({ yaml, host, folder: daemon.folder });
  }
  await host.moveTo(START_MS + HOURS * HOUR_MS, settle);
  const { body } = await daemon.call('alice', 'GET', path);
  const sizes = new Map<string, string>();
  const { body: reservations } = await daemon.call('alice', 'GET', '/reservations?limit=500');
  for (const { cpus, name, type } of reservations)
    sizes.set(name, type === 'custom' ? String(cpus * 1000) : type);
  const leases = body.leases
    .map(
      ({ id, startTimeMs }: { id: string; startTimeMs: number }) =>
        `${id} ${(startTimeMs - START_MS) / HOUR_MS} ${sizes.get(id)}`,
    )
    .sort();
  await daemon.stop();
  return { leases, reservations: reservations.length };
}

async function submitted(daemon: TestDaemon): Promise<string> {
  await daemon.register('alice');
  const { body } = await daemon.call('alice', 'POST', '/services', { manifest: SHOP });
  const path = `/services/${body.id}`;
  expect((await daemon.call('alice', 'PUT', path, { reply: 'CONFIRM' })).status).toBe(200);
  return path;
}

test('the simulator and the live service ask for the same leases at the same time, whatever restarts come in between', async () => {
  const expected = simulated(HOURS);
  expect(expected.length).toBeGreaterThan(25);
  expect(await told([2.1])).toEqual({ leases: expected, reservations: expected.length });
});
