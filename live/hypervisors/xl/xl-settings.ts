// What an operator says about Xen hosts, complete and checked; the file's side of it is xl-section.ts.

export interface HostSettings {
  /** The node of OpenPEX. */
  readonly nodeId: string;
  /** As `ssh` takes it: `user@host`, or a name of its configuration. */
  readonly target: string;
  readonly port: number | undefined;
  /** Under which the other hosts reach it, for migrations. */
  readonly address: string;
}

export interface GuestTemplate {
  readonly name: string;
  readonly description: string;
  readonly type: 'pv' | 'pvh' | 'hvm';
  /** Files on the hosts; undefined: the guest boots by its boot loader, or HVM from its disk. */
  readonly kernel: string | undefined;
  readonly ramdisk: string | undefined;
  readonly commandLine: string;
  readonly bootloader: string | undefined;
  /** A raw image on the hosts, or with LVM the name of a thin volume; undefined: no disk. */
  readonly image: string | undefined;
  readonly device: string;
  /** Undefined: no cloud-init disk. */
  readonly cloudInit:
    | { readonly sshKeys: readonly string[]; readonly userData: string; readonly user: string }
    | undefined;
}

export type StorageSettings =
  | { readonly kind: 'file' }
  | { readonly kind: 'lvm'; readonly volumeGroup: string }
  | { readonly kind: 'shared'; readonly directory: string };

export interface XlSettings {
  readonly hosts: readonly HostSettings[];
  /** The file of a private key; undefined: those that `ssh` finds. */
  readonly identity: string | undefined;
  readonly knownHosts: string | undefined;
  /** Commands that need root go through `sudo -n`. */
  readonly sudo: boolean;
  /** Ours, on every host. */
  readonly directory: string;
  readonly storage: StorageSettings;
  readonly templates: readonly GuestTemplate[];
  /** Of the network card of each VM; undefined: it has none. */
  readonly bridge: string | undefined;
  /** Empty: made of the ids of VMs. */
  readonly macs: readonly string[];
  /** Of a dnsmasq on the hosts. */
  readonly leases: string | undefined;
  /** Of a gateway that shows consoles, with placeholders; see ../console.ts. Undefined: there is none. */
  readonly console: string | undefined;
  readonly stopGraceMs: number;
  readonly operationTimeoutMs: number;
  readonly perHostConcurrency: number;
  /** A host that has not answered for so long is lost. */
  readonly lostAfterMs: number;
  /** Whether VMs are started elsewhere that may run yet on a host that does not answer. */
  readonly resetLostVms: boolean;
  readonly pace: XlPace;
}

/** How hosts are spoken to; milliseconds. */
export interface XlPace {
  /** The program that makes connections. */
  readonly ssh: string;
  readonly connectTimeoutMs: number;
  /** Of a look at a host. One that is dead is known by its connection long before: this is for those that are busy. */
  readonly lookTimeoutMs: number;
  /** Between two looks at all hosts. */
  readonly sweepMs: number;
  /** Between two looks at a VM that is on its way. */
  readonly pollMs: number;
  /** Load is measured over at least so long. */
  readonly loadMs: number;
}

export const USUAL_PACE: XlPace = {
  ssh: 'ssh',
  connectTimeoutMs: 15_000,
  lookTimeoutMs: 60_000,
  sweepMs: 5_000,
  pollMs: 1_000,
  loadMs: 60_000,
};

/** Where the folders of VMs lie on a host. */
export function homesOf({ directory, storage }: Pick<XlSettings, 'directory' | 'storage'>): string {
  return `${storage.kind === 'shared' ? storage.directory : directory}/vms`;
}
