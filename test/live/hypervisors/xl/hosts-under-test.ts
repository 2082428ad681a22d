// Dispatchers on hosts without Xen, in a hurry.
import { lastValueFrom, type Observable } from 'rxjs';
import { onTestFinished } from 'vitest';
import type {
  DispatcherError,
  Observation,
  ProviderSnapshot,
  VmObservation,
  VmSpec,
} from '../../../../engine/index.ts';
import { MACHINE } from '../../../../live/host-timers.ts';
import type { Logins, Notes } from '../../../../live/hypervisors/definition.ts';
import type { Carrier } from '../../../../live/hypervisors/hypervisor.ts';
import { XlHypervisor } from '../../../../live/hypervisors/xl/xl-hypervisor.ts';
import { XlSection, xlSettings } from '../../../../live/hypervisors/xl/xl-section.ts';
import { complete } from '../../../../written/written-value.ts';
import { FakeXen } from './fake-xen.ts';

export const TEMPLATES = [
  { name: 'Debian', type: 'pv', kernel: '/xen-host/boot/vmlinuz', image: '/xen-host/boot/debian.img' },
  { name: 'Deaf', type: 'pv', kernel: '/xen-host/boot/vmlinuz', commandLine: 'deaf' },
  { name: 'Missing', type: 'pv', kernel: '/xen-host/boot/vmlinuz', image: '/xen-host/boot/none.img' },
];

export const SECTION = {
  hosts: ['root@xen1', 'root@xen2'],
  directory: '/xen-host/openpex',
  templates: TEMPLATES,
  stopGrace: '1s',
  operationTimeout: '20s',
  lostAfter: '0s',
};

export const SHARED = { storage: { kind: 'shared', directory: '/xen-shared/store' } };

export interface HostsOptions {
  readonly xen?: FakeXen;
  readonly section?: object;
  readonly notes?: Notes;
  readonly snapshot?: ProviderSnapshot;
  readonly isHandsOff?: boolean;
  /** Default: users want nothing. */
  readonly logins?: Logins;
}

export interface HostsUnderTest {
  readonly xen: FakeXen;
  readonly hypervisor: XlHypervisor;
  readonly carrier: Carrier;
  readonly told: Observation[];
}

export async function startHosts(options: HostsOptions = {}): Promise<HostsUnderTest> {
  const xen = options.xen ?? new FakeXen();
  const hypervisor = await open(xen, options);
  onTestFinished(() => hypervisor.close());
  await hypervisor.ready();
  const carrier = hypervisor.carry({ snapshot: options.snapshot });
  onTestFinished(() => carrier.end());
  const told: Observation[] = [];
  carrier.dispatcher.observations$.subscribe((observation) => told.push(observation));
  return { xen, hypervisor, carrier, told };
}

export function open(
  xen: FakeXen,
  { isHandsOff = false, logins = NO_LOGINS, notes = newNotes(), section = {} }: HostsOptions = {},
): Promise<XlHypervisor> {
  const written = complete(XlSection, { ...SECTION, ...section }) as XlSection;
  return XlHypervisor.open(xlSettings(written, xen.pace), {
    cluster: { nodes: [], sharedDiskGib: 0 },
    isHandsOff,
    notes,
    logins,
    log: process.env['XEN_LOG'] === undefined ? QUIET : LOUD,
    host: MACHINE,
  });
}

/** Of users who want nothing. */
export const NO_LOGINS: Logins = { of: async () => ({ sshKeys: [], userData: null }) };

export function newNotes(): Notes {
  const notes = new Map<string, unknown>();
  return {
    get: async (key) => notes.get(key),
    set: async (key, value) => void notes.set(key, value),
  };
}

const QUIET = { info: () => undefined, warn: () => undefined };
const LOUD = {
  info: (facts: object, message: string) => console.log(message, JSON.stringify(facts)),
  warn: (facts: object, message: string) => console.log('!', message, JSON.stringify(facts)),
};

export function spec(number: number, terms: Partial<VmSpec> = {}): VmSpec {
  return {
    vmId: `00000000-0000-8000-8000-${String(number).padStart(12, '0')}`,
    reservationId: `11111111-0000-8000-8000-${String(number).padStart(12, '0')}`,
    userId: '7',
    nodeId: 'xen1',
    demand: { milliCpus: 1000, memoryMib: 768, diskGib: 1 },
    template: 'Debian',
    ...terms,
  };
}

/** The result of an operation. */
export function done(operation: Observable<VmObservation>): Promise<VmObservation> {
  return lastValueFrom(operation);
}

/** How an operation fails. */
export function failure(operation: Observable<VmObservation>): Promise<string> {
  return lastValueFrom(operation).then(
    (seen) => `no failure but ${seen.state}`,
    ({ code, hindrance }: DispatcherError) =>
      code === 'REFUSED' || code === 'NOT_NOW' ? `${code} ${hindrance}` : code,
  );
}
