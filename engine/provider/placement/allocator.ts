// The Allocator of the paper: finds nodes for instances. It asks the allocation policy where, and answers with a plan; what becomes of
// the plan is up to whoever asked.
import type { BookingKind } from '../../calendar/booking.ts';
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { NodeSpec } from '../../domain/node.ts';
import { PolicyCall } from '../../policy/policy-call.ts';
import type { AllocationPolicy } from '../../policy/ports.ts';
import type { PlacementRequest } from '../../policy/views.ts';
import type { Outbox } from '../outbox.ts';
import type { Named } from '../provider-settings.ts';
import { Candidates } from './candidates.ts';

export interface AllocatorParts {
  readonly outbox: Outbox;
  readonly calendar: CapacityCalendar;
  readonly nodes: readonly NodeSpec[];
  readonly allocation: Named<AllocationPolicy>;
}

/** One instance for a window on a node that has room for it: an edit of the calendar. */
export interface BookEdit {
  readonly edit: 'book';
  readonly nodeIndex: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly demand: PlacementRequest['demand'];
  readonly kind: BookingKind;
  readonly owner: string;
}

export class Allocator {
  readonly #parts: AllocatorParts;
  readonly #groups: readonly string[];
  #lastPlacedIndex = -1;

  constructor(parts: AllocatorParts) {
    this.#parts = parts;
    this.#groups = parts.nodes.map(({ group }) => group);
  }

  /**
   * Chooses nodes for `count` instances in a window that is known to have room for them (`calendar.canPlace`). Books nothing.
   * @returns one edit for each instance
   */
  place(request: PlacementRequest, { owner, kind }: { owner: string; kind: BookingKind }): BookEdit[] {
    const { demand, endMs, startMs } = request;
    return this.#choose(request).map((nodeIndex) => ({
      edit: 'book',
      nodeIndex,
      startMs,
      endMs,
      demand,
      kind,
      owner,
    }));
  }

  #choose(request: PlacementRequest): number[] {
    const { allocation, calendar, outbox } = this.#parts;
    const candidates = new Candidates(calendar, request, this.#groups);
    const call = new PolicyCall('allocation', allocation, outbox.nowMs);
    const chosen: number[] = [];
    for (let left = request.count; left > 0; left--) {
      const cluster = {
        nowMs: outbox.nowMs,
        nodeCount: calendar.nodeCount,
        lastPlacedIndex: this.#lastPlacedIndex,
      };
      const node = call.ask((policy) => policy.choose({ ...request, count: left }, candidates, cluster));
      const known = candidates.find(node?.index);
      if (known === undefined || known.freeCount < 1) {
        const what = node?.nodeId === undefined ? 'no node' : `node "${node.nodeId}"`;
        throw call.brokeRules(`chose ${what}, which is not one of the candidates it was given`);
      }
      known.placedHere += 1;
      this.#lastPlacedIndex = known.index;
      chosen.push(known.index);
    }
    return chosen;
  }
}
