// Two hundred VMs on twenty hosts: all of them run long before their window is over, and no host does more at a time than it may.
import { expect, test } from 'vitest';
import { startServer } from './pool-under-test.ts';
import { reserve, startXenDaemon, YAML } from './xen-daemon.ts';

const WINDOW_MS = 3_600_000;
const STARTED_WITHIN_MS = 60_000;

test('200 VMs are started on 20 hosts within their window', { timeout: 180_000 }, async () => {
  const server = await startServer({ pool: { hosts: 20, cpus: 12, memoryMib: 32_768 } });
  const { call, register } = await startXenDaemon(server, { yaml: YAML });
  await register('erin');
  const begunMs = performance.now();
  for (let reservation = 0; reservation < 10; reservation += 1)
    await reserve({ call }, 'erin', { instances: 20, duration: WINDOW_MS });
  const hosts = () =>
    server
      .inventory()
      .vms.flatMap(({ name, powerState, residentOn }) =>
        name.startsWith('openpex-') && powerState === 'Running' ? (residentOn ?? []) : [],
      );
  await expect.poll(() => hosts().length, { timeout: STARTED_WITHIN_MS, interval: 100 }).toBe(200);
  const tookMs = performance.now() - begunMs;
  expect(tookMs).toBeLessThan(STARTED_WITHIN_MS);
  expect(server.inventory().vms.filter(({ name }) => name.startsWith('openpex-'))).toHaveLength(200);
  // CPUs are not shared: 12 VMs of one CPU fill a host.
  const perHost = new Map<string, number>();
  for (const host of hosts()) perHost.set(host, (perHost.get(host) ?? 0) + 1);
  expect(Math.max(...perHost.values())).toBeLessThanOrEqual(12);
});
