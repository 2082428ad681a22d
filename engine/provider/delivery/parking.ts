// VMs that stand still because their node may not be used and no other has room.
import type { Vm } from '../state/reservation.ts';

export class Parking {
  readonly #vms = new Set<Vm>();

  get isEmpty(): boolean {
    return this.#vms.size === 0;
  }

  /** Those that may yet go on, the longest parked first; an order that neither a restart nor the ids of VMs change. */
  list(): Vm[] {
    return [...this.#vms].sort(
      (a, b) =>
        a.parkedSinceMs! - b.parkedSinceMs! ||
        a.reservation.dueOrder - b.reservation.dueOrder ||
        a.instance.number - b.instance.number,
    );
  }

  enter(vm: Vm, sinceMs: number): void {
    vm.parkedSinceMs = sinceMs;
    this.#vms.add(vm);
  }

  /** @returns whether it was parked */
  leave(vm: Vm): boolean {
    const wasParked = this.#vms.delete(vm);
    if (wasParked) vm.parkedSinceMs = undefined;
    return wasParked;
  }

  /** It will not go on. That it stands still, and since when, remains so: it was not delivered. */
  giveUp(vm: Vm): void {
    this.#vms.delete(vm);
  }
}
