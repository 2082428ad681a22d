// What a schema cannot say: do the settings of a provider fit together? Each check lists what it finds; none of them stops at the first.
import {
  amountOf,
  type ClusterSpec,
  isWithin,
  migrationModel,
  type NodeSpec,
  namesIn,
  type Resources,
} from '../../engine/index.ts';
import { defaultPolicyName } from '../../policies/catalogue.ts';
import { durationMs } from '../../written/duration.ts';
import { suggestion } from '../../written/suggestion.ts';
import type { PathPart, Problem } from '../../written/written-value.ts';
import { resourceNameProblem } from '../formats/csv.ts';
import { modelProblem, toResources, unknownResource } from '../formats/instance-size.ts';
import {
  amountProblem,
  capacityProblem,
  fromUnits,
  type KnownResources,
  knownResources,
  type NamedAmounts,
  needProblem,
} from '../formats/named-amounts.ts';
import { type SpreadText, spreadMs } from '../schema/fields.ts';
import { type InstanceType, PAPER_TYPES } from '../schema/instance-types.ts';
import type { ProviderFile } from '../schema/provider.ts';
import { migrationProblems } from './migration.ts';

/**
 * Contradictions in settings that match their schema; empty when there are none.
 * @param cluster what was made of the settings
 * @param at where they stand in the document
 */
export function checkProvider(
  settings: ProviderFile,
  cluster: ClusterSpec,
  at: readonly PathPart[],
): Problem[] {
  return [
    ...checkResources(settings),
    ...checkNodeGroups(settings, cluster),
    ...checkNodeIds(cluster),
    ...checkLimits(settings, cluster),
    ...checkLinks(settings),
    ...checkInstanceTypes(settings, cluster),
    ...checkDurations(settings),
    ...checkFaults(settings, cluster),
    ...checkCustomizer(settings),
    ...checkProvisioning(settings),
    ...checkCosts(settings),
    ...checkImages(settings),
    ...checkReplicas(settings, cluster),
    ...checkOverbooking(settings),
  ].map(({ path, message }) => ({ path: [...at, ...path], message }));
}

function checkCosts({ cluster: { costs } }: ProviderFile): Problem[] {
  if (costs === undefined || costs.idleCpuHour <= costs.reservedCpuHour) return [];
  const { idleCpuHour, reservedCpuHour } = costs;
  const message = `an idle CPU costs ${idleCpuHour}, more than a reserved one, which costs ${reservedCpuHour}`;
  return [problem(['cluster', 'costs', 'idleCpuHour'], message)];
}

function checkImages({ manager: { images, rePlacement } }: ProviderFile): Problem[] {
  if (images === undefined) return [];
  const problems: Problem[] = [];
  if (images.ahead && images.transfer === 'unicast') {
    const why = 'sends images to all nodes, which unicast does one by one; expected multicast';
    problems.push(problem(['manager', 'images', 'ahead'], why));
  }
  if (rePlacement > 0) {
    const why = 'changes the nodes of bookings, to which images are sent; leave it out, or manager.images';
    problems.push(problem(['manager', 'rePlacement'], why));
  }
  return problems;
}

function checkReplicas(
  { hypervisor, manager: { replicas } }: ProviderFile,
  { nodes }: ClusterSpec,
): Problem[] {
  if (replicas === undefined) return [];
  const problems: Problem[] = [];
  if (hypervisor.checkpoints === undefined) {
    const why = 'are as old as the last checkpoint, and none are made; set hypervisor.checkpoints';
    problems.push({ ...problem(['manager', 'replicas'], why), atKey: true });
  }
  const { apart } = replicas;
  const places = new Set(nodes.map(({ group, site }) => (apart === 'group' ? group : site?.name)));
  if (apart !== 'node' && places.size < 2) {
    const why = `all nodes are of one ${apart}, so that no replica would be apart from its VM`;
    problems.push(problem(['manager', 'replicas', 'apart'], why));
  }
  return problems;
}

function checkOverbooking({ manager, negotiation: { overbooking } }: ProviderFile): Problem[] {
  if (overbooking === undefined) return [];
  const path = ['negotiation', 'overbooking'];
  const problems: Problem[] = [];
  if (!Number.isFinite(durationMs(manager.noShowGrace))) {
    const why =
      'nobody is known not to come while manager.noShowGrace is "unlimited"; expected a duration there, or leave this out';
    problems.push(problem(path, why));
  }
  if (manager.autoActivate) {
    const why = 'nobody stays away where manager.autoActivate is true; leave this out, or that';
    problems.push(problem(path, why));
  }
  if (manager.images !== undefined) {
    const why =
      'gives nodes that are known at the start only, too late to send images there; leave this out, or manager.images';
    problems.push(problem(path, why));
  }
  return problems;
}

function checkResources({ resources = {} }: ProviderFile): Problem[] {
  return Object.entries(resources).flatMap(([name, { devices, divisible, pool }]) => {
    const path = ['resources', name];
    const wrongName = resourceNameProblem(name);
    if (wrongName !== undefined) return [{ ...problem(path, wrongName), atKey: true }];
    if (devices !== undefined && pool !== undefined) {
      const why = 'all nodes share it, and devices are of one node; leave out this, or pool';
      return [problem([...path, 'devices'], why)];
    }
    const flaw = pool === undefined ? undefined : amountProblem(pool, { divisible });
    return flaw === undefined ? [] : [problem([...path, 'pool'], flaw)];
  });
}

/** Amounts by name, of resources that the provider has. */
function checkAmounts(
  amounts: NamedAmounts | undefined,
  known: KnownResources,
  path: readonly PathPart[],
  problemOf: typeof needProblem,
): Problem[] {
  return Object.entries(amounts ?? {}).flatMap(([name, amount]) => {
    const definition = known.get(name);
    const at = [...path, 'resources', name];
    if (definition === undefined) return [{ ...problem(at, unknownResource(name, known)), atKey: true }];
    const flaw = problemOf(amount, definition);
    return flaw === undefined ? [] : [problem(at, flaw)];
  });
}

function checkModels(
  models: Readonly<Record<string, unknown>> | undefined,
  known: KnownResources,
  path: readonly PathPart[],
): Problem[] {
  return Object.keys(models ?? {}).flatMap((name) => {
    const flaw = modelProblem(name, known);
    return flaw === undefined ? [] : [{ ...problem([...path, 'models', name], flaw), atKey: true }];
  });
}

function checkNodeGroups(
  { cluster: { nodes = [] }, resources = {} }: ProviderFile,
  cluster: ClusterSpec,
): Problem[] {
  const known = knownResources(cluster.resources ?? []);
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const [index, group] of nodes.entries()) {
    const path = ['cluster', 'nodes', index];
    if (seen.has(group.group))
      problems.push(problem([...path, 'group'], `there are two groups "${group.group}"`));
    seen.add(group.group);
    if (group.count !== undefined && group.names !== undefined && group.count !== group.names.length) {
      problems.push(
        problem([...path, 'count'], `is ${group.count}, but there are ${group.names.length} names`),
      );
    }
    if (group.dom0MemoryMib >= group.memoryMib) {
      problems.push(
        problem(
          [...path, 'dom0MemoryMib'],
          `leaves nothing of the ${group.memoryMib} MiB of the node to guests`,
        ),
      );
    }
    problems.push(...checkAmounts(group.resources, known, path, capacityProblem));
    problems.push(...checkModels(group.models, known, path));
    for (const name of Object.keys(group.resources ?? {})) {
      if (resources[name]?.pool === undefined) continue;
      const why = `all nodes share it; leave it out here, and say at resources.${name}.pool how many there are`;
      problems.push(problem([...path, 'resources', name], why));
    }
    if (group.power !== undefined && 'idleW' in group.power && group.power.idleW > group.power.peakW) {
      problems.push(problem([...path, 'power', 'idleW'], `is more than peakW (${group.power.peakW})`));
    }
  }
  return problems;
}

function checkLimits({ cluster: { limits = [] } }: ProviderFile, { nodes }: ClusterSpec): Problem[] {
  if (limits.length === 0) return [];
  const known = new Set(nodes.flatMap(({ group, nodeId }) => [group, nodeId]));
  return limits.flatMap(({ of }, index) =>
    of.flatMap((name, position) =>
      known.has(name)
        ? []
        : [problem(['cluster', 'limits', index, 'of', position], `there is no node and no group "${name}"`)],
    ),
  );
}

/** Links lead from one site to another, and what goes over them copies what it takes along. */
function checkLinks({ cluster: { links = [], nodes = [] }, hypervisor }: ProviderFile): Problem[] {
  const sites = [...new Set(nodes.flatMap(({ site }) => (site === undefined ? [] : [site])))];
  const seen = new Set<string>();
  const problems = links.flatMap(({ between }, index) => {
    const path = ['cluster', 'links', index, 'between'];
    const unknown = between.flatMap((name, position) =>
      sites.includes(name)
        ? []
        : [problem([...path, position], `there is no site "${name}"${suggestion(name, sites)}`)],
    );
    if (between[0] === between[1]) return [problem(path, 'is one site; a link is between two')];
    const key = [...between].sort().join(' ');
    if (seen.has(key)) unknown.push(problem(path, 'is said twice; a link carries as much each way'));
    seen.add(key);
    return unknown;
  });
  const model = hypervisor.migration?.model ?? 'fixed';
  if (links.length > 0 && migrationModel(model).course === undefined)
    problems.push(
      problem(
        ['cluster', 'links'],
        'what goes over a link is copied; name a model that copies in hypervisor.migration.model, such as xen',
      ),
    );
  return problems;
}

function checkNodeIds({ nodes }: ClusterSpec): Problem[] {
  if (nodes.length === 0) return [problem(['cluster'], 'has no nodes; give a preset, nodes or nodesFrom')];
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { nodeId } of nodes) (seen.has(nodeId) ? twice : seen).add(nodeId);
  return [...twice].map((nodeId) => problem(['cluster', 'nodes'], `there are two nodes "${nodeId}"`));
}

/**
 * A type of the papers may be too large for a cluster that never asked for it; requests for it are rejected as never-fits. A type that
 * the provider defines is there to be used.
 */
function checkInstanceTypes({ instanceTypes }: ProviderFile, cluster: ClusterSpec): Problem[] {
  const known = knownResources(cluster.resources ?? []);
  return Object.entries(instanceTypes)
    .filter(([name, type]) => !isPaperType(name, type))
    .flatMap(([name, type]) => {
      const path = ['instanceTypes', name];
      const problems = [
        ...checkAmounts(type.resources, known, path, needProblem),
        ...checkModels(type.models, known, path),
      ];
      if (problems.length > 0) return problems;
      const demand = toResources(type, known);
      if (demand.milliCpus === 0 && demand.memoryMib === 0) {
        return [problem(path, 'needs neither CPU nor memory')];
      }
      const fits = cluster.nodes.some(
        (node) => hasModels(node, demand) && isWithin(demand, capacityFor(node.capacity, cluster)),
      );
      if (fits || cluster.nodes.length === 0) return [];
      return [
        problem(
          path,
          `fits no node: it needs ${describe(demand, known)}${ofModels(demand)}; ${describeLargest(cluster, demand)}`,
        ),
      ];
    });
}

/** Whether its devices are of models that will do. */
function hasModels({ models = {} }: NodeSpec, { models: wanted = {} }: Resources): boolean {
  return Object.entries(wanted).every(([name, any]) => {
    const model = models[name];
    return model !== undefined && any.includes(model);
  });
}

function isPaperType(name: string, type: InstanceType): boolean {
  const paper = Object.hasOwn(PAPER_TYPES, name) ? PAPER_TYPES[name] : undefined;
  return (
    paper !== undefined &&
    paper.cpus === type.cpus &&
    paper.memoryMib === type.memoryMib &&
    paper.diskGib === type.diskGib &&
    type.resources === undefined
  );
}

/** The most that one instance on the node could get. */
function capacityFor(capacity: Resources, { resources = [], sharedDiskGib }: ClusterSpec): Resources {
  const pools = resources.flatMap((each) => (each.scope === 'pool' ? [[each.name, each.capacity]] : []));
  return {
    ...capacity,
    ...(sharedDiskGib !== undefined && { diskGib: sharedDiskGib }),
    ...(resources.length > 0 && { named: { ...capacity.named, ...Object.fromEntries(pools) } }),
  };
}

/** The node that comes nearest: the one with the most of what is scarce everywhere. */
function describeLargest(cluster: ClusterSpec, demand: Resources): string {
  const largest = cluster.nodes
    .map((node) => capacityFor(node.capacity, cluster))
    .reduce((best, capacity) => (closeness(capacity, demand) > closeness(best, demand) ? capacity : best));
  return `the nearest node has ${describe(largest, knownResources(cluster.resources ?? []))}`;
}

function closeness(capacity: Resources, demand: Resources): number {
  const shares = namesIn(demand).map((name) => {
    const needs = amountOf(demand, name);
    return needs === 0 ? 1 : amountOf(capacity, name) / needs;
  });
  return Math.min(...shares);
}

function ofModels({ models = {} }: Resources): string {
  const each = Object.entries(models).map(([name, any]) => `${name} of model ${any.join(' or ')}`);
  return each.length === 0 ? '' : ` (${each.join(', ')})`;
}

function describe(resources: Resources, known: KnownResources): string {
  const { milliCpus, memoryMib, diskGib } = resources;
  const named = Array.from(
    known,
    ([name, { divisible }]) => `${fromUnits(amountOf(resources, name), divisible)} ${name}`,
  );
  return [`${milliCpus / 1000} CPUs`, `${memoryMib} MiB`, `${diskGib} GiB of disk`, ...named].join(', ');
}

function checkDurations({ hypervisor, negotiation, manager, faults }: ProviderFile): Problem[] {
  const problems: Problem[] = [...checkRules(negotiation)];
  for (const key of SPREAD_KEYS) problems.push(...checkSpread(hypervisor[key], ['hypervisor', key]));
  if (hypervisor.guestLoad.min > hypervisor.guestLoad.max) {
    problems.push(problem(['hypervisor', 'guestLoad'], 'min is more than max'));
  }
  if (hypervisor.guestLoad.traces !== undefined && hypervisor.guestLoad.changes !== undefined)
    problems.push(problem(['hypervisor', 'guestLoad', 'changes'], 'has no effect where there are traces'));
  if (durationMs(hypervisor.migrateDowntime) > spreadMs(hypervisor.migrate).minMs) {
    problems.push(
      problem(
        ['hypervisor', 'migrateDowntime'],
        `${hypervisor.migrateDowntime} is longer than the shortest migration`,
      ),
    );
  }
  if (hypervisor.migration !== undefined) {
    const found = migrationProblems(hypervisor.migration);
    problems.push(
      ...found.map(({ path, message }) => problem(['hypervisor', 'migration', ...path], message)),
    );
  }
  const positive: (readonly [path: readonly string[], text: string])[] = [
    [['negotiation', 'hold'], negotiation.hold],
    [['negotiation', 'bookingHorizon'], negotiation.bookingHorizon],
    [['manager', 'retryDelay'], manager.retryDelay],
    [['manager', 'assumedRepairTime'], manager.assumedRepairTime],
    [['faults', 'nodeMtbf'], faults.nodeMtbf],
    [['faults', 'nodeMttr'], faults.nodeMttr],
    [['faults', 'groupMtbf'], faults.groupMtbf],
    [['faults', 'groupMttr'], faults.groupMttr],
    [['faults', 'guestCrashMtbf'], faults.guestCrashMtbf],
    [['faults', 'guestHangMtbf'], faults.guestHangMtbf],
  ];
  for (const [name, { nodeMtbf, nodeMttr }] of Object.entries(faults.groups ?? {})) {
    positive.push([['faults', 'groups', name, 'nodeMtbf'], nodeMtbf]);
    positive.push([['faults', 'groups', name, 'nodeMttr'], nodeMttr]);
  }
  const { checkpoints, heartbeats } = hypervisor;
  const { traces } = hypervisor.guestLoad;
  if (traces !== undefined) positive.push([['hypervisor', 'guestLoad', 'traces', 'every'], traces.every]);
  if (checkpoints !== undefined) {
    positive.push([['hypervisor', 'checkpoints', 'every'], checkpoints.every]);
    problems.push(...checkSpread(checkpoints.restore, ['hypervisor', 'checkpoints', 'restore']));
  }
  if (hypervisor.standby !== undefined) {
    positive.push([['hypervisor', 'standby', 'every'], hypervisor.standby.every]);
    problems.push(...checkSpread(hypervisor.standby.boot, ['hypervisor', 'standby', 'boot']));
  }
  if (heartbeats !== undefined) positive.push([['hypervisor', 'heartbeats', 'every'], heartbeats.every]);
  for (const [path, text] of positive) {
    if (durationMs(text) === 0) problems.push(problem(path, 'expected more than 0s'));
  }
  return problems;
}

function checkCustomizer({ hypervisor: { customizer } }: ProviderFile): Problem[] {
  if (customizer === undefined) return [];
  const { library } = customizer;
  const at = ['hypervisor', 'customizer'];
  const features = Object.keys(customizer.features);
  const templates = Object.keys(customizer.templates);
  const ofTemplates = Object.entries(customizer.templates).flatMap(([template, names]) =>
    names.flatMap((name, position) =>
      features.includes(name)
        ? []
        : [
            problem(
              [...at, 'templates', template, position],
              `there is no feature "${name}"${suggestion(name, features)}`,
            ),
          ],
    ),
  );
  const ofLibrary = library.flatMap((name, position) =>
    templates.includes(name)
      ? []
      : [
          problem(
            [...at, 'library', position],
            `there is no template "${name}" among hypervisor.customizer.templates${suggestion(name, templates)}`,
          ),
        ],
  );
  return [...ofTemplates, ...ofLibrary];
}

/** Who says which nodes stay on would never be asked. */
function checkProvisioning({ hypervisor, policies: { provisioning } }: ProviderFile): Problem[] {
  if (hypervisor.standby !== undefined || typeof provisioning === 'string') return [];
  if ('name' in provisioning && provisioning.name === defaultPolicyName('provisioning')) return [];
  const message = 'says which nodes stay on, and none is ever switched off; set hypervisor.standby';
  return [problem(['policies', 'provisioning'], message)];
}

function checkRules({ durations = [], leadTime }: ProviderFile['negotiation']): Problem[] {
  const problems: Problem[] = [];
  if (leadTime !== undefined && durationMs(leadTime.min) > durationMs(leadTime.max))
    problems.push(problem(['negotiation', 'leadTime'], 'min is longer than max'));
  let beforeMs = 0;
  for (const [index, { step, upTo }] of durations.entries()) {
    const path = ['negotiation', 'durations', index];
    if (durationMs(step) === 0) problems.push(problem([...path, 'step'], 'expected more than 0s'));
    if (durationMs(upTo) < durationMs(step)) problems.push(problem([...path, 'upTo'], 'is less than step'));
    else if (durationMs(upTo) <= beforeMs)
      problems.push(problem([...path, 'upTo'], 'is not longer than that of the entry before'));
    beforeMs = durationMs(upTo);
  }
  return problems;
}

function checkFaults({ faults }: ProviderFile, { nodes }: ClusterSpec): Problem[] {
  const groups = [...new Set(nodes.map(({ group }) => group))];
  return [
    ...Object.keys(faults.groups ?? {}).flatMap((name) =>
      groups.includes(name)
        ? []
        : [
            {
              ...problem(
                ['faults', 'groups', name],
                `there is no group "${name}"${suggestion(name, groups)}`,
              ),
              atKey: true,
            },
          ],
    ),
    ...(faults.operationFailure < 1
      ? []
      : [problem(['faults', 'operationFailure'], 'expected less than 1: no VM could ever be removed again')]),
    ...(faults.bootFailure < 1
      ? []
      : [problem(['faults', 'bootFailure'], 'expected less than 1: no VM would ever run')]),
  ];
}

const SPREAD_KEYS = ['create', 'start', 'stop', 'reboot', 'suspend', 'resume', 'migrate', 'destroy'] as const;

/** A spread goes from the shorter to the longer. */
export function checkSpread(spread: SpreadText, path: readonly PathPart[]): Problem[] {
  const { minMs, maxMs, quantilesMs = [] } = spreadMs(spread);
  const falling = quantilesMs.findIndex((ms, index) => index > 0 && ms < quantilesMs[index - 1]!);
  if (falling > 0)
    return [problem([...path, 'quantiles', falling], 'expected no less than the quantile before')];
  return minMs > maxMs ? [problem(path, 'min is longer than max')] : [];
}

export function problem(path: readonly PathPart[], message: string): Problem {
  return { path, message };
}
