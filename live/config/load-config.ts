// From a configuration file to what the daemon needs: checked, completed, paths and secrets resolved.
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { loadServedProvider, type ServedProvider } from '../../scenarios/load/served-provider.ts';
import { WrittenDocument } from '../../written/document.ts';
import { durationMs } from '../../written/duration.ts';
import { InputError } from '../../written/input-error.ts';
import { type Environment, expandVariables } from '../../written/variables.ts';
import { complete, findProblems } from '../../written/written-value.ts';
import type { XenSettings } from '../hypervisors/xapi/xen-settings.ts';
import type { Quota, TemplateRecord } from '../records.ts';
import { LiveFile } from './live-file.ts';
import { checkNodes, visitPool } from './load-xen.ts';

export interface LiveConfig {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly certificate: string; readonly key: string } | undefined;
  readonly trustProxy: readonly string[];
  /** With its secrets: never to be logged. */
  readonly databaseUrl: string;
  readonly speed: number;
  readonly templates: readonly TemplateRecord[];
  readonly registration: 'open' | 'closed';
  readonly startingBalanceMicros: number;
  readonly quota: Quota;
  readonly security: LiveFile['security'];
  readonly logLevel: LiveFile['log'];
  readonly shutdownGraceMs: number;
  readonly provider: ServedProvider;
  /** With its password: never to be logged. Undefined: nodes are simulated. */
  readonly xen: XenSettings | undefined;
  /** Says what would be done to the pool and does nothing. */
  readonly isDryRun: boolean;
}

/** Instead of what the file says. */
export interface ConfigOverrides {
  readonly port?: number;
  readonly host?: string;
  readonly database?: string;
  readonly speed?: number;
  /** Default: xen where there is a pool to reach. */
  readonly hypervisor?: 'simulated' | 'xen';
  /** Address of a Xen pool. */
  readonly pool?: string;
  readonly dryRun?: boolean;
}

const MICROS = 1_000_000;

/** A service without a file: the testbed of the papers, simulated, with its database in the working directory. */
const BUILT_IN = 'cluster:\n  preset: openpex-2009\n';
const BUILT_IN_XEN = '{}\n';

/**
 * @param file undefined: the built-in configuration
 * @throws InputError with file, line, path, value and what was expected
 */
export async function loadConfig(
  file: string | undefined,
  overrides: ConfigOverrides,
  env: Environment,
): Promise<LiveConfig> {
  const isForXen = overrides.pool !== undefined || overrides.hypervisor === 'xen';
  const document =
    file === undefined
      ? WrittenDocument.parse(isForXen ? BUILT_IN_XEN : BUILT_IN, 'the built-in configuration')
      : await WrittenDocument.read(file);
  if (overrides.pool !== undefined) document.set(['xen', 'url'], overrides.pool, '--pool');
  if (overrides.host !== undefined) document.set(['listen', 'host'], overrides.host, '--host');
  if (overrides.port !== undefined) document.set(['listen', 'port'], overrides.port, '--port');
  if (overrides.speed !== undefined) document.set(['speed'], overrides.speed, '--speed');
  const hypervisor = overrides.hypervisor ?? (document.get(['xen']) === undefined ? 'simulated' : 'xen');
  const written = checked(document, hypervisor === 'xen');
  checkHypervisor(hypervisor, written, overrides, document);
  const pool =
    hypervisor === 'xen' && written.xen !== undefined
      ? await visitPool(written.xen, document, env)
      : undefined;
  const provider = await loadServedProvider(document, env);
  if (pool !== undefined)
    checkNodes(
      provider.cluster.nodes.map(({ nodeId }) => nodeId),
      pool,
      document,
    );
  const base = file === undefined ? '.' : dirname(file);
  const locate = (path: string) => (isAbsolute(path) ? path : join(base, path));
  const { listen } = written;
  return {
    name: written.name,
    host: listen.host,
    port: listen.port,
    tls:
      listen.tls === undefined
        ? undefined
        : { certificate: locate(listen.tls.certificate), key: locate(listen.tls.key) },
    trustProxy: listen.trustProxy,
    databaseUrl: databaseUrl(overrides.database ?? env['OPENPEX_DATABASE'], written, base, document, env),
    speed: written.speed,
    templates: pool?.templates ?? written.templates,
    registration: written.accounts.registration,
    startingBalanceMicros: Math.round(written.accounts.startingCredits * MICROS),
    quota: written.accounts.quota,
    security: written.security,
    logLevel: written.log,
    shutdownGraceMs: durationMs(written.shutdownGrace),
    provider,
    xen: pool?.settings,
    isDryRun: overrides.dryRun === true,
  };
}

/** @param isClusterKnown the nodes need not be written: the pool has them */
function checked(document: WrittenDocument, isClusterKnown: boolean): LiveFile {
  const value = isClusterKnown && document.get(['cluster']) === undefined ? { cluster: NO_NODES } : {};
  const completed = complete(LiveFile, { ...Object(document.value), ...value });
  const problems = findProblems(LiveFile, completed);
  if (problems.length > 0) throw document.error('PEX_CONFIG_INVALID', problems);
  return completed as LiveFile;
}

const NO_NODES = { nodes: [] };

function checkHypervisor(
  hypervisor: 'simulated' | 'xen',
  { speed, xen }: LiveFile,
  { dryRun }: ConfigOverrides,
  document: WrittenDocument,
): void {
  if (hypervisor === 'simulated') {
    if (dryRun === true)
      throw new InputError(
        'PEX_USAGE',
        '--dry-run: simulated VMs need no rehearsal; it goes with --hypervisor xen',
      );
    return;
  }
  if (xen === undefined)
    throw new InputError(
      'PEX_CONFIG_INVALID',
      'the Xen hypervisor needs a pool: give its address with --pool, or write a section `xen` with its url',
      document.placeOf([]),
    );
  if (speed !== 1)
    throw new InputError(
      'PEX_CONFIG_INVALID',
      `expected 1 with a Xen pool, whose VMs live in real time, found ${speed}`,
      document.placeOf(['speed']),
    );
}

/** The provider's settings: what `openpex replay` runs the recorded commands on. */
export function providerYaml({ provider }: LiveConfig): string {
  return stringify(provider.resolved, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** A path that was given outside the file is relative to the working directory, one in the file to the file. */
function databaseUrl(
  outside: string | undefined,
  { database }: LiveFile,
  base: string,
  document: WrittenDocument,
  env: Environment,
): string {
  if (outside !== undefined && outside !== '') return outside;
  const expanded = expandVariables(database, env, document.placeOf(['database']));
  if (/^postgres(ql)?:/.test(expanded)) return expanded;
  const path = expanded.replace(/^sqlite:/, '');
  return `sqlite:${isAbsolute(path) ? path : resolve(base, path)}`;
}
