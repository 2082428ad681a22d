// What a host is and has, beside its VMs: for the cluster of a service, for what can be done on it, and for the doctor.
import { EXAMINE } from './host-scripts.ts';
import { type Domain, parseDomains } from './look.ts';
import type { HostCapabilities } from './xl-dispatcher.ts';
import { HostUnreachable } from './xl-error.ts';
import type { XlHost } from './xl-host.ts';
import type { XlSettings } from './xl-settings.ts';

export interface HostSurvey {
  readonly nodeId: string;
  /** Of the host's clock, ms since the epoch, and when it was read here. */
  readonly clockMs: number;
  readonly readMs: { readonly before: number; readonly after: number };
  readonly user: string;
  readonly missingTools: readonly string[];
  /** `xl info`; empty when it failed. */
  readonly info: ReadonlyMap<string, string>;
  readonly xlFailure: string | undefined;
  readonly domains: readonly Domain[];
  readonly capabilities: HostCapabilities;
  readonly hasBridge: boolean;
  readonly groupFailure: string | undefined;
  /** Our directory, then the store. */
  readonly folders: readonly FolderSurvey[];
  /** The daemon that uses our directory. */
  readonly heldBy: string | undefined;
  readonly reaches: readonly string[];
  readonly misses: readonly string[];
  readonly missingFiles: readonly string[];
}

export interface FolderSurvey {
  readonly path: string;
  /** The part of the path that is there. */
  readonly existing: string;
  readonly isWritable: boolean;
  readonly freeMib: number;
  readonly mountPoint: string;
}

/** Each connection that does not come about takes as long. */
const PER_PEER_MS = 25_000;

/**
 * @param others addresses that it is to reach
 * @throws HostUnreachable, HostRefused
 */
export async function surveyHost(
  host: XlHost,
  settings: XlSettings,
  others: readonly string[] = [],
): Promise<HostSurvey> {
  const { bridge, directory, pace, storage, templates } = settings;
  const before = Date.now();
  const answer = await host.shell(
    EXAMINE,
    [
      directory,
      storage.kind === 'shared' ? storage.directory : directory,
      host.xl,
      bridge ?? '',
      storage.kind === 'lvm' ? storage.volumeGroup : '',
      host.sudo,
      ...others,
      '--',
      ...new Set(templates.flatMap(({ image, kernel, ramdisk }) => [kernel, ramdisk, image].filter(isText))),
    ],
    pace.lookTimeoutMs + others.length * PER_PEER_MS,
  );
  return parseSurvey(host.nodeId, answer, { before, after: Date.now() });
}

function parseSurvey(nodeId: string, answer: string, readMs: HostSurvey['readMs']): HostSurvey {
  const lines = answer.split('\n');
  if (lines[0] !== 'openpex-examination' || !lines.includes('openpex-end'))
    throw new HostUnreachable(`${nodeId} gave no answer that can be used: ${answer.slice(0, 200)}`);
  const values = (key: string) =>
    lines.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));
  const info = new Map(
    values('info').flatMap((line) => {
      const [, key, value = ''] = /^(\S+)\s*: (.*)$/.exec(line) ?? [];
      return key === undefined ? [] : [[key, value.trim()] as const];
    }),
  );
  const virtCaps = (info.get('virt_caps') ?? '').split(/\s+/);
  return {
    nodeId,
    clockMs: Number(values('clock')[0]),
    readMs,
    user: values('user')[0] ?? '?',
    missingTools: values('missing'),
    info,
    xlFailure: values('no-xl')[0],
    domains: parseDomains(values('domain')),
    // PV guests are moved with the help of shadow page tables; some builds of Xen have none.
    capabilities: {
      movesPv: virtCaps.includes('shadow'),
      movesHvm: virtCaps.includes('hap') || virtCaps.includes('shadow'),
    },
    hasBridge: !lines.includes('no-bridge'),
    groupFailure: values('no-group')[0],
    folders: values('folder').map((line) => {
      const [path = '', existing = '', may, freeKib, mountPoint = ''] = line.split('|');
      return {
        path,
        existing,
        isWritable: may === 'yes',
        freeMib: Math.floor(Number(freeKib) / 1024),
        mountPoint,
      };
    }),
    heldBy: values('held')[0],
    reaches: values('reaches'),
    misses: values('misses'),
    missingFiles: values('no-file'),
  };
}

/** What Xen needs beside a VM's own memory: page tables by its size, and the like by its number. MiB. */
const PER_VM_MIB = 12;
const SHARE_FOR_PAGE_TABLES = 1 / 128;

/** So much that as many VMs as the host has CPUs can be full of it. VMs of ours that run now count as room. */
export function memoryForGuests({ domains, info }: HostSurvey): number {
  const ours = domains.filter(({ name }) => name.startsWith('openpex-'));
  const freeMib =
    Number(info.get('free_memory') ?? 0) + ours.reduce((sum, { memoryMib }) => sum + memoryMib, 0);
  return Math.max(0, Math.floor((freeMib - cpusOf({ info }) * PER_VM_MIB) / (1 + SHARE_FOR_PAGE_TABLES)));
}

export function cpusOf({ info }: Pick<HostSurvey, 'info'>): number {
  return Number(info.get('nr_cpus') ?? 0);
}

function isText(value: string | undefined): value is string {
  return value !== undefined;
}
