// One look at a host: what its domains do, which VMs of ours lie there. An answer that is not whole is none.

import { parseRecord, type VmRecord } from './vm-record.ts';
import { HostUnreachable } from './xl-error.ts';

export interface Domain {
  readonly name: string;
  /** Of one boot of one guest. */
  readonly id: number;
  readonly uuid: string;
  readonly memoryMib: number;
  readonly vcpus: number;
  readonly isPaused: boolean;
  readonly isShutdown: boolean;
  readonly isDying: boolean;
  /** Of one that is shut down. */
  readonly reason: 'poweroff' | 'reboot' | 'suspend' | 'crash' | 'watchdog' | 'unknown' | undefined;
  /** Of its virtual CPUs together. */
  readonly cpuSeconds: number;
}

/** The folder of a VM. */
export interface Home {
  readonly record: VmRecord;
  readonly hasImage: boolean;
  /** A start of it has begun, and has not come to a good end. */
  readonly isBuilding: boolean;
  /** We have asked it to shut down. */
  readonly isStopping: boolean;
  /** Its guest has been up once. */
  readonly hasRun: boolean;
  /** Where it was last brought up; both, while it moves. */
  readonly at: readonly string[];
}

export interface HostLook {
  readonly nodeId: string;
  readonly uptimeS: number;
  readonly domains: readonly Domain[];
  /** Whose the store is; undefined: the store is not there. */
  readonly storeOwner: string | undefined;
  readonly homes: ReadonlyMap<string, Home>;
  /** VMs that are half-made or half-removed. */
  readonly parts: ReadonlySet<string>;
  /** VMs with which the host is at work. */
  readonly jobs: ReadonlySet<string>;
  /** By MAC, and by number of the domain. */
  readonly addresses: {
    readonly byMac: ReadonlyMap<string, string>;
    readonly byDomain: ReadonlyMap<number, string>;
  };
}

const REASONS = ['poweroff', 'reboot', 'suspend', 'crash', 'watchdog'] as const;
/** A name may have blanks, and be empty of a domain that is half-built. */
const DOMAIN =
  /^(.*?)\s+(\d+)\s+(\d+)\s+(\d+)\s+([-rbpscdw]{6})\s+([\d.]+)\s+([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\s+(\S+))?/;

/** @throws HostUnreachable when that is not the whole answer of a Xen host */
export function parseLook(nodeId: string, answer: string): HostLook {
  const lines = answer.split('\n');
  const refuse = (why: string) => new HostUnreachable(`${nodeId} gave no answer that can be used: ${why}`);
  if (lines[0] !== 'openpex-look 1' || !lines.includes('openpex-end')) throw refuse('it is cut off');
  const begin = lines.findIndex((line) => line.startsWith('list '));
  const end = lines.indexOf('end of list');
  const list = lines.slice(begin + 1, end);
  if (lines[begin] !== 'list 0')
    throw refuse(`xl list failed (${lines[begin]?.slice(5)}): ${list.join(' ').slice(0, 200)}`);
  const domains = parseDomains(list);
  if (!domains.some(({ id, name }) => id === 0 && name === 'Domain-0')) throw refuse('xl names no Domain-0');
  const rest = [...lines.slice(1, begin), ...lines.slice(end + 1)];
  const values = (key: string) =>
    rest.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));
  const homes = new Map<string, Home>();
  for (const line of values('home')) {
    const [vmId = '', image, building, stopping, ran, at = '-', ...record] = line.split('|');
    homes.set(vmId, {
      record: parseRecord(vmId, record.join('|')),
      hasImage: image === 'image',
      isBuilding: building === 'building',
      isStopping: stopping === 'stopping',
      hasRun: ran === 'ran',
      at: at === '-' ? [] : at.split(','),
    });
  }
  return {
    nodeId,
    uptimeS: Number(values('uptime')[0] ?? 0),
    domains,
    storeOwner: values('store')[0],
    homes,
    parts: new Set(values('part').map((name) => name.replace(/^\.(.*)\.part$/, '$1'))),
    jobs: new Set(values('job')),
    addresses: parseAddresses(values('neighbour'), values('lease'), values('xenstore')),
  };
}

/** The table of `xl list -v`. Lines that are none of it, such as warnings, are passed over. */
export function parseDomains(lines: readonly string[]): Domain[] {
  return lines.flatMap((line) => {
    const [, name = '', id, memory, vcpus, letters = '', time, uuid = '', code] = DOMAIN.exec(line) ?? [];
    if (id === undefined) return [];
    // The fourth letter says that it is shut down, the fifth why; an idle guest has no letter at all.
    const isShutdown = letters[3] === 's';
    const reason = REASONS[Number(code)] ?? (letters[4] === 'c' ? 'crash' : 'unknown');
    return [
      {
        name: name.trim(),
        id: Number(id),
        uuid,
        memoryMib: Number(memory),
        vcpus: Number(vcpus),
        isPaused: letters[2] === 'p',
        isShutdown,
        isDying: letters[5] === 'd',
        reason: isShutdown ? reason : undefined,
        cpuSeconds: Number(time),
      },
    ];
  });
}

function parseAddresses(
  neighbours: readonly string[],
  leases: readonly string[],
  xenstore: readonly string[],
): HostLook['addresses'] {
  const byMac = new Map<string, string>();
  for (const line of neighbours) {
    // 10.0.0.7 dev xenbr0 lladdr 00:16:3e:00:00:07 REACHABLE
    const [, ip, mac] = /^(\S+) .*lladdr ([0-9a-f:]{17})(?! .*FAILED)/.exec(line) ?? [];
    if (ip !== undefined && mac !== undefined) byMac.set(mac, ip);
  }
  for (const line of leases) {
    // 1700000000 00:16:3e:00:00:07 10.0.0.7 name 01:...
    const [, mac, ip] = /^\d+ ([0-9a-fA-F:]{17}) (\d+(?:\.\d+){3}) /.exec(line) ?? [];
    if (ip !== undefined && mac !== undefined) byMac.set(mac.toLowerCase(), ip);
  }
  const byDomain = new Map<number, string>();
  for (const line of xenstore) {
    // /local/domain/5/attr/vif/0/ipv4/0 = "10.0.0.7", and older ones attr/eth0/ip
    const [, id, ip] = /^\/local\/domain\/(\d+)\/attr\/\S*?ip\S* = "(\d+(?:\.\d+){3})"/.exec(line) ?? [];
    if (id !== undefined && ip !== undefined && !byDomain.has(Number(id))) byDomain.set(Number(id), ip);
  }
  return { byMac, byDomain };
}
