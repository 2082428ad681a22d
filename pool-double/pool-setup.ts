// Makes the objects of a pool by its description: what an installation and an administrator leave behind.
import { NULL } from './data-model.ts';
import { GUEST_KEY } from './guests.ts';
import { hostOperations } from './methods/hosts.ts';
import { makeVbd } from './methods/vbd.ts';
import { memoryOverhead } from './placement.ts';
import type { PoolDescription, TemplateDescription } from './pool-description.ts';
import { Sessions } from './sessions.ts';
import type { Toolstack } from './toolstack.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;
/** What its processors can do, a bit for each. */
const FEATURES = '17cbfbff-f7fa3223-2d93fbff';
const CONTROL_DOMAIN_MIB = 1024;
/** What the hypervisor keeps of a host for itself. */
const HYPERVISOR_MIB = 256;

interface Machine {
  readonly address: string;
  /** Among the machines of the pool, from 0. */
  readonly index: number;
}

export function setUpPool(toolstack: Toolstack, pool: PoolDescription, addresses: readonly string[]): void {
  const { store, nodes } = toolstack;
  for (const role of Sessions.roles()) store.insert('role', role);
  const networks = pool.networks.map((name, index) =>
    store.insert('network', { name_label: name, bridge: `xenbr${index}` }),
  );
  const shared = addStorage(toolstack, {
    name: 'NFS virtual disk storage',
    type: 'nfs',
    sizeGib: pool.sharedStorageGib,
  });
  const hosts = addresses.map((address, index) => addMember(toolstack, pool, { address, index }));
  store.insert('pool', {
    name_label: pool.name,
    master: hosts[0] ?? NULL,
    default_SR: shared,
    suspend_image_SR: shared,
    crash_dump_SR: shared,
    restrictions: { restrict_dmc: String(!pool.dynamicMemory) },
    cpu_info: { cpu_count: String(pool.cpus * hosts.length), vendor: 'GenuineIntel' },
  });
  for (const [index, address] of addresses.entries()) nodes.add(hosts[index] ?? NULL, address);
  for (const template of pool.templates)
    addTemplate(toolstack, template, { sr: shared, network: networks[0] });
}

/** A machine with a card on every network, plugged into every storage that is shared, and with one of its own. */
export function addMember(toolstack: Toolstack, pool: PoolDescription, machine: Machine): string {
  const { store } = toolstack;
  const shared = store.all('SR').filter(([, sr]) => sr.shared);
  const host = addHost(toolstack, pool, machine);
  for (const [card, [network]] of store.all('network').entries())
    addCard(toolstack, { host, index: machine.index, card, network });
  const local = addStorage(toolstack, { name: 'Local storage', type: 'ext', sizeGib: pool.localStorageGib });
  for (const SR of [...shared.map(([ref]) => ref), local])
    store.insert('PBD', { host, SR, currently_attached: true });
  if (pool.suspendsTo === 'local') store.update('host', host, { suspend_image_sr: local });
  return host;
}

/** The pool forgets a machine, with the storage that it alone had. */
export function removeMember({ store }: Toolstack, host: string): void {
  const { PBDs, PIFs, control_domain, host_CPUs, metrics } = store.get('host', host);
  for (const pbd of PBDs) {
    const { SR } = store.get('PBD', pbd);
    store.remove('PBD', pbd);
    if (store.get('SR', SR).shared) continue;
    for (const vdi of store.get('SR', SR).VDIs) store.remove('VDI', vdi);
    store.remove('SR', SR);
  }
  for (const pif of PIFs) store.remove('PIF', pif);
  for (const cpu of host_CPUs) store.remove('host_cpu', cpu);
  store.remove('VM_metrics', store.get('VM', control_domain).metrics);
  store.remove('VM', control_domain);
  store.remove('host_metrics', metrics);
  store.remove('host', host);
}

function addHost(
  { store, pace }: Toolstack,
  { cpus, memoryMib }: PoolDescription,
  { address, index }: Machine,
): string {
  const name = `xen${index + 1}`;
  const metrics = store.insert('host_metrics', {
    memory_total: memoryMib * MIB,
    memory_free: (memoryMib - CONTROL_DOMAIN_MIB - HYPERVISOR_MIB) * MIB,
    live: true,
    last_updated: pace.stamp(),
  });
  const host = store.insert('host', {
    name_label: name,
    name_description: 'A simulated host',
    hostname: name,
    address,
    metrics,
    enabled: true,
    allowed_operations: hostOperations(true),
    memory_overhead: HYPERVISOR_MIB * MIB,
    API_version_major: 2,
    API_version_minor: 21,
    API_version_vendor: 'XenSource',
    software_version: {
      product_brand: 'XCP-ng',
      product_version: '8.3.0',
      platform_name: 'XCP',
      platform_version: '3.4.0',
      xapi: '24.14',
      xen: '4.17.4',
    },
    capabilities: ['xen-3.0-x86_64', 'hvm-3.0-x86_64'],
    cpu_info: {
      cpu_count: String(cpus),
      socket_count: '1',
      vendor: 'GenuineIntel',
      modelname: 'Simulated processor',
      speed: '2400.000',
      features_hvm: FEATURES,
      features_pv: FEATURES,
    },
    edition: 'xcp-ng',
    suspend_image_sr: NULL,
    virtual_hardware_platform_versions: [0, 1, 2],
  });
  for (let number = 0; number < cpus; number += 1) {
    store.insert('host_cpu', {
      host,
      number,
      vendor: 'GenuineIntel',
      speed: 2400,
      modelname: 'Simulated processor',
    });
  }
  const control_domain = store.insert('VM', {
    name_label: `Control domain on host: ${name}`,
    is_control_domain: true,
    power_state: 'Running',
    resident_on: host,
    affinity: host,
    domain_type: 'pv',
    memory_static_max: CONTROL_DOMAIN_MIB * MIB,
    memory_dynamic_max: CONTROL_DOMAIN_MIB * MIB,
    memory_dynamic_min: CONTROL_DOMAIN_MIB * MIB,
    memory_target: CONTROL_DOMAIN_MIB * MIB,
    VCPUs_max: Math.min(4, cpus),
    VCPUs_at_startup: Math.min(4, cpus),
    metrics: store.insert('VM_metrics', { memory_actual: CONTROL_DOMAIN_MIB * MIB }),
  });
  store.update('host', host, { control_domain });
  return host;
}

function addCard(
  { store }: Toolstack,
  { host, index, card, network }: { host: string; index: number; card: number; network: string },
): void {
  const management = card === 0;
  const octets = [0, 0x16, 0x3e, card, 0, index + 1];
  store.insert('PIF', {
    device: `eth${card}`,
    host,
    network,
    MAC: octets.map((byte) => byte.toString(16).padStart(2, '0')).join(':'),
    MTU: 1500,
    VLAN: -1,
    physical: true,
    currently_attached: true,
    management,
    ip_configuration_mode: management ? 'Static' : 'None',
    IP: management ? store.get('host', host).address : '',
    netmask: management ? '255.0.0.0' : '',
  });
}

function addStorage(
  { store }: Toolstack,
  { name, type, sizeGib }: { readonly name: string; readonly type: string; readonly sizeGib: number },
): string {
  return store.insert('SR', {
    name_label: name,
    type,
    content_type: 'user',
    shared: type === 'nfs',
    physical_size: sizeGib * GIB,
    allowed_operations: ['scan', 'plug', 'unplug', 'vdi_create', 'vdi_destroy', 'vdi_clone', 'vdi_resize'],
  });
}

function addTemplate(
  { names, store, storage, operations }: Toolstack,
  template: TemplateDescription,
  { sr, network = NULL }: { readonly sr: string; readonly network: string | undefined },
): void {
  const memory = template.memoryMib * MIB;
  const disks =
    '<provision><disk device="0" size="8589934592" sr="" bootable="true" type="system"/></provision>';
  const sizes = { memory_static_max: memory, VCPUs_max: template.vcpus, domain_type: template.domainType };
  const vm = store.insert('VM', {
    ...sizes,
    name_label: template.name,
    is_a_template: true,
    is_default_template: template.isDefault,
    memory_static_min: memory,
    memory_dynamic_min: memory,
    memory_dynamic_max: memory,
    memory_target: memory,
    memory_overhead: memoryOverhead(sizes),
    VCPUs_at_startup: template.vcpus,
    actions_after_shutdown: 'destroy',
    actions_after_reboot: 'restart',
    actions_after_crash: 'restart',
    domid: -1,
    PV_bootloader: template.domainType === 'pv' ? 'pygrub' : '',
    HVM_boot_policy: template.domainType === 'hvm' ? 'BIOS order' : '',
    tags: template.tags,
    other_config: {
      mac_seed: names.uuid(),
      ...(template.guest === null ? {} : { [GUEST_KEY]: template.guest }),
      ...(template.isDefault ? { default_template: 'true' } : {}),
      ...(template.diskGib === null ? { disks } : {}),
    },
    metrics: store.insert('VM_metrics', {}),
  });
  if (template.diskGib !== null) {
    const VDI = storage.make({
      name_label: `${template.name} disk`,
      SR: sr,
      virtual_size: template.diskGib * GIB,
      type: 'system',
    });
    makeVbd(store, { VM: vm, VDI, userdevice: '0', bootable: true, mode: 'RW', type: 'Disk' });
    makeVbd(store, { VM: vm, userdevice: '3', mode: 'RO', type: 'CD', empty: true });
  }
  for (let card = 0; card < template.networkCards; card += 1) {
    store.insert('VIF', {
      VM: vm,
      network,
      device: String(card),
      MAC: names.mac(),
      MAC_autogenerated: true,
      MTU: 1500,
      allowed_operations: ['attach'],
    });
  }
  operations.refresh(vm);
}
