// The promise of the project on real hosts: what a provider decides does not depend on what carries its VMs. One workload goes through a
// service on simulated nodes and through one on a pool, request by request, with a node that is drained and enabled again.
import { expect, test } from 'vitest';
import { type DomainEvent, Rng } from '../../../../engine/index.ts';
import type { XapiServer } from '../../../../pool-double/server.ts';
import { StoppedTime, startTestDaemon, type TestDaemon } from '../../../support/daemon.ts';
import { startServer } from './pool-under-test.ts';
import { startXenDaemon } from './xen-daemon.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.parse('2026-03-28T20:00:00Z');
const CLUSTER = `cluster:
  sharedDiskGib: 900
  nodes:
    - { group: xen, names: [xen1, xen2, xen3], cpus: 4, memoryMib: 8192 }
`;
const RULES = `
manager: { autoActivate: true, shutdownLead: 1m }
policies:
  pricing: { name: flat, options: { cpuHour: 0.5 } }
accounts: { startingCredits: 1000000, quota: { reservations: 10000, vcpus: 100000 } }
security: { requestsPerMinute: 1000000 }
`;
const AT_ONCE =
  '{ create: 0s, start: 0s, stop: 0s, migrate: 0s, suspend: 0s, resume: 0s, reboot: 0s, destroy: 0s, migrateDowntime: 0s, nodeDetection: 0s }';
/** Stopped, destroyed, made, started, and the commits between. */
const STEPS = 12;
const DECISIONS = new Set<DomainEvent['type']>([
  'proposal-received',
  'offer-accepted',
  'offer-countered',
  'counter-accepted',
  'offer-declined',
  'reservation-confirmed',
  'reservation-activated',
  'window-opened',
  'instance-moved',
  'window-closed',
  'reservation-ended',
  'node-drained',
  'node-enabled',
]);

interface Happening {
  readonly atMs: number;
  readonly act: (daemon: Pick<TestDaemon, 'call'>) => Promise<unknown>;
}

function workload(): Happening[] {
  const rng = Rng.fromSeed(3).stream('requests');
  let atMs = START;
  const requests = Array.from({ length: 40 }, (): Happening => {
    atMs += Math.round(rng.exponential(12 * MINUTE));
    const wish = {
      duration: rng.integer(20, 200) * MINUTE,
      numInstancesFixed: rng.integer(1, 3),
      type: rng.pick(['SMALL', 'SMALL', 'MEDIUM', 'LARGE']),
      template: 'PEX Debian Etch 4.0 Template',
      startTime: new Date(Math.ceil(atMs / 1000) * 1000 + rng.integer(0, 90) * MINUTE).toUTCString(),
    };
    return { atMs, act: ({ call }) => negotiate(call, wish) };
  });
  const drain: Happening = {
    atMs: START + 3 * HOUR + 7,
    act: ({ call }) => call('operator', 'PUT', '/nodes/xen2/drain'),
  };
  const enable: Happening = {
    atMs: START + 5 * HOUR + 7,
    act: ({ call }) => call('operator', 'PUT', '/nodes/xen2/enable'),
  };
  return [...requests, drain, enable].sort((a, b) => a.atMs - b.atMs);
}

async function negotiate(call: TestDaemon['call'], wish: object): Promise<void> {
  const { body: offer } = await call('operator', 'POST', '/reservations', wish);
  if (offer.reply === 'REJECT') return;
  const answer = (reply: string) =>
    call('operator', 'PUT', `/reservations/${offer.proposal.id}`, { proposal: offer.proposal, reply });
  if (offer.reply === 'COUNTER') await answer('ACCEPT');
  await answer('CONFIRM');
}

async function decisionsOf(
  host: StoppedTime,
  daemon: Pick<TestDaemon, 'call' | 'service'>,
  isQuiet: () => boolean,
): Promise<DomainEvent[]> {
  const events: DomainEvent[] = [];
  daemon.service.events$.subscribe(({ event }) => events.push(event));
  const settle = async () => {
    // What operations bring about is decided in as many steps as there are operations in a row, all at the same instant.
    for (let step = 0; step < STEPS; step += 1) await daemon.service.commandInstance('none', 'stop');
    // On a pool they take real time, during which the service's stands still.
    await expect.poll(isQuiet, { timeout: 20_000, interval: 5 }).toBe(true);
    await daemon.service.commandInstance('none', 'stop');
  };
  for (const { act, atMs } of workload()) {
    await host.moveTo(atMs, settle);
    await act(daemon);
  }
  await host.moveTo(START + 72 * HOUR, settle);
  const sessions = new Map<string, number>();
  return events.flatMap((event) => {
    if (event.type === 'reservation-initiated') sessions.set(event.reservationId, sessions.size);
    if (!DECISIONS.has(event.type)) return [];
    return [
      'reservationId' in event
        ? { ...event, reservationId: `session ${sessions.get(event.reservationId)}` }
        : event,
    ];
  });
}

/** Everything that was asked for is done: what the service wants of its VMs is what the pool has. */
function quietness(server: XapiServer, service: { nodes(): readonly { vms: number }[] }): () => boolean {
  let last = '';
  let since = performance.now();
  return () => {
    const { counts, vms } = server.inventory();
    const ours = vms.filter(({ name }) => name.startsWith('openpex-'));
    const now = JSON.stringify([counts, ours, service.nodes().map(({ vms: count }) => count)]);
    if (now !== last || counts['task'] !== 0 || ours.some(({ operations }) => operations.length > 0))
      since = performance.now();
    last = now;
    return performance.now() - since > 60;
  };
}

test('a workload is decided on a pool as on simulated nodes, request by request', {
  timeout: 240_000,
}, async () => {
  const simulatedHost = new StoppedTime(START);
  const simulated = await startTestDaemon({
    yaml: `${CLUSTER}hypervisor: ${AT_ONCE}\n${RULES}`,
    host: simulatedHost,
  });
  const expected = await decisionsOf(simulatedHost, simulated, () => true).finally(() => simulated.stop());

  const server = await startServer({ pool: { hosts: 3 }, timeScale: 0.01, durations: { guestBoot: 1 } });
  const before = server.inventory();
  const xenHost = new StoppedTime(START);
  const onPool = await startXenDaemon(server, { yaml: CLUSTER + RULES, host: xenHost });
  const decided = await decisionsOf(xenHost, onPool, quietness(server, onPool.service));

  const kinds = new Set(expected.map(({ type }) => type));
  for (const type of ['offer-accepted', 'offer-countered', 'reservation-ended', 'instance-moved'])
    expect(kinds).toContain(type);
  // Decisions are numbered among all that happens, and VMs are seen more often here than there.
  for (const [index, event] of expected.entries()) {
    expect(decided[index]).toEqual({ ...event, seq: decided[index]?.seq });
  }
  expect(decided.length).toBe(expected.length);
  await expect.poll(() => server.inventory(), { timeout: 20_000 }).toEqual(before);
});
