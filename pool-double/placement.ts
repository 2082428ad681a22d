// Where a VM can run. Memory is counted by what is promised, dynamic_min and overhead of every VM that is on a host or on its
// way there, never by what is measured; a place found is reserved before anything else happens.
import { NULL, type RecordOf } from './data-model.ts';
import { XapiFailure } from './errors.ts';
import type { ObjectStore } from './store.ts';

const MIB = 2 ** 20;

/** In the pool's other_config. */
export const UPGRADING = 'rolling_upgrade_in_progress';

export class Placement {
  readonly #store: ObjectStore;
  /** Memory that is in nobody's account: what a fault takes away. */
  readonly #withheld = new Map<string, number>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** Bytes. */
  freeMemory(host: string): number {
    const { metrics, memory_overhead } = this.#store.get('host', host);
    const { memory_total } = this.#store.get('host_metrics', metrics);
    const promised = this.#store
      .all('VM')
      .filter(([, vm]) => vm.resident_on === host || vm.scheduled_to_be_resident_on === host)
      .reduce((sum, [, vm]) => sum + memoryNeeded(vm), 0);
    return Math.max(0, memory_total - memory_overhead - promised - (this.#withheld.get(host) ?? 0));
  }

  withhold(host: string, bytes: number): void {
    this.#withheld.set(host, bytes);
  }

  /**
   * Checks a host in the toolstack's order.
   * @throws XapiFailure HOST_NOT_LIVE, HOST_DISABLED, VM_REQUIRES_SR, VM_REQUIRES_NETWORK, HOST_NOT_ENOUGH_FREE_MEMORY, HOST_NOT_ENOUGH_PCPUS
   */
  assertCanBootHere(vm: string, host: string, checks: { readonly memory: boolean } = { memory: true }): void {
    const record = this.#store.get('VM', vm);
    const { metrics, enabled, cpu_info } = this.#store.get('host', host);
    if (!this.#store.get('host_metrics', metrics).live) throw new XapiFailure('HOST_NOT_LIVE');
    // Within its own host, a VM on a disabled one may still move.
    if (!enabled && record.resident_on !== host) throw new XapiFailure('HOST_DISABLED', host);
    for (const sr of this.#storageOf(record)) {
      if (!this.#isAttached(sr, host)) throw new XapiFailure('VM_REQUIRES_SR', vm, sr);
    }
    for (const vif of record.VIFs) {
      const { network } = this.#store.get('VIF', vif);
      if (!this.#reaches(network, host)) throw new XapiFailure('VM_REQUIRES_NETWORK', vm, network);
    }
    if (checks.memory && record.resident_on !== host) {
      const needed = memoryNeeded(record);
      const free = this.freeMemory(host);
      if (needed > free) throw new XapiFailure('HOST_NOT_ENOUGH_FREE_MEMORY', String(needed), String(free));
    }
    const pcpus = Number(cpu_info['cpu_count'] ?? 0);
    if (record.VCPUs_max > pcpus && record.platform['vcpu-unrestricted'] !== 'true') {
      throw new XapiFailure('HOST_NOT_ENOUGH_PCPUS', String(record.VCPUs_max), String(pcpus));
    }
  }

  /**
   * The host for a VM that may run anywhere: the affine one, else the one with most memory free.
   * @throws XapiFailure HOST_NOT_ENOUGH_FREE_MEMORY when only memory lacks, NO_HOSTS_AVAILABLE when more does
   */
  choose(vm: string): string {
    const hosts = this.possibleHosts(vm);
    const { affinity } = this.#store.get('VM', vm);
    if (hosts.includes(affinity)) return affinity;
    const [best] = hosts.sort((a, b) => this.freeMemory(b) - this.freeMemory(a));
    if (best !== undefined) return best;
    const [roomless] = this.possibleHosts(vm, { memory: false });
    if (roomless === undefined) throw new XapiFailure('NO_HOSTS_AVAILABLE');
    // The toolstack tries where it does not fit, and that host says what lacks.
    this.assertCanBootHere(vm, roomless);
    return roomless;
  }

  possibleHosts(vm: string, checks: { readonly memory: boolean } = { memory: true }): string[] {
    return this.#store
      .all('host')
      .map(([host]) => host)
      .filter((host) => {
        try {
          this.assertCanBootHere(vm, host, checks);
          return true;
        } catch (error) {
          if (error instanceof XapiFailure) return false;
          throw error;
        }
      });
  }

  /** What a guest is told at its start that processors can do: what those of all hosts can. */
  levelledFeatures(): string {
    const all = this.#store.all('host').map(([, { cpu_info }]) => wordsOf(cpu_info['features_hvm']));
    const [first = [], ...others] = all;
    return others
      .reduce((level, words) => level.map((word, index) => word & (words[index] ?? 0n)), first)
      .map((word) => word.toString(16).padStart(8, '0'))
      .join('-');
  }

  /** Of a guest that goes on from where it was. @throws XapiFailure VM_INCOMPATIBLE_WITH_THIS_HOST */
  assertCpuSuits(vm: string, host: string): void {
    const wanted = wordsOf(this.#store.get('VM', vm).last_boot_CPU_flags['features']);
    const offered = wordsOf(this.#store.get('host', host).cpu_info['features_hvm']);
    if (wanted.some((word, index) => (word & ~(offered[index] ?? 0n)) !== 0n))
      throw new XapiFailure('VM_INCOMPATIBLE_WITH_THIS_HOST', vm, host, 'The processors lack features');
  }

  /** While hosts of a pool are upgraded one after the other, VMs start on those that are as far as the master. */
  assertUpgraded(vm: string, host: string): void {
    const [[, { master } = { master: NULL }] = []] = this.#store.all('pool');
    if (this.isUpgrading && this.#versionOf(host).join() !== this.#versionOf(master).join())
      throw new XapiFailure('VM_HOST_INCOMPATIBLE_VERSION', host, vm);
  }

  /** And they move to hosts that are as far at least. */
  assertUphill(from: string, to: string): void {
    const [old, other] = [this.#versionOf(from), this.#versionOf(to)];
    const differing = old.findIndex((part, index) => part !== (other[index] ?? 0));
    if (this.isUpgrading && differing >= 0 && (other[differing] ?? 0) < (old[differing] ?? 0))
      throw new XapiFailure('NOT_SUPPORTED_DURING_UPGRADE');
  }

  get isUpgrading(): boolean {
    return this.#store.all('pool').some(([, { other_config }]) => other_config[UPGRADING] === 'true');
  }

  #versionOf(host: string): number[] {
    const version = this.#store.find('host', host)?.software_version['product_version'] ?? '';
    return version.split('.').map(Number);
  }

  /** Where the memory of a suspended VM can be reached. @throws XapiFailure NO_HOSTS_AVAILABLE */
  assertImageInReach(vm: string): void {
    const image = this.#store.find('VDI', this.#store.get('VM', vm).suspend_VDI);
    if (image === undefined) return;
    const isReached = this.#store
      .all('host')
      .some(
        ([host, { metrics }]) =>
          this.#store.get('host_metrics', metrics).live && this.#isAttached(image.SR, host),
      );
    if (!isReached) throw new XapiFailure('NO_HOSTS_AVAILABLE');
  }

  /** Holds the memory of a VM on a host until it is there, or `release`d. */
  reserve(vm: string, host: string): void {
    this.assertCanBootHere(vm, host);
    this.#store.update('VM', vm, { scheduled_to_be_resident_on: host });
  }

  release(vm: string): void {
    if (this.#store.find('VM', vm) !== undefined) {
      this.#store.update('VM', vm, { scheduled_to_be_resident_on: NULL });
    }
  }

  #storageOf(vm: RecordOf<'VM'>): string[] {
    const disks = vm.VBDs.map((vbd) => this.#store.get('VBD', vbd))
      .filter(({ empty }) => !empty)
      .map(({ VDI }) => VDI);
    return [...disks, vm.suspend_VDI].flatMap((vdi) => this.#store.find('VDI', vdi)?.SR ?? []);
  }

  #isAttached(sr: string, host: string): boolean {
    return this.#store
      .get('SR', sr)
      .PBDs.map((pbd) => this.#store.get('PBD', pbd))
      .some((pbd) => pbd.host === host && pbd.currently_attached);
  }

  #reaches(network: string, host: string): boolean {
    const pifs = this.#store.get('network', network).PIFs;
    // A network without a card is one inside a host: any can have it.
    return pifs.length === 0 || pifs.some((pif) => this.#store.get('PIF', pif).host === host);
  }
}

/** `17cbfbff-f7fa3223` */
function wordsOf(features: string | undefined): bigint[] {
  return (features ?? '').split('-').map((word) => BigInt(`0x${word === '' ? '0' : word}`));
}

/** Bytes that a VM takes of its host. */
export function memoryNeeded(vm: RecordOf<'VM'>): number {
  return vm.memory_dynamic_min + vm.memory_overhead;
}

/**
 * Bytes that the hypervisor takes beside a VM's own: page tables by its size and its processors, an emulator where it has one, and for a
 * paravirtual guest in a PVH container the hypervisor under it (xenopsd, `shim_mib`).
 */
export function memoryOverhead({
  memory_static_max: bytes,
  VCPUs_max: vcpus,
  domain_type: type,
}: Pick<RecordOf<'VM'>, 'memory_static_max' | 'VCPUs_max' | 'domain_type'>): number {
  const mib = bytes / MIB;
  const fixedMib = type === 'pv' ? 1 : type === 'pv_in_pvh' ? 2 : 11;
  const shimMib = type === 'pv_in_pvh' ? 20 + Math.ceil(mib / 110) : 0;
  return (fixedMib + vcpus + Math.ceil(mib / 128) + shimMib) * MIB;
}
