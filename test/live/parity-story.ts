// The promise of the project: the same manager and policies decide the same in the simulator and in a live service. One workload goes
// through both, request by request, with counter-offers, optional instances, drains and lost nodes.
import { expect } from 'vitest';
import { type DomainEvent, type Incident, Rng, simulate, type UserRequest } from '../../engine/index.ts';
import { loadServedProvider } from '../../scenarios/load/served-provider.ts';
import { WrittenDocument } from '../../written/document.ts';
import { StoppedTime, startTestDaemon, type TestDaemon } from '../support/daemon.ts';
import { DAY, HOUR, MINUTE, policy, request, SECOND } from '../support/setup.ts';

export const PROVIDER = `
cluster:
  sharedDiskGib: 900
  nodes:
    - { group: blade, count: 4, cpus: 4, memoryMib: 4096 }
negotiation: { hold: 10m }
manager: { autoActivate: true, shutdownLead: 1m }
hypervisor: { create: 15s, start: 40s, stop: 20s, migrate: 45s, nodeDetection: 20s }
policies:
  pricing: { name: flat, options: { cpuHour: 0.5 } }
`;
const LIVE = `${PROVIDER}
accounts: { startingCredits: 1000000, quota: { reservations: 10000, vcpus: 100000 } }
security: { requestsPerMinute: 1000000 }
`;
/** A hold that lasts long enough for a real conversation at any speed. */
export const patient = (yaml: string) => yaml.replace('hold: 10m', 'hold: 3d');
export const START = Date.parse('2026-03-28T20:00:00Z');
export const NODE_NEWS = [
  { atMs: START + 6 * HOUR + 7, nodeId: 'blade-002', kind: 'drain' },
  { atMs: START + 9 * HOUR + 7, nodeId: 'blade-002', kind: 'enable' },
  {
    atMs: START + 10 * HOUR + 7,
    nodeId: 'blade-001',
    kind: 'maintenance',
    maintenanceId: 'M1',
    fromMs: START + 13 * HOUR,
    untilMs: START + 16 * HOUR,
  },
  { atMs: START + 15 * HOUR + 7, nodeId: 'blade-003', kind: 'fail' },
  { atMs: START + 24 * HOUR + 7, nodeId: 'blade-003', kind: 'return' },
  { atMs: START + 26 * HOUR + 7, nodeId: 'blade-002', kind: 'drain', untilMs: START + 28 * HOUR },
  { atMs: START + 29 * HOUR + 7, nodeId: 'blade-002', kind: 'enable' },
] as const satisfies readonly Incident[];

/** Two days of users; starts are whole seconds, as the API writes them. */
export function workload(fromMs: number): UserRequest[] {
  const rng = Rng.fromSeed(11).stream('requests');
  const sizes = { SMALL: [1, 768, 10], MEDIUM: [2, 1536, 20], LARGE: [3, 2560, 40] } as const;
  let submitMs = fromMs + MINUTE;
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

/** The workload deserves its purpose. */
export const DESERVED = [
  'offer-accepted',
  'offer-countered',
  'counter-accepted',
  'offer-declined',
  'instance-moved',
] as const;

export function expectAlike(live: readonly unknown[], simulated: readonly unknown[]): void {
  expect(live.length).toBe(simulated.length);
  for (const [i, event] of simulated.entries()) expect(live[i]).toEqual(event);
}

export async function simulatedDecisions(
  requests: readonly UserRequest[],
  yaml: string,
  incidents: readonly Incident[] = [],
): Promise<DomainEvent[]> {
  const provider = await loadServedProvider(WrittenDocument.parse(yaml, 'parity'), {});
  const events: DomainEvent[] = [];
  const startMs = requests[0]!.submitMs - MINUTE;
  const { seed, ...served } = provider.setup();
  const buyer = policy('buyer', 'earliest-slot');
  await simulate(
    {
      seed,
      startMs,
      endMs: startMs + 20 * DAY,
      providers: [served],
      incidents,
      users: { thinkTime: { minMs: 0, maxMs: 0 }, noShow: 0, claim: 0, buyer: () => buyer },
      requests,
    },
    { onEvent: (event) => events.push(event) },
  );
  return decisions(events);
}

export async function decisionsOnStoppedTime(requests: readonly UserRequest[]): Promise<DomainEvent[]> {
  const host = new StoppedTime(START);
  const daemon = await startTestDaemon({ yaml: LIVE, host });
  try {
    const events = await listen(daemon, requests);
    // A command that changes nothing comes back when everything before it is committed.
    const settle = async () => {
      await daemon.service.commandInstance('none', 'stop');
    };
    const happenings = [
      ...requests.map((wanted) => ({ atMs: wanted.submitMs, act: () => negotiate(daemon, wanted) })),
      ...NODE_NEWS.map((news) => ({ atMs: news.atMs, act: () => tell(daemon, news) })),
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

function tell({ call }: TestDaemon, news: (typeof NODE_NEWS)[number]) {
  const node = `/nodes/${news.nodeId}`;
  const date = (ms: number) => new Date(ms).toISOString();
  if (news.kind === 'maintenance') {
    const span = { startTime: date(news.fromMs), endTime: date(news.untilMs) };
    return call('operator', 'POST', `${node}/maintenance`, span);
  }
  const until = 'untilMs' in news ? `?until=${date(news.untilMs)}` : '';
  return call('operator', 'PUT', `${node}/${news.kind}${until}`);
}

interface LiveStory {
  readonly events: DomainEvent[];
  readonly requests: UserRequest[];
}

/**
 * Users who book so far ahead that a minute more or less until they are heard makes no difference. A machine that is too busy to hear them
 * before the first window opens is asked again at a quarter of the speed.
 */
export async function liveAtSpeed(speed: number): Promise<LiveStory> {
  return (await toldAtSpeed(speed)) ?? (await liveAtSpeed(speed / 4));
}

async function toldAtSpeed(speed: number): Promise<LiveStory | undefined> {
  const daemon = await startTestDaemon({ yaml: patient(LIVE), speed });
  try {
    const aheadMs = Math.ceil(daemon.service.now() / DAY) * DAY + 4 * DAY;
    const requests = workload(aheadMs);
    const events = await listen(daemon, requests);
    for (const wanted of requests) {
      await negotiate(daemon, wanted);
      if (daemon.service.now() >= aheadMs - DAY) return undefined;
    }
    const ended = () => events.filter(({ type }) => type === 'reservation-ended').length;
    await expect.poll(ended, { timeout: 600_000, interval: 200 }).toBe(requests.length);
    return { events, requests };
  } finally {
    await daemon.stop();
  }
}

async function listen(daemon: TestDaemon, requests: readonly UserRequest[]): Promise<DomainEvent[]> {
  const events: DomainEvent[] = [];
  daemon.service.events$.subscribe(({ event }) => events.push(event));
  for (const user of new Set(requests.map(({ userId }) => userId))) await daemon.register(user);
  return events;
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
  'node-return-expected',
  'maintenance-planned',
  'maintenance-begun',
  'maintenance-ended',
]);

/** Sessions are numbered in the order in which they were opened, whatever their ids, and decisions among decisions. */
export function decisions(events: readonly DomainEvent[]): DomainEvent[] {
  const sessions = new Map<string, number>();
  const found: DomainEvent[] = [];
  for (const event of events) {
    if (event.type === 'reservation-initiated') sessions.set(event.reservationId, sessions.size + 1);
    if (!DECISIONS.has(event.type)) continue;
    // A service gives maintenance ids of its own.
    const named = 'maintenanceId' in event ? { ...event, maintenanceId: 'M1' } : event;
    const decision = { ...named, seq: found.length + 1 };
    const isOfSession = 'reservationId' in decision;
    found.push(
      isOfSession
        ? { ...decision, reservationId: `session ${sessions.get(decision.reservationId)}` }
        : decision,
    );
  }
  return found;
}

/** Without the instants at which users spoke, and without what follows from them. */
export function agreements(events: readonly DomainEvent[]): Partial<DomainEvent>[] {
  const found: Partial<DomainEvent>[] = [];
  for (const event of events) {
    if (event.type === 'offer-accepted' || event.type === 'offer-countered') {
      const { atMs: _at, holdUntilMs: _hold, ...offer } = event;
      found.push(offer);
    } else if (event.type === 'reservation-confirmed' || event.type === 'offer-declined') {
      const { atMs: _at, ...rest } = event;
      found.push(rest);
    } else if (event.type === 'window-opened' || event.type === 'window-closed') {
      found.push(event);
    }
  }
  return found;
}
