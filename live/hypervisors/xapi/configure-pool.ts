// The settings of a pool as they are written, checked against the pool that they name, and what only the pool can tell: its hosts as a
// cluster, its templates.
import { InputError } from '../../../written/input-error.ts';
import { expandVariables } from '../../../written/variables.ts';
import { problemOfConsole } from '../console.ts';
import type { Configuration, ConfiguredHypervisor, Finding, HypervisorLog } from '../definition.ts';
import {
  codeOf,
  problemOfAccess,
  problemsOfHosts,
  problemsOfNodes,
  problemsOfSettings,
} from './check-settings.ts';
import { discoverCluster, limitsOf } from './discover-cluster.ts';
import { examinePool } from './doctor.ts';
import { openPool } from './open-pool.ts';
import { surveyPool } from './pool-survey.ts';
import { findTemplates } from './templates.ts';
import { type XenSection, xenSettings } from './xen-section.ts';
import type { XenPace, XenSettings } from './xen-settings.ts';

/**
 * Visits the pool.
 * @throws InputError PEX_CONFIG_INVALID naming the setting to change, PEX_ENVIRONMENT
 */
export async function configurePool(
  section: XenSection,
  configuration: Configuration,
  pace: XenPace,
): Promise<ConfiguredHypervisor> {
  const settings = readSettings(section, configuration, pace);
  const survey = await inWordsOfSettings(settings, configuration, (log) => surveyPool(settings, log));
  const isDiscovered = configuration.document.get(['cluster']) === undefined;
  const problems = [
    ...problemsOfSettings(survey, settings),
    ...(isDiscovered ? problemsOfHosts(survey) : []),
  ];
  if (problems.length > 0) throw configuration.document.error('PEX_CONFIG_INVALID', problems);
  return {
    discovered: { cluster: discoverCluster(survey, settings), origin: settings.url },
    templates: findTemplates(survey.vms, settings.templates).map(({ description, name }) => ({
      name,
      description,
    })),
    limitsOf: (nodeIds) => limitsOf(nodeIds, survey, settings),
    problemsOfNodes: (nodeIds) => problemsOfNodes(nodeIds, survey, settings),
    open: (parts) => openPool(settings, parts),
  };
}

/** @throws InputError PEX_CONFIG_INVALID when the pool cannot be entered, PEX_ENVIRONMENT */
export function examineConfiguredPool(
  section: XenSection,
  configuration: Configuration,
  pace: XenPace,
): Promise<Finding[]> {
  const settings = readSettings(section, configuration, pace);
  return inWordsOfSettings(settings, configuration, (log) => examinePool(settings, log));
}

/** Without a visit. @throws InputError PEX_CONFIG_INVALID, PEX_ENVIRONMENT */
function readSettings(section: XenSection, configuration: Configuration, pace: XenPace): XenSettings {
  const message = section.console === undefined ? undefined : problemOfConsole(section.console);
  if (message !== undefined)
    throw configuration.document.error('PEX_CONFIG_INVALID', [{ path: ['xen', 'console'], message }]);
  const access = {
    url: readUrl(section.url, configuration),
    password: readPassword(section, configuration),
  };
  return xenSettings(section, access, pace);
}

/** Looks at a pool. @throws InputError naming the setting to change when it cannot be entered, PEX_HYPERVISOR_AWAY when it cannot be reached */
async function inWordsOfSettings<R>(
  settings: XenSettings,
  { document }: Configuration,
  look: (log: HypervisorLog) => Promise<R>,
): Promise<R> {
  try {
    return await look(SILENT);
  } catch (error) {
    const problem = problemOfAccess(error, settings);
    if (problem === undefined) throw error;
    throw new InputError(codeOf(problem), problem.message, document.placeOf(problem.path), { cause: error });
  }
}

function readUrl(written: string, { document }: Configuration): string {
  const text = written.includes('://') ? written : `https://${written}`;
  const place = document.placeOf(['xen', 'url']);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '')
    throw new InputError(
      'PEX_CONFIG_INVALID',
      `expected the address of a pool, such as https://xen1.example.org, found ${JSON.stringify(written)}`,
      place,
    );
  if (url.username !== '' || url.password !== '')
    throw new InputError(
      'PEX_CONFIG_INVALID',
      'expected no user and password in the address: they belong in xen.user and OPENPEX_XEN_PASSWORD',
      place,
    );
  return url.origin;
}

function readPassword({ password }: XenSection, { document, env }: Configuration): string {
  if (password !== undefined) return expandVariables(password, env, document.placeOf(['xen', 'password']));
  const given = env['OPENPEX_XEN_PASSWORD'];
  if (given !== undefined && given !== '') return given;
  throw new InputError(
    'PEX_CONFIG_INVALID',
    'the pool needs a password: set the environment variable OPENPEX_XEN_PASSWORD, or xen.password',
    document.placeOf(['xen']),
  );
}

const SILENT = { info: () => undefined, warn: () => undefined };
