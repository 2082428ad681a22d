// A kind of lease that only this file knows: some instances at once, at any time before a deadline. It is plugged in through the setup
// of a provider, and nothing else is told of it.
import { expect, test } from 'vitest';
import {
  type DomainEvent,
  endOf,
  LEASE_KINDS,
  type LeaseKind,
  Provider,
  type ProviderSnapshot,
  simulate,
  windowDues,
} from '../../../engine/index.ts';
import { HOUR, node, provider, request, setup } from '../../support/setup.ts';
import { type Story, type Terms, tell } from '../../support/story.ts';

/** The asked start is the last that keeps the deadline; `earliestStartMs` the first that the user can use. */
const deadline: LeaseKind = {
  name: 'deadline',
  summary: 'all instances at once, at any time that ends before a deadline',
  accepts: ({ numInstancesOption }) => (numInstancesOption > 0 ? 'claim-risk' : undefined),
  latestStartMs: ({ startMs }) => startMs,
  plan({ proposal, reservationId }, desk) {
    const { demand, durationMs, numInstancesFixed: count, startMs: latestStartMs } = proposal;
    const { earliestStartMs = latestStartMs } = proposal;
    const startMs = desk.earliestStart({
      demand,
      count,
      durationMs,
      notBeforeMs: Math.max(desk.nowMs, earliestStartMs),
      latestStartMs,
    });
    if (startMs === undefined) return { kind: 'refused', reason: 'no-room' };
    const terms = startMs === latestStartMs ? proposal : { ...proposal, startMs };
    const window = { demand, count, startMs, endMs: endOf(terms) };
    return { kind: 'planned', terms, edits: desk.place(reservationId, window, terms.template) };
  },
  due: windowDues,
};

const KINDS = [...LEASE_KINDS, deadline];

function ask(story: Story, name: string, terms: Terms) {
  const user = story.user(name);
  user.initiate();
  return user.propose({ ...story.proposal(terms), kind: 'deadline' });
}

test('it gets the first room before its deadline, as a counter-offer, or none', () => {
  const story = tell({ nodes: [node('n1')], leaseKinds: KINDS });
  story.at('09:00').book('alice', { start: '09:00', duration: '2h', instances: 2 });
  story.runUntil('09:01');
  expect(ask(story, 'bob', { earliest: '09:00', start: '15:00', instances: 4 })).toMatchObject({
    reply: 'COUNTER',
    proposal: { kind: 'deadline', startMs: story.ms('11:00') },
  });
  story.user('bob').accept();
  story.user('bob').confirm();
  // Exactly what was asked is no counter-offer; what cannot end in time is none at all.
  expect(ask(story, 'carol', { earliest: '09:00', start: '12:00', instances: 4 })).toMatchObject({
    reply: 'ACCEPT',
  });
  expect(ask(story, 'dave', { earliest: '09:00', start: '10:30', instances: 4 })).toEqual({
    reply: 'REJECT',
    reason: 'no-capacity',
  });
  expect(ask(story, 'erin', { start: '15:00', options: 1 })).toEqual({
    reply: 'REJECT',
    reason: 'claim-risk',
  });
  story.run();
  expect(story.endOf('bob')).toMatchObject({ reason: 'window-over' });
});

test('a provider that is not given it says so', () => {
  const story = tell({ nodes: [node('n1')] });
  expect(ask(story, 'bob', { start: '15:00' })).toEqual({ reply: 'REJECT', reason: 'unknown-kind' });
  story.run();
});

test('a whole simulation runs with it: every lease that was promised keeps its deadline', async () => {
  const world = setup({
    cluster: { nodes: [node('n1'), node('n2')] },
    leaseKinds: KINDS,
    settings: { ...provider().settings, autoActivate: true },
    requests: Array.from({ length: 60 }, (_, i) => {
      const submitMs = i * (HOUR / 4);
      const startMs = submitMs + (1 + (i % 7)) * HOUR;
      return request({
        kind: i % 3 === 0 ? 'advance' : 'deadline',
        submitMs,
        startMs,
        earliestStartMs: submitMs,
        latestStartMs: startMs,
        numInstancesFixed: 1 + (i % 5),
        durationMs: HOUR * (1 + (i % 2)),
      });
    }),
  });
  const events: DomainEvent[] = [];
  const { digest } = await simulate(world, { onEvent: (event) => events.push(event) });
  const askedMs = new Map<string, number>();
  const early: number[] = [];
  for (const event of events) {
    if (event.type === 'proposal-received' && event.proposal.kind === 'deadline')
      askedMs.set(event.reservationId, endOf(event.proposal));
    if (event.type !== 'reservation-confirmed' || event.proposal.kind !== 'deadline') continue;
    early.push(askedMs.get(event.reservationId)! - endOf(event.proposal));
  }
  expect(early.length).toBeGreaterThan(20);
  expect(Math.min(...early)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...early)).toBeGreaterThan(0);
  expect(events.filter(({ type }) => type === 'plan-refused')).toEqual([]);
  expect((await simulate(world)).digest).toBe(digest);
});

test.each(['held', 'confirmed', 'opened'])(
  'a provider that restarts when it is %s goes on with it',
  (when) => {
    const story = tell({ nodes: [node('n1')], leaseKinds: KINDS });
    story.at('09:00').book('alice', { start: '09:00', duration: '2h', instances: 2 });
    story.runUntil('09:01');
    ask(story, 'bob', { earliest: '09:00', start: '15:00', instances: 4 });
    story.user('bob').accept();
    if (when !== 'held') story.user('bob').confirm();
    if (when === 'opened') story.runUntil('11:30');
    const { provider: before } = story;
    const snapshot: ProviderSnapshot = JSON.parse(JSON.stringify(before.snapshot()));
    const setup = { ...provider(), cluster: { nodes: [node('n1')] }, leaseKinds: KINDS };
    const after = new Provider(setup, { snapshot });
    expect(after.snapshot()).toEqual(snapshot);
    expect(after.dues()).toEqual(before.dues());
    // Each gets the same inputs from here on.
    for (let dues = before.dues(); dues.length > 0; dues = before.dues()) {
      const due = dues.reduce((first, each) => (each.atMs < first.atMs ? each : first));
      const input = { kind: 'due', due } as const;
      const [a, b] = [before, after].map((each) => each.handle(input, due.atMs));
      expect(b!.events).toEqual(a!.events);
      expect(b!.effects).toEqual(a!.effects);
    }
    expect(after.snapshot()).toEqual(before.snapshot());
  },
);
