// Worlds in which, between them, everything happens that a figure of summary.json counts.
import { Type } from 'typebox';
import {
  buyerPolicy,
  counterOfferPolicy,
  type Incident,
  LEASE_KINDS,
  type NodeSpec,
  OVERBOOKED,
  type SimulatedProvider,
  type UserRequest,
  type World,
} from '../../../engine/index.ts';
import { makePolicy, resolvePolicy } from '../../../policies/resolve-policy.ts';
import { SETTINGS } from '../../engine/hypervisor/migration/migrations.ts';
import { eventful } from '../../support/eventful.ts';
import { DAY, HOUR, MINUTE, node, policy, provider, request } from '../../support/setup.ts';

export interface CheckedWorld {
  readonly name: string;
  readonly world: World;
  readonly warmUpMs: number;
}

/** Fewer instances for half of the time, an hour later. */
const smaller = makePolicy(
  resolvePolicy(
    counterOfferPolicy({
      name: 'smaller',
      summary: 'Half of the instances for half of the time, when that fits.',
      options: Type.Object({}),
      create: () => ({
        respond: ({ proposal }, view) => {
          const { demand, durationMs, numInstancesFixed, startMs } = proposal;
          const terms = {
            numInstancesFixed: Math.ceil(numInstancesFixed / 2),
            durationMs: Math.ceil(durationMs / 2),
          };
          const earliestMs = view.earliestStart({
            demand,
            count: terms.numInstancesFixed,
            durationMs: terms.durationMs,
            notBeforeMs: startMs,
            latestStartMs: startMs + 3 * HOUR,
          });
          return earliestMs === undefined ? [] : [{ ...terms, startMs: earliestMs }];
        },
      }),
    }),
  ),
);

/** Twice the time, an hour later. */
const larger = makePolicy(
  resolvePolicy(
    counterOfferPolicy({
      name: 'larger',
      summary: 'Twice the time at the next free start.',
      options: Type.Object({}),
      create: () => ({
        respond: ({ proposal }, view) => {
          const { demand, durationMs, numInstancesFixed, startMs } = proposal;
          const earliestMs = view.earliestStart({
            demand,
            count: numInstancesFixed,
            durationMs: 2 * durationMs,
            notBeforeMs: startMs,
            latestStartMs: startMs + DAY,
          });
          return earliestMs === undefined ? [] : [{ durationMs: 2 * durationMs, startMs: earliestMs }];
        },
      }),
    }),
  ),
);

const takesAll = makePolicy(
  resolvePolicy(
    buyerPolicy({
      name: 'takes-all',
      summary: 'Takes any offer.',
      options: Type.Object({}),
      create: () => ({ respond: () => ({ reply: 'ACCEPT' }) }),
    }),
  ),
);

/** Proposes something else at first: one instance, later. */
const changesMind = makePolicy(
  resolvePolicy(
    buyerPolicy({
      name: 'changes-mind',
      summary:
        'Counters the first counter-offer with one instance two hours later, and takes what comes of it.',
      options: Type.Object({}),
      create: () => ({
        respond: (offer, asked, round) => {
          if (offer.reply === 'ACCEPT' || round > 2) return { reply: 'ACCEPT' };
          const startMs = asked.proposal.startMs + 2 * HOUR * round;
          return { reply: 'COUNTER', proposal: { ...asked.proposal, numInstancesFixed: 1, startMs } };
        },
      }),
    }),
  ),
);

type Buyer = typeof takesAll;

function with_(
  world: World,
  {
    buyer,
    users,
    ofProvider = {},
    ...more
  }: Partial<World> & { readonly buyer?: Buyer; readonly ofProvider?: Partial<SimulatedProvider> },
): World {
  const everybody = buyer === undefined ? {} : { buyer: () => buyer };
  return {
    ...world,
    ...more,
    users: { ...world.users, ...users, ...everybody },
    providers: world.providers.map((one) => ({ ...one, ...ofProvider })),
  };
}

const powered = ['n1', 'n2', 'n3', 'n4', 'n5'].map((nodeId, i) => ({
  ...node(nodeId),
  ...(i === 4
    ? {}
    : {
        power: {
          idleW: 90 + i,
          peakW: 210 + 3 * i,
          ...(i % 2 === 1 && { watts: [90 + i, 150, 170, 190, 210 + 3 * i] }),
        },
      }),
}));
/** The first two on one site, the last two on another, each with the disks of its own VMs. */
const onSites = powered.map((one, i): NodeSpec => {
  const [name, other] = i < 2 ? (['north', 'south'] as const) : (['south', 'north'] as const);
  if (i === 2) return one;
  const link = { bytesPerS: 2e8, rttMs: 20, windowBytes: Number.POSITIVE_INFINITY };
  return {
    ...one,
    site: { name, links: { [other]: link } },
    limits: { liveMigration: true, suspension: true, storage: name },
  };
});
const drain = (nodeId: string, atMs: number, untilMs: number | null): Incident => ({
  kind: 'drain',
  nodeId,
  atMs,
  untilMs,
});

/** Every other request needs a quarter of a GPU, every third a licence. */
function withNamed(requests: readonly UserRequest[]): UserRequest[] {
  return requests.map((asked, i) => {
    const named = { ...(i % 2 === 0 && { gpu: 250 }), ...(i % 3 === 0 && { licence: 1 }) };
    const demand = { ...asked.proposal.demand, named };
    return { ...asked, proposal: { ...asked.proposal, demand } };
  });
}

/** Worth from half to twice what the list says that they cost: 0.1 credits for an hour of a CPU. */
function withValues(requests: readonly UserRequest[]): UserRequest[] {
  return requests.map((asked, i) => {
    const { demand, durationMs, numInstancesFixed } = asked.proposal;
    const listMicros = (100 * demand.milliCpus * numInstancesFixed * durationMs) / HOUR;
    const maxPriceMicros = Math.round(listMicros * (0.5 + (i % 7) / 4));
    return { ...asked, proposal: { ...asked.proposal, maxPriceMicros } };
  });
}

/** Those that need no options may wait in the queue. */
function asJobs(requests: readonly UserRequest[]): UserRequest[] {
  return requests.map((asked) =>
    asked.proposal.numInstancesOption > 0 ? asked : { ...asked, kind: 'best-effort' },
  );
}

/** Two of three wait in the queue and may be interrupted; the others are for no other start: an hour ahead, or too soon to suspend anybody. */
function asPreemptible(requests: readonly UserRequest[]): UserRequest[] {
  return requests.map((asked, i) => {
    const proposal = { ...asked.proposal, numInstancesOption: 0 };
    const startMs = asked.submitMs + (i % 2 === 0 ? HOUR : 0.1 * MINUTE);
    return i % 3 === 0
      ? { ...asked, kind: 'advance', proposal: { ...proposal, startMs }, latestStartMs: startMs }
      : { ...asked, kind: 'preemptible', proposal };
  });
}

/** They wait for their window, and bid for it. */
function asBidders(requests: readonly UserRequest[]): UserRequest[] {
  return withValues(requests).map((asked) => {
    const startMs = asked.proposal.startMs + HOUR;
    const proposal = { ...asked.proposal, startMs, numInstancesOption: 0 };
    return { ...asked, kind: 'advance', proposal, latestStartMs: startMs, waitUntilMs: startMs };
  });
}

/** All pay much for a window some hours ahead, of which every other one finds out after some minutes that they do not need theirs. */
function asTraders(requests: readonly UserRequest[]): UserRequest[] {
  return withValues(requests).map((asked, i) => {
    const { maxPriceMicros = 0, startMs, ...terms } = asked.proposal;
    const proposal = {
      ...{ ...terms, startMs: startMs + 3 * HOUR, numInstancesOption: 0 },
      maxPriceMicros: 10 * maxPriceMicros,
    };
    const cancelAtMs = i % 2 === 0 ? { cancelAtMs: asked.submitMs + 10 * MINUTE } : {};
    const latestStartMs = proposal.startMs;
    return { ...asked, ...cancelAtMs, userId: `u${i}`, kind: 'advance', proposal, latestStartMs };
  });
}

/** Every other one waits until the start that was asked for, and takes no other. */
function asWaiting(requests: readonly UserRequest[]): UserRequest[] {
  return requests.map((asked, i) => {
    const { startMs } = asked.proposal;
    return i % 4 === 0 ? asked : { ...asked, kind: 'advance', latestStartMs: startMs, waitUntilMs: startMs };
  });
}

/** @param seed of all of them: another one, other worlds of the same kinds */
export function checkedWorlds(seed = 1): CheckedWorld[] {
  const base = (n: number, requests = 60) => {
    const world = eventful({ seed: seed * 100 + n, requests });
    return { ...world, users: { ...world.users, extend: 0 } };
  };
  const [one] = base(1).providers as [SimulatedProvider];
  const counter = (counterOffer: typeof smaller) => ({ ...one.policies, counterOffer });
  return [
    { name: 'faults, drains and maintenance to the end', warmUpMs: 0, world: base(1, 90) },
    {
      name: 'a warm-up and a horizon that cuts through windows, with power models',
      warmUpMs: 4 * HOUR,
      world: with_(base(2), {
        endMs: 17 * HOUR + 1,
        ofProvider: { cluster: { nodes: powered, sharedDiskGib: 400 } },
      }),
    },
    {
      name: 'a horizon long after the calendar is empty',
      warmUpMs: HOUR,
      world: with_(base(3, 20), { endMs: 5 * DAY, ofProvider: { cluster: { nodes: powered } } }),
    },
    {
      name: 'counter-offers of less',
      warmUpMs: 2 * HOUR,
      world: with_(base(4), { buyer: takesAll, ofProvider: { policies: counter(smaller) } }),
    },
    {
      name: 'counter-offers of more, until a horizon',
      warmUpMs: 0,
      world: with_(base(5), { endMs: 30 * HOUR, buyer: takesAll, ofProvider: { policies: counter(larger) } }),
    },
    {
      name: 'users who change their mind, or decide too late, and pay for what is held for them',
      warmUpMs: HOUR,
      world: with_(base(6), {
        buyer: changesMind,
        users: { ...base(6).users, thinkTime: { minMs: 0, maxMs: 14 * MINUTE } },
        ofProvider: { settings: { ...one.settings, pledge: { share: 0.2, keptOf: 'unconfirmed' } } },
      }),
    },
    {
      name: 'jobs whose images are sent to the nodes',
      warmUpMs: HOUR,
      world: with_(base(12, 90), {
        requests: asJobs(base(12, 90).requests as UserRequest[]),
        ofProvider: {
          settings: {
            ...one.settings,
            images: {
              transfer: 'multicast',
              linkMibPerS: 10,
              sizeMib: 2000,
              sizeMibByTemplate: new Map(),
              cacheMib: 4000,
              isAhead: true,
            },
          },
        },
      }),
    },
    {
      name: 'users who change their mind, slow ones too, and nobody who offers',
      warmUpMs: 90 * MINUTE,
      world: with_(base(6), {
        buyer: changesMind,
        users: { ...base(6).users, thinkTime: { minMs: 0, maxMs: 14 * MINUTE } },
      }),
    },
    {
      name: 'users who ask for half as long again in the middle: of more than they asked for',
      warmUpMs: 2 * HOUR,
      world: with_(base(11, 90), { users: { ...base(11).users, extend: 0.7, claim: 0 } }),
    },
    {
      name: 'users who do not come, and late ones, whose windows are given back',
      warmUpMs: 2 * HOUR,
      world: with_(base(12, 90), {
        endMs: 30 * HOUR,
        users: { ...base(12).users, noShow: 0.3, lateness: { minMs: 0, maxMs: 30 * MINUTE } },
        ofProvider: { settings: { ...one.settings, autoActivate: false, noShowGraceMs: 20 * MINUTE } },
      }),
    },
    {
      name: 'windows that are sold again on a chance that is far too good',
      warmUpMs: 2 * HOUR,
      world: with_(base(13), {
        // More than there is room for, at a few hours.
        requests: Array.from({ length: 150 }, (_, i) =>
          request({
            requestId: `w${i}`,
            submitMs: i * MINUTE,
            startMs: (4 + 3 * (i % 5)) * HOUR,
            durationMs: 2 * HOUR,
            numInstancesFixed: 1 + (i % 2),
          }),
        ),
        endMs: 40 * HOUR,
        buyer: takesAll,
        users: { ...base(13).users, noShow: 0.15, lateness: { minMs: 0, maxMs: 15 * MINUTE } },
        ofProvider: {
          leaseKinds: [...LEASE_KINDS, OVERBOOKED],
          settings: {
            ...one.settings,
            autoActivate: false,
            noShowGraceMs: 20 * MINUTE,
            overbooking: { noShowChance: 0.9, risk: 0.9 },
          },
        },
      }),
    },
    {
      name: 'options that all users claim',
      warmUpMs: 3 * HOUR,
      world: with_(base(7), { endMs: 40 * HOUR, users: { ...base(7).users, claim: 1, noShow: 0 } }),
    },
    {
      name: 'drains for ever and until a time, on a cluster that is full',
      warmUpMs: HOUR,
      world: with_(base(8), {
        incidents: [
          drain('n1', 3 * HOUR, 5 * HOUR),
          drain('n2', 3.5 * HOUR, 4 * HOUR),
          drain('n3', 3 * HOUR, 8 * HOUR),
          drain('n4', 3.25 * HOUR, 6 * HOUR),
          drain('n5', 4 * HOUR, null),
          { kind: 'enable', nodeId: 'n5', atMs: 11 * HOUR },
          { kind: 'fail', nodeId: 'n1', atMs: 9 * HOUR },
          { kind: 'return', nodeId: 'n1', atMs: 11 * HOUR },
          { kind: 'fail', nodeId: 'n2', atMs: 9 * HOUR },
          { kind: 'return', nodeId: 'n2', atMs: 9.25 * HOUR },
        ],
      }),
    },
    {
      name: 'a second provider',
      warmUpMs: 2 * HOUR,
      world: {
        ...base(9),
        endMs: 22 * HOUR,
        providers: [
          {
            ...one,
            name: 'near',
            policies: { ...one.policies, counterOffer: policy('counter-offer', 'none') },
          },
          provider({ name: 'far', cluster: { nodes: powered.slice(0, 2) } }),
        ],
      },
    },
    {
      name: 'GPUs of some nodes and licences that all share, with a node that fails',
      warmUpMs: HOUR,
      world: with_(base(11), {
        endMs: 20 * HOUR,
        requests: withNamed(base(11).requests as UserRequest[]),
        ofProvider: {
          cluster: {
            nodes: powered.map((one, i) =>
              i < 2 ? one : { ...one, capacity: { ...one.capacity, named: { gpu: 500 * (i - 1) } } },
            ),
            resources: [
              { name: 'gpu', divisible: true, scope: 'node' },
              { name: 'licence', divisible: false, scope: 'pool', capacity: 4 },
            ],
          },
        },
      }),
    },
    {
      name: 'VMs that are moved to empty nodes and away from busy ones, with loads that change',
      warmUpMs: HOUR,
      world: with_(base(13, 80), {
        endMs: 24 * HOUR,
        ofProvider: {
          cluster: { nodes: powered },
          policies: { ...one.policies, migration: policy('migration', 'balance', { imbalance: 0.1 }) },
          hypervisor: {
            ...one.hypervisor,
            guestLoadProcess: { everyMs: 10 * MINUTE, persistence: 0.5, deviationPermille: 300 },
            standby: {
              afterMs: 5 * MINUTE,
              everyMs: 5 * MINUTE,
              boot: { minMs: MINUTE, maxMs: 3 * MINUTE },
              offW: 4,
              bootW: 150,
            },
            migration: SETTINGS,
          },
        },
      }),
    },
    {
      name: 'two sites with a link, and a node on neither',
      warmUpMs: HOUR,
      world: with_(base(16, 90), {
        endMs: 24 * HOUR,
        requests: (base(16, 90).requests as UserRequest[]).map((asked, i) =>
          i % 3 === 0 ? { ...asked, proposal: { ...asked.proposal, sites: ['south', 'north'] } } : asked,
        ),
        ofProvider: {
          cluster: { nodes: onSites },
          policies: { ...one.policies, migration: policy('migration', 'balance', { imbalance: 0.1 }) },
          hypervisor: {
            ...one.hypervisor,
            // Some write to their disks faster than the link carries.
            migration: { ...SETTINGS, disk: { ...SETTINGS.disk, writtenBytesPerS: { min: 0, max: 5e8 } } },
          },
        },
      }),
    },
    {
      name: 'nodes that are missed by their heartbeats, and VMs that wait for others and go on from checkpoints, in classes of service',
      warmUpMs: HOUR,
      world: with_(base(15, 90), {
        endMs: 24 * HOUR,
        ofProvider: {
          policies: {
            ...one.policies,
            pricing: policy('pricing', 'sla-classes', { templates: { test: 'gold' }, usual: 'bronze' }),
            recovery: policy('recovery', 'new-offer', { moves: 'restart', begins: 'checkpoint' }),
          },
          hypervisor: {
            ...one.hypervisor,
            heartbeats: { everyMs: 10_000, misses: 3, returns: 2 },
            checkpoints: { everyMs: 20 * MINUTE, pauseMs: 10_000, restore: { minMs: 40_000, maxMs: 40_000 } },
          },
          faults: { ...one.faults, nodeMtbfMs: 8 * HOUR, nodeMttrMs: 20 * MINUTE, bootFailure: 0.1 },
        },
      }),
    },
    {
      name: 'VMs of which copies are kept on other nodes, from which they go on',
      warmUpMs: HOUR,
      world: with_(base(16, 90), {
        endMs: 24 * HOUR,
        ofProvider: {
          policies: { ...one.policies, recovery: policy('recovery', 'wait') },
          settings: { ...one.settings, replicas: { holds: 'memory', apart: 'node' } },
          hypervisor: {
            ...one.hypervisor,
            checkpoints: { everyMs: 10_000, pauseMs: 100, restore: { minMs: 1000, maxMs: 1000 } },
          },
          faults: { ...one.faults, nodeMtbfMs: 8 * HOUR, nodeMttrMs: 20 * MINUTE },
        },
      }),
    },
    {
      name: 'a queue of jobs beside reservations',
      warmUpMs: HOUR,
      world: with_(base(12, 90), {
        requests: asJobs(base(12, 90).requests as UserRequest[]),
        ofProvider: { settings: { ...one.settings, startConfidence: 0.9 } },
      }),
    },
    {
      name: 'jobs that give way to reservations: suspended and resumed, or stopped to begin again',
      warmUpMs: HOUR,
      world: with_(base(18, 120), {
        requests: asPreemptible(base(18, 120).requests as UserRequest[]),
        users: { ...base(18).users, thinkTime: { minMs: 0, maxMs: 0 } },
        ofProvider: {
          settings: {
            ...one.settings,
            // A minute to suspend a VM, and one to resume it.
            suspension: {
              suspendMibPerS: 12.8,
              resumeMibPerS: 12.8,
              enactmentMs: 0,
              exclusion: 'node',
              threshold: 1,
            },
          },
          policies: { ...one.policies, preemption: policy('preemption', 'youngest') },
        },
      }),
    },
    {
      name: 'bids at auctions',
      warmUpMs: HOUR,
      world: with_(base(17, 90), {
        requests: asBidders(base(17, 90).requests as UserRequest[]),
        ofProvider: {
          settings: { ...one.settings, auctionIntervalMs: 30 * MINUTE },
          policies: { ...one.policies, waitlist: policy('waitlist', 'uniform-price') },
        },
      }),
    },
    {
      name: 'users who sell each other what they do not need',
      warmUpMs: HOUR,
      world: with_(base(20, 150), {
        requests: asTraders(base(20, 150).requests as UserRequest[]),
        users: { ...base(20).users, exchange: { ask: { min: 0.2, max: 0.9 }, feeShare: 0.1 } },
      }),
    },
    {
      name: 'users who bargain with a provider that says what its CPUs cost',
      warmUpMs: HOUR,
      world: with_(base(14, 90), {
        endMs: 40 * HOUR,
        requests: withValues(base(14, 90).requests as UserRequest[]),
        buyer: policy('buyer', 'bargainer'),
        ofProvider: {
          settings: { ...one.settings, maxRounds: 8 },
          policies: counter(policy('counter-offer', 'price')),
          cluster: {
            nodes: powered,
            costs: { reservedMicrosPerHour: 30_000, idleMicrosPerHour: 10_000 },
          },
        },
      }),
    },
    {
      name: 'users who wait for room rather than take another start',
      warmUpMs: HOUR,
      world: with_(base(13, 250), {
        requests: asWaiting(base(13, 250).requests as UserRequest[]),
        ofProvider: { settings: { ...one.settings, startConfidence: 0.8 } },
      }),
    },
    {
      name: 'a run that is over before its warm-up, and has requests that no node can host',
      warmUpMs: 200 * DAY,
      world: with_(base(10, 10), {
        requests: [
          request({ submitMs: 5, startMs: 5, numInstancesFixed: 500 }),
          ...(base(10, 10).requests as []),
        ],
      }),
    },
  ];
}
