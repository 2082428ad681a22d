// Which reservations may have something on a node, so that what happens to a node costs what is there and not all that there is. Kept up to
// date only once somebody has asked, and only as far as it pays: a run in which no node fails has nothing of it.
import type { Reservation } from '../state/reservation.ts';
import type { ReservationBook } from '../state/reservation-book.ts';

/** More changes than there are reservations are not followed one by one: it costs less to look at all of them anew. */
const FEWEST_FOLLOWED = 1_000;

export class Tenants {
  readonly #book: Pick<ReservationBook, 'get' | 'size' | 'values'>;
  /** By node. Undefined: nobody has asked since too much had changed. */
  #byNode: Map<number, Set<Reservation>> | undefined;
  /** On which nodes each of them stands there. */
  readonly #nodes = new Map<Reservation, ReadonlySet<number>>();
  /** Since somebody asked last. */
  readonly #changed = new Set<Reservation>();

  constructor(book: Pick<ReservationBook, 'get' | 'size' | 'values'>) {
    this.#book = book;
  }

  /** To be told of each reservation of which anything changed, before or after that. */
  changed(reservation: Reservation): void {
    if (this.#byNode === undefined) return;
    this.#changed.add(reservation);
    if (this.#changed.size > FEWEST_FOLLOWED + this.#book.size) this.#forget();
  }

  /** Those that are alive and have an instance that is to run there, or hold something there for a change; in the order in which they came. */
  on(nodeIndex: number): readonly Reservation[] {
    const byNode = this.#upToDate();
    return [...(byNode.get(nodeIndex) ?? [])].sort((a, b) => a.ordinal - b.ordinal);
  }

  #upToDate(): Map<number, Set<Reservation>> {
    let byNode = this.#byNode;
    if (byNode === undefined) {
      byNode = new Map();
      this.#byNode = byNode;
      for (const reservation of this.#book.values()) this.#enter(byNode, reservation);
      return byNode;
    }
    for (const reservation of this.#changed) {
      for (const nodeIndex of this.#nodes.get(reservation) ?? []) byNode.get(nodeIndex)?.delete(reservation);
      this.#nodes.delete(reservation);
      if (this.#book.get(reservation.id) === reservation) this.#enter(byNode, reservation);
    }
    this.#changed.clear();
    return byNode;
  }

  #enter(byNode: Map<number, Set<Reservation>>, reservation: Reservation): void {
    const nodes = new Set<number>();
    for (const { place } of reservation.instances) nodes.add(place.nodeIndex);
    for (const { nodeIndex } of reservation.change?.held ?? []) nodes.add(nodeIndex);
    if (nodes.size === 0) return;
    this.#nodes.set(reservation, nodes);
    for (const nodeIndex of nodes) {
      const there = byNode.get(nodeIndex);
      if (there === undefined) byNode.set(nodeIndex, new Set([reservation]));
      else there.add(reservation);
    }
  }

  #forget(): void {
    this.#byNode = undefined;
    this.#nodes.clear();
    this.#changed.clear();
  }
}
