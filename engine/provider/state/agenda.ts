// What falls due, as data that follows from state: a reservation's next steps in time, operations to be tried again, and what is to come of
// the outages of nodes. Whoever runs the provider is told what to wait for; after a restart the same list is read off the state.
import type { Due } from '../input.ts';
import type { Outbox } from '../outbox.ts';
import type { NodeOutage } from './node-outage.ts';
import type { Change, Reservation, Vm } from './reservation.ts';

/** What keeps a list of what is to come of it, and the place of that in the order in which things were expected. */
type Expecting = Pick<Reservation, 'dues' | 'dueOrder'>;

export class Agenda {
  readonly #outbox: Outbox;
  /** What falls due at one instant and in one phase comes in the order in which it was expected. */
  #lastOrder = 0;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  /** From now on these are what comes next of a reservation, in this order at one instant, instead of what was. */
  expect(reservation: Reservation, dues: readonly Due[]): void {
    this.#replace(reservation, dues);
    this.#outbox.touch(reservation);
  }

  /** The same for an outage: what is to come next of it, or nothing more because it is over. */
  expectOfOutage(outage: NodeOutage, { isOver = false } = {}): void {
    this.#replace(outage, isOver ? [] : outage.next);
  }

  #replace(owner: Expecting, dues: readonly Due[]): void {
    for (const due of owner.dues) this.#outbox.disarm(due);
    owner.dues = dues;
    if (dues.length === 0) return;
    owner.dueOrder = this.#lastOrder + 1;
    this.#lastOrder += dues.length;
    for (const due of dues) this.#outbox.arm(due);
  }

  /** Nobody may confirm the change that is on offer; apart from what else is to come of its reservation, which stays in its order. */
  expectChangeExpiry({ change, id: reservationId }: Reservation): void {
    if (change === undefined) return;
    this.#lastOrder += 1;
    const due: Due = { kind: 'change-expiry', reservationId, atMs: change.holdUntilMs };
    change.expiry = { due, order: this.#lastOrder };
    this.#outbox.arm(due);
  }

  dropChangeExpiry({ expiry }: Change): void {
    if (expiry !== undefined) this.#outbox.disarm(expiry.due);
  }

  expectRetry(vm: Vm, atMs: number): void {
    this.dropRetry(vm);
    this.#lastOrder += 1;
    vm.retry = { due: { kind: 'retry', vmId: vm.id, atMs }, order: this.#lastOrder };
    this.#outbox.arm(vm.retry.due);
  }

  dropRetry(vm: Vm): void {
    if (vm.retry !== undefined) this.#outbox.disarm(vm.retry.due);
    vm.retry = undefined;
  }

  /** A VM whose time is over goes then. */
  expectRemoval(vm: Vm, atMs: number): void {
    vm.removal = { kind: 'removal', vmId: vm.id, atMs };
    this.#outbox.arm(vm.removal);
  }

  dropRemoval(vm: Vm): void {
    if (vm.removal !== undefined) this.#outbox.disarm(vm.removal);
    vm.removal = undefined;
  }

  /** Is that still to come? What was dropped meanwhile may be told all the same, and means nothing. Takes it off the list. */
  take(due: Due, owner: Reservation | NodeOutage | Vm | undefined): boolean {
    if (owner === undefined) return false;
    if ('retry' in owner) {
      if (due.kind === 'removal') {
        if (owner.removal?.atMs !== due.atMs) return false;
        owner.removal = undefined;
        return true;
      }
      if (owner.retry?.due.atMs !== due.atMs) return false;
      owner.retry = undefined;
      return true;
    }
    if (due.kind === 'change-expiry') {
      if (!('change' in owner) || owner.change?.holdUntilMs !== due.atMs) return false;
      owner.change.expiry = undefined;
      return true;
    }
    const left = owner.dues.filter(({ atMs, kind }) => atMs !== due.atMs || kind !== due.kind);
    if (left.length === owner.dues.length) return false;
    owner.dues = left;
    return true;
  }

  /** Takes over what was expected when the state was taken, without telling anybody. */
  restore(reservation: Reservation, dues: readonly Due[]): void {
    this.#restore(reservation, dues);
    this.#lastOrder = Math.max(this.#lastOrder, reservation.change?.expiry?.order ?? 0);
    for (const { vm } of reservation.instances) {
      if (vm?.retry !== undefined) this.#lastOrder = Math.max(this.#lastOrder, vm.retry.order);
    }
  }

  restoreOutage(outage: NodeOutage): void {
    this.#restore(outage, outage.next);
  }

  #restore(owner: Expecting, dues: readonly Due[]): void {
    owner.dues = dues;
    this.#lastOrder = Math.max(this.#lastOrder, owner.dueOrder + dues.length - 1);
  }

  /** Everything that is to come of these reservations and outages, in the order in which it was expected. O(n log n). */
  static list(reservations: Iterable<Reservation>, outages: Iterable<NodeOutage>): Due[] {
    const ordered: { order: number; due: Due }[] = [];
    for (const { dueOrder, dues } of outages)
      for (const [i, due] of dues.entries()) ordered.push({ order: dueOrder + i, due });
    for (const { change, dueOrder, dues, instances } of reservations) {
      if (change?.expiry !== undefined) ordered.push(change.expiry);
      for (const [i, due] of dues.entries()) ordered.push({ order: dueOrder + i, due });
      for (const { vm } of instances) {
        if (vm?.retry !== undefined) ordered.push(vm.retry);
        if (vm?.removal !== undefined) ordered.push({ order: 0, due: vm.removal });
      }
    }
    return ordered.sort((a, b) => a.order - b.order).map(({ due }) => due);
  }
}
