// VMs that run on a node out of service because they could be neither moved nor suspended.
import type { Vm } from '../state/reservation.ts';

export class Staying {
  readonly #vms = new Set<Vm>();

  /** Those that run there yet, in the order of their ids. */
  list(): Vm[] {
    if (this.#vms.size === 0) return NONE;
    // Whose guest ended, or whose time is over, has left.
    for (const vm of this.#vms) if (!vm.isUp || vm.wanted !== 'running') this.#vms.delete(vm);
    return [...this.#vms].sort((a, b) => (a.id < b.id ? -1 : Number(a.id > b.id)));
  }

  has(vm: Vm): boolean {
    return this.#vms.has(vm) && vm.isUp && vm.wanted === 'running';
  }

  enter(vm: Vm): void {
    this.#vms.add(vm);
  }

  leave(vm: Vm): void {
    this.#vms.delete(vm);
  }
}

const NONE: Vm[] = [];
