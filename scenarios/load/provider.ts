// One provider, from what is written about it to what the engine runs: its hardware, rules and policies, without users and workloads.
import {
  type ClusterSpec,
  type CustomizerSettings,
  type FaultSettings,
  type ImageSettings,
  LEASE_KINDS,
  type LoadProcess,
  OVERBOOKED,
  type ReservationRules,
  type Resources,
  type SimulatedProvider,
  type Spread,
  type SuspensionSettings,
  type TracedLoads,
} from '../../engine/index.ts';
import type { WrittenDocument } from '../../written/document.ts';
import { durationMs } from '../../written/duration.ts';
import type { PathPart, Problem } from '../../written/written-value.ts';
import { toResources } from '../formats/instance-size.ts';
import { type KnownResources, knownResources } from '../formats/named-amounts.ts';
import { spreadMs } from '../schema/fields.ts';
import type { CustomizerField, FaultsField, HypervisorField } from '../schema/hypervisor.ts';
import { PAPER_TYPES } from '../schema/instance-types.ts';
import type { ProviderFile } from '../schema/provider.ts';
import { resourceDefinitions } from '../schema/resources.ts';
import { checkProvider } from './check-provider.ts';
import { makeCluster, withoutPreset } from './cluster.ts';
import { readLoadTraces } from './load-traces.ts';
import { migrationSettings } from './migration.ts';
import type { NamedFiles } from './named-files.ts';
import { choosePolicies, makePolicies } from './policies.ts';
import { withPowerRead } from './power.ts';

/** The name of a provider that has no other beside it. */
export const ONLY_PROVIDER = 'provider';

export interface LoadedProvider {
  /** Unique in its scenario. */
  readonly name: string;
  /** Where its settings stand in the document. */
  readonly at: readonly PathPart[];
  readonly cluster: ClusterSpec;
  /** What amounts may name beside CPU, memory and disk. */
  readonly resources: KnownResources;
  /** Sizes by name: those of the papers first. */
  readonly instanceTypes: ReadonlyMap<string, Resources>;
  /** The settings with every default and every preset written out, and paths that hold wherever they are read. */
  readonly resolved: ProviderFile;
  /** Names of the sites on which its nodes stand. */
  readonly sites: readonly string[];
  /** Names of the traces of load that its guests may have. */
  readonly loadTraces: readonly string[];
  /** Contradictions in the settings; empty when there are none. */
  readonly problems: readonly Problem[];
  /**
   * Made anew for each life, because policies may keep state.
   * @param seed of what the policies draw
   * @throws InputError PEX_POLICY_FILE when a user's policy cannot be made
   */
  setup(seed: number | string): SimulatedProvider;
}

/**
 * @param written checked against the schema, with every default
 * @param at where it stands in the document
 * @throws InputError when a policy or a file that is named is not there, or is not what it should be
 */
export async function loadProvider(
  asWritten: ProviderFile,
  { name, at }: Pick<LoadedProvider, 'name' | 'at'>,
  document: WrittenDocument,
  files: NamedFiles,
): Promise<LoadedProvider> {
  const placeOf = (path: readonly PathPart[]) => document.placeOf(path);
  const written = { ...asWritten, cluster: await withPowerRead(asWritten.cluster, at, files, placeOf) };
  const chosen = await choosePolicies(written.policies, at, document, files);
  const { cluster, nodesFrom } = await readCluster(written, at, files);
  const traces = await readLoadTraces(written.hypervisor.guestLoad, at, { files, placeOf });
  const instanceTypes = { ...PAPER_TYPES, ...written.instanceTypes };
  const resources = knownResources(cluster.resources ?? []);
  const resolved: ProviderFile = {
    ...(written.resources !== undefined && { resources: written.resources }),
    cluster: { ...withoutPreset(written.cluster), ...nodesFrom },
    instanceTypes,
    negotiation: written.negotiation,
    manager: written.manager,
    hypervisor: { ...written.hypervisor, guestLoad: traces.written },
    faults: written.faults,
    ...(written.outsourcing !== undefined && { outsourcing: written.outsourcing }),
    policies: {
      allocation: chosen.allocation.written,
      counterOffer: chosen.counterOffer.written,
      pricing: chosen.pricing.written,
      migration: chosen.migration.written,
      preemption: chosen.preemption.written,
      waitlist: chosen.waitlist.written,
      recovery: chosen.recovery.written,
      provisioning: chosen.provisioning.written,
    },
  };
  const types = new Map(
    Object.entries(instanceTypes).map(([type, amounts]) => [type, toResources(amounts, resources)]),
  );
  return {
    name,
    at,
    cluster,
    resources,
    instanceTypes: types,
    resolved,
    problems: checkProvider(resolved, cluster, at),
    sites: [...new Set(cluster.nodes.flatMap(({ site }) => (site === undefined ? [] : [site.name])))],
    loadTraces: traces.loads?.traces.map((trace) => trace.name) ?? [],
    setup: (seed) => ({
      name,
      cluster,
      ...settingsOf(resolved, traces.loads),
      ...(resolved.outsourcing !== undefined && { partners: resolved.outsourcing.partners }),
      policies: makePolicies(chosen, seed),
      instanceTypes: types,
    }),
  };
}

/** In less a VM could not even be made, started and shut down. Of what was measured the slowest says nothing of that: the quickest does. */
function shortestDurationOf({
  negotiation,
  manager,
  hypervisor,
}: Pick<ProviderFile, 'negotiation' | 'manager' | 'hypervisor'>): number {
  if (negotiation.shortestDuration !== undefined) return durationMs(negotiation.shortestDuration);
  return (
    sureMs(spreadMs(hypervisor.create)) +
    sureMs(spreadMs(hypervisor.start)) +
    durationMs(manager.shutdownLead)
  );
}

const sureMs = ({ maxMs, minMs, quantilesMs }: Spread): number => (quantilesMs === undefined ? maxMs : minMs);

function backfillReservationsOf({ backfilling }: Pick<ProviderFile['manager'], 'backfilling'>): number {
  switch (backfilling) {
    case 'none':
      return 0;
    case 'easy':
      return 1;
    case 'conservative':
      return Number.POSITIVE_INFINITY;
    default:
      return backfilling;
  }
}

function loadProcessOf({
  deviation,
  every,
  persistence,
}: NonNullable<ProviderFile['hypervisor']['guestLoad']['changes']>): LoadProcess {
  return {
    everyMs: Math.max(1, durationMs(every)),
    persistence,
    deviationPermille: Math.round(deviation * 1000),
  };
}

function rulesOf({
  binding,
  durations,
  leadTime,
  untold,
}: ProviderFile['negotiation']): Pick<SimulatedProvider['settings'], 'rules'> {
  if (binding === undefined && durations === undefined && leadTime === undefined && !untold) return {};
  const rules: ReservationRules = {
    leadMinMs: durationMs(leadTime?.min ?? '0s'),
    leadMaxMs: durationMs(leadTime?.max ?? 'unlimited'),
    isUntold: untold,
    ...(durations && {
      durations: durations.map(({ step, upTo }) => ({ stepMs: durationMs(step), upToMs: durationMs(upTo) })),
    }),
    ...(binding && {
      binding: { fromMs: durationMs(binding.from), untilMs: durationMs(binding.until) },
    }),
  };
  return { rules };
}

function suspensionOf(written: NonNullable<ProviderFile['manager']['suspension']>): SuspensionSettings {
  return {
    suspendMibPerS: written.suspendRate,
    resumeMibPerS: written.resumeRate,
    enactmentMs: durationMs(written.enactment),
    exclusion: written.exclusion,
    threshold: written.threshold,
  };
}

function imagesOf(written: NonNullable<ProviderFile['manager']['images']>): ImageSettings {
  return {
    transfer: written.transfer,
    linkMibPerS: written.linkRate,
    sizeMib: written.sizeMib,
    sizeMibByTemplate: new Map(Object.entries(written.sizes ?? {})),
    cacheMib: written.cacheMib,
    isAhead: written.ahead,
  };
}

async function readCluster({ cluster, resources }: ProviderFile, at: readonly PathPart[], files: NamedFiles) {
  const definitions = resourceDefinitions(resources);
  const { nodesFrom } = cluster;
  if (nodesFrom === undefined) {
    return { cluster: await makeCluster(withoutPreset(cluster), undefined, definitions) };
  }
  const place = [...at, 'cluster', 'nodesFrom', 'openb'];
  return {
    cluster: await makeCluster(withoutPreset(cluster), files.locate(nodesFrom.openb, place), definitions),
    nodesFrom: { nodesFrom: { ...nodesFrom, openb: files.portable(nodesFrom.openb, place) } },
  };
}

function settingsOf(
  { negotiation, manager, hypervisor, faults, outsourcing }: ProviderFile,
  tracedLoads: TracedLoads | undefined,
): Pick<SimulatedProvider, 'settings' | 'hypervisor' | 'faults' | 'leaseKinds'> {
  return {
    leaseKinds: [
      ...LEASE_KINDS.filter(({ name }) => negotiation.kinds.includes(name)),
      ...(negotiation.overbooking === undefined ? [] : [OVERBOOKED]),
    ],
    settings: {
      holdMs: durationMs(negotiation.hold),
      ...(negotiation.pledge !== undefined && { pledge: negotiation.pledge }),
      maxRounds: negotiation.maxRounds,
      shortestDurationMs: shortestDurationOf({ negotiation, manager, hypervisor }),
      longestDurationMs:
        negotiation.longestDuration === undefined
          ? Number.POSITIVE_INFINITY
          : durationMs(negotiation.longestDuration),
      bookingHorizonMs: durationMs(negotiation.bookingHorizon),
      ...rulesOf(negotiation),
      ...(outsourcing && { resale: { before: outsourcing.before, margin: outsourcing.margin } }),
      ...(negotiation.explain === undefined ? {} : { explains: negotiation.explain }),
      claimRisk: negotiation.claimRisk,
      ...(negotiation.admission === undefined ? {} : { admission: negotiation.admission }),
      ...(negotiation.overbooking && { overbooking: negotiation.overbooking }),
      waitlistMax: negotiation.waitlist,
      turnMs: durationMs(negotiation.turn),
      auctionIntervalMs: Math.max(1, durationMs(negotiation.auctionInterval)),
      earlyRelease: manager.earlyRelease,
      keepDisksMs: manager.keepDisks === undefined ? undefined : durationMs(manager.keepDisks),
      shutdownLeadMs: durationMs(manager.shutdownLead),
      rePlacementMax: manager.rePlacement,
      noShowGraceMs: Math.max(1, durationMs(manager.noShowGrace)),
      maxAttempts: manager.maxAttempts,
      maxRestarts: manager.maxRestarts,
      retryDelayMs: durationMs(manager.retryDelay),
      assumedRepairMs: durationMs(manager.assumedRepairTime),
      backfillReservations: backfillReservationsOf(manager),
      migrationIntervalMs: Math.max(1, durationMs(manager.migrationInterval)),
      ...(manager.startForecast && { startConfidence: manager.startForecast.confidence }),
      ...(manager.suspension && { suspension: suspensionOf(manager.suspension) }),
      ...(manager.replicas && { replicas: manager.replicas }),
      ...(manager.images && { images: imagesOf(manager.images) }),
      autoActivate: manager.autoActivate,
    },
    hypervisor: {
      create: spreadMs(hypervisor.create),
      ...(hypervisor.customizer && { customizer: customizerOf(hypervisor.customizer) }),
      start: spreadMs(hypervisor.start),
      stop: spreadMs(hypervisor.stop),
      reboot: spreadMs(hypervisor.reboot),
      suspend: spreadMs(hypervisor.suspend),
      resume: spreadMs(hypervisor.resume),
      migrate: spreadMs(hypervisor.migrate),
      migrateDowntimeMs: durationMs(hypervisor.migrateDowntime),
      ...(hypervisor.migration !== undefined && { migration: migrationSettings(hypervisor.migration) }),
      destroy: spreadMs(hypervisor.destroy),
      nodeDetectionMs: durationMs(hypervisor.nodeDetection),
      ...(hypervisor.heartbeats && { heartbeats: heartbeatsOf(hypervisor.heartbeats) }),
      ...(hypervisor.standby && { standby: standbyOf(hypervisor.standby) }),
      ...(hypervisor.checkpoints && { checkpoints: checkpointsOf(hypervisor.checkpoints) }),
      hangDetectionMs: durationMs(hypervisor.hangDetection),
      guestLoadPermille: {
        min: Math.round(hypervisor.guestLoad.min * 1000),
        max: Math.round(hypervisor.guestLoad.max * 1000),
      },
      ...(hypervisor.guestLoad.changes && { guestLoadProcess: loadProcessOf(hypervisor.guestLoad.changes) }),
      ...(tracedLoads && { tracedLoads }),
      guestsWithoutTools: hypervisor.guestsWithoutTools,
    },
    faults: {
      nodeMtbfMs: durationMs(faults.nodeMtbf),
      nodeMttrMs: durationMs(faults.nodeMttr),
      ...(faults.groups !== undefined && { nodesOfGroup: meansByGroup(faults.groups) }),
      groupMtbfMs: durationMs(faults.groupMtbf),
      groupMttrMs: durationMs(faults.groupMttr),
      groupShare: faults.groupShare,
      bootFailure: faults.bootFailure,
      guestCrashMtbfMs: durationMs(faults.guestCrashMtbf),
      guestHangMtbfMs: durationMs(faults.guestHangMtbf),
      operationFailure: faults.operationFailure,
      operationRefusal: faults.operationRefusal,
      operationWait: faults.operationWait,
    },
  };
}

function customizerOf({ features, library, reuse, templates }: CustomizerField): CustomizerSettings {
  const times = Object.entries(features).map(
    ([name, { add, drop }]) => [name, { addMs: durationMs(add), dropMs: durationMs(drop) }] as const,
  );
  const sets = Object.entries(templates).map(([name, has]) => [name, new Set(has)] as const);
  return { featureTimes: new Map(times), featuresByTemplate: new Map(sets), library, reuses: reuse };
}

function meansByGroup(
  groups: NonNullable<FaultsField['groups']>,
): NonNullable<FaultSettings['nodesOfGroup']> {
  return Object.fromEntries(
    Object.entries(groups).map(([group, { nodeMtbf, nodeMttr }]) => [
      group,
      { mtbfMs: durationMs(nodeMtbf), mttrMs: durationMs(nodeMttr) },
    ]),
  );
}

function heartbeatsOf({ every, misses, returns }: NonNullable<HypervisorField['heartbeats']>) {
  return { everyMs: durationMs(every), misses, returns };
}

function checkpointsOf({ every, pause, restore }: NonNullable<HypervisorField['checkpoints']>) {
  return { everyMs: durationMs(every), pauseMs: durationMs(pause), restore: spreadMs(restore) };
}

function standbyOf({ after, boot, bootW, every, offW }: NonNullable<HypervisorField['standby']>) {
  return { afterMs: durationMs(after), everyMs: durationMs(every), boot: spreadMs(boot), bootW, offW };
}
