// The promise of the project: the same manager and policies decide the same in the simulator and in a live service. One workload goes
// through both, request by request, with counter-offers, optional instances, drains and lost nodes.
import { expect, test } from 'vitest';
import { type DomainEvent, Rng, type RunSetup, simulate, type UserRequest } from '../../engine/index.ts';
import { WrittenDocument } from '../../scenarios/load-document.ts';
import { loadProvider } from '../../scenarios/load-provider.ts';
import { StoppedTime, startTestDaemon, type TestDaemon } from '../support/daemon.ts';
import { DAY, HOUR, MINUTE, policy, request, SECOND } from '../support/setup.ts';

const PROVIDER = `
cluster:
  sharedDiskGib: 900
  nodes:
    - { group: blade, count: 4, cpus: 4, memoryMib: 4096 }
manager: { autoActivate: true, shutdownLead: 1m }
hypervisor: { create: 15s, start: 40s, stop: 20s, migrate: 45s, nodeDetection: 20s }
policies:
  pricing: { name: flat, options: { cpuHour: 0.5 } }
`;
const LIVE = `${PROVIDER}
accounts: { startingCredits: 1000000, quota: { reservations: 10000, vcpus: 100000 } }
security: { requestsPerMinute: 1000000 }
`;
const START = Date.parse('2026-03-28T20:00:00Z');
const NODE_NEWS = [
  { atMs: START + 6 * HOUR + 7, nodeId: 'blade-002', kind: 'drain' },
  { atMs: START + 9 * HOUR + 7, nodeId: 'blade-002', kind: 'enable' },
  { atMs: START + 15 * HOUR + 7, nodeId: 'blade-003', kind: 'fail' },
  { atMs: START + 18 * HOUR + 7, nodeId: 'blade-003', kind: 'return' },
] as const;

/** Two days of users; starts are whole seconds, as the API writes them. */
function workload(): UserRequest[] {
  const rng = Rng.fromSeed(11).stream('requests');
  const sizes = { SMALL: [1, 768, 10], MEDIUM: [2, 1536, 20], LARGE: [3, 2560, 40] } as const;
  let submitMs = START + MINUTE;
  return Array.from({ length: 220 }, (_, i) => {
    submitMs += Math.round(rng.exponential(11 * MINUTE));
    const type = rng.pick(['SMALL', 'SMALL', 'MEDIUM', 'LARGE'] as const);
    const [cpus, memoryMib, diskGib] = sizes[type];
    const startMs = Math.ceil(submitMs / SECOND) * SECOND + rng.integer(0, 5 * 60) * MINUTE;
    return request({
      requestId: `q${i}`,
      userId: `user${i % 3}`,
      submitMs,
      startMs,
      durationMs: rng.integer(20, 300) * MINUTE,
      type,
      demand: { milliCpus: cpus * 1000, memoryMib, diskGib },
      numInstancesFixed: rng.integer(1, 4),
      numInstancesOption: rng.integer(0, 1),
      latestStartMs: startMs + rng.integer(0, 6) * HOUR,
      template: 'PEX Debian Etch 4.0 Template',
    });
  });
}

test('a workload is decided in a live service as in the simulator, request by request', async () => {
  const requests = workload();
  const simulated = await simulatedDecisions(requests);
  const live = await liveDecisions(requests);
  // The workload deserves its purpose.
  const kinds = new Set(simulated.map(({ type }) => type));
  for (const type of [
    'offer-accepted',
    'offer-countered',
    'counter-accepted',
    'offer-declined',
    'instance-moved',
  ])
    expect(kinds).toContain(type);
  expect(live.length).toBe(simulated.length);
  for (const [i, event] of simulated.entries()) expect(live[i]).toEqual(event);
});

async function simulatedDecisions(requests: readonly UserRequest[]) {
  const provider = await loadProvider(WrittenDocument.parse(PROVIDER, 'parity'), {});
  const events: DomainEvent[] = [];
  const setup: RunSetup = {
    ...provider.setup(),
    startMs: START,
    endMs: START + 4 * DAY,
    cluster: provider.cluster,
    incidents: NODE_NEWS,
    users: { thinkTime: { minMs: 0, maxMs: 0 }, noShow: 0, claim: 0 },
    requests,
  };
  const buyer = policy('buyer', 'earliest-slot');
  const policies = { ...setup.policies, buyer: () => buyer };
  await simulate({ ...setup, policies }, { onEvent: (event) => events.push(event) });
  return decisions(events);
}

async function liveDecisions(requests: readonly UserRequest[]) {
  const host = new StoppedTime(START);
  const daemon = await startTestDaemon({ yaml: LIVE, host });
  try {
    const events: DomainEvent[] = [];
    daemon.service.events$.subscribe(({ event }) => events.push(event));
    for (const user of new Set(requests.map(({ userId }) => userId))) await daemon.register(user);
    // A command that changes nothing comes back when everything before it is committed.
    const settle = async () => {
      await daemon.service.commandInstance('none', 'stop');
    };
    const happenings = [
      ...requests.map((wanted) => ({ atMs: wanted.submitMs, act: () => negotiate(daemon, wanted) })),
      ...NODE_NEWS.map(({ atMs, kind, nodeId }) => ({
        atMs,
        act: () => daemon.call('operator', 'PUT', `/nodes/${nodeId}/${kind}`),
      })),
    ].sort((a, b) => a.atMs - b.atMs);
    for (const { act, atMs } of happenings) {
      await host.moveTo(atMs, settle);
      await act();
    }
    await host.moveTo(START + 4 * DAY, settle);
    return decisions(events);
  } finally {
    await daemon.stop();
  }
}

/** What the buyer policy earliest-slot does, over HTTP. */
async function negotiate(
  { call }: TestDaemon,
  { latestStartMs, proposal, userId }: UserRequest,
): Promise<void> {
  const { durationMs, numInstancesFixed, numInstancesOption, startMs, template, type } = proposal;
  const { body: offer } = await call(userId, 'POST', '/reservations', {
    duration: durationMs,
    numInstancesFixed,
    numInstancesOption,
    startTime: new Date(startMs).toUTCString(),
    template,
    type,
  });
  const answer = (reply: string, reason?: string) =>
    call(userId, 'PUT', `/reservations/${offer.proposal.id}`, { proposal: offer.proposal, reply, reason });
  if (offer.reply === 'REJECT') return;
  if (offer.reply === 'COUNTER') {
    if (offer.proposal.startTimeMs > latestStartMs) {
      await answer('REJECT', 'too-late');
      return;
    }
    expect((await answer('ACCEPT')).body.reply).toBe('CONFIRM_REQUEST');
  }
  expect((await answer('CONFIRM')).body.reply).toBe('REQUEST_SUCCESS');
}

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
  'node-lost',
  'node-returned',
  'node-drained',
  'node-enabled',
]);

/** Sessions are numbered in the order in which they were opened, whatever their ids. */
function decisions(events: readonly DomainEvent[]): DomainEvent[] {
  const sessions = new Map<string, number>();
  const found: DomainEvent[] = [];
  for (const event of events) {
    if (event.type === 'reservation-initiated') sessions.set(event.reservationId, sessions.size + 1);
    if (!DECISIONS.has(event.type)) continue;
    const isOfSession = 'reservationId' in event;
    found.push(
      isOfSession ? { ...event, reservationId: `session ${sessions.get(event.reservationId)}` } : event,
    );
  }
  return found;
}
