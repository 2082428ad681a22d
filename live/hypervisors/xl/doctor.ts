// Looks at Xen hosts with the eyes of an OpenPEX service: what it needs, whether it is there, and what to do where it is not. Changes
// nothing on them.
import type { Finding } from '../definition.ts';
import { cpusOf, type HostSurvey, memoryForGuests, surveyHost } from './host-survey.ts';
import { XlHost } from './xl-host.ts';
import type { HostSettings, XlSettings } from './xl-settings.ts';

const TOLERATED_CLOCK_MS = 2_000;
/** Below this an operator will want to know. */
const LITTLE_ROOM_MIB = 2_048;

export interface Examination {
  readonly findings: readonly Finding[];
  /** At least one host was. */
  readonly isReached: boolean;
  /** Why not, of the first one. */
  readonly reason: string | undefined;
}

export async function examineHosts(settings: XlSettings): Promise<Examination> {
  const results = await Promise.all(settings.hosts.map((host) => examine(host, settings)));
  return {
    findings: [...results.flatMap(({ findings }) => findings), ...templateFindings(settings)],
    isReached: results.some(({ reason }) => reason === undefined),
    reason: results.find(({ reason }) => reason !== undefined)?.reason,
  };
}

async function examine(
  hostSettings: HostSettings,
  settings: XlSettings,
): Promise<{ readonly findings: readonly Finding[]; readonly reason?: string }> {
  const { nodeId, target } = hostSettings;
  const host = new XlHost({ host: hostSettings, settings, daemon: undefined });
  const others = settings.hosts.filter((other) => other.nodeId !== nodeId).map(({ address }) => address);
  const wantsMoves = settings.storage.kind === 'shared';
  try {
    const survey = await surveyHost(host, settings, wantsMoves ? others : []);
    return {
      findings: [
        of(nodeId, 'ok', 'access', `${target} lets us in as ${survey.user}`),
        ...xenFindings(survey, settings),
        ...clockFindings(survey),
        ...folderFindings(survey, settings),
        ...networkFindings(survey, settings),
        ...fileFindings(survey),
        ...moveFindings(survey, settings, others),
        ...holderFindings(survey, settings),
      ],
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { findings: [of(nodeId, 'problem', 'access', reason)], reason };
  } finally {
    await host.close();
  }
}

function xenFindings(survey: HostSurvey, { sudo }: XlSettings): Finding[] {
  const { domains, info, missingTools, nodeId, user, xlFailure } = survey;
  const tools =
    missingTools.length === 0
      ? []
      : [
          of(
            nodeId,
            'problem',
            'tools',
            `has no ${missingTools.join(', ')}; install the packages (xen-utils, util-linux, coreutils, mawk)`,
          ),
        ];
  if (xlFailure !== undefined) {
    const advice = /password is required|not allowed|sudo/i.test(xlFailure)
      ? `let ${user} run xl without a password: a file in /etc/sudoers.d, see docs/xl.md`
      : sudo || user === 'root'
        ? 'is this a Xen host, booted into Xen, and does xenstored run?'
        : `${user} is not root: set xl.sudo, or log in as root`;
    return [...tools, of(nodeId, 'problem', 'xl', `xl does not work (${xlFailure}); ${advice}`)];
  }
  const version = info.get('xen_version') ?? '?';
  const memoryMib = memoryForGuests(survey);
  const foreign = domains.filter(({ id, name }) => id !== 0 && !name.startsWith('openpex-'));
  return [
    ...tools,
    of(nodeId, 'ok', 'xl', `Xen ${version}, xl${sudo ? ' through sudo' : ''} works`),
    memoryMib < 512
      ? of(nodeId, 'warning', 'memory', `only ${memoryMib} MiB for VMs; give Dom-0 less (dom0_mem=)`)
      : of(nodeId, 'ok', 'memory', `${memoryMib} MiB for VMs, ${cpusOf(survey)} CPUs`),
    ...(foreign.length === 0
      ? []
      : [
          of(
            nodeId,
            'warning',
            'others',
            `runs ${foreign.length} VMs that are not of OpenPEX (${foreign
              .map(({ name }) => name)
              .slice(0, 3)
              .join(', ')}); they are left alone, but take memory that the calendar thinks it has`,
          ),
        ]),
  ];
}

function clockFindings({ clockMs, nodeId, readMs }: HostSurvey): Finding[] {
  // It was read between the two.
  const offMs = clockMs < readMs.before ? readMs.before - clockMs : Math.max(0, clockMs - readMs.after);
  return [
    offMs > TOLERATED_CLOCK_MS
      ? of(
          nodeId,
          'warning',
          'time',
          `its clock is ${(offMs / 1000).toFixed(1)} s off ours; let both follow NTP`,
        )
      : of(nodeId, 'ok', 'time', 'its clock agrees with ours'),
  ];
}

function folderFindings({ folders, groupFailure, nodeId }: HostSurvey, { storage }: XlSettings): Finding[] {
  const [directory, store] = folders;
  const findings: Finding[] = [];
  if (directory !== undefined)
    findings.push(
      directory.isWritable
        ? of(nodeId, 'ok', 'directory', `${directory.path} can be written`)
        : of(
            nodeId,
            'problem',
            'directory',
            `${directory.existing} cannot be written by us; make ${directory.path} and give it to who logs in`,
          ),
    );
  if (storage.kind === 'lvm' && groupFailure !== undefined)
    findings.push(
      of(
        nodeId,
        'problem',
        'storage',
        `the volume group ${storage.volumeGroup} cannot be seen (${groupFailure}); make it, with a thin pool, or see sudo in docs/xl.md`,
      ),
    );
  if (store === undefined) return findings;
  const isShared = storage.kind === 'shared';
  if (isShared && store.existing !== store.path)
    findings.push(
      of(nodeId, 'problem', 'storage', `${store.path} is not there; mount the shared directory on this host`),
    );
  else if (isShared && store.mountPoint === '/')
    findings.push(
      of(
        nodeId,
        'problem',
        'storage',
        `${store.path} is on the root file system of this host, so no other host sees it; mount the shared directory there`,
      ),
    );
  else if (!store.isWritable)
    findings.push(of(nodeId, 'problem', 'storage', `${store.existing} cannot be written by us`));
  else
    findings.push(
      of(
        nodeId,
        store.freeMib < LITTLE_ROOM_MIB ? 'warning' : 'ok',
        'storage',
        `${store.freeMib} MiB free in ${store.existing} for ${storage.kind === 'lvm' ? '' : 'disks and '}suspended images${
          store.freeMib < LITTLE_ROOM_MIB ? '; make room, or suspensions are refused' : ''
        }`,
      ),
    );
  return findings;
}

function networkFindings({ hasBridge, nodeId }: HostSurvey, { bridge }: XlSettings): Finding[] {
  if (bridge === undefined)
    return [of(nodeId, 'warning', 'network', 'VMs get no network card; set xl.bridge')];
  return [
    hasBridge
      ? of(nodeId, 'ok', 'network', `has the bridge ${bridge}`)
      : of(nodeId, 'problem', 'network', `has no bridge ${bridge}; make it (docs/xl.md), or set xl.bridge`),
  ];
}

function fileFindings({ missingFiles, nodeId }: HostSurvey): Finding[] {
  return missingFiles.map((file) =>
    of(nodeId, 'problem', 'templates', `${file} is not there, or cannot be read; put it on this host`),
  );
}

function moveFindings(
  { capabilities, misses, nodeId }: HostSurvey,
  { storage, templates }: XlSettings,
  others: readonly string[],
): Finding[] {
  if (others.length === 0) return [];
  if (storage.kind !== 'shared')
    return [
      of(
        nodeId,
        'warning',
        'moves',
        'VMs cannot leave this host: storage is not shared. A drained node keeps them until they are stopped',
      ),
    ];
  const unmoved = templates.filter(({ type }) =>
    type === 'pv' ? !capabilities.movesPv : !capabilities.movesHvm,
  );
  const findings: Finding[] = [];
  if (unmoved.length > 0)
    findings.push(
      of(
        nodeId,
        'warning',
        'moves',
        `this Xen cannot move guests of "${unmoved[0]?.name}" (no shadow paging in virt_caps): they stay until they are stopped`,
      ),
    );
  if (misses.length > 0)
    findings.push(
      of(
        nodeId,
        'problem',
        'moves',
        `root on it does not reach ${misses.join(', ')} by ssh without a password; exchange keys of root (docs/xl.md)`,
      ),
    );
  return findings.length > 0
    ? findings
    : [of(nodeId, 'ok', 'moves', `VMs can be moved to ${others.join(', ')}`)];
}

function holderFindings({ heldBy, nodeId }: HostSurvey, { directory }: XlSettings): Finding[] {
  return heldBy === undefined
    ? []
    : [of(nodeId, 'warning', 'daemon', `a daemon uses ${directory} at present: ${heldBy}`)];
}

function templateFindings({ templates }: XlSettings): Finding[] {
  if (templates.length === 0)
    return [{ level: 'warning', subject: 'templates', message: 'there are none yet; write xl.templates' }];
  return templates.map(({ image, name, type }) => ({
    level: 'ok',
    subject: 'template',
    message: `"${name}" is ${type}${image === undefined ? ', without a disk' : ''}`,
  }));
}

function of(nodeId: string, level: Finding['level'], subject: string, message: string): Finding {
  return { level, subject, message: `${nodeId}: ${message}` };
}
