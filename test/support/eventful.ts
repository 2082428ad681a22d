// A setup in which everything happens that can happen: for tests that compare whole runs.
import { Rng, type UserRequest, type World } from '../../engine/index.ts';
import { HOUR, MINUTE, node, policy, provider, request, SECOND, setup } from './setup.ts';

const spread = (fromS: number, toS: number) => ({ minMs: fromS * SECOND, maxMs: toS * SECOND });

/** Some days on five nodes: random placement, slow and failing operations, faults of every kind, users who think, claim and do not show up. */
export function eventful({ seed = 1, requests = 300 }: { seed?: number; requests?: number } = {}): World {
  const quiet = provider();
  return setup({
    seed,
    cluster: { nodes: ['n1', 'n2', 'n3', 'n4', 'n5'].map((nodeId) => node(nodeId)), sharedDiskGib: 400 },
    settings: { ...quiet.settings, shutdownLeadMs: MINUTE },
    hypervisor: {
      create: spread(5, 60),
      start: spread(10, 90),
      stop: spread(5, 120),
      reboot: spread(30, 60),
      suspend: spread(10, 20),
      resume: spread(10, 20),
      migrate: spread(20, 200),
      migrateDowntimeMs: 300,
      destroy: spread(1, 5),
      nodeDetectionMs: 30 * SECOND,
      hangDetectionMs: MINUTE,
      guestLoadPermille: { min: 100, max: 900 },
      guestsWithoutTools: 0,
    },
    faults: {
      nodeMtbfMs: 40 * HOUR,
      nodeMttrMs: 2 * HOUR,
      guestCrashMtbfMs: 30 * HOUR,
      guestHangMtbfMs: 30 * HOUR,
      operationFailure: 0.1,
      operationRefusal: 0,
      operationWait: 0,
    },
    incidents: ['n1', 'n2', 'n3', 'n4'].flatMap((nodeId, i) => {
      const atMs = (i + 1) * 10 * HOUR;
      return [
        { atMs, nodeId, kind: 'drain' as const, ...(i % 2 === 0 ? {} : { untilMs: atMs + 3 * HOUR }) },
        { atMs: atMs + 4 * HOUR, nodeId, kind: 'enable' as const },
        {
          atMs: atMs - 8 * HOUR,
          nodeId,
          kind: 'maintenance' as const,
          maintenanceId: `M${i}`,
          fromMs: atMs + 6 * HOUR,
          untilMs: atMs + 8 * HOUR,
        },
      ];
    }),
    users: { thinkTime: { minMs: 0, maxMs: 12 * MINUTE }, noShow: 0.1, claim: 0.5, extend: 0.4 },
    policies: {
      ...quiet.policies,
      seed,
      allocation: policy('allocation', 'random'),
    },
    requests: drawRequests(seed, requests),
  });
}

function drawRequests(seed: number, count: number): UserRequest[] {
  const rng = Rng.fromSeed(seed).stream('requests');
  let submitMs = 0;
  return Array.from({ length: count }, (_, i) => {
    submitMs += Math.round(rng.exponential(20 * MINUTE));
    const durationMs = Math.max(MINUTE, Math.round(rng.exponential(3 * HOUR)));
    const startMs = submitMs + rng.integer(0, 4) * HOUR;
    return request({
      requestId: `q${i}`,
      submitMs,
      startMs,
      durationMs,
      numInstancesFixed: rng.integer(1, 4),
      numInstancesOption: rng.integer(0, 2),
      latestStartMs: startMs + rng.integer(0, 6) * HOUR,
      runTimeMs: rng.next() < 0.5 ? Math.round(durationMs * rng.next()) : Number.POSITIVE_INFINITY,
      ...(rng.next() < 0.1 ? { cancelAtMs: submitMs + HOUR } : {}),
      ...(rng.next() < 0.2 ? { buyer: 'exact-or-nothing' } : {}),
    });
  });
}
