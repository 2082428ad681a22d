// A daemon is killed in the middle of making, starting, moving and destroying VMs, at instants drawn by chance, while the pool goes on with
// what it was told. After each restart the pool and the database come to agree: no VM too many, none too few, none twice.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Rng } from '../../../../engine/index.ts';
import { caller } from '../../../support/daemon.ts';
import { bundle } from '../../crash/bundle.ts';
import { DaemonProcess, eventually } from '../../crash/daemon-process.ts';
import { startServer } from './pool-under-test.ts';
import { newFolder, reserve } from './xen-daemon.ts';

/** Fifty take some minutes: OPENPEX_XEN_KILLS=50. */
const KILLS = Number(process.env['OPENPEX_XEN_KILLS'] ?? 8);
const SEED = Number(process.env['OPENPEX_XEN_SEED'] ?? 2009);
const LONGEST_DELAY_MS = 600;
const MOST_VMS = 8;

const YAML = `
negotiation: { shortestDuration: 0s }
manager: { autoActivate: true, shutdownLead: 1s, retryDelay: 100ms }
security: { requestsPerMinute: 1000000 }
accounts: { quota: { reservations: 10000, vcpus: 100000 } }
log: warn
`;

interface Instance {
  readonly vmID: string;
  readonly status: string;
}

test('killed at any moment, a daemon finds its VMs again, all of them and each once', {
  timeout: 900_000,
}, async () => {
  const server = await startServer({ timeScale: 0.5, durations: { guestBoot: 1 } });
  const stock = () => {
    const { counts, ...things } = server.inventory();
    // Pools forget tasks that have ended by themselves, after a while.
    const { task: _task, ...lasting } = counts;
    return { ...things, counts: lasting };
  };
  const before = stock();
  const folder = newFolder();
  const file = join(folder, 'openpex.yaml');
  writeFileSync(
    file,
    `${YAML}xen: { url: "${server.url}", password: xen, stopGrace: 2s, operationTimeout: 20s }\n`,
  );
  const script = await bundle(fileURLToPath(new URL('xen-daemon-on-call.ts', import.meta.url)), folder);
  const load = () => new DaemonProcess({ args: [script, file, `sqlite:${join(folder, 'openpex.db')}`] });
  const rng = Rng.fromSeed(SEED).stream('kills');

  const ours = () => server.inventory().vms.filter(({ name }) => name.startsWith('openpex-'));
  const instances = async (call: ReturnType<typeof caller>): Promise<Instance[]> =>
    (await call('operator', 'GET', '/instances?all=true')).body;
  /** Both sides: one line for each VM, and how many run on each node. */
  const views = async (call: ReturnType<typeof caller>) => {
    const nodes: { node: string; vms: number }[] = (await call('operator', 'GET', '/nodes')).body;
    const hosts = ours().map(({ residentOn }) => residentOn);
    return {
      pool: [
        ...ours().map(({ isTemplate, name, operations, powerState }) =>
          [name.slice(-36), isTemplate ? 'half-made' : powerState.toUpperCase(), ...operations].join(' '),
        ),
        ...nodes.map(({ node }) => `${node} RUNNING ${hosts.filter((host) => host === node).length}`),
      ].sort(),
      database: [
        ...(await instances(call)).map(({ status, vmID }) => `${vmID} ${status}`),
        ...nodes.map(({ node, vms }) => `${node} RUNNING ${vms}`),
      ].sort(),
    };
  };
  const agreed = async (call: ReturnType<typeof caller>, daemon: DaemonProcess) => {
    // The daemon may have died between a drain and its end; a VM without room elsewhere would stay suspended.
    for (const node of ['xen1', 'xen2']) await call('operator', 'PUT', `/nodes/${node}/enable`);
    try {
      await eventually(
        () => views(call),
        ({ database, pool }) =>
          pool.join() === database.join() && pool.every((line) => line.includes(' RUNNING')),
        { withinMs: 20_000, what: 'the agreement of pool and database' },
      );
    } catch (error) {
      throw new Error(`${String(error)}\n${daemon.log}`, { cause: error });
    }
  };

  let next = load();
  for (let life = 1; life <= KILLS; life += 1) {
    const daemon = next;
    next = load();
    daemon.go();
    const call = caller(await daemon.url());
    if (life > 1) await agreed(call, daemon);
    const present = await instances(call);
    const wishes: Promise<unknown>[] = [];
    if (present.length < MOST_VMS)
      wishes.push(reserve({ call }, 'operator', { instances: rng.integer(1, 3) }));
    if (present.length > 4)
      for (const { vmID } of present.slice(0, rng.integer(1, 3)))
        wishes.push(call('operator', 'DELETE', `/instances/${vmID}`));
    const node = rng.pick(['xen1', 'xen2']);
    if (present.length > 0 && rng.next() < 0.6)
      wishes.push(
        call('operator', 'PUT', `/nodes/${node}/drain`).then(() =>
          call('operator', 'PUT', `/nodes/${node}/enable`),
        ),
      );
    // The daemon dies with requests in its hands: what becomes of those is another test's concern.
    await Promise.race([Promise.allSettled(wishes), after(rng.next() * LONGEST_DELAY_MS)]);
    await after(rng.next() * LONGEST_DELAY_MS);
    await daemon.end('SIGKILL');
    for (const wish of wishes) wish.catch(() => undefined);
  }

  next.go();
  const call = caller(await next.url());
  await agreed(call, next);
  for (const { vmID } of await instances(call)) await call('operator', 'DELETE', `/instances/${vmID}`);
  await expect.poll(stock, { timeout: 60_000, interval: 50 }).toEqual(before);
  expect(await next.end('SIGTERM')).toEqual({ code: 0, signal: null });
});

function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
