// Makes room for a request by letting bookings that have not begun change nodes: nothing runs there yet, so it costs nobody anything. What
// is fixed in time is an interval graph: taken in the order of their starts, equal instances on equal nodes find room wherever there is
// enough of it (every one that still lasts when the next begins has begun before). Unequal ones are packed by the same order, the fullest
// node first, which is a heuristic. Decides nothing: the caller applies the plan, or does not.
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { Edit } from '../../calendar/edit.ts';
import type { PlacementRequest } from '../../policy/views.ts';
import { type Instance, NO_BOOKING, type Reservation } from '../state/reservation.ts';
import type { ReservationBook } from '../state/reservation-book.ts';
import type { Allocator, BookEdit } from './allocator.ts';

/** An instance, and the node that it goes to. */
export interface Relocation {
  readonly reservation: Reservation;
  readonly instance: Instance;
  readonly nodeIndex: number;
  /** Its VM runs and needs both nodes until it has left, which will be so by then; Infinity: nobody counts on it. Absent: nothing runs yet. */
  readonly leavesByMs?: number;
}

export interface RoomMade {
  readonly relocations: readonly Relocation[];
  /** One for each instance of the request. */
  readonly books: readonly BookEdit[];
}

export interface RePlacementParts {
  readonly allocator: Pick<Allocator, 'suiting'>;
  readonly calendar: CapacityCalendar;
  readonly book: ReservationBook;
  /** At most so many bookings are thought of anew for one request; 0: none. */
  readonly bookingsMax: number;
}

/** To be put somewhere: what is booked already, or one instance of the request. */
interface Item {
  readonly startMs: number;
  readonly endMs: number;
  readonly demand: PlacementRequest['demand'];
  readonly preference: PlacementRequest['preference'];
  readonly own: { readonly reservation: Reservation; readonly instance: Instance } | undefined;
}

export class RePlacement {
  readonly #parts: RePlacementParts;

  constructor(parts: RePlacementParts) {
    this.#parts = parts;
  }

  /**
   * Where everything could be if the request is to fit; undefined when no way is found. Looks at what overlaps the window, then at what
   * overlaps that as well, up to the bound. O(bookings looked at x nodes) after a look at all reservations.
   */
  roomFor(request: PlacementRequest, owner: string): RoomMade | undefined {
    const { bookingsMax, book } = this.#parts;
    if (bookingsMax === 0) return undefined;
    const { space } = this.#parts.calendar;
    // What has devices stays on them.
    const movable = [...book.values()].flatMap(movablesOf).filter(({ demand }) => !space.usesDevices(demand));
    const direct = overlapping(movable, request);
    const wide = closureOf(direct, movable, bookingsMax);
    const sets = [direct, ...(wide.length > direct.length ? [wide] : [])];
    for (const items of sets) {
      if (items.length > bookingsMax) return undefined;
      for (const staysIfItCan of [true, false]) {
        const made = this.#arranged(items, { request, owner, staysIfItCan });
        if (made !== undefined) return made;
      }
    }
    return undefined;
  }

  #arranged(
    items: readonly Item[],
    { owner, request, staysIfItCan }: { request: PlacementRequest; owner: string; staysIfItCan: boolean },
  ): RoomMade | undefined {
    const { demand, count, startMs, endMs, preference } = request;
    const draft = this.#parts.calendar.fork();
    draft.apply(items.map(({ own }): Edit => ({ edit: 'release', id: own!.instance.place.booking })));
    const asked: Item[] = Array.from({ length: count }, () => ({
      startMs,
      endMs,
      demand,
      preference,
      own: undefined,
    }));
    const relocations: Relocation[] = [];
    const books: BookEdit[] = [];
    for (const item of [...items, ...asked].sort(byStart)) {
      const old = item.own?.instance.place.nodeIndex;
      const nodeIndex =
        staysIfItCan && old !== undefined && draft.freeCount(old, item) > 0
          ? old
          : this.#placeFor(item, item.own?.reservation.id ?? owner, draft);
      if (nodeIndex === undefined) return undefined;
      const book: BookEdit = {
        edit: 'book',
        nodeIndex,
        startMs: item.startMs,
        endMs: item.endMs,
        demand: item.demand,
        kind: 'hold',
        owner,
      };
      const [edit = book] = draft.withDevices([book]);
      draft.apply([edit]);
      if (item.own === undefined) books.push(edit);
      else if (nodeIndex !== old) relocations.push({ ...item.own, nodeIndex });
    }
    return { relocations, books };
  }

  /** What is booked already stays with the requirements of its user; what is asked for is better elsewhere than nowhere. */
  #placeFor(item: Item, owner: string, draft: CapacityCalendar): number | undefined {
    const { demand, endMs, own, preference, startMs } = item;
    const request = { demand, count: 1, startMs, endMs };
    const suits = preference && this.#parts.allocator.suiting({ ...request, preference }, owner, draft);
    const place = fullest(draft, item, suits);
    return place === undefined && own === undefined ? fullest(draft, item) : place;
  }
}

/** By start; what needs more goes first, as it finds room less easily; else in the order given. */
function byStart(a: Item, b: Item): number {
  return a.startMs - b.startMs || b.demand.milliCpus - a.demand.milliCpus || b.endMs - a.endMs;
}

/** The node that takes the fewest of such, and one; of equal ones the first. @param among only nodes of which this is true; undefined: all */
function fullest(
  calendar: CapacityCalendar,
  item: Item,
  among?: (nodeIndex: number) => boolean,
): number | undefined {
  let best: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (let node = 0; node < calendar.nodeCount; node++) {
    const free = calendar.freeCount(node, item);
    if (free < 1 || free >= least || among?.(node) === false) continue;
    best = node;
    least = free;
  }
  return best;
}

/** Its instances, if it is confirmed, has not begun, and nobody was told where they will be otherwise. */
function movablesOf(reservation: Reservation): Item[] {
  const { change, isConfirmed, windowOpen } = reservation;
  if (!isConfirmed || windowOpen || change !== undefined) return [];
  const { demand, preference } = reservation.terms;
  return reservation.present
    .filter(
      ({ pieces, place, vm }) => pieces.length === 1 && place.booking !== NO_BOOKING && vm === undefined,
    )
    .map((instance) => {
      const { endMs, startMs } = instance.place;
      return { startMs, endMs, demand, preference, own: { reservation, instance } };
    });
}

function overlapping(items: readonly Item[], window: Pick<Item, 'startMs' | 'endMs'>): Item[] {
  return items.filter(({ endMs, startMs }) => startMs < window.endMs && window.startMs < endMs);
}

/** What overlaps these, and what overlaps that, and so on; as it is when it gets too many. */
function closureOf(from: readonly Item[], items: readonly Item[], most: number): readonly Item[] {
  let chosen = from;
  while (chosen.length <= most && chosen.length > 0) {
    const span = {
      startMs: Math.min(...chosen.map(({ startMs }) => startMs)),
      endMs: Math.max(...chosen.map(({ endMs }) => endMs)),
    };
    const wider = overlapping(items, span);
    if (wider.length === chosen.length) return chosen;
    chosen = wider;
  }
  return from;
}
