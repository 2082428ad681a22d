// Draws a case of the fuzzer from a seed and its number: few nodes that are soon full, users who ask for more than there is, and everything that can
// go wrong. Times are drawn to the millisecond, so that hardly two things happen at one instant but those that are meant to.
import {
  ADMISSION_RULE_NAMES,
  DEVICE_RULES,
  type DeviceRule,
  LEASE_KINDS,
  MIGRATION_MODELS,
  POLICY_KINDS,
  REQUEST_KINDS,
  Rng,
} from '../../engine/index.ts';
import { CATALOGUE } from '../../policies/catalogue.ts';
import type { WorkloadRow } from '../../scenarios/formats/row.ts';
import { formatDuration } from '../../written/time-text.ts';
import {
  type FuzzCase,
  type FuzzIncident,
  type FuzzLink,
  type FuzzNode,
  type FuzzPolicies,
  type FuzzSettings,
  GPU,
} from './fuzz-case.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Room is made although the VMs may not have left in time: what comes of it then is to be seen. */
const HASTY = { safety: 0, worth: 1_000_000 };

const SITES = ['east', 'west', 'south'] as const;

/** How many requests a case has at most. */
export const MOST_REQUESTS = 40;

/** @param policies those that are tried; of the other kinds one that ships is drawn */
export function drawCase(seed: number, number: number, policies: FuzzPolicies): FuzzCase {
  const rng = Rng.fromSeed(seed).stream(`fuzz/${number}`);
  const bare = drawNodes(rng.stream('nodes'));
  const { links, nodes: placed } = drawSites(rng.stream('sites'), bare);
  const { devices, nodes } = drawGpus(rng.stream('gpus'), placed);
  const requests = drawRequests(rng.stream('requests')).map((row) => {
    const wishes = rng.stream(`wishes/${row.id}`);
    return withGpus(wishes.stream('gpus'), devices, onSites(wishes.stream('sites'), nodes, row));
  });
  const drawn = drawSettings(rng.stream('settings'), policies);
  const settings = {
    ...drawn,
    negotiation: { ...drawn.negotiation, ...drawRules(rng.stream('rules')) },
    manager: { ...drawn.manager, ...drawQueue(rng.stream('queue')), ...drawPatience(rng.stream('patience')) },
    hypervisor: { ...drawn.hypervisor, ...(links.length > 0 && copying(drawn.hypervisor)) },
    faults: { ...drawn.faults, ...drawHardFaults(rng.stream('hard-faults')) },
    users: {
      ...drawn.users,
      ...(drawn.manager['autoActivate'] === false && drawExchange(rng.stream('exchange'))),
    },
  };
  const lastMs = requests.at(-1)!.submitMs + 8 * HOUR;
  return {
    seed: rng.stream('seed').integer(0, 2 ** 31),
    nodes,
    ...(links.length > 0 && { links }),
    ...(devices && { devices }),
    ...drawSharedDisk(rng.stream('disk')),
    settings,
    incidents: drawIncidents(rng.stream('incidents'), nodes, lastMs),
    policies: drawPolicies(rng.stream('policies'), policies, drawn.hypervisor['standby'] !== undefined),
    requests,
    disturbance: {
      seed: rng.stream('disturbance').integer(0, 2 ** 31),
      restarts: rng.stream('restarts').pick([0.03, 0.1, 0.3]),
      quotes: rng.stream('quotes').pick([0.03, 0.1, 0.3]),
    },
  };
}

function drawNodes(rng: Rng): FuzzNode[] {
  const alike = rng.next() < 0.5 ? drawSize(rng) : undefined;
  return Array.from({ length: rng.integer(1, 6) }, (_, i) => ({
    group: `n${i + 1}`,
    ...(alike ?? drawSize(rng)),
  }));
}

function drawSize(rng: Rng): Omit<FuzzNode, 'group'> {
  return {
    cpus: rng.pick([1, 2, 4, 4, 8]),
    memoryMib: rng.pick([2048, 4096, 8192]),
    diskGib: rng.pick([40, 100, 400]),
  };
}

/** Two or three, or none that has a name; linked in a row, so that not every two of three have a link. */
function drawSites(
  rng: Rng,
  nodes: readonly FuzzNode[],
): { readonly nodes: readonly FuzzNode[]; readonly links: readonly FuzzLink[] } {
  if (rng.next() < 0.7 || nodes.length < 2) return { nodes, links: [] };
  const sites = SITES.slice(0, rng.integer(2, Math.min(nodes.length, SITES.length)));
  const placed = nodes.map((node, i) => ({ ...node, site: sites[i] ?? rng.pick(sites) }));
  const linked = sites.slice(1).filter(() => rng.next() < 0.8);
  const links = linked.map((site): FuzzLink => {
    const between = [sites[sites.indexOf(site) - 1]!, site] as const;
    return { between, mbitPerS: rng.pick([20, 100, 1000]), rtt: rng.pick(['0s', '30ms', '400ms']) };
  });
  return { nodes: placed, links };
}

/** What goes over a link is copied. */
function copying({ migration }: FuzzSettings): FuzzSettings {
  const isCopying = migration !== undefined && (migration as { model: string }).model !== 'fixed';
  return isCopying ? {} : { migration: { model: 'xen' } };
}

/** Some care where they are. */
function onSites(rng: Rng, nodes: readonly FuzzNode[], row: WorkloadRow): WorkloadRow {
  const known = [...new Set(nodes.flatMap(({ site = [] }) => site))];
  const sites = known.filter(() => rng.next() < 0.6);
  return rng.next() < 0.4 && sites.length > 0 ? { ...row, sites } : row;
}

/** A few, on some of the nodes. */
function drawGpus(
  rng: Rng,
  nodes: readonly FuzzNode[],
): { readonly nodes: readonly FuzzNode[]; readonly devices?: DeviceRule } {
  const equipped = nodes.map((node) => {
    const count = rng.pick([0, 1, 2, 4]);
    if (count === 0) return node;
    return { ...node, resources: { [GPU]: count }, models: { [GPU]: rng.pick(['A10', 'T4']) } };
  });
  const devices = rng.pick(DEVICE_RULES);
  return rng.next() < 0.3 ? { nodes: equipped, devices } : { nodes };
}

/** A share of one, or whole ones. */
function withGpus(rng: Rng, devices: DeviceRule | undefined, row: WorkloadRow): WorkloadRow {
  if (devices === undefined || rng.next() < 0.3) return row;
  const units = rng.pick([100, 330, 500, 500, 800, 1000, 1000, 2000]);
  const { size } = row;
  const amounts = typeof size === 'string' ? { milliCpus: 500, memoryMib: 512, diskGib: 5 } : size;
  return { ...row, size: { ...amounts, named: { [GPU]: units } } };
}

/** Those who would cancel sell, and those who find nothing as cheap buy. */
function drawExchange(rng: Rng): FuzzSettings {
  const [one, other] = [rng.pick([0, 0.5, 1]), rng.pick([0.5, 1, 2])];
  const ask = { min: Math.min(one, other), max: Math.max(one, other) };
  return rng.next() < 0.4 ? { exchange: { ask, fee: rng.pick([0, 0.1, 1]) } } : {};
}

/** Leases that are begun again and again are given up sooner or later. */
function drawPatience(rng: Rng): FuzzSettings {
  const maxRestarts = rng.pick([0, 1, 5]);
  return rng.next() < 0.3 ? { maxRestarts } : {};
}

/** Nodes that are lost more often than anything can be done, or for good. */
function drawHardFaults(rng: Rng): FuzzSettings {
  const hard = rng.pick([
    { nodeMtbf: '20m', nodeMttr: '10m' },
    { nodeMtbf: '1h', nodeMttr: '5h' },
    { nodeMtbf: '5h', nodeMttr: 'unlimited' },
  ]);
  return rng.next() < 0.1 ? hard : {};
}

function drawSharedDisk(rng: Rng): { sharedDiskGib?: number } {
  return rng.next() < 0.3 ? { sharedDiskGib: rng.pick([80, 200, 1000]) } : {};
}

/** @param hasStandby otherwise nobody may say which nodes stay on */
function drawPolicies(rng: Rng, given: FuzzPolicies, hasStandby: boolean): FuzzPolicies {
  return Object.fromEntries(
    POLICY_KINDS.filter((kind) => kind !== 'provisioning' || hasStandby).map((kind) => {
      // Drawn in any case, so that a policy that is given shifts nothing.
      const { name } = rng.pick<{ readonly name: string }>(CATALOGUE[kind]);
      return [kind, given[kind] ?? { name, ...(name === 'make-room' && { options: HASTY }) }];
    }),
  );
}

function drawSettings(
  rng: Rng,
  { provisioning }: FuzzPolicies,
): Record<'negotiation' | 'manager' | 'hypervisor' | 'faults' | 'users', FuzzSettings> {
  const sometimes = <T>(chance: number, value: () => T): T | undefined => {
    const drawn = value();
    return rng.next() < chance ? drawn : undefined;
  };
  const time = (minMs: number, maxMs: number) => formatDuration(rng.integer(minMs, maxMs));
  const spread = (minMs: number, maxMs: number) => {
    const [a, b] = [rng.integer(minMs, maxMs), rng.integer(minMs, maxMs)];
    return { min: formatDuration(Math.min(a, b)), max: formatDuration(Math.max(a, b) + 17) };
  };
  const autoActivate = rng.next() < 0.5;
  const share = (...of: number[]) => sometimes(0.3, () => rng.pick(of));
  const overbooking = autoActivate ? undefined : drawOverbooking(rng.stream('overbooking'));
  const images = overbooking === undefined ? drawImages(rng.stream('images')) : undefined;
  const recovery = drawRecovery(rng.stream('recovery'));
  return {
    negotiation: known({
      hold: rng.pick(['1m', '10m', '3h']),
      maxRounds: rng.integer(1, 5),
      shortestDuration: sometimes(0.7, () => '0s'),
      longestDuration: sometimes(0.2, () => '4h'),
      bookingHorizon: rng.pick(['365d', '2d', '12h']),
      claimRisk: rng.pick([0.2, 0.8, 1]),
      admission: drawAdmission(rng.stream('admission')),
      overbooking,
      kinds: sometimes(0.6, () => LEASE_KINDS.map(({ name }) => name)),
    }),
    manager: known({
      earlyRelease: rng.next() < 0.5,
      keepDisks: sometimes(0.3, () => time(MINUTE, HOUR)),
      shutdownLead: rng.pick(['0s', '30s', '5m']),
      maxAttempts: rng.pick([1, 3, 10]),
      retryDelay: time(SECOND, MINUTE),
      assumedRepairTime: rng.pick(['45m', '4h', 'unlimited']),
      autoActivate,
      rePlacement: onlyIf(
        images === undefined,
        sometimes(0.4, () => rng.pick([5, 40])),
      ),
      images,
      replicas: onlyIf('checkpoints' in recovery, drawReplicas(rng.stream('replicas'))),
      noShowGrace: sometimes(0.4, () => time(MINUTE, 2 * HOUR)) ?? (overbooking && '20m'),
      // Each look is an input, before which the provider may be made again and asked for a quote.
      migrationInterval: rng.pick(['7m', '23m', '1h']),
    }),
    hypervisor: known({
      create: spread(0, MINUTE),
      start: spread(0, 3 * MINUTE),
      stop: spread(0, MINUTE),
      suspend: spread(0, 5 * MINUTE),
      resume: spread(0, 5 * MINUTE),
      migrate: spread(SECOND, 20 * MINUTE),
      destroy: spread(0, MINUTE),
      nodeDetection: rng.pick(['0s', '10s', '7m']),
      hangDetection: rng.pick(['0s', '1m']),
      guestsWithoutTools: share(0.3, 1),
      guestLoad: sometimes(0.3, () => ({ changes: { every: rng.pick(['1m', '10m']), deviation: 0.4 } })),
      migration: drawMigration(rng.stream('migration')),
      ...recovery,
      // Who says which nodes stay on is asked only where any are switched off.
      ...(provisioning && { standby: drawStandby(rng.stream('standby')) }),
    }),
    faults: known({
      nodeMtbf: sometimes(0.2, () => time(2 * HOUR, 20 * HOUR)),
      nodeMttr: time(MINUTE, 4 * HOUR),
      guestCrashMtbf: sometimes(0.2, () => time(HOUR, 9 * HOUR)),
      guestHangMtbf: sometimes(0.2, () => time(HOUR, 9 * HOUR)),
      operationFailure: share(0.1, 0.5),
      operationRefusal: share(0.2, 1),
      operationWait: share(0.2),
      ...drawCommonFaults(rng.stream('common-faults')),
    }),
    users: known({
      thinkTime: spread(0, rng.pick([SECOND, 5 * MINUTE, HOUR])),
      // Nobody can fail to show up where reservations activate themselves.
      noShow: autoActivate ? undefined : share(0.1, 0.5),
      lateness: sometimes(0.3, () => spread(0, HOUR)),
      claim: rng.pick([0, 0.5, 1]),
    }),
  };
}

/** Mostly late binding, at the claim risk. */
function drawAdmission(rng: Rng): FuzzSettings | undefined {
  if (rng.next() < 0.7) return undefined;
  return {
    rule: rng.pick(ADMISSION_RULE_NAMES),
    claimChance: rng.pick([0.1, 0.5, 1]),
    overflow: rng.pick([0.001, 0.05, 0.6]),
  };
}

/** How far ahead reservations are taken, for how long, how firmly, and whether what differs is said; mostly in any way. */
function drawRules(rng: Rng): FuzzSettings {
  if (rng.next() < 0.6) return {};
  const leadTime = rng.pick([
    { min: '20m' },
    { min: '3h' },
    { min: '20m', max: '5h' },
    { max: '5h' },
    { max: '0s' },
  ]);
  const durations = [
    { step: rng.pick(['1m', '1h']), upTo: rng.pick(['2h', '4h']) },
    { step: '4h', upTo: rng.pick(['8h', '24h']) },
  ];
  const binding = { from: rng.pick(['unlimited', '2h', '0s']), until: rng.pick(['unlimited', '40m']) };
  return {
    ...(rng.next() < 0.6 && { leadTime }),
    ...(rng.next() < 0.5 && { durations }),
    ...(rng.next() < 0.5 && { binding }),
    ...(rng.next() < 0.3 && { untold: true }),
  };
}

/** Cases are small: what is risked is much. */
function drawOverbooking(rng: Rng): FuzzSettings | undefined {
  const overbooking = { noShowChance: rng.pick([0.1, 0.5, 'learned']), risk: rng.pick([0.05, 0.5, 0.9]) };
  if (rng.next() >= 0.4) return undefined;
  const isByUser = overbooking.noShowChance === 'learned' && rng.next() < 0.5;
  return isByUser ? { ...overbooking, noShowChance: 'learned-by-user' } : overbooking;
}

/** Mostly they are there. What is sent takes from half a minute to three hours. */
function drawImages(rng: Rng): FuzzSettings | undefined {
  const transfer = rng.pick(['multicast', 'unicast']);
  const images = {
    transfer,
    linkRate: rng.pick([1, 10]),
    sizeMib: rng.pick([0, 300, 2000, 10_000]),
    cacheMib: rng.pick([0, 2500, 20_000]),
    ahead: transfer === 'multicast' && rng.next() < 0.5,
  };
  return rng.next() < 0.3 ? images : undefined;
}

function onlyIf<T>(isSo: boolean, value: T): T | undefined {
  return isSo ? value : undefined;
}

function drawQueue(rng: Rng): FuzzSettings {
  const backfilling = rng.pick(['none', 'easy', 'conservative', 3]);
  const suspension = {
    suspendRate: rng.pick([5, 50]),
    resumeRate: rng.pick([5, 50]),
    enactment: rng.pick(['0s', '10s']),
    exclusion: rng.pick(['node', 'store']),
    threshold: rng.pick([0, 1, 3]),
  };
  return { backfilling, ...(rng.next() < 0.7 && { suspension }) };
}

/** Of VMs that have checkpoints. */
function drawReplicas(rng: Rng): FuzzSettings | undefined {
  return rng.next() < 0.6 ? { holds: rng.pick(['memory', 'all']) } : undefined;
}

/** How a loss is noticed, and what is left of what guests have done. */
function drawRecovery(rng: Rng): FuzzSettings {
  const heartbeats = {
    every: rng.pick(['1s', '47s', '5m']),
    misses: rng.integer(1, 4),
    returns: rng.integer(1, 3),
  };
  const checkpoints = { every: rng.pick(['7m', '1h']), pause: rng.pick(['0s', '30s']), restore: '40s' };
  const standby = drawStandby(rng);
  return {
    ...(rng.next() < 0.4 && { heartbeats }),
    ...(rng.next() < 0.5 && { checkpoints }),
    ...(rng.next() < 0.3 && { standby }),
  };
}

function drawStandby(rng: Rng): FuzzSettings {
  return {
    after: rng.pick(['0s', '3m', '1h']),
    boot: { min: '0s', max: rng.pick(['0s', '4m']) },
    every: rng.stream('looks').pick(['2m', '17m', '1h']),
  };
}

/** Nodes that are lost together, and VMs that do not come up at once. */
function drawCommonFaults(rng: Rng): FuzzSettings {
  const common = {
    groupMtbf: rng.pick(['3h', '11h']),
    groupMttr: rng.pick(['5m', '2h']),
    groupShare: rng.pick([0.5, 1]),
  };
  return { ...(rng.next() < 0.2 && common), ...(rng.next() < 0.2 && { bootFailure: rng.pick([0.1, 0.4]) }) };
}

/** Links so slow that migrations take minutes, and that some guests write faster. */
function drawMigration(rng: Rng): FuzzSettings | undefined {
  if (rng.next() < 0.5) return undefined;
  const { compressesItself, name: model } = rng.pick(MIGRATION_MODELS);
  return {
    model,
    linkMbitPerS: rng.pick([20, 100, 1000]),
    dirtyPagesPerS: { min: 0, max: rng.pick([100, 5000, 100_000]) },
    ...(model === 'akoush-hist' && { dirtyTrace: [100, 2000, 0] }),
    ...(rng.next() < 0.3 && { dom0MbitPerS: 30 }),
    ...(rng.next() < 0.3 && compressesItself !== true && { compression: { ratio: 0.5, mbPerS: 50 } }),
  };
}

function known(settings: FuzzSettings): FuzzSettings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function drawIncidents(rng: Rng, nodes: readonly FuzzNode[], lastMs: number): FuzzIncident[] {
  const incidents: FuzzIncident[] = [];
  const at = (ms: number) => formatDuration(Math.round(ms));
  for (let left = rng.pick([0, 1, 3, 6]); left > 0; left--) {
    const { group: node } = rng.pick(nodes);
    const fromMs = rng.integer(1, lastMs);
    const untilMs = fromMs + rng.integer(MINUTE, 6 * HOUR);
    const kind = rng.pick(['fail', 'drain', 'drain', 'maintenance'] as const);
    if (kind === 'maintenance') {
      const announcedMs = Math.max(0, fromMs - rng.integer(0, 6 * HOUR));
      incidents.push({ at: at(announcedMs), node, kind, from: at(fromMs), until: at(untilMs) });
      continue;
    }
    const until = rng.pick([undefined, 'never', at(untilMs + rng.integer(1, HOUR))]);
    incidents.push({ at: at(fromMs), node, kind, ...(kind === 'drain' && until !== undefined && { until }) });
    if (rng.next() < 0.8)
      incidents.push({ at: at(untilMs), node, kind: kind === 'drain' ? 'enable' : 'return' });
  }
  return incidents;
}

function drawRequests(rng: Rng): WorkloadRow[] {
  const meanGapMs = rng.pick([MINUTE, 10 * MINUTE, 40 * MINUTE]);
  let submitMs = 0;
  return Array.from({ length: rng.integer(5, MOST_REQUESTS) }, (_, i) => {
    submitMs += Math.round(rng.exponential(meanGapMs));
    return drawRequest(rng.stream(`request/${i}`), `r${i + 1}`, submitMs);
  });
}

function drawRequest(rng: Rng, id: string, submitMs: number): WorkloadRow {
  const kind = rng.pick(REQUEST_KINDS);
  const startMs = submitMs + (kind === 'immediate' ? 0 : rng.pick([0, rng.integer(0, 6 * HOUR)]));
  const durationMs = rng.pick([rng.integer(2 * MINUTE, 30 * MINUTE), rng.integer(HOUR, 8 * HOUR)]);
  const slackMs = rng.integer(0, 12 * HOUR);
  const size = rng.pick([
    'SMALL',
    'SMALL',
    'MEDIUM',
    'LARGE',
    'XLARGE',
    { milliCpus: rng.integer(1, 40) * 100, memoryMib: rng.integer(1, 4000), diskGib: rng.integer(0, 60) },
  ]);
  const row: WorkloadRow = {
    id,
    kind,
    submitMs,
    startMs,
    durationMs,
    size,
    instances: rng.pick([1, 1, 2, 3, rng.integer(1, 9)]),
    optional: rng.pick([0, 0, 1, 3]),
    user: rng.pick(['ann', 'bob', 'cleo']),
  };
  const chance = () => rng.next();
  return {
    ...row,
    ...(kind === 'flexible' && {
      latestStartMs: startMs + slackMs,
      minDurationMs: Math.ceil(durationMs * rng.pick([0.2, 0.7, 1])),
      minInstances: rng.integer(1, row.instances),
    }),
    ...(kind === 'deadline' && { deadlineMs: startMs + durationMs + slackMs }),
    ...(chance() < 0.15 && { maxPriceMicros: rng.integer(0, 20_000_000) }),
    ...(chance() < 0.3 && { runTimeMs: Math.ceil(durationMs * rng.next() * 1.2) + 1 }),
    ...(chance() < 0.15 && { cancelMs: submitMs + rng.integer(1, 3 * HOUR) }),
    ...(rng.stream(`wait ${submitMs}`).next() < 0.3 && { waitUntilMs: startMs + slackMs }),
  };
}
