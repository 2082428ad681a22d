// Looks at a pool with the eyes of an OpenPEX service: what it needs, whether it is there, and what to do where it is not. Changes
// nothing in the pool.
import { MACHINE } from '../../host-timers.ts';
import type { Finding, HypervisorLog } from '../definition.ts';
import { problemsOfHosts, problemsOfSettings } from './check-settings.ts';
import { PoolConnection, withHost } from './connection.ts';
import { memoryForGuests, overheadIn } from './discover-cluster.ts';
import { READING_MS, readClock } from './load.ts';
import { PoolFailure } from './pool-error.ts';
import { diskStorageOf, type PoolSurvey, readSurvey, type StorageFacts } from './pool-survey.ts';
import {
  fieldsOf,
  integer,
  readAll,
  readRecord,
  reference,
  text,
  textMap,
  texts,
  type VmRecord,
} from './records.ts';
import { findTemplates } from './templates.ts';
import { isOfOpenPex } from './vm-identity.ts';
import type { XenSettings } from './xen-settings.ts';

const GIB = 2 ** 30;
const TOLERATED_CLOCK_MS = 5_000;
/** With a smaller share free a storage is nearly full. */
const SCARCE = 0.1;
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
  ...[
    'clone',
    'copy',
    'provision',
    'destroy',
    'start_on',
    'pause',
    'unpause',
    'clean_shutdown',
    'hard_shutdown',
  ].map(asTask),
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
  const connection = await PoolConnection.open({ settings, log, host: MACHINE, withoutEvents: true });
  try {
    const survey = await readSurvey(connection);
    return [
      ...accessFindings(settings),
      ...(await versionFindings(connection, survey)),
      ...(await rightFindings(connection, settings)),
      ...hostFindings(survey, settings),
      ...(await clockFindings(connection, survey, settings)),
      ...(await storageFindings(connection, survey, settings)),
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
    const [lack] = problemsOfHosts({ ...survey, hosts: [host] });
    if (lack !== undefined) return problem('host', lack.message);
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

/** Each host is asked itself. */
async function clockFindings(
  connection: PoolConnection,
  { hosts }: PoolSurvey,
  { allowUnauthorized, pace, url }: XenSettings,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  let worstMs = 0;
  for (const { address, isLive, name } of hosts) {
    if (!isLive) continue;
    const question = {
      transport: connection.transport,
      url: withHost(url, address),
      session: await connection.session(),
      allowUnauthorized,
      timeoutMs: pace.callTimeoutMs,
    };
    try {
      const askedMs = connection.time.timeOfDay();
      const readMs = await readClock(question);
      const isMs = (askedMs + connection.time.timeOfDay()) / 2;
      const offMs = Math.abs(readMs + READING_MS / 2 - isMs);
      worstMs = Math.max(worstMs, offMs);
      if (offMs > TOLERATED_CLOCK_MS + READING_MS / 2)
        findings.push(
          problem(
            'clock',
            `${name} differs from this machine by about ${Math.round(offMs / 1000)} s; let both follow NTP`,
          ),
        );
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      findings.push(
        warning('clock', `${name} could not be asked at ${question.url} (${reason}), nor will it tell loads`),
      );
    }
  }
  return findings.length > 0
    ? findings
    : [
        ok(
          'clock',
          `every host was asked and agrees with this machine within ${Math.ceil(worstMs / 1000)} s`,
        ),
      ];
}

async function storageFindings(
  connection: PoolConnection,
  survey: PoolSurvey,
  settings: XenSettings,
): Promise<Finding[]> {
  const storage = diskStorageOf(survey, settings);
  const unfit = problemsOfSettings(survey, settings).filter(({ path }) => path[1] === 'storageRepository');
  if (storage === undefined) return unfit.map(({ message }) => problem('storage', message));
  const { attachedHosts, isShared, name } = storage;
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
  findings.push(...roomFindings(storage, await largestDisk(connection, survey, settings)));
  if (findings.length === 0)
    findings.push(ok('storage', `"${name}": shared, attached everywhere, ${freeGib(storage)} GiB free`));
  return [...findings, ...suspendFindings(survey)];
}

/** @param need bytes that one more VM may come to take */
function roomFindings(storage: StorageFacts, need: number): Finding[] {
  const { name, sizeBytes, usedBytes } = storage;
  const free = sizeBytes - usedBytes;
  if (free < need)
    return [
      problem(
        'storage',
        `"${name}" is full: ${freeGib(storage)} GiB free, and one more VM may take ${Math.ceil(need / GIB)}; make room, or name another one in xen.storageRepository`,
      ),
    ];
  return free < SCARCE * sizeBytes
    ? [warning('storage', `"${name}" is nearly full: ${freeGib(storage)} GiB free; make room`)]
    : [];
}

function freeGib({ sizeBytes, usedBytes }: StorageFacts): number {
  return Math.floor((sizeBytes - usedBytes) / GIB);
}

function suspendFindings({ hosts, storage }: PoolSurvey): Finding[] {
  const without = hosts.filter(({ suspendStorage }) => !storage.some(({ ref }) => ref === suspendStorage));
  const used = new Set(hosts.map(({ suspendStorage }) => suspendStorage));
  const findings = [...used].flatMap((ref) => {
    const local = storage.find((each) => each.ref === ref && !each.isShared);
    if (local === undefined) return [];
    const there = hosts.filter(({ suspendStorage }) => suspendStorage === ref).map(({ name }) => name);
    return warning(
      'storage',
      `what is suspended on ${there.join(', ')} goes to "${local.name}", which one host alone has: it can be resumed there only, and waits when that host is lost; set a shared suspend-image-sr`,
    );
  });
  if (without.length > 0)
    findings.push(
      warning(
        'storage',
        `no storage for suspend images on ${without.map(({ name }) => name).join(', ')}, so VMs cannot be suspended there; set the pool’s suspend-image-SR`,
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
    const disks = await disksOf(connection, vm);
    if (disks.length === 0)
      findings.push(
        problem(
          'template',
          vm.isDefaultTemplate || DESCRIBED in vm.otherConfig
            ? `"${name}" comes with the server and makes an empty disk, which nothing boots from; install a guest in a VM of it, and make a template of that VM`
            : `"${name}" has no disk to boot from; install a guest in it`,
        ),
      );
    else if (vm.vifs.length === 0 && settings.network === undefined)
      findings.push(warning('template', `"${name}" has no network card; add one, or set xen.network`));
    else findings.push(ok('template', `"${name}"`));
    const local = survey.storage.filter(({ isShared }) => !isShared).map(({ ref }) => ref);
    if (disks.some(({ sr }) => local.includes(sr)))
      findings.push(
        problem('template', `"${name}" has a disk on storage of one host; move it to shared storage`),
      );
  }
  return findings;
}

/** In other_config of a template: disks that are made, empty, when a VM is made of it. */
const DESCRIBED = 'disks';

interface TemplateDisk {
  readonly sr: string;
  readonly bytes: number;
}

async function disksOf(connection: PoolConnection, { vbds }: VmRecord): Promise<TemplateDisk[]> {
  const disks: TemplateDisk[] = [];
  for (const ref of vbds) {
    const vbd = fieldsOf(await readRecord(connection, 'VBD', ref));
    const vdi = text(vbd['type']) === 'Disk' ? reference(vbd['VDI']) : undefined;
    const record = vdi === undefined ? undefined : await readRecord(connection, 'VDI', vdi);
    const sr = reference(record?.['SR']);
    if (sr !== undefined) disks.push({ sr, bytes: integer(record?.['virtual_size']) });
  }
  return disks;
}

/** Bytes; of those that users' templates have. */
async function largestDisk(
  connection: PoolConnection,
  survey: PoolSurvey,
  { templates }: XenSettings,
): Promise<number> {
  const chosen = new Set(findTemplates(survey.vms, templates).map(({ uuid }) => uuid));
  let largest = 0;
  for (const vm of survey.vms) {
    if (!chosen.has(vm.uuid)) continue;
    for (const { bytes } of await disksOf(connection, vm)) largest = Math.max(largest, bytes);
  }
  return largest;
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
