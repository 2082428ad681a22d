// What happens on the machines: domains that come and go. Each function is one moment, after the time an operation takes and
// without a step in which a VM is half there.
import { NULL } from './data-model.ts';
import { XapiFailure } from './errors.ts';
import type { Guests } from './guests.ts';
import type { Operations } from './operations.ts';
import type { Pace } from './pace.ts';
import type { Storage } from './storage.ts';
import type { ObjectStore } from './store.ts';

interface DomainsParts {
  readonly store: ObjectStore;
  readonly storage: Storage;
  readonly guests: Guests;
  readonly operations: Operations;
  readonly pace: Pace;
}

export class Domains {
  readonly #store: ObjectStore;
  readonly #guests: Guests;
  readonly #operations: Operations;
  readonly #storage: Storage;
  readonly #pace: Pace;
  #lastDomid = 0;

  constructor({ guests, operations, pace, storage, store }: DomainsParts) {
    this.#store = store;
    this.#pace = pace;
    this.#storage = storage;
    this.#guests = guests;
    this.#operations = operations;
  }

  /** A VM that was halted is on a host. What was known of its guest was forgotten when the start began. */
  start(vm: string, host: string, paused: boolean): void {
    this.#appear(vm, host, paused);
    if (!paused) this.#guests.boot(vm);
  }

  /** A VM that was suspended goes on where it was. */
  resume(vm: string, host: string, paused: boolean): void {
    this.#appear(vm, host, paused);
    this.#dropMemoryImage(vm);
    if (!paused) this.#guests.boot(vm);
  }

  /** The same VM in a new domain. */
  reboot(vm: string): void {
    this.forgetGuest(vm);
    this.#store.update('VM', vm, { domid: this.#nextDomid(), power_state: 'Running' });
    this.#stamp(vm);
    this.#guests.boot(vm);
    this.#operations.refresh(vm);
  }

  pause(vm: string): void {
    this.#store.update('VM', vm, { power_state: 'Paused' });
    this.#guests.stop(vm);
    this.#operations.refresh(vm);
  }

  unpause(vm: string): void {
    this.#store.update('VM', vm, { power_state: 'Running' });
    this.#guests.boot(vm);
    this.#operations.refresh(vm);
  }

  /** The memory of a VM goes to a disk of its own on `sr`, and the VM from its host. */
  suspend(vm: string, sr: string): void {
    const { name_label, memory_static_max, memory_overhead } = this.#store.get('VM', vm);
    const size = memory_static_max + memory_overhead;
    const suspend_VDI = this.#storage.make({
      name_label: 'Suspend image',
      name_description: `Memory of ${name_label}`,
      SR: sr,
      type: 'suspend',
      virtual_size: size,
      allowed_operations: ['destroy', 'forget', 'update'],
    });
    this.#store.update('VM', vm, { suspend_VDI });
    this.#disappear(vm, 'Suspended');
  }

  migrate(vm: string, host: string): void {
    this.#store.update('VM', vm, {
      resident_on: host,
      scheduled_to_be_resident_on: NULL,
      domid: this.#nextDomid(),
    });
  }

  /** However it came to that: shut down, crashed, or declared dead with its host. */
  halt(vm: string): void {
    this.#dropMemoryImage(vm);
    this.#disappear(vm, 'Halted');
  }

  /** All VMs that the database has on a host are halted: the host came back without them, or will not. */
  haltAllOn(host: string): void {
    for (const vm of this.#store.get('host', host).resident_VMs) {
      if (!this.#store.get('VM', vm).is_control_domain) this.halt(vm);
    }
  }

  /** What the guest told of itself before belongs to another life. */
  forgetGuest(vm: string): void {
    const { guest_metrics } = this.#store.get('VM', vm);
    if (guest_metrics === NULL) return;
    this.#store.update('VM', vm, { guest_metrics: NULL });
    this.#store.remove('VM_guest_metrics', guest_metrics);
  }

  /** The SR for a VM's memory: its own, its host's or the pool's. @throws XapiFailure VM_NO_SUSPEND_SR */
  suspendSr(vm: string): string {
    const { suspend_SR, resident_on } = this.#store.get('VM', vm);
    const host = this.#store.find('host', resident_on)?.suspend_image_sr ?? NULL;
    const pools = this.#store.all('pool').map(([, pool]) => pool.suspend_image_SR);
    const sr = [suspend_SR, host, ...pools].find((ref) => this.#store.find('SR', ref) !== undefined);
    if (sr === undefined) throw new XapiFailure('VM_NO_SUSPEND_SR', vm);
    return sr;
  }

  #appear(vm: string, host: string, paused: boolean): void {
    const { VBDs, VIFs } = this.#store.get('VM', vm);
    const { address } = this.#store.get('host', host);
    this.#attachDevices(VBDs, VIFs, true);
    this.#store.insert('console', {
      VM: vm,
      protocol: 'rfb',
      location: `https://${address}/console?ref=${vm}`,
    });
    this.#store.update('VM', vm, {
      power_state: paused ? 'Paused' : 'Running',
      resident_on: host,
      scheduled_to_be_resident_on: NULL,
      domid: this.#nextDomid(),
    });
    this.#stamp(vm);
    this.#operations.refresh(vm);
  }

  #disappear(vm: string, power_state: 'Halted' | 'Suspended'): void {
    this.#guests.stop(vm);
    const { VBDs, VIFs, consoles } = this.#store.get('VM', vm);
    this.#attachDevices(VBDs, VIFs, false);
    for (const console of consoles) this.#store.remove('console', console);
    this.#store.update('VM', vm, {
      power_state,
      resident_on: NULL,
      scheduled_to_be_resident_on: NULL,
      domid: -1,
    });
    this.#operations.refresh(vm);
  }

  #dropMemoryImage(vm: string): void {
    const { suspend_VDI } = this.#store.get('VM', vm);
    if (suspend_VDI === NULL) return;
    this.#store.update('VM', vm, { suspend_VDI: NULL });
    if (this.#store.find('VDI', suspend_VDI) !== undefined) this.#storage.remove(suspend_VDI);
  }

  #attachDevices(vbds: readonly string[], vifs: readonly string[], currently_attached: boolean): void {
    for (const vbd of vbds) this.#store.update('VBD', vbd, { currently_attached });
    for (const vif of vifs) this.#store.update('VIF', vif, { currently_attached });
  }

  #stamp(vm: string): void {
    const { metrics, VCPUs_at_startup, memory_dynamic_min, domain_type } = this.#store.get('VM', vm);
    const now = this.#pace.stamp();
    this.#store.update('VM_metrics', metrics, {
      start_time: now,
      last_updated: now,
      memory_actual: memory_dynamic_min,
      VCPUs_number: VCPUs_at_startup,
      current_domain_type: domain_type,
      hvm: domain_type === 'hvm',
    });
  }

  #nextDomid(): number {
    this.#lastDomid += 1;
    return this.#lastDomid;
  }
}
