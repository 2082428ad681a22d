// From a configuration file to what the daemon needs: checked, completed, paths and secrets resolved.
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { ClusterSpec } from '../../engine/index.ts';
import { loadServedProvider, type ServedProvider } from '../../scenarios/load/served-provider.ts';
import { WrittenDocument } from '../../written/document.ts';
import { durationMs } from '../../written/duration.ts';
import { InputError } from '../../written/input-error.ts';
import { suggestion } from '../../written/suggestion.ts';
import { type Environment, expandVariables } from '../../written/variables.ts';
import { complete, findProblems, type Problem } from '../../written/written-value.ts';
import { yamlText } from '../../written/yaml-text.ts';
import type { ApprovalSettings } from '../approval-settings.ts';
import { HYPERVISORS, type HypervisorCatalogue } from '../hypervisors/catalogue.ts';
import type { ConfiguredHypervisor, HypervisorDefinition } from '../hypervisors/definition.ts';
import type { OidcSettings } from '../oidc-settings.ts';
import type { PartnerSettings } from '../partner-settings.ts';
import type { Quota, TemplateRecord } from '../records.ts';
import {
  type Asked,
  askedHypervisor,
  hypervisorOptions,
  setFlags,
  writtenHypervisor,
} from './choose-hypervisor.ts';
import { type LiveFile, liveFile } from './live-file.ts';

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
  /** @see docs/ec2.md */
  readonly ec2: { readonly serve: boolean; readonly lastingMs: number };
  /** Undefined: everything stays in the database. */
  readonly retention: { readonly keepMs: number; readonly directory: string } | undefined;
  readonly notifications: {
    /** With its secrets: never to be logged. */
    readonly email: { readonly smtp: string; readonly from: string } | undefined;
    readonly webhooks: LiveFile['notifications']['webhooks'];
    /** Undefined: nobody is told anything. */
    readonly leads: { readonly offerExpiringMs: number; readonly endingSoonMs: number } | undefined;
  };
  readonly approval: ApprovalSettings | undefined;
  readonly oidc: OidcSettings | undefined;
  readonly partners: readonly PartnerSettings[];
  readonly lockMs: number;
  readonly auditKeepMs: number;
  readonly clockToleranceMs: number;
  readonly logLevel: LiveFile['log'];
  readonly shutdownGraceMs: number;
  readonly provider: ServedProvider;
  readonly hypervisor: { readonly isSimulated: boolean } & Pick<ConfiguredHypervisor, 'open'>;
  /** Says what would be done to VMs and does nothing. */
  readonly isDryRun: boolean;
}

/** Instead of what the file says. */
export interface ConfigOverrides extends Asked {
  readonly port?: number;
  readonly host?: string;
  readonly database?: string;
  readonly speed?: number;
  readonly dryRun?: boolean;
}

const MICROS = 1_000_000;

/** No other hypervisor is told to fetch an image: whoever creates a VM there finds what it is made of. */
function imageProblems(
  document: WrittenDocument,
  { isSimulated, name }: HypervisorDefinition,
  templates: LiveFile['templates'],
): Problem[] {
  if (document.get(['manager', 'images']) === undefined) return [];
  if (isSimulated === true) {
    const known = templates.map((template) => template.name);
    const sizes: unknown = document.get(['manager', 'images', 'sizes']);
    return Object.keys(Object(sizes))
      .filter((template) => !known.includes(template))
      .map((template) => ({
        path: ['manager', 'images', 'sizes', template],
        message: `there is no template "${template}"${suggestion(template, known)}; expected the name of one of templates`,
        atKey: true,
      }));
  }
  return [
    {
      path: ['manager', 'images'],
      message: `images are sent to simulated nodes only; leave it out with the hypervisor ${name}, which makes the disks of VMs of what is on its hosts or on a storage that they share`,
      atKey: true,
    },
  ];
}

const NO_REPLICAS = {
  path: ['manager', 'replicas'],
  message: 'replicas are simulated only: no hypervisor of a service is told to keep one',
  atKey: true,
};

/** Nothing tells a hypervisor which device of its node a VM is to have. */
function deviceProblems({ resources = [] }: ClusterSpec): Problem[] {
  return resources.flatMap((each) =>
    each.scope === 'node' && each.devices !== undefined
      ? [
          {
            path: ['resources', each.name, 'devices'],
            message:
              'is simulated only: a service gives no device of a node to a VM; leave it out, and they are an amount of the node',
            atKey: true,
          },
        ]
      : [],
  );
}

/** A service without a file: the testbed of the papers, with its database in the working directory. */
const BUILT_IN = 'cluster:\n  preset: openpex-2009\n';
/** The same on a hypervisor that knows its nodes. */
const BUILT_IN_WITHOUT_NODES = '{}\n';

/**
 * @param file undefined: the built-in configuration
 * @throws InputError with file, line, path, value and what was expected
 */
export async function loadConfig(
  file: string | undefined,
  overrides: ConfigOverrides,
  env: Environment,
  hypervisors: HypervisorCatalogue = HYPERVISORS,
): Promise<LiveConfig> {
  const asked = askedHypervisor(hypervisors, overrides);
  const document =
    file === undefined
      ? WrittenDocument.parse(
          asked?.knowsNodes === true ? BUILT_IN_WITHOUT_NODES : BUILT_IN,
          'the built-in configuration',
        )
      : await WrittenDocument.read(file);
  setFlags(hypervisors, overrides.flags ?? {}, document);
  if (overrides.host !== undefined) document.set(['listen', 'host'], overrides.host, '--host');
  if (overrides.port !== undefined) document.set(['listen', 'port'], overrides.port, '--port');
  if (overrides.speed !== undefined) document.set(['speed'], overrides.speed, '--speed');
  const entry = asked ?? writtenHypervisor(hypervisors, document);
  // What a guest of a real hypervisor leaves behind may be worth something.
  if (entry.isSimulated !== true && document.get(['manager', 'keepDisks']) === undefined)
    document.set(['manager', 'keepDisks'], '1h', `the hypervisor ${entry.name}`);
  const written = checked(document, liveFile(hypervisors), entry);
  const wrongImages = imageProblems(document, entry, written.templates);
  if (wrongImages.length > 0) throw document.error('PEX_CONFIG_INVALID', wrongImages);
  const hypervisor = await entry.configure(hypervisorOptions(entry, document), { document, env });
  const { discovered } = hypervisor;
  if (discovered !== undefined && document.get(['cluster']) === undefined)
    document.set(['cluster'], discovered.cluster, discovered.origin);
  if (document.get(['manager', 'replicas']) !== undefined)
    throw document.error('PEX_CONFIG_INVALID', [NO_REPLICAS]);
  const asWritten = await loadServedProvider(document, env);
  const nodeIds = asWritten.cluster.nodes.map(({ nodeId }) => nodeId);
  const problems = [...deviceProblems(asWritten.cluster), ...(hypervisor.problemsOfNodes?.(nodeIds) ?? [])];
  if (problems.length > 0) throw document.error('PEX_CONFIG_INVALID', problems);
  const limits = hypervisor.limitsOf?.(nodeIds) ?? [];
  const isAddedTo = limits.length > 0 && document.get(['cluster', 'limits']) === undefined;
  if (isAddedTo) document.set(['cluster', 'limits'], limits, `the hypervisor ${entry.name}`);
  const provider = isAddedTo ? await loadServedProvider(document, env) : asWritten;
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
    templates: hypervisor.templates ?? written.templates,
    registration: written.accounts.registration,
    startingBalanceMicros: Math.round(written.accounts.startingCredits * MICROS),
    quota: { ...written.accounts.quota, rolling: rollingOf(written, provider, document) },
    security: written.security,
    ec2: { serve: written.ec2.serve, lastingMs: durationMs(written.ec2.lasting) },
    retention: retentionOf(written, locate, document),
    notifications: notificationsOf(written, document, env),
    approval: approvalOf(written, document, env),
    oidc: oidcOf(written, document, env),
    partners: partnersOf(written, document, env),
    lockMs: durationMs(written.accounts.lock),
    auditKeepMs: durationMs(written.security.auditKeep),
    clockToleranceMs: durationMs(written.clockTolerance),
    logLevel: written.log,
    shutdownGraceMs: durationMs(written.shutdownGrace),
    provider,
    hypervisor: {
      isSimulated: entry.isSimulated === true,
      open: (parts) => hypervisor.open(parts),
    },
    isDryRun: overrides.dryRun === true,
  };
}

function checked(
  document: WrittenDocument,
  schema: ReturnType<typeof liveFile>,
  { isSimulated, knowsNodes, name }: HypervisorDefinition,
): LiveFile {
  const isFoundLater = knowsNodes === true && document.get(['cluster']) === undefined;
  const value = isFoundLater ? { cluster: NO_NODES } : {};
  const completed = complete(schema, { ...Object(document.value), ...value });
  const problems = findProblems(schema, completed);
  if (problems.length > 0) throw document.error('PEX_CONFIG_INVALID', problems);
  const written = completed as LiveFile;
  if (isSimulated !== true && written.speed !== 1)
    throw new InputError(
      'PEX_CONFIG_INVALID',
      `expected 1 with the hypervisor ${name}, whose VMs live in real time, found ${written.speed}`,
      document.placeOf(['speed']),
    );
  return written;
}

const NO_NODES = { nodes: [] };

const LONGEST_PERIOD_MS = 366 * 86_400_000;

function rollingOf(
  { accounts: { quota }, retention }: LiveFile,
  { cluster }: ServedProvider,
  document: WrittenDocument,
): Quota['rolling'] {
  const known = ['cpu', ...(cluster.resources ?? []).map(({ name }) => name)];
  const keepMs = durationMs(retention.keep);
  return quota.rolling.map(({ hours, of, per }, i) => {
    const wrong = (field: string, problem: string) =>
      new InputError(
        'PEX_CONFIG_INVALID',
        problem,
        document.placeOf(['accounts', 'quota', 'rolling', i, field]),
      );
    const periodMs = durationMs(per);
    if (!known.includes(of)) throw wrong('of', `expected one of ${known.join(', ')}, found "${of}"`);
    if (periodMs < 1 || periodMs > LONGEST_PERIOD_MS)
      throw wrong('per', `expected more than 0s and at most 366d, found "${per}"`);
    if (periodMs > keepMs)
      throw wrong(
        'per',
        `expected at most what retention.keep leaves to count, ${retention.keep}, found "${per}"`,
      );
    const isRepeated = quota.rolling
      .slice(0, i)
      .some((other) => other.of === of && durationMs(other.per) === periodMs);
    if (isRepeated) throw wrong('of', `expected one limit of ${of} in ${per}, found a second`);
    return { of, periodMs, hours };
  });
}

const SHORTEST_KEEP_MS = 3_600_000;

function retentionOf(
  { retention }: LiveFile,
  locate: (path: string) => string,
  document: WrittenDocument,
): LiveConfig['retention'] {
  const keepMs = durationMs(retention.keep);
  if (keepMs === Number.POSITIVE_INFINITY) return undefined;
  if (keepMs >= SHORTEST_KEEP_MS) return { keepMs, directory: resolve(locate(retention.archives)) };
  throw new InputError(
    'PEX_CONFIG_INVALID',
    `expected at least 1h, found "${retention.keep}"`,
    document.placeOf(['retention', 'keep']),
  );
}

function notificationsOf(
  { notifications: { email, endingSoon, offerExpiring, webhooks } }: LiveFile,
  document: WrittenDocument,
  env: Environment,
): LiveConfig['notifications'] {
  const isNobodyTold = email === undefined && webhooks === 'off';
  return {
    email: email && { ...email, smtp: smtpUrl(email.smtp, document, env) },
    webhooks,
    leads: isNobodyTold
      ? undefined
      : { offerExpiringMs: durationMs(offerExpiring), endingSoonMs: durationMs(endingSoon) },
  };
}

function approvalOf(
  { approval }: LiveFile,
  document: WrittenDocument,
  env: Environment,
): LiveConfig['approval'] {
  if (approval === undefined) return undefined;
  const { of, timeout, url, whenAway } = approval;
  const secret = expandVariables(approval.secret, env, document.placeOf(['approval', 'secret']));
  if (URL.canParse(url)) return { url, secret, of, timeoutMs: durationMs(timeout), whenAway };
  throw new InputError(
    'PEX_CONFIG_INVALID',
    `expected a URL, found "${url}"`,
    document.placeOf(['approval', 'url']),
  );
}

function partnersOf(
  { outsourcing, partners, speed }: LiveFile,
  document: WrittenDocument,
  env: Environment,
): readonly PartnerSettings[] {
  const names = partners.map(({ name }) => name);
  for (const [index, name] of (outsourcing?.partners ?? []).entries())
    if (!names.includes(name))
      throw new InputError(
        'PEX_CONFIG_INVALID',
        `there is no partner "${name}"${suggestion(name, names)}; expected the name of one of partners`,
        document.placeOf(['outsourcing', 'partners', index]),
      );
  if (outsourcing !== undefined && speed !== 1)
    throw new InputError(
      'PEX_CONFIG_INVALID',
      `expected 1 where others are bought of, which live in real time, found ${speed}`,
      document.placeOf(['speed']),
    );
  return partners.map(({ giveUpAfter, lookEvery, name, timeout, token, url }, index) => {
    const place = (field: string) => document.placeOf(['partners', index, field]);
    const timeoutMs = durationMs(timeout);
    if (!URL.canParse(url))
      throw new InputError('PEX_CONFIG_INVALID', `expected a URL, found "${url}"`, place('url'));
    if (timeoutMs < 1 || timeoutMs > LONGEST_ANSWER_MS)
      throw new InputError(
        'PEX_CONFIG_INVALID',
        `expected more than 0s and at most 15s, found "${timeout}"`,
        place('timeout'),
      );
    const lookEveryMs = durationMs(lookEvery);
    if (lookEveryMs < SHORTEST_LOOK_MS)
      throw new InputError(
        'PEX_CONFIG_INVALID',
        `expected at least 1s, found "${lookEvery}"`,
        place('lookEvery'),
      );
    if (partners.findIndex((other) => other.name === name) !== index)
      throw new InputError('PEX_CONFIG_INVALID', `a second partner is called "${name}"`, place('name'));
    return {
      name,
      url: url.replace(/\/+$/, ''),
      token: expandVariables(token, env, place('token')),
      timeoutMs,
      lookEveryMs,
      giveUpMs: durationMs(giveUpAfter),
    };
  });
}

const SHORTEST_LOOK_MS = 1_000;

/** Whoever asks gets an answer before their request is given up. */
const LONGEST_ANSWER_MS = 15_000;

function oidcOf(
  { login: { oidc } }: LiveFile,
  document: WrittenDocument,
  env: Environment,
): LiveConfig['oidc'] {
  if (oidc === undefined) return undefined;
  const { url: publicUrl, ...settings } = oidc;
  for (const field of ['issuer', 'url'] as const) {
    if (URL.canParse(oidc[field])) continue;
    const place = document.placeOf(['login', 'oidc', field]);
    throw new InputError('PEX_CONFIG_INVALID', `expected a URL, found "${oidc[field]}"`, place);
  }
  const place = document.placeOf(['login', 'oidc', 'clientSecret']);
  return { ...settings, publicUrl, clientSecret: expandVariables(oidc.clientSecret, env, place) };
}

function smtpUrl(written: string, document: WrittenDocument, env: Environment): string {
  const place = document.placeOf(['notifications', 'email', 'smtp']);
  const url = expandVariables(written, env, place);
  if (/^smtps?:\/\/[^/]/.test(url) && URL.canParse(url)) return url;
  // What was expanded may be a secret.
  throw new InputError(
    'PEX_CONFIG_INVALID',
    `expected smtp://HOST:PORT or smtps://…, found "${written}"`,
    place,
  );
}

/** The provider's settings: what `openpex replay` runs the recorded commands on. */
export function providerYaml({ provider }: LiveConfig): string {
  return yamlText(provider.resolved);
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
