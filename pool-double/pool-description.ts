// What a pool is made of: hosts, storage, networks and templates, with a small classroom's worth of each where nothing is said.
import type { Value } from './data-model.ts';

export interface TemplateDescription {
  readonly name: string;
  /** Of the guest, as its agent tells it; null when there is no agent, and so never an address. */
  readonly guest: string | null;
  /** `pv` guests answer from the start; `hvm` ones when their drivers are loaded. */
  readonly domainType: Value<'enum domain_type'>;
  readonly memoryMib: number;
  readonly vcpus: number;
  /** A disk that every clone gets; null for a template that asks for an empty one when it is provisioned. */
  readonly diskGib: number | null;
  readonly networkCards: number;
  readonly tags: readonly string[];
  /** One of those that come with the server and cannot be destroyed. */
  readonly isDefault: boolean;
}

export interface PoolDescription {
  readonly name: string;
  readonly hosts: number;
  /** Of each host. */
  readonly cpus: number;
  /** Of each host; the control domain and the hypervisor take part of it. */
  readonly memoryMib: number;
  readonly sharedStorageGib: number;
  /** Of each host. */
  readonly localStorageGib: number;
  /** Where the memory of suspended VMs goes: to the shared storage, or to that of the host that they are on. */
  readonly suspendsTo: 'shared' | 'local';
  /** The first is the one that hosts are managed over and templates are on. */
  readonly networks: readonly string[];
  readonly templates: readonly TemplateDescription[];
  /** Whether memory may be given as a range. */
  readonly dynamicMemory: boolean;
}

const TEMPLATE: TemplateDescription = {
  name: '',
  guest: null,
  domainType: 'hvm',
  memoryMib: 512,
  vcpus: 1,
  diskGib: 8,
  networkCards: 1,
  tags: [],
  isDefault: false,
};

export const USUAL_POOL: PoolDescription = {
  name: 'xapi-sim',
  hosts: 2,
  cpus: 8,
  memoryMib: 16_384,
  sharedStorageGib: 2000,
  localStorageGib: 200,
  suspendsTo: 'shared',
  networks: ['Pool-wide network associated with eth0', 'Storage network'],
  templates: [
    {
      ...TEMPLATE,
      name: 'PEX Debian Etch 4.0 Template',
      guest: 'Debian GNU/Linux 4.0 (etch)',
      domainType: 'pv',
    },
    {
      ...TEMPLATE,
      name: 'PEX Debian Sarge 3.1 Template',
      guest: 'Debian GNU/Linux 3.1 (sarge)',
      domainType: 'pv',
    },
    {
      ...TEMPLATE,
      name: 'PEX Windows XP SP2 Template',
      guest: 'Microsoft Windows XP Professional',
      diskGib: 16,
    },
    { ...TEMPLATE, name: 'Other install media', diskGib: null, networkCards: 0, isDefault: true },
  ],
  dynamicMemory: true,
};

/** The addresses of the hosts: the first one's, and those that follow it. */
export function hostAddresses(first: string, hosts: number): string[] {
  const start = first.split('.').reduce((number, octet) => number * 256 + Number(octet), 0);
  return Array.from({ length: hosts }, (_, index) =>
    [24, 16, 8, 0].map((bits) => Math.floor((start + index) / 2 ** bits) % 256).join('.'),
  );
}
