// VMs that run on a node out of service because they could be neither moved nor suspended, or are paused. Which they are is stored with them: what led to it
// does not tell it for sure, once something else has gone wrong with them or their node.
import type { Outbox } from '../outbox.ts';
import type { Vm } from '../state/reservation.ts';

export class Staying {
  readonly #outbox: Pick<Outbox, 'touch'>;
  readonly #vms = new Set<Vm>();

  constructor(outbox: Pick<Outbox, 'touch'>) {
    this.#outbox = outbox;
  }

  /** Those that run there yet, in the order of their ids. */
  list(): Vm[] {
    if (this.#vms.size === 0) return NONE;
    // Whose guest ended, or whose time is over, has left.
    for (const vm of this.#vms) if (!isUpToStay(vm)) this.leave(vm);
    return [...this.#vms].sort((a, b) => (a.id < b.id ? -1 : Number(a.id > b.id)));
  }

  has(vm: Vm): boolean {
    return vm.stays && isUpToStay(vm);
  }

  enter(vm: Vm): void {
    if (vm.stays) return;
    vm.stays = true;
    this.#vms.add(vm);
    this.#outbox.touch(vm.reservation);
  }

  leave(vm: Vm): void {
    if (!vm.stays) return;
    vm.stays = false;
    this.#vms.delete(vm);
    this.#outbox.touch(vm.reservation);
  }

  /** Takes over a VM as it was. */
  restore(vm: Vm): void {
    if (vm.stays) this.#vms.add(vm);
  }
}

const NONE: Vm[] = [];

function isUpToStay({ isUp, wanted }: Vm): boolean {
  return isUp && (wanted === 'running' || wanted === 'paused');
}
