// Looks at a pool with the eyes of an OpenPEX service: what it needs, whether it is there, and what to do where it is not. Changes
// nothing in the pool.
import type { Finding, HypervisorLog } from '../definition.ts';
import { problemsOfSettings } from './check-settings.ts';
import { PoolConnection } from './connection.ts';
import { memoryForGuests, overheadIn } from './discover-cluster.ts';
import { PoolFailure } from './pool-error.ts';
import { diskStorageOf, type PoolSurvey, readSurvey } from './pool-survey.ts';
import { fieldsOf, readAll, readRecord, reference, text, textMap, texts, type VmRecord } from './records.ts';
import { findTemplates } from './templates.ts';
import { isOfOpenPex } from './vm-identity.ts';
import type { XenSettings } from './xen-settings.ts';

const GIB = 2 ** 30;
const TOLERATED_CLOCK_MS = 5_000;
const NO_OBJECT = 'OpaqueRef:NULL';

/** Everything that a service calls beside getters. */
const METHODS = [
  'event.from',
  'event.inject',
  'message.get',
  'task.cancel',
  'task.destroy',
  'VM.get_all_records',
  'VM.set_other_config',
  'VM.set_name_description',
  'VM.set_VCPUs_max',
  'VM.set_VCPUs_at_startup',
  'VM.set_memory_limits',
  'VM.set_actions_after_crash',
  ...['clone', 'copy', 'provision', 'destroy', 'start_on', 'unpause', 'clean_shutdown', 'hard_shutdown'].map(
    asTask,
  ),
  ...['clean_reboot', 'hard_reboot', 'suspend', 'resume_on', 'pool_migrate'].map(asTask),
  'VDI.set_other_config',
  'VDI.set_name_label',
  'VDI.resize',
  'Async.VDI.destroy',
  'VIF.create',
  'VIF.destroy',
];

function asTask(verb: string): string {
  return `Async.VM.${verb}`;
}

/** What is asked for with a reference to nothing: who may not do it is told so, who may is told that there is nothing. */
const RIGHTS: readonly (readonly [method: string, ...args: unknown[]])[] = [
  ['VM.clone', NO_OBJECT, 'openpex doctor'],
  ['VM.start_on', NO_OBJECT, NO_OBJECT, false, false],
  ['VM.pool_migrate', NO_OBJECT, NO_OBJECT, {}],
  ['VM.hard_shutdown', NO_OBJECT],
  ['VM.destroy', NO_OBJECT],
  ['VDI.destroy', NO_OBJECT],
  ['VIF.destroy', NO_OBJECT],
];
const RIGHT_TO_RESET = ['VM.power_state_reset', NO_OBJECT] as const;

/** @throws PoolUnreachable, PoolFailure when the pool cannot be entered */
export async function examinePool(settings: XenSettings, log: HypervisorLog): Promise<Finding[]> {
  const connection = await PoolConnection.open({ settings, log, withoutEvents: true });
  try {
    const survey = await readSurvey(connection);
    return [
      ...accessFindings(settings),
      ...(await versionFindings(connection, survey)),
      ...(await rightFindings(connection, settings)),
      ...hostFindings(survey, settings),
      ...(await clockFindings(connection, survey)),
      ...storageFindings(survey, settings),
      ...(await templateFindings(connection, survey, settings)),
      ...(await networkFindings(connection, survey, settings)),
      ...(await guestFindings(connection, survey)),
      ...(await availabilityFindings(connection, settings)),
    ];
  } finally {
    await connection.close();
  }
}

function accessFindings({ allowUnauthorized, url, user }: XenSettings): Finding[] {
  if (url.startsWith('http:'))
    return [
      warning(
        'access',
        `${user} at ${url}: the password goes over the wire as it is; use https:// outside this machine`,
      ),
    ];
  return allowUnauthorized
    ? [
        warning(
          'access',
          `${user} at ${url}: any certificate is taken; name the pool's in NODE_EXTRA_CA_CERTS instead`,
        ),
      ]
    : [ok('access', `${user} at ${url}, with a certificate that is trusted`)];
}

async function versionFindings(
  connection: PoolConnection,
  { hosts, poolName }: PoolSurvey,
): Promise<Finding[]> {
  const versions = [
    ...new Set(
      hosts.map(
        ({ software }) => `${software['product_brand'] ?? 'Xen'} ${software['product_version'] ?? '?'}`,
      ),
    ),
  ];
  const known = new Set(texts(await connection.call('system.listMethods')));
  const missing = METHODS.filter((method) => !known.has(method));
  const name = `pool "${poolName}", ${versions.join(' and ')}`;
  if (missing.length > 0)
    return [problem('version', `${name} does not know ${missing.join(', ')}; upgrade it`)];
  return versions.length > 1
    ? [warning('version', `${name}: finish the upgrade, VMs cannot move to older hosts`)]
    : [ok('version', `${name}, knows every call that is needed`)];
}

async function rightFindings(
  connection: PoolConnection,
  { resetLostVms, user }: XenSettings,
): Promise<Finding[]> {
  const denied: string[] = [];
  for (const [method, ...args] of resetLostVms ? [...RIGHTS, RIGHT_TO_RESET] : RIGHTS) {
    try {
      await connection.call(method, ...args);
    } catch (error) {
      if (!(error instanceof PoolFailure)) throw error;
      if (error.code === 'RBAC_PERMISSION_DENIED') denied.push(method);
    }
  }
  if (denied.length === 0) return [ok('rights', `${user} may do all that is needed`)];
  const role = resetLostVms ? 'pool-operator (or vm-power-admin without resetLostVms)' : 'vm-power-admin';
  return [problem('rights', `${user} may not ${denied.join(', ')}; give the role ${role}`)];
}

function hostFindings(survey: PoolSurvey, settings: XenSettings): Finding[] {
  const { hosts, vms } = survey;
  return hosts.map((host) => {
    const { cpus, isEnabled, isLive, name, ref } = host;
    if (!isLive) return problem('host', `${name} does not answer; start it, or declare it dead`);
    if (!isEnabled) return problem('host', `${name} is in maintenance; enable it, or drain it in OpenPEX`);
    const strangers = vms.filter((vm) => vm.residentOn === ref && !vm.isControlDomain && !isOfOpenPex(vm));
    const size = `${cpus} CPUs, ${memoryForGuests(host, overheadIn(survey, settings))} MiB for guests`;
    return strangers.length === 0
      ? ok('host', `${name}: ${size}`)
      : warning(
          'host',
          `${name}: ${size}, but VMs of others run there (${strangers.map((vm) => vm.name).join(', ')}); move them, or configure the cluster with what they leave`,
        );
  });
}

async function clockFindings(connection: PoolConnection, { hosts }: PoolSurvey): Promise<Finding[]> {
  const findings: Finding[] = [];
  let worstMs = 0;
  for (const { isLive, name, ref } of hosts) {
    if (!isLive) continue;
    const askedMs = Date.now();
    const serverMs = instantOf(text(await connection.call('host.get_servertime', ref)));
    // Whole seconds: the answer is up to one behind.
    const offMs = Math.abs(serverMs + 500 - (askedMs + Date.now()) / 2);
    worstMs = Math.max(worstMs, offMs);
    if (!(offMs < TOLERATED_CLOCK_MS))
      findings.push(
        problem(
          'clock',
          `${name} differs from this machine by ${Math.round(offMs / 1000)} s; let both follow NTP`,
        ),
      );
  }
  return findings.length > 0
    ? findings
    : [ok('clock', `hosts and this machine agree within ${Math.ceil(worstMs / 1000)} s`)];
}

/** `20240101T12:00:00Z` */
function instantOf(time: string): number {
  return Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T/, '$1-$2-$3T'));
}

function storageFindings(survey: PoolSurvey, settings: XenSettings): Finding[] {
  const storage = diskStorageOf(survey, settings);
  const unfit = problemsOfSettings(survey, settings).filter(({ path }) => path[1] === 'storageRepository');
  if (storage === undefined) return unfit.map(({ message }) => problem('storage', message));
  const { attachedHosts, isShared, name, sizeBytes, usedBytes } = storage;
  const findings: Finding[] = [];
  if (!isShared)
    findings.push(
      problem(
        'storage',
        `"${name}" belongs to one host, so VMs cannot start or move elsewhere; use shared storage (NFS, iSCSI, …)`,
      ),
    );
  const cutOff = survey.hosts.filter(({ ref }) => !attachedHosts.includes(ref)).map((host) => host.name);
  if (isShared && cutOff.length > 0)
    findings.push(
      problem('storage', `"${name}" is not attached to ${cutOff.join(', ')}; plug its PBD there`),
    );
  const free = Math.floor((sizeBytes - usedBytes) / GIB);
  if (findings.length === 0)
    findings.push(ok('storage', `"${name}": shared, attached everywhere, ${free} GiB free`));
  if (survey.suspendStorage === undefined)
    findings.push(
      warning(
        'storage',
        'no storage for suspend images, so VMs cannot be suspended; set the pool’s suspend-image-SR',
      ),
    );
  return findings;
}

async function templateFindings(
  connection: PoolConnection,
  survey: PoolSurvey,
  settings: XenSettings,
): Promise<Finding[]> {
  const templates = findTemplates(survey.vms, settings.templates);
  if (templates.length === 0) {
    const unfit = problemsOfSettings(survey, settings).filter(({ path }) => path[1] === 'templates');
    return unfit.map(({ message }) => problem('template', message));
  }
  const findings: Finding[] = [];
  for (const { name, uuid } of templates) {
    const vm = survey.vms.find((record) => record.uuid === uuid);
    if (vm === undefined) continue;
    const hasDisk = 'disks' in vm.otherConfig || (await diskSrs(connection, vm)).length > 0;
    if (!hasDisk)
      findings.push(problem('template', `"${name}" has no disk to boot from; install a guest in it`));
    else if (vm.vifs.length === 0 && settings.network === undefined)
      findings.push(warning('template', `"${name}" has no network card; add one, or set xen.network`));
    else findings.push(ok('template', `"${name}"`));
    const local = survey.storage.filter(({ isShared }) => !isShared).map(({ ref }) => ref);
    if ((await diskSrs(connection, vm)).some((sr) => local.includes(sr)))
      findings.push(
        problem('template', `"${name}" has a disk on storage of one host; move it to shared storage`),
      );
  }
  return findings;
}

async function diskSrs(connection: PoolConnection, { vbds }: VmRecord): Promise<string[]> {
  const srs: string[] = [];
  for (const ref of vbds) {
    const vbd = fieldsOf(await readRecord(connection, 'VBD', ref));
    const vdi = text(vbd['type']) === 'Disk' ? reference(vbd['VDI']) : undefined;
    const sr =
      vdi === undefined ? undefined : reference(fieldsOf(await readRecord(connection, 'VDI', vdi))['SR']);
    if (sr !== undefined) srs.push(sr);
  }
  return srs;
}

async function networkFindings(
  connection: PoolConnection,
  survey: PoolSurvey,
  settings: XenSettings,
): Promise<Finding[]> {
  const unfit = problemsOfSettings(survey, settings).filter(({ path }) => path[1] === 'network');
  if (unfit.length > 0) return unfit.map(({ message }) => problem('network', message));
  const used = new Set<string>();
  const named = survey.networks.find(
    ({ name, uuid }) => name === settings.network || uuid === settings.network,
  );
  if (named !== undefined) used.add(named.ref);
  for (const { uuid } of findTemplates(survey.vms, settings.templates)) {
    for (const vif of survey.vms.find((vm) => vm.uuid === uuid)?.vifs ?? []) {
      const network = reference(fieldsOf(await readRecord(connection, 'VIF', vif))['network']);
      if (network !== undefined && named === undefined) used.add(network);
    }
  }
  const cards = [...(await readAll(connection, 'PIF')).values()];
  return survey.networks
    .filter(({ ref }) => used.has(ref))
    .map(({ name, ref }) => {
      const reached = cards.filter((card) => text(card['network']) === ref).map((card) => text(card['host']));
      const missing = survey.hosts.filter((host) => !reached.includes(host.ref)).map((host) => host.name);
      if (reached.length === 0)
        return warning(
          'network',
          `"${name}" has no card on any host: VMs reach only those on their own host`,
        );
      return missing.length === 0
        ? ok('network', `"${name}" on every host`)
        : problem('network', `"${name}" is not on ${missing.join(', ')}, so VMs cannot run there; add it`);
    });
}

async function guestFindings(connection: PoolConnection, { vms }: PoolSurvey): Promise<Finding[]> {
  const guests = vms.filter((vm) => vm.powerState === 'Running' && isOfOpenPex(vm));
  if (guests.length === 0)
    return [
      ok('guests', 'no VM of OpenPEX runs yet; their addresses are told by guest tools in the templates'),
    ];
  const silent: string[] = [];
  for (const { guestMetrics, name } of guests) {
    const metrics =
      guestMetrics === undefined ? undefined : await readRecord(connection, 'VM_guest_metrics', guestMetrics);
    if (Object.keys(textMap(metrics?.['networks'])).length === 0) silent.push(name);
  }
  return silent.length === 0
    ? [ok('guests', `all ${guests.length} running VMs of OpenPEX tell their addresses`)]
    : [
        warning(
          'guests',
          `${silent.length} of ${guests.length} running VMs tell no address (${silent.slice(0, 3).join(', ')}); install guest tools in their template`,
        ),
      ];
}

async function availabilityFindings(
  connection: PoolConnection,
  { resetLostVms }: XenSettings,
): Promise<Finding[]> {
  const [pool] = (await readAll(connection, 'pool')).values();
  if (pool?.['ha_enabled'] === true) return [ok('lost hosts', 'high availability fences them')];
  return resetLostVms
    ? [
        warning(
          'lost hosts',
          'their VMs are declared halted without proof; be sure that such a host is off (resetLostVms)',
        ),
      ]
    : [
        warning(
          'lost hosts',
          'without HA their VMs start elsewhere only after xe host-declare-dead, or when the host is back',
        ),
      ];
}

function ok(subject: string, message: string): Finding {
  return { level: 'ok', subject, message };
}

function warning(subject: string, message: string): Finding {
  return { level: 'warning', subject, message };
}

function problem(subject: string, message: string): Finding {
  return { level: 'problem', subject, message };
}
