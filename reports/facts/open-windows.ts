// Which instances are reserved where, right now: turns the events of open windows into plain changes. What is reserved of a node is
// the sum of these changes.
import type { DomainEvent, NodeShare, Resources } from '../../engine/index.ts';
import type { Tell } from './hearing.ts';

export class OpenWindows {
  /** Demand of one instance, for each reservation whose window is open. */
  readonly #demands = new Map<string, Resources>();
  readonly #tell: Tell;

  /** @param tell is told of every change, in order */
  constructor(tell: Tell) {
    this.#tell = tell;
  }

  record(event: DomainEvent): void {
    switch (event.type) {
      case 'window-opened':
        this.#demands.set(event.reservationId, event.demand);
        this.#change(event, event.pieces, event.demand, 1);
        return;
      case 'options-claimed': {
        const demand = this.#demands.get(event.reservationId);
        if (demand !== undefined) this.#change(event, event.pieces, demand, 1);
        return;
      }
      case 'reservation-changed': {
        const demand = this.#demands.get(event.reservationId);
        if (demand === undefined) return;
        this.#change(event, event.formerPieces, demand, -1);
        this.#change(event, event.pieces, demand, 1);
        return;
      }
      case 'window-closed':
        this.#demands.delete(event.reservationId);
        this.#change(event, event.pieces, event.demand, -1);
        return;
      case 'instance-moved': {
        if (!event.windowOpen) return;
        this.#change(event, [{ nodeId: event.fromNodeId, instances: 1 }], event.demand, -1);
        this.#change(event, [{ nodeId: event.toNodeId, instances: 1 }], event.demand, 1);
        return;
      }
      default:
    }
  }

  #change(
    { atMs, reservationId }: { readonly atMs: number; readonly reservationId: string },
    pieces: readonly NodeShare[],
    demand: Resources,
    sign: 1 | -1,
  ): void {
    for (const { nodeId, instances } of pieces) {
      this.#tell('reserved-changed', { atMs, reservationId, nodeId, instances: sign * instances, demand });
    }
  }
}
