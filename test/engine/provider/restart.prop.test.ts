// A provider that is thrown away and made again from its snapshot, at any moment and any number of times, does what an undisturbed one
// does; so does one that is asked for quotes in between.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Input, LEASE_KINDS, Provider, type ProviderSetup } from '../../../engine/index.ts';
import { runs } from '../../support/fast-check.ts';
import { HOUR, MINUTE, node, policy, SECOND } from '../../support/setup.ts';
import { type Story, type StorySettings, tell } from '../../support/story.ts';

const NODES = ['n1', 'n2', 'n3'];
const USERS = Array.from({ length: 12 }, (_, i) => `u${i}`);

interface Happening {
  readonly atMs: number;
  readonly what: (typeof WHATS)[number];
  readonly user: string;
  readonly node: string;
  readonly leadMs: number;
  readonly durationMs: number;
  readonly instances: number;
  readonly options: number;
}

const WHATS = [
  'book',
  'book',
  'book',
  'request',
  'counter',
  'confirm',
  'cancel',
  'activate',
  'claim',
  'change',
  'change',
  'confirm change',
  'confirm change',
  'reject',
  'drain',
  'drain until',
  'maintain',
  'end maintenance',
  'enable',
  'fail',
  'return',
  'crash',
  'hang',
] as const;

const happening: fc.Arbitrary<Happening> = fc.record({
  atMs: fc.integer({ min: 0, max: 16 }).map((step) => step * 15 * MINUTE),
  what: fc.constantFrom(...WHATS),
  user: fc.constantFrom(...USERS),
  node: fc.constantFrom(...NODES),
  leadMs: fc.integer({ min: 0, max: 8 }).map((step) => step * 15 * MINUTE),
  durationMs: fc.integer({ min: 1, max: 8 }).map((step) => step * 15 * MINUTE),
  instances: fc.integer({ min: 1, max: 5 }),
  options: fc.integer({ min: 0, max: 2 }),
});

const slow = { minMs: 20 * SECOND, maxMs: 20 * MINUTE };

/**
 * splitting: what has no room is offered in parts. obliging: the provider gives back windows of no-shows, moves and suspends leases to make
 * room, and users leave it something open. auctioning: it does, and sells by auction to who names a highest price and waits.
 */
type Manner = 'plain' | 'splitting' | 'obliging' | 'auctioning';

const manner = fc.constantFrom<Manner>('plain', 'splitting', 'obliging', 'auctioning');

function play(happenings: readonly Happening[], settings: Partial<StorySettings>, how: Manner): Story {
  const isObliging = how === 'obliging' || how === 'auctioning';
  const story = tell({
    nodes: NODES.map((id) => node(id)),
    sharedDiskGib: 150,
    manager: {
      autoActivate: true,
      shutdownLeadMs: MINUTE,
      earlyRelease: true,
      keepDisksMs: 10 * MINUTE,
      assumedRepairMs: 45 * MINUTE,
      ...(isObliging && {
        autoActivate: false,
        noShowGraceMs: 20 * MINUTE,
        rePlacementMax: 20,
        suspension: {
          suspendMibPerS: 5,
          resumeMibPerS: 5,
          enactmentMs: SECOND,
          exclusion: 'store',
          threshold: 1,
        },
        turnMs: 25 * MINUTE,
        auctionIntervalMs: 30 * MINUTE,
        ...(how === 'auctioning' && {
          admission: { rule: 'gaussian', claimChance: 0.5, overflow: 0.1, priorOptions: 3 },
        }),
      }),
    },
    hypervisor: {
      create: slow,
      start: slow,
      migrate: slow,
      suspend: slow,
      resume: slow,
      stop: slow,
      guestsWithoutTools: 0.3,
    },
    faults: { operationFailure: 0.15, operationRefusal: 0.2, operationWait: 0.1 },
    policies: {
      allocation: policy('allocation', 'round-robin'),
      counterOffer: policy('counter-offer', how === 'splitting' ? 'split' : 'earliest-start'),
      preemption: policy('preemption', 'youngest'),
      ...(how === 'auctioning' && { waitlist: policy('waitlist', 'ca-provision') }),
    },
    leaseKinds: LEASE_KINDS,
    ...settings,
  });
  const asked = new Set<string>();
  const maintained = new Set<string>();
  for (const [index, happened] of happenings.entries()) {
    const { atMs, what, user, node: nodeId, leadMs, durationMs, instances, options } = happened;
    const scene = story.at(atMs);
    const terms = {
      start: atMs + leadMs,
      duration: `${durationMs / MINUTE}m`,
      instances,
      options,
      type: instances > 3 ? 'MEDIUM' : 'SMALL',
      ...(isObliging && options === 1 && { kind: 'flexible', minDuration: '15m', minInstances: 1 }),
      ...(isObliging && { waitUntil: atMs + 3 * HOUR, waitInstead: options === 0 }),
      ...(how === 'auctioning' && { maxPriceMicros: (1 + instances) * 200_000 }),
    } as const;
    if (what === 'book' || what === 'request') {
      // A session is called like its user: each asks once.
      if (asked.has(user)) continue;
      asked.add(user);
      if (what === 'book') scene.book(user, terms);
      else scene.request(user, terms);
    } else if (what === 'counter') scene.counter(user, terms);
    // Of whatever window it has: most of these are refused, and the rest shorten, prolong, move, or change the number.
    else if (what === 'change') {
      const { start, ...rest } = terms;
      scene.change(user, options === 2 ? { start } : rest);
    } else if (what === 'confirm change') scene.confirmChange(user);
    else if (what === 'claim') scene.claim(user, instances);
    // Each at an instant of its own: the queue cannot cancel timers of a provider that is gone, which would fire for another then.
    else if (what === 'drain until') scene.drain(nodeId, { until: atMs + durationMs + index });
    else if (what === 'maintain') {
      // Each is planned once, under the name of a user.
      if (maintained.has(user)) continue;
      maintained.add(user);
      scene.maintain(nodeId, { id: user, from: atMs + leadMs, until: atMs + leadMs + durationMs });
    } else if (what === 'end maintenance') scene.endMaintenance(user);
    else if (what === 'drain' || what === 'enable' || what === 'fail' || what === 'return')
      scene[what](nodeId);
    else if (what === 'crash' || what === 'hang') scene[what](`${user}/1`);
    else scene[what](user);
  }
  for (const nodeId of NODES)
    story
      .at(30 * HOUR)
      .enable(nodeId)
      .return(nodeId);
  return story.runUntil(31 * HOUR).run();
}

/** @param disturb what is done to the provider before an input: it may put another one in its place */
function disturbed(disturb: (provider: Provider, setup: ProviderSetup, nowMs: number) => Provider) {
  return (setup: ProviderSetup): Provider => {
    let current = new Provider(setup, { keepsTrack: true });
    return new Proxy(current, {
      get: (_, key) => {
        if (key === 'handle') {
          return (input: Input, nowMs: number) => {
            current = disturb(current, setup, nowMs);
            return current.handle(input, nowMs);
          };
        }
        const value = Reflect.get(current, key, current);
        return typeof value === 'function' ? value.bind(current) : value;
      },
    });
  };
}

const asJson = <T>(value: T): T => JSON.parse(JSON.stringify(value));

/** What each node has free whenever something of a reservation begins or ends. */
function freeFrom(nowMs: number, provider: Provider) {
  const changesMs = provider
    .snapshot()
    .reservations.flatMap(({ instances }) => instances.flatMap(({ pieces }) => pieces))
    .flatMap(({ startMs, endMs }) => [startMs, endMs])
    .filter((ms) => ms >= nowMs);
  return NODES.map((_, nodeIndex) =>
    [nowMs, ...changesMs].map((ms) => provider.calendar.minFree(nodeIndex, ms, ms + 1)),
  );
}

test('with restarts from the snapshot and quotes at random places, the events are those of the undisturbed run', () => {
  fc.assert(
    fc.property(
      fc.array(happening, { minLength: 5, maxLength: 60, size: 'max' }),
      fc.array(fc.constantFrom('restart', 'quote', 'nothing'), { minLength: 1, maxLength: 7 }),
      manner,
      (happenings, disturbances, how) => {
        const undisturbed = play(happenings, {}, how);
        let turn = 0;
        const story = play(
          happenings,
          {
            providerOf: disturbed((provider, setup, nowMs) => {
              const what = disturbances[turn++ % disturbances.length];
              if (what === 'quote') provider.quote(undisturbed.proposal({ start: nowMs + HOUR }), nowMs);
              if (what !== 'restart') return provider;
              const snapshot = asJson(provider.snapshot());
              const again = new Provider(setup, { keepsTrack: true, snapshot });
              expect(asJson(again.snapshot())).toEqual(snapshot);
              expect(freeFrom(nowMs, again)).toEqual(freeFrom(nowMs, provider));
              return again;
            }),
          },
          how,
        );
        expect(story.events).toEqual(undisturbed.events);
      },
    ),
    { numRuns: runs(60) },
  );
});

test('commits name every reservation that changed, as it stands', () => {
  fc.assert(
    fc.property(
      fc.array(happening, { minLength: 5, maxLength: 60, size: 'max' }),
      manner,
      (happenings, how) => {
        const known = new Map<string, unknown>();
        let before: Provider | undefined;
        const compare = () => {
          if (before === undefined) return;
          for (const state of before.snapshot().reservations) {
            expect(known.get(state.reservationId)).toEqual(asJson(state));
          }
        };
        const story = play(
          happenings,
          {
            providerOf: disturbed((provider) => {
              before = provider;
              return provider;
            }),
            dispatcher: (hypervisor) => hypervisor,
            onCommit: ({ changed }) => {
              for (const state of changed) known.set(state.reservationId, asJson(state));
              compare();
            },
          },
          how,
        );
        expect(story.provider.isIdle).toBe(true);
      },
    ),
    { numRuns: runs(40) },
  );
});
