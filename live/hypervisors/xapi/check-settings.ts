// The configuration against the pool that it names: each thing that does not fit, with the setting that has to change. Used when a
// service starts and by `openpex xen doctor`.
import { didYouMean } from '../../../written/suggestion.ts';
import { nodeIdOf } from './discover-cluster.ts';
import { causeCodeOf, isTlsCode, PoolFailure, PoolUnreachable } from './pool-error.ts';
import { diskStorageOf, type PoolSurvey } from './pool-survey.ts';
import { adviceOnTemplates, findTemplates } from './templates.ts';
import type { XenSettings } from './xen-settings.ts';

export interface SettingsProblem {
  /** In the `xen` section, or `cluster`. */
  readonly path: readonly string[];
  readonly message: string;
  /** Nobody has to change anything: the pool may only be late. */
  readonly mayPass?: true;
}

export function codeOf({ mayPass }: SettingsProblem): 'PEX_HYPERVISOR_AWAY' | 'PEX_CONFIG_INVALID' {
  return mayPass ? 'PEX_HYPERVISOR_AWAY' : 'PEX_CONFIG_INVALID';
}

/** Why a pool could not be reached or entered, in terms of what can be changed. */
export function problemOfAccess(error: unknown, { url, user }: XenSettings): SettingsProblem | undefined {
  if (error instanceof PoolFailure) {
    if (error.code === 'SESSION_AUTHENTICATION_FAILED')
      return {
        path: ['xen', 'password'],
        message: `the pool at ${url} does not accept user "${user}" with this password; set xen.user, and the password in OPENPEX_XEN_PASSWORD`,
      };
    if (error.code === 'RBAC_PERMISSION_DENIED')
      return {
        path: ['xen', 'user'],
        message: `user "${user}" may not do what is needed (${error.params[0] ?? error.message}); give it the role vm-power-admin or above, or set another xen.user`,
      };
    return { path: ['xen', 'url'], message: `the pool at ${url} refuses: ${error.message}` };
  }
  if (!(error instanceof PoolUnreachable)) return undefined;
  const code = causeCodeOf(error);
  if (code === 'EPROTO' || /wrong version number/i.test(error.message))
    return {
      path: ['xen', 'url'],
      message: `${url} does not speak TLS; for a pool over plain HTTP write http:// in xen.url`,
    };
  if (isTlsCode(code) || /certificate|altname/i.test(error.message))
    return {
      path: ['xen', 'allowUnauthorized'],
      message: `the certificate of ${url} is not trusted (${code ?? error.message}); name its PEM file in the environment variable NODE_EXTRA_CA_CERTS, or set xen.allowUnauthorized: true in a network that you trust`,
    };
  return {
    path: ['xen', 'url'],
    message: `nothing that speaks the Xen API answers at ${url} (${error.message}); is xen.url the address of a running member of the pool?`,
    mayPass: true,
  };
}

/** What the settings name and the pool does not have. */
export function problemsOfSettings(survey: PoolSurvey, settings: XenSettings): SettingsProblem[] {
  const problems: SettingsProblem[] = [];
  if (findTemplates(survey.vms, settings.templates).length === 0)
    problems.push({
      path: ['xen', 'templates'],
      message: `${adviceOnTemplates(survey.vms, settings.templates)}; make one (docs/xen.md), or change xen.templates`,
    });
  const { network, storageRepository } = settings;
  if (diskStorageOf(survey, settings) === undefined)
    problems.push({
      path: ['xen', 'storageRepository'],
      message:
        storageRepository === undefined
          ? 'the pool has no default storage repository; set one, or name one in xen.storageRepository'
          : `the pool has no storage repository "${storageRepository}"${meant(storageRepository, survey.storage)}; change xen.storageRepository`,
    });
  if (
    network !== undefined &&
    !survey.networks.some(({ name, uuid }) => name === network || uuid === network)
  )
    problems.push({
      path: ['xen', 'network'],
      message: `the pool has no network "${network}"${meant(network, survey.networks)}; change xen.network`,
    });
  const nodeIds = survey.hosts.map((host) => nodeIdOf(host, settings));
  const twice = nodeIds.find((nodeId, index) => nodeIds.indexOf(nodeId) < index);
  if (twice !== undefined)
    problems.push({
      path: ['xen', 'nodeNames'],
      message: `two hosts are called "${twice}"; rename one, or set xen.nodeNames: uuid`,
    });
  return problems;
}

/** Hosts that no node can be made of. */
export function problemsOfHosts({ hosts }: PoolSurvey): SettingsProblem[] {
  return hosts.flatMap(({ cpus, memoryBytes, name }) => {
    if (cpus > 0 && memoryBytes > 0) return [];
    const lacking = cpus > 0 ? 'memory' : 'CPUs';
    return {
      path: ['cluster'],
      message: `host "${name}" tells of no ${lacking}; start it, or restart its toolstack (xe-toolstack-restart), or name the nodes to use in cluster`,
    };
  });
}

/** Nodes of a configured cluster that are no hosts of the pool. */
export function problemsOfNodes(
  nodeIds: readonly string[],
  survey: PoolSurvey,
  settings: XenSettings,
): SettingsProblem[] {
  const hosts = survey.hosts.map((host) => nodeIdOf(host, settings));
  return nodeIds
    .filter((nodeId) => !hosts.includes(nodeId))
    .map((nodeId) => ({
      path: ['cluster'],
      message: `node "${nodeId}" is no host of the pool${didYouMean(nodeId, hosts) === undefined ? ` (hosts: ${hosts.join(', ')})` : ` (did you mean "${didYouMean(nodeId, hosts)}"?)`}; change cluster, or leave it out to have it discovered`,
    }));
}

function meant(name: string, known: readonly { readonly name: string }[]): string {
  const names = known.map((entry) => entry.name);
  const nearest = didYouMean(name, names);
  return nearest === undefined
    ? ` (it has: ${[...new Set(names)].join(', ')})`
    : ` (did you mean "${nearest}"?)`;
}
