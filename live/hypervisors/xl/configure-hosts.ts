// The settings of Xen hosts as they are written, checked against the hosts that they name, and what only these can tell: what they have.
import type { LimitsOfNodes } from '../../../scenarios/schema/cluster.ts';
import type { Configuration, ConfiguredHypervisor, Finding } from '../definition.ts';
import { examineHosts } from './doctor.ts';
import { cpusOf, type HostSurvey, memoryForGuests, surveyHost } from './host-survey.ts';
import { HostUnreachable } from './xl-error.ts';
import { XlHost } from './xl-host.ts';
import { XlHypervisor } from './xl-hypervisor.ts';
import { problemsOfSection, type XlSection, xlSettings } from './xl-section.ts';
import type { XlPace, XlSettings } from './xl-settings.ts';

/**
 * Visits the hosts when the configuration has no cluster.
 * @throws InputError PEX_CONFIG_INVALID naming the setting to change
 */
export async function configureHosts(
  section: XlSection,
  configuration: Configuration,
  pace: XlPace,
): Promise<ConfiguredHypervisor> {
  const { document } = configuration;
  const settings = readSettings(section, configuration, pace);
  if (settings.templates.length === 0)
    throw document.error('PEX_CONFIG_INVALID', [
      { path: ['xl', 'templates'], message: 'expected at least one template; docs/xl.md shows some' },
    ]);
  const surveys = document.get(['cluster']) === undefined ? await surveyAll(settings, configuration) : [];
  const known = new Set(settings.hosts.map(({ nodeId }) => nodeId));
  return {
    ...(surveys.length === 0
      ? {}
      : { discovered: { cluster: clusterOf(surveys, settings), origin: 'the hosts of xl.hosts' } }),
    limitsOf: (nodeIds) => limitsOf(nodeIds, surveys, settings),
    templates: settings.templates.map(({ cloudInit, description, name }) => ({
      name,
      description,
      ...(cloudInit !== undefined && { login: cloudInit.user }),
    })),
    problemsOfNodes: (nodeIds) =>
      nodeIds
        .filter((nodeId) => !known.has(nodeId))
        .map((nodeId) => ({
          path: ['cluster'],
          message: `expected nodes that are among xl.hosts (${[...known].join(', ')}), found "${nodeId}"`,
        })),
    open: (parts) => XlHypervisor.open(settings, parts),
  };
}

/** @throws InputError PEX_CONFIG_INVALID when no host can be reached */
export async function examineConfiguredHosts(
  section: XlSection,
  configuration: Configuration,
  pace: XlPace,
): Promise<readonly Finding[]> {
  const settings = readSettings(section, configuration, pace);
  const { findings, isReached, reason } = await examineHosts(settings);
  if (isReached) return findings;
  throw configuration.document.error('PEX_CONFIG_INVALID', [
    { path: ['xl', 'hosts'], message: reason ?? 'no host answers' },
  ]);
}

/** Without a visit. */
function readSettings(section: XlSection, { document }: Configuration, pace: XlPace): XlSettings {
  const problems = problemsOfSection(section).map(({ message, path }) => ({
    path: ['xl', ...path],
    message,
  }));
  if (problems.length > 0) throw document.error('PEX_CONFIG_INVALID', problems);
  return xlSettings(section, pace);
}

async function surveyAll(settings: XlSettings, { document }: Configuration): Promise<HostSurvey[]> {
  const results = await Promise.allSettled(
    settings.hosts.map(async (settingsOfHost) => {
      const host = new XlHost({ host: settingsOfHost, settings, daemon: undefined });
      try {
        return await surveyHost(host, settings);
      } finally {
        await host.close();
      }
    }),
  );
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  const problems = results.flatMap((result, index) => {
    const path = ['xl', 'hosts', index];
    if (result.status === 'fulfilled') {
      const { nodeId, xlFailure } = result.value;
      return xlFailure === undefined
        ? []
        : [{ path, message: `xl does not work on ${nodeId}: ${xlFailure}; openpex xl doctor says more` }];
    }
    const { reason } = result;
    const advice = isUnreachable(reason)
      ? '; bring it back, or write what it has into `cluster`: then a service starts without it'
      : '';
    return [{ path, message: `${reason instanceof Error ? reason.message : String(reason)}${advice}` }];
  });
  if (problems.length > 0) {
    // As long as something needs a person, trying again is of no use.
    const mayPass = reasons.length === problems.length && reasons.every(isUnreachable);
    throw document.error(mayPass ? 'PEX_HYPERVISOR_AWAY' : 'PEX_CONFIG_INVALID', problems);
  }
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

/** What hosts cannot do: each has a storage of its own, unless it is shared; Xen of some builds moves no PV guests. */
function limitsOf(
  nodeIds: readonly string[],
  surveys: readonly HostSurvey[],
  { storage, templates }: XlSettings,
): LimitsOfNodes[] {
  if (storage.kind !== 'shared') return nodeIds.map((nodeId) => ({ of: [nodeId], storage: nodeId }));
  const unable = surveys.filter(
    ({ capabilities: { movesHvm, movesPv } }) =>
      !templates.some(({ type }) => (type === 'pv' ? movesPv : movesHvm)),
  );
  const of = unable.map(({ nodeId }) => nodeId).filter((nodeId) => nodeIds.includes(nodeId));
  return of.length === 0 ? [] : [{ of, liveMigration: false }];
}

/** In the words of a scenario; hosts that are alike are one group. */
function clusterOf(surveys: readonly HostSurvey[], { storage }: XlSettings): object {
  const groups = new Map<string, { names: string[]; cpus: number; memoryMib: number; diskGib?: number }>();
  for (const survey of surveys) {
    const cpus = cpusOf(survey);
    const memoryMib = memoryForGuests(survey);
    const diskGib = Math.floor((survey.folders[1]?.freeMib ?? 0) / 1024);
    const own = storage.kind === 'file' ? { diskGib } : {};
    const key = JSON.stringify([cpus, memoryMib, own]);
    const group = groups.get(key) ?? { names: [], cpus, memoryMib, ...own };
    group.names.push(survey.nodeId);
    groups.set(key, group);
  }
  const sharedMib = Math.min(...surveys.map(({ folders }) => folders[1]?.freeMib ?? 0));
  return {
    nodes: [...groups.values()].map((group, index) => ({
      group: groups.size === 1 ? 'xen' : `xen-${index + 1}`,
      ...group,
    })),
    ...(storage.kind === 'shared' ? { sharedDiskGib: Math.floor(sharedMib / 1024) } : {}),
  };
}

function isUnreachable(reason: unknown): boolean {
  return reason instanceof HostUnreachable;
}
