// The Allocator of the paper: finds nodes for instances. It asks the allocation policy where, and answers with a plan; what becomes of
// the plan is up to whoever asked.
import type { BookingKind } from '../../calendar/booking.ts';
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { Devices } from '../../domain/devices.ts';
import type { NodeSpec } from '../../domain/node.ts';
import { invariant } from '../../invariant.ts';
import { frozen } from '../../policy/frozen.ts';
import type { Seat, Sitting } from '../../policy/policy-seat.ts';
import { RankedPolicy } from '../../policy/ranked.ts';
import type { PlacementRequest } from '../../policy/views.ts';
import type { Outbox } from '../outbox.ts';
import type { NodeRecords } from '../state/node-records.ts';
import { Candidates, type NodeKnowledge, PlacementNode } from './candidates.ts';

export interface AllocatorParts {
  readonly outbox: Outbox;
  readonly calendar: CapacityCalendar;
  readonly nodes: readonly NodeSpec[];
  readonly records: NodeRecords;
  readonly allocation: Seat<'allocation'>;
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
  /** On a node with devices, if it needs some. */
  readonly devices?: Devices;
}

/** For whom nodes are looked for. */
export interface Placing {
  /** Id of the reservation. */
  readonly owner: string;
  readonly kind: BookingKind;
  readonly round: number;
  /** Of the first of the instances; the others follow. */
  readonly firstNumber: number;
  /** Only nodes of which this is true; absent: all. */
  readonly among?: ((nodeIndex: number) => boolean) | undefined;
}

/** For one instance. */
interface Chosen {
  readonly nodeIndex: number;
  /** Undefined: by the rules of their resources. */
  readonly devices: Devices | undefined;
}

export class Allocator {
  readonly #parts: AllocatorParts;
  readonly #groups: readonly string[];

  constructor(parts: AllocatorParts) {
    this.#parts = parts;
    this.#groups = parts.nodes.map(({ group }) => group);
    for (const { capacity } of parts.nodes) frozen(capacity);
  }

  /** To ask the allocation policy in; kept by whoever applies what it answers. */
  sitting(): Sitting<'allocation'> {
    return this.#parts.allocation.sitting();
  }

  /** Whether all instances have room on nodes that are wanted. @param calendar a draft, to think ahead */
  hasRoom(
    request: PlacementRequest,
    among: Placing['among'],
    calendar: CapacityCalendar = this.#parts.calendar,
  ): boolean {
    if (among === undefined) return calendar.canPlace(request);
    let left = request.count;
    for (const nodeIndex of calendar.candidates(request)) {
      if (!among(nodeIndex)) continue;
      left -= request.count === 1 ? 1 : calendar.freeCount(nodeIndex, request);
      // On some of the nodes as on all of them, what all share is to last for all instances.
      if (left <= 0) return request.count === 1 || calendar.canPlace(request);
    }
    return false;
  }

  /**
   * Chooses nodes for `count` instances in a window that is known to have room for them ({@link hasRoom}). Books nothing.
   * @param calendar a draft, to think ahead
   * @returns one edit for each instance
   */
  place(
    request: PlacementRequest,
    placing: Placing,
    sitting: Sitting<'allocation'>,
    calendar: CapacityCalendar = this.#parts.calendar,
  ): BookEdit[] {
    const { demand, endMs, startMs } = request;
    const { kind, owner } = placing;
    const chosen = this.#choose(request, placing, sitting, calendar);
    invariant(chosen.length === request.count, 'a window that is known to have room takes all instances', {
      ...request,
    });
    const books = chosen.map(
      ({ devices, nodeIndex }): BookEdit => ({
        edit: 'book',
        nodeIndex,
        startMs,
        endMs,
        demand,
        kind,
        owner,
        ...(devices !== undefined && { devices }),
      }),
    );
    return [...calendar.withDevices(books)];
  }

  /**
   * To which nodes something that is placed may be moved, by the requirements of its user; undefined: to all.
   * @param calendar a draft, to think ahead
   */
  suiting(
    request: PlacementRequest,
    subject: string,
    calendar: CapacityCalendar = this.#parts.calendar,
  ): ((nodeIndex: number) => boolean) | undefined {
    const { allocation, outbox } = this.#parts;
    const isFree = request.preference?.requirements === undefined;
    if (isFree || allocation.named.policy.suits === undefined) return undefined;
    const { nowMs } = outbox;
    frozen(request.demand);
    const asked = Object.freeze({ ...request, count: 1 });
    const sitting = this.sitting();
    return (index) => {
      const node = new PlacementNode(calendar, asked, index, this.#known());
      return sitting.ask({ nowMs, subject, terms: asked }, 'suits', asked, node);
    };
  }

  /** One instance on the first node that has room, without asking anybody. */
  placeFirst({ demand, endMs, startMs }: PlacementRequest, { among, kind, owner }: Placing): BookEdit[] {
    for (const nodeIndex of this.#parts.calendar.candidates({ demand, startMs, endMs })) {
      if (among?.(nodeIndex) === false) continue;
      const book: BookEdit = { edit: 'book', nodeIndex, startMs, endMs, demand, kind, owner };
      return [...this.#parts.calendar.withDevices([book])];
    }
    return [];
  }

  #known(): NodeKnowledge {
    const { outbox, records } = this.#parts;
    return { groups: this.#groups, records, nowMs: outbox.nowMs };
  }

  #choose(
    request: PlacementRequest,
    { among, firstNumber, owner: subject, round }: Placing,
    sitting: Sitting<'allocation'>,
    calendar: CapacityCalendar,
  ): Chosen[] {
    const { allocation, outbox } = this.#parts;
    const { policy } = allocation.named;
    if (policy instanceof RankedPolicy && among === undefined)
      return calendar
        .bestNodes(request, policy.ranking)
        .map((nodeIndex) => ({ nodeIndex, devices: undefined }));
    const { nowMs } = outbox;
    const candidates = new Candidates(calendar, request, this.#known(), among);
    const cluster = Object.freeze({ nowMs, nodeCount: calendar.nodeCount });
    frozen(request.demand);
    const choosesDevices =
      'devices' in policy && policy.devices !== undefined && calendar.space.usesDevices(request.demand);
    const chosen: Chosen[] = [];
    for (let left = request.count; left > 0; left--) {
      const asked = Object.freeze({ ...request, count: left });
      const matter = { nowMs, subject, round, instance: firstNumber + chosen.length, terms: asked };
      const node = sitting.ask(matter, 'choose', asked, candidates, cluster);
      const known = candidates.find(node.index);
      if (known === undefined || known.freeCount < 1) {
        throw sitting.refuse(matter, 'choose', node, 'one of the candidates it was given');
      }
      let devices: Devices | undefined;
      if (choosesDevices) {
        const named = sitting.ask(matter, 'devices', asked, known, cluster);
        devices = PlacementNode.devices(known, named);
        if (devices === undefined) throw sitting.refuse(matter, 'devices', named, 'devices with room for it');
      }
      PlacementNode.place(known, devices);
      chosen.push({ nodeIndex: known.index, devices });
    }
    return chosen;
  }
}
