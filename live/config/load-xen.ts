// The Xen side of a configuration: its settings checked against the pool that they name, and what only the pool can tell: its hosts
// as a cluster, its templates.

import type { WrittenDocument } from '../../written/document.ts';
import { InputError } from '../../written/input-error.ts';
import { type Environment, expandVariables } from '../../written/variables.ts';
import {
  problemOfAccess,
  problemsOfNodes,
  problemsOfSettings,
  type SettingsProblem,
} from '../hypervisors/xapi/check-settings.ts';
import { discoverCluster } from '../hypervisors/xapi/discover-cluster.ts';
import { type PoolSurvey, surveyPool } from '../hypervisors/xapi/pool-survey.ts';
import { findTemplates } from '../hypervisors/xapi/templates.ts';
import type { XenLog, XenSettings } from '../hypervisors/xapi/xen-settings.ts';
import type { TemplateRecord } from '../records.ts';
import { type XenSection, xenSettings } from './xen-section.ts';

export interface VisitedPool {
  readonly settings: XenSettings;
  readonly templates: readonly TemplateRecord[];
  readonly survey: PoolSurvey;
}

/**
 * Visits the pool, and lays its hosts over the document as `cluster` where that says nothing.
 * @throws InputError PEX_CONFIG_INVALID naming the setting to change
 */
export async function visitPool(
  section: XenSection,
  document: WrittenDocument,
  env: Environment,
): Promise<VisitedPool> {
  const settings = readXenSettings(section, document, env);
  const survey = await inWordsOfSettings(settings, document, (log) => surveyPool(settings, log));
  refuse(problemsOfSettings(survey, settings), document);
  if (document.get(['cluster']) === undefined)
    document.set(['cluster'], discoverCluster(survey, settings), settings.url);
  const templates = findTemplates(survey.vms, settings.templates);
  return { settings, survey, templates: templates.map(({ description, name }) => ({ name, description })) };
}

/** @throws InputError when a node of the cluster is no host of the pool */
export function checkNodes(
  nodeIds: readonly string[],
  { settings, survey }: VisitedPool,
  document: WrittenDocument,
): void {
  refuse(problemsOfNodes(nodeIds, survey, settings), document);
}

/** Without a visit. @throws InputError PEX_CONFIG_INVALID, PEX_ENVIRONMENT */
export function readXenSettings(
  section: XenSection,
  document: WrittenDocument,
  env: Environment,
): XenSettings {
  return xenSettings(section, {
    url: readUrl(section.url, document),
    password: readPassword(section, document, env),
  });
}

/** Looks at a pool. @throws InputError naming the setting to change when it cannot be reached or entered */
export async function inWordsOfSettings<R>(
  settings: XenSettings,
  document: WrittenDocument,
  look: (log: XenLog) => Promise<R>,
): Promise<R> {
  try {
    return await look(SILENT);
  } catch (error) {
    const problem = problemOfAccess(error, settings);
    if (problem === undefined) throw error;
    throw new InputError('PEX_CONFIG_INVALID', problem.message, document.placeOf(problem.path), {
      cause: error,
    });
  }
}

function refuse(problems: readonly SettingsProblem[], document: WrittenDocument): void {
  if (problems.length > 0) throw document.error('PEX_CONFIG_INVALID', problems);
}

function readUrl(written: string, document: WrittenDocument): string {
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

function readPassword({ password }: XenSection, document: WrittenDocument, env: Environment): string {
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
