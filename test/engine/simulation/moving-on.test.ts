// Users who do not wait in a queue for ever: what is left of their lease goes to the next provider.
import { expect, test } from 'vitest';
import { type DomainEvent, type EventOf, simulate, type UserRequest } from '../../../engine/index.ts';
import { HOUR, MINUTE, node, policy, provider, QUIET_USERS, request, setup } from '../../support/setup.ts';

/** A private provider of one node with four CPUs, where leases can be suspended in no time, and a public one with many. */
function world(
  requests: UserRequest[],
  movesOn?: { waitedMs: number; displacedMs: number },
  suspends = true,
) {
  const { policies, settings } = provider();
  const suspension = {
    suspendMibPerS: 1e9,
    resumeMibPerS: 1e9,
    enactmentMs: 0,
    exclusion: 'node',
    threshold: 1,
  } as const;
  return {
    ...setup({ requests }),
    providers: [
      provider({
        name: 'private',
        cluster: { nodes: [node('p1')] },
        kinds: ['advance', 'preemptible'],
        settings: { ...settings, ...(suspends && { suspension }) },
        policies: { ...policies, preemption: policy('preemption', 'rule-based', { wait: '0s' }) },
      } as Parameters<typeof provider>[0]),
      provider({ name: 'public', cluster: { nodes: [node('c1', 16, 65536)] } }),
    ],
    users: { ...QUIET_USERS, ...(movesOn && { movesOn }) },
  };
}

async function run(...parts: Parameters<typeof world>): Promise<DomainEvent[]> {
  const events: DomainEvent[] = [];
  await simulate(world(...parts), { onEvent: (event) => events.push(event) });
  return events;
}

function story(events: readonly DomainEvent[]): string[] {
  return events.flatMap((event) => {
    const at = `${Math.round(event.atMs / MINUTE)} min, ${event.provider}`;
    if (event.type === 'reservation-confirmed')
      return [
        `${at}: ${event.proposal.kind ?? 'advance'} for ${Math.round(event.proposal.durationMs / MINUTE)} min`,
      ];
    if (event.type === 'reservation-ended') return [`${at}: ${event.reason}`];
    if (event.type === 'lease-suspended' || event.type === 'lease-requeued') return [`${at}: ${event.type}`];
    return [];
  });
}

const low = (overrides: Parameters<typeof request>[0] = {}) =>
  request({ kind: 'preemptible', numInstancesFixed: 4, durationMs: 4 * HOUR, ...overrides });
/** Who has begun in time, and would not take a later start. */
const punctual = { latestStartMs: MINUTE };
const high = (submitMs: number, overrides: Parameters<typeof request>[0] = {}) =>
  request({ submitMs, numInstancesFixed: 4, durationMs: 2 * HOUR, providers: ['private'], ...overrides });
const AN_HOUR = { waitedMs: HOUR, displacedMs: 0 };

test('who has waited for long enough asks the next provider for all of it', async () => {
  expect(story(await run([low(), low({ submitMs: MINUTE })], AN_HOUR))).toMatchInlineSnapshot(`
    [
      "0 min, private: preemptible for 240 min",
      "1 min, private: preemptible for 240 min",
      "61 min, private: cancelled-by-user",
      "61 min, public: preemptible for 240 min",
      "240 min, private: window-over",
      "301 min, public: window-over",
    ]
  `);
});

test('without that they stay in the queue', async () => {
  const events = await run([low(), low({ submitMs: MINUTE })]);
  expect(new Set(story(events).map((line) => line.split(/[,:] /)[1]))).toEqual(new Set(['private']));
});

test('who is displaced takes what is left along, or all of it when nothing was kept', async () => {
  expect(story(await run([low(), high(HOUR, { startMs: HOUR + MINUTE })], AN_HOUR))).toMatchInlineSnapshot(`
    [
      "0 min, private: preemptible for 240 min",
      "60 min, private: advance for 120 min",
      "61 min, private: lease-suspended",
      "61 min, private: cancelled-by-user",
      "61 min, public: preemptible for 179 min",
      "181 min, private: window-over",
      "240 min, public: window-over",
    ]
  `);
  expect(story(await run([low(), high(HOUR)], AN_HOUR, false))).toMatchInlineSnapshot(`
    [
      "0 min, private: preemptible for 240 min",
      "60 min, private: advance for 120 min",
      "60 min, private: lease-requeued",
      "60 min, private: cancelled-by-user",
      "60 min, public: preemptible for 240 min",
      "180 min, private: window-over",
      "300 min, public: window-over",
    ]
  `);
});

test('who has room again by then stays', async () => {
  const patient = { waitedMs: Number.POSITIVE_INFINITY, displacedMs: 3 * HOUR };
  const events = await run([low(), high(HOUR, { startMs: HOUR + MINUTE })], patient);
  expect(story(events).filter((line) => line.includes('public'))).toEqual([]);
  const ended = events.filter(
    (event): event is EventOf<'reservation-ended'> => event.type === 'reservation-ended',
  );
  expect(ended.map(({ atMs }) => Math.round(atMs / MINUTE))).toEqual([181, 360]);
});

test('who names their provider has no other to go to', async () => {
  const events = await run([low(), low({ submitMs: MINUTE, providers: ['private'] })], AN_HOUR);
  expect(story(events).filter((line) => line.includes('public'))).toEqual([]);
});

test('whose latest start is past when they are displaced asks for the rest at once', async () => {
  const events = await run([low(punctual), high(HOUR, { startMs: HOUR + MINUTE })], AN_HOUR);
  expect(story(events)).toContain('61 min, public: preemptible for 179 min');
});
