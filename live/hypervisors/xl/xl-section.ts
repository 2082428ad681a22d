// The `xl` section of a configuration: which Xen hosts, how they are reached, and what VMs are made of.
import { type Static, Type } from 'typebox';
import { durationMs, finiteDurationOption } from '../../../written/duration.ts';
import { ConsoleAddress, problemOfConsole } from '../console.ts';
import type { GuestTemplate, HostSettings, XlPace, XlSettings } from './xl-settings.ts';

/** No word of these has a meaning for `ssh`, a shell or `xl` that it should not have. */
const TARGET = '^([A-Za-z_][A-Za-z0-9_.-]*@)?[A-Za-z0-9][A-Za-z0-9.:-]*$';
const PATH = '^/[A-Za-z0-9._/@+-]+$';
const NAME = '^[A-Za-z0-9][A-Za-z0-9._-]*$';

const Path = (description: string) =>
  Type.String({
    pattern: PATH,
    expected: 'an absolute path without blanks, quotes and the like',
    description,
  });

const Target = Type.String({
  pattern: TARGET,
  expected: 'a host as ssh takes it, such as root@xen1.example.org',
  description: 'As ssh takes it: user@host, or a name of its configuration.',
});

const Host = Type.Object(
  {
    name: Type.Optional(
      Type.String({
        pattern: NAME,
        description: 'Of the node. Absent: the first part of the host in `ssh`.',
      }),
    ),
    ssh: Target,
    port: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 65_535, description: 'Absent: as ssh has it, 22.' }),
    ),
    address: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9][A-Za-z0-9.:-]*$',
        description: 'Under which the other hosts reach it, for live migrations. Absent: the host in `ssh`.',
      }),
    ),
  },
  { additionalProperties: false },
);

const CloudInit = Type.Object(
  {
    sshKeys: Type.Array(
      Type.String({
        pattern: '^(ssh|ecdsa|sk)-[A-Za-z0-9@.-]+ [A-Za-z0-9+/=]+( [^\\n"\\\\]*)?$',
        expected: 'a public key in one line',
      }),
      {
        default: [],
        description:
          'Public keys that may log in to the default user of the image, beside those of the account whose VM it is.',
      },
    ),
    userData: Type.String({
      default: '#cloud-config\n',
      maxLength: 32_768,
      description:
        'user-data for cloud-init, as it is. What a user gives with a reservation is a part of its own after this.',
    }),
    user: Type.String({
      default: 'root',
      pattern: '^[a-z_][a-z0-9_-]{0,31}$',
      description: 'The default user of the image, which keys of users log in to. Users are told.',
    }),
  },
  {
    additionalProperties: false,
    description: 'Give VMs a NoCloud disk, which cloud-init in the image reads at the first boot.',
  },
);

const Template = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'As users choose it.' }),
    description: Type.String({ default: '' }),
    type: Type.Enum(['pv', 'pvh', 'hvm'], { default: 'pvh', description: 'How Xen virtualises it.' }),
    kernel: Type.Optional(Path('A kernel, on the hosts.')),
    ramdisk: Type.Optional(Path('Its initial ram disk, on the hosts.')),
    commandLine: Type.String({
      default: '',
      pattern: '^[^"\'\\\\\\n]*$',
      expected: 'a text without quotes and backslashes',
      description: 'Of the kernel.',
    }),
    bootloader: Type.Optional(
      Type.Enum(['pygrub'], { description: 'Instead of a kernel: finds one in the disk of a PV guest.' }),
    ),
    image: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9/][A-Za-z0-9._/@+-]*$',
        expected: 'a path, or with storage lvm the name of a volume',
        description:
          'What the disk of a VM begins as: a raw image on the hosts, or with LVM a thin volume. Absent: VMs have no disk.',
      }),
    ),
    device: Type.String({
      default: 'xvda',
      pattern: '^[a-z][a-z0-9]*$',
      description: 'The name of the disk in the guest.',
    }),
    cloudInit: Type.Optional(CloudInit),
  },
  { additionalProperties: false },
);

const Storage = Type.Object(
  {
    kind: Type.Enum(['file', 'lvm', 'shared'], {
      default: 'file',
      description:
        'file: in `directory` of each host. lvm: thin volumes of a volume group of each host. shared: files in a directory that all hosts mount, so that VMs can move.',
    }),
    directory: Type.Optional(Path('With shared: the directory, under the same path on every host.')),
    volumeGroup: Type.Optional(
      Type.String({ pattern: NAME, description: 'With lvm: the volume group, with a thin pool.' }),
    ),
  },
  { additionalProperties: false, default: {}, description: 'Where disks of VMs and suspended images lie.' },
);

export const XlSection = Type.Object(
  {
    hosts: Type.Union(
      [
        Target,
        Type.Array(Type.Union([Target, Host]), {
          minItems: 1,
          expected: 'a list of hosts, such as [root@xen1.example.org, root@xen2.example.org]',
        }),
      ],
      {
        description:
          'The Xen hosts: user@host, or a group of `name` (of the node), `ssh` (user@host), `port`, `address` (for migrations).',
      },
    ),
    identity: Type.Optional(
      Type.String({ minLength: 1, description: 'File of a private key. Absent: those that ssh finds.' }),
    ),
    knownHosts: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'File of the host keys, which must be there. Absent: ~/.ssh/known_hosts.',
      }),
    ),
    sudo: Type.Boolean({
      default: false,
      description: 'Who logs in is not root: xl and the LVM commands go through sudo.',
    }),
    directory: Type.String({
      pattern: PATH,
      expected: 'an absolute path without blanks, quotes and the like',
      default: '/var/lib/openpex',
      description: 'On every host, for this service alone.',
    }),
    storage: Storage,
    templates: Type.Array(Template, {
      default: [],
      description:
        'What users can choose from: `name`, `type` (pv, pvh, hvm), `kernel`, `ramdisk`, `commandLine` or `bootloader`, `image`, `cloudInit`; docs/xl.md shows some.',
    }),
    bridge: Type.Optional(
      Type.String({
        pattern: NAME,
        description: 'Of the network card of each VM. Absent: VMs have no network.',
      }),
    ),
    macs: Type.Array(Type.String({ pattern: '^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$' }), {
      default: [],
      description: 'MAC addresses for VMs; without any, each gets one of Xen’s that follows from its id.',
    }),
    leases: Type.Optional(
      Path(
        'The lease file of a dnsmasq on the hosts, to learn the addresses of VMs. They are looked for in ARP and xenstore too.',
      ),
    ),
    console: ConsoleAddress,
    stopGrace: finiteDurationOption({
      default: '2m',
      description: 'How long a guest may take to shut down or reboot before it is forced.',
    }),
    operationTimeout: finiteDurationOption({
      default: '10m',
      description: 'How long any operation on a VM may take.',
    }),
    perHostConcurrency: Type.Integer({
      minimum: 1,
      maximum: 8,
      default: 2,
      description: 'Operations at a time on one host.',
    }),
    lostAfter: finiteDurationOption({
      default: '30s',
      description: 'A host that has not answered for so long is taken for lost.',
    }),
    resetLostVms: Type.Boolean({
      default: false,
      description:
        'Start VMs of a lost host elsewhere. Only with shared storage, and where such a host is sure to be off: a VM that runs twice ruins its disk. Off: wait until the host is back.',
    }),
  },
  {
    additionalProperties: false,
    description:
      'The Xen hosts that carry VMs, through xl over SSH. With it, --hypervisor xl is the default.',
  },
);
export type XlSection = Static<typeof XlSection>;

export interface SectionProblem {
  /** In the section. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What a schema cannot see. */
export function problemsOfSection(section: XlSection): SectionProblem[] {
  const problems: SectionProblem[] = [];
  const hosts = hostsOf(section);
  for (const [index, { nodeId, target }] of hosts.entries()) {
    if (hosts.findIndex((other) => other.nodeId === nodeId) < index)
      problems.push({
        path: ['hosts', index],
        message: `expected hosts with different names, found "${nodeId}" (${target}) twice; set \`name\``,
      });
  }
  const message = section.console === undefined ? undefined : problemOfConsole(section.console);
  if (message !== undefined) problems.push({ path: ['console'], message });
  const { storage } = section;
  if (storage.kind === 'shared' && storage.directory === undefined)
    problems.push({ path: ['storage'], message: 'expected `directory` with storage of kind shared' });
  if (storage.kind === 'lvm' && storage.volumeGroup === undefined)
    problems.push({ path: ['storage'], message: 'expected `volumeGroup` with storage of kind lvm' });
  if (section.resetLostVms && storage.kind !== 'shared')
    problems.push({
      path: ['resetLostVms'],
      message: 'expected false unless storage is shared: the disks of a lost host are lost with it',
    });
  for (const [index, template] of section.templates.entries()) {
    const path = ['templates', index];
    const { bootloader, image, kernel, name, type } = template;
    if (section.templates.findIndex((other) => other.name === name) < index)
      problems.push({
        path: [...path, 'name'],
        message: `expected names that differ, found "${name}" twice`,
      });
    const isBooting =
      kernel !== undefined || (image !== undefined && (bootloader !== undefined || type === 'hvm'));
    if (!isBooting)
      problems.push({
        path,
        message: `expected \`kernel\`, or \`image\` with \`bootloader: pygrub\` or \`type: hvm\`: "${name}" has nothing to boot from`,
      });
    if (bootloader !== undefined && (type === 'hvm' || kernel !== undefined))
      problems.push({
        path: [...path, 'bootloader'],
        message: 'expected a boot loader only without `kernel`, and not with type hvm',
      });
    if (storage.kind !== 'lvm' && image !== undefined && !image.startsWith('/'))
      problems.push({
        path: [...path, 'image'],
        message: `expected an absolute path, found ${JSON.stringify(image)}`,
      });
    if (storage.kind === 'lvm' && image !== undefined && !new RegExp(NAME).test(image))
      problems.push({
        path: [...path, 'image'],
        message: `expected the name of a volume in ${storage.volumeGroup ?? 'the group'}, found ${JSON.stringify(image)}`,
      });
  }
  return problems;
}

/** @param section without problems */
export function xlSettings(section: XlSection, pace: XlPace): XlSettings {
  const { hosts: _, lostAfter, operationTimeout, stopGrace, storage, templates, ...rest } = section;
  return {
    ...rest,
    identity: section.identity,
    knownHosts: section.knownHosts,
    bridge: section.bridge,
    leases: section.leases,
    console: section.console,
    hosts: hostsOf(section),
    directory: section.directory.replace(/\/+$/, ''),
    storage:
      storage.kind === 'shared'
        ? { kind: 'shared', directory: (storage.directory ?? '').replace(/\/+$/, '') }
        : storage.kind === 'lvm'
          ? { kind: 'lvm', volumeGroup: storage.volumeGroup ?? '' }
          : { kind: 'file' },
    templates: templates.map(
      ({ bootloader, cloudInit, image, kernel, ramdisk, ...known }): GuestTemplate => ({
        ...known,
        bootloader,
        cloudInit,
        image,
        kernel,
        ramdisk,
      }),
    ),
    stopGraceMs: durationMs(stopGrace),
    operationTimeoutMs: durationMs(operationTimeout),
    lostAfterMs: durationMs(lostAfter),
    pace,
  };
}

export function hostsOf({ hosts }: Pick<XlSection, 'hosts'>): HostSettings[] {
  return (typeof hosts === 'string' ? [hosts] : hosts).map((written) => {
    const { address, name, port, ssh } =
      typeof written === 'string'
        ? { ssh: written, address: undefined, name: undefined, port: undefined }
        : written;
    const host = ssh.slice(ssh.indexOf('@') + 1);
    // An address of numbers has no first part that would name anything.
    const shortName = /^[0-9.:]+$/.test(host) ? host : (host.split('.')[0] ?? host);
    return { nodeId: name ?? shortName, target: ssh, port, address: address ?? host };
  });
}
