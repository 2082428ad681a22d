// Which instances are reserved where, right now: turns the events of open windows into plain changes. What is reserved of a node is
// the sum of these changes.
import type { DomainEvent, Piece, Resources } from '../../engine/index.ts';

/** From `atMs` on, `instances` more (or fewer, when negative) instances of a reservation are reserved on a node. */
export interface ReservedChange {
  readonly atMs: number;
  readonly reservationId: string;
  readonly nodeId: string;
  readonly instances: number;
  /** Of one instance. */
  readonly demand: Resources;
}

export class OpenWindows {
  /** Demand of one instance, for each reservation whose window is open. */
  readonly #demands = new Map<string, Resources>();

  /** What the event changes, in order. */
  changes(event: DomainEvent): ReservedChange[] {
    switch (event.type) {
      case 'window-opened':
        this.#demands.set(event.reservationId, event.demand);
        return changesOf(event, event.pieces, event.demand, 1);
      case 'options-claimed': {
        const demand = this.#demands.get(event.reservationId);
        return demand === undefined ? [] : changesOf(event, event.pieces, demand, 1);
      }
      case 'window-closed':
        this.#demands.delete(event.reservationId);
        return changesOf(event, event.pieces, event.demand, -1);
      case 'instance-moved': {
        if (!event.windowOpen) return [];
        const { atMs, reservationId, demand } = event;
        return [
          { atMs, reservationId, demand, nodeId: event.fromNodeId, instances: -1 },
          { atMs, reservationId, demand, nodeId: event.toNodeId, instances: 1 },
        ];
      }
      default:
        return [];
    }
  }
}

function changesOf(
  { atMs, reservationId }: { readonly atMs: number; readonly reservationId: string },
  pieces: readonly Piece[],
  demand: Resources,
  sign: 1 | -1,
): ReservedChange[] {
  return pieces.map(({ nodeId, instances }) => ({
    atMs,
    reservationId,
    nodeId,
    instances: sign * instances,
    demand,
  }));
}
