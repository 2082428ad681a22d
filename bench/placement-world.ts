// The comparison workload of placement as a world for the whole manager: each placement is negotiated, held, confirmed, delivered and ended.
import {
  type NodeSpec,
  type ProviderPolicies,
  Rng,
  type SimulatedProvider,
  type UserRequest,
  type World,
} from '../engine/index.ts';
import { findPolicy } from '../policies/catalogue.ts';
import { makePolicy, resolvePolicy } from '../policies/resolve-policy.ts';
import { HOST, MEAN_CPUS, type Placement, placements } from './placement-workload.ts';

const ADVANCE_LOAD = 0.85;
const INSTANT = { minMs: 0, maxMs: 0 };
const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;
const bestFit = makePolicy(resolvePolicy(findPolicy('allocation', 'best-fit'), { resource: 'cpu' }));
const mostLoaded = makePolicy(resolvePolicy(findPolicy('allocation', 'most-loaded')));
const nearest = makePolicy(resolvePolicy(findPolicy('counter-offer', 'nearest-start')));
const none = makePolicy(resolvePolicy(findPolicy('counter-offer', 'none')));
const flat = makePolicy(resolvePolicy(findPolicy('pricing', 'flat')));
const fifo = makePolicy(resolvePolicy(findPolicy('waitlist', 'fifo')));
const buyer = makePolicy(resolvePolicy(findPolicy('buyer', 'earliest-slot')));

/** Best fit by CPU, now or not at all, on hosts that take no time for anything. */
export function placementWorld(
  count: number,
  hosts: number,
  placed: Iterable<Placement> = placements(count, hosts),
): World {
  return worldOf(providerOf(hosts, { allocation: bestFit, counterOffer: none }), asRequests(placed));
}

/** Windows within the next week, for as much as hosts have in a week at 85 % load; the most loaded first, with counter-offers. */
export function advanceWorld(count: number, hosts: number): World {
  const provider = providerOf(hosts, { allocation: mostLoaded, counterOffer: nearest });
  return worldOf(provider, inAdvance(count, hosts));
}

function worldOf(provider: SimulatedProvider, requests: Iterable<UserRequest>): World {
  return {
    seed: 1,
    startMs: 0,
    endMs: Number.POSITIVE_INFINITY,
    providers: [provider],
    incidents: [],
    users: { thinkTime: INSTANT, noShow: 0, claim: 0, buyer: () => buyer },
    requests,
  };
}

function providerOf(
  hosts: number,
  { allocation, counterOffer }: Pick<ProviderPolicies, 'allocation' | 'counterOffer'>,
): SimulatedProvider {
  const nodes: NodeSpec[] = Array.from({ length: hosts }, (_, i) => ({
    nodeId: `h${i}`,
    group: 'h',
    capacity: { milliCpus: HOST.cpus * 1000, memoryMib: HOST.memoryGib * 1024, diskGib: 0 },
  }));
  return {
    name: 'provider',
    cluster: { nodes },
    settings: {
      holdMs: HOUR_MS,
      maxRounds: 1,
      shortestDurationMs: 0,
      longestDurationMs: Number.POSITIVE_INFINITY,
      bookingHorizonMs: Number.POSITIVE_INFINITY,
      claimRisk: 0.8,
      earlyRelease: true,
      keepDisksMs: undefined,
      shutdownLeadMs: 0,
      maxAttempts: 3,
      maxRestarts: 100,
      retryDelayMs: 10_000,
      assumedRepairMs: 4 * HOUR_MS,
      rePlacementMax: 0,
      waitlistMax: 0,
      turnMs: HOUR_MS,
      noShowGraceMs: Number.POSITIVE_INFINITY,
      backfillReservations: 1,
      autoActivate: true,
    },
    hypervisor: {
      create: INSTANT,
      start: INSTANT,
      stop: INSTANT,
      reboot: INSTANT,
      suspend: INSTANT,
      resume: INSTANT,
      migrate: INSTANT,
      migrateDowntimeMs: 0,
      destroy: INSTANT,
      nodeDetectionMs: 0,
      hangDetectionMs: 0,
      guestLoadPermille: { min: 1000, max: 1000 },
      guestsWithoutTools: 0,
    },
    faults: {
      nodeMtbfMs: Number.POSITIVE_INFINITY,
      nodeMttrMs: HOUR_MS,
      guestCrashMtbfMs: Number.POSITIVE_INFINITY,
      guestHangMtbfMs: Number.POSITIVE_INFINITY,
      operationFailure: 0,
      operationRefusal: 0,
      operationWait: 0,
    },
    policies: { seed: 1, allocation, counterOffer, pricing: flat, waitlist: fifo },
  };
}

function* asRequests(placed: Iterable<Placement>): Generator<UserRequest> {
  let ordinal = 0;
  for (const { atMs, cpus, durationMs, memoryGib } of placed) {
    ordinal += 1;
    yield {
      requestId: `q${ordinal}`,
      userId: 'user',
      kind: 'immediate',
      submitMs: atMs,
      latestStartMs: atMs,
      runTimeMs: Number.POSITIVE_INFINITY,
      proposal: {
        type: 'custom',
        demand: { milliCpus: cpus * 1000, memoryMib: memoryGib * 1024, diskGib: 0 },
        numInstancesFixed: 1,
        numInstancesOption: 0,
        startMs: atMs,
        durationMs,
        template: 'image',
      },
    };
  }
}

/** The hosts are as full as `count` requests of an hour on average make them: windows are so long that the week is booked by 85 %. */
function* inAdvance(count: number, hosts: number): Generator<UserRequest> {
  const rng = Rng.fromSeed(20_261_122).stream('leads');
  // Of the CPU time of a week, the share that is asked for, by windows of the length that placements have.
  const longer = (ADVANCE_LOAD * HOST.cpus * hosts * WEEK_MS) / (count * MEAN_CPUS * HOUR_MS);
  for (const request of asRequests(placements(count, hosts))) {
    const { proposal, submitMs } = request;
    const startMs = submitMs + rng.integer(0, WEEK_MS);
    const durationMs = Math.round(proposal.durationMs * longer);
    const latestStartMs = Number.POSITIVE_INFINITY;
    yield { ...request, kind: 'advance', latestStartMs, proposal: { ...proposal, startMs, durationMs } };
  }
}
