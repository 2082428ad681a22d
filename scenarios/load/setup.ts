// From a resolved scenario to what the engine runs: texts become milliseconds and integers, workloads become one stream of requests.
import { type ClusterSpec, type InputError, Rng, type RunSetup } from '../../engine/index.ts';
import { durationMs } from '../../written/duration.ts';
import { toResources } from '../formats/instance-size.ts';
import { mergeWorkloads } from '../formats/merge.ts';
import { readWorkload } from '../formats/read-workload.ts';
import type { WorkloadSource } from '../formats/source.ts';
import { momentMs, spreadMs } from '../schema/fields.ts';
import type { ScenarioFile } from '../schema/scenario.ts';
import { buyersByName, type ChosenPolicies, makePolicies } from './policies.ts';

export interface SetupOptions {
  /** Told about each row that a `lenient` workload leaves out. */
  onSkipped?(problem: InputError): void;
}

/** What was made of a resolved scenario. */
export interface SetupParts {
  readonly cluster: ClusterSpec;
  readonly startMs: number;
  readonly policies: ChosenPolicies;
  readonly workloads: readonly WorkloadSource[];
}

/** A new run: policies are made anew, workloads are read from their beginning. Two setups share nothing that changes. */
export function makeSetup(
  scenario: ScenarioFile,
  { cluster, startMs, policies, workloads }: SetupParts,
  options: SetupOptions,
): RunSetup {
  const { negotiation, manager, hypervisor, faults, users } = scenario;
  const horizonMs = durationMs(scenario.horizon);
  const rng = Rng.fromSeed(scenario.seed);
  const instanceTypes = new Map(
    Object.entries(scenario.instanceTypes).map(([name, type]) => [name, toResources(type)]),
  );
  const capacityMilliCpus = cluster.nodes.reduce((sum, node) => sum + node.capacity.milliCpus, 0);
  const streams = workloads.map((source, index) =>
    readWorkload(source, {
      startMs,
      instanceTypes,
      buyers: [...buyersByName(policies).keys()],
      template: scenario.template,
      rng: rng.stream(`workloads/${index}`),
      ...(Number.isFinite(horizonMs) && { horizonMs }),
      capacityMilliCpus,
      ...(options.onSkipped && { onSkipped: options.onSkipped }),
    }),
  );
  return {
    seed: scenario.seed,
    startMs,
    endMs: startMs + horizonMs,
    cluster,
    manager: {
      holdMs: durationMs(negotiation.hold),
      maxRounds: negotiation.maxRounds,
      bookingHorizonMs: durationMs(negotiation.bookingHorizon),
      claimRisk: negotiation.claimRisk,
      earlyRelease: manager.earlyRelease,
      shutdownLeadMs: durationMs(manager.shutdownLead),
      maxAttempts: manager.maxAttempts,
      retryDelayMs: durationMs(manager.retryDelay),
      autoActivate: manager.autoActivate,
    },
    hypervisor: {
      create: spreadMs(hypervisor.create),
      start: spreadMs(hypervisor.start),
      stop: spreadMs(hypervisor.stop),
      reboot: spreadMs(hypervisor.reboot),
      suspend: spreadMs(hypervisor.suspend),
      resume: spreadMs(hypervisor.resume),
      migrate: spreadMs(hypervisor.migrate),
      migrateDowntimeMs: durationMs(hypervisor.migrateDowntime),
      destroy: spreadMs(hypervisor.destroy),
      nodeDetectionMs: durationMs(hypervisor.nodeDetection),
      hangDetectionMs: durationMs(hypervisor.hangDetection),
      guestLoadPermille: {
        min: Math.round(hypervisor.guestLoad.min * 1000),
        max: Math.round(hypervisor.guestLoad.max * 1000),
      },
    },
    faults: {
      nodeMtbfMs: durationMs(faults.nodeMtbf),
      nodeMttrMs: durationMs(faults.nodeMttr),
      guestCrashMtbfMs: durationMs(faults.guestCrashMtbf),
      guestHangMtbfMs: durationMs(faults.guestHangMtbf),
      operationFailure: faults.operationFailure,
    },
    incidents: scenario.incidents
      .map(({ at, node, kind }) => ({ atMs: momentMs(at, startMs), nodeId: node, kind }))
      .sort((a, b) => a.atMs - b.atMs),
    users: { thinkTime: spreadMs(users.thinkTime), noShow: users.noShow, claim: users.claim },
    policies: makePolicies(policies, scenario.seed),
    requests: mergeWorkloads(streams),
  };
}
