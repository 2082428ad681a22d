// A run setup with quiet defaults: two nodes, no faults, instant operations, the policies of the papers. Tests override what they
// are about.

import type {
  Named,
  NodeSpec,
  PolicyKind,
  PolicyPorts,
  SimulatedProvider,
  UserRequest,
  UserSettings,
  World,
} from '../../engine/index.ts';
import { findPolicy } from '../../policies/catalogue.ts';
import { makePolicy, resolvePolicy } from '../../policies/resolve-policy.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const INSTANT = { minMs: 0, maxMs: 0 };
const SMALL = { milliCpus: 1000, memoryMib: 768, diskGib: 10 };

export function node(nodeId: string, cpus = 4, memoryMib = 4096): NodeSpec {
  return { nodeId, group: 'test', capacity: { milliCpus: cpus * 1000, memoryMib, diskGib: 1000 } };
}

let counter = 0;

/** A request for SMALL instances; times in ms. Unless told otherwise any start will do. */
export function request(
  overrides: Partial<Omit<UserRequest, 'proposal'>> & Partial<UserRequest['proposal']> = {},
): UserRequest {
  counter += 1;
  const {
    type = 'SMALL',
    demand = SMALL,
    numInstancesFixed = 1,
    numInstancesOption = 0,
    durationMs = HOUR,
    template = 'test',
    submitMs = 0,
    startMs = submitMs,
    earliestStartMs,
    maxPriceMicros,
    ...rest
  } = overrides;
  return {
    requestId: `q${counter}`,
    userId: 'user',
    kind: 'advance',
    submitMs,
    latestStartMs: Number.POSITIVE_INFINITY,
    runTimeMs: Number.POSITIVE_INFINITY,
    proposal: {
      type,
      demand,
      numInstancesFixed,
      numInstancesOption,
      startMs,
      durationMs,
      template,
      ...(earliestStartMs === undefined ? {} : { earliestStartMs }),
      ...(maxPriceMicros === undefined ? {} : { maxPriceMicros }),
    },
    ...rest,
  };
}

/** A shipped policy, with its default options unless some are given. */
export function policy<K extends PolicyKind>(
  kind: K,
  name: string,
  options: Record<string, unknown> = {},
): Named<PolicyPorts[K]> {
  return makePolicy(resolvePolicy(findPolicy(kind, name), options));
}

/** A provider with everything quiet. */
export function provider(overrides: Partial<SimulatedProvider> = {}): SimulatedProvider {
  return {
    name: 'openpex',
    cluster: { nodes: [node('n1'), node('n2')] },
    settings: {
      holdMs: 10 * MINUTE,
      maxRounds: 5,
      shortestDurationMs: 0,
      longestDurationMs: Number.POSITIVE_INFINITY,
      bookingHorizonMs: 365 * DAY,
      claimRisk: 0.8,
      earlyRelease: true,
      keepDisksMs: undefined,
      shutdownLeadMs: 0,
      maxAttempts: 3,
      maxRestarts: 100,
      retryDelayMs: 10 * SECOND,
      assumedRepairMs: 4 * HOUR,
      rePlacementMax: 0,
      waitlistMax: 1000,
      turnMs: HOUR,
      noShowGraceMs: Number.POSITIVE_INFINITY,
      backfillReservations: 1,
      autoActivate: false,
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
      nodeMttrMs: HOUR,
      guestCrashMtbfMs: Number.POSITIVE_INFINITY,
      guestHangMtbfMs: Number.POSITIVE_INFINITY,
      operationFailure: 0,
      operationRefusal: 0,
      operationWait: 0,
    },
    policies: {
      seed: 1,
      allocation: policy('allocation', 'most-loaded'),
      counterOffer: policy('counter-offer', 'earliest-start'),
      pricing: policy('pricing', 'flat'),
      waitlist: policy('waitlist', 'fifo'),
    },
    ...overrides,
  };
}

/** How users are who answer at once and always turn up. */
export const QUIET_USERS: UserSettings = {
  thinkTime: INSTANT,
  noShow: 0,
  claim: 0,
  buyer: (name = 'earliest-slot') => policy('buyer', name),
};

type WorldOfOne = Omit<World, 'providers' | 'users'> & {
  users: Partial<UserSettings>;
} & SimulatedProvider;

/** A world with one provider, whose settings may be given beside those of the world. */
export function setup(overrides: Partial<WorldOfOne> = {}): World {
  const { endMs, incidents, requests, seed, startMs, users, ...ofProvider } = overrides;
  return {
    seed: seed ?? 1,
    startMs: startMs ?? 0,
    endMs: endMs ?? Number.POSITIVE_INFINITY,
    providers: [provider(ofProvider)],
    incidents: incidents ?? [],
    users: { ...QUIET_USERS, ...users },
    requests: requests ?? [],
  };
}
