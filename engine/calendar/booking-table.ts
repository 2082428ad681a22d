// The bookings of a calendar, by id, and by node and time. A fork of the table notes only what differs from the original.

import type { Booking, BookingId } from './booking.ts';

export class BookingTable {
  private readonly original: BookingTable | undefined;
  /** In a fork, null stands for a booking that the original has. */
  private readonly byId = new Map<BookingId, Booking | null>();
  /** From a node's first booking on. In a fork, only of nodes whose bookings differ. */
  private readonly byNode: (Siblings | undefined)[];
  private bookingCount = 0;

  /** @param source the number of nodes; or the table to begin as a fork of */
  constructor(source: number | BookingTable) {
    if (source instanceof BookingTable) {
      this.original = source;
      this.bookingCount = source.count;
      this.byNode = [];
    } else {
      this.byNode = new Array(source);
    }
  }

  get count(): number {
    return this.bookingCount;
  }

  get(id: BookingId): Booking | undefined {
    const booking = this.byId.get(id);
    return booking === undefined ? this.original?.get(id) : (booking ?? undefined);
  }

  /** The bookings of the node that overlap [fromMs, toMs), by start, then by id. Costs what there is about that time: as far before it as the longest of them lasts. */
  on(nodeIndex: number, fromMs: number, toMs: number): Booking[] {
    const found: Booking[] = [];
    const siblings = this.siblingsOn(nodeIndex);
    if (siblings === undefined) return found;
    const { bookings, longestMs } = siblings;
    for (let place = placeOf(bookings, fromMs - longestMs, 0); place < bookings.length; place += 1) {
      const booking = bookings[place]!;
      if (booking.startMs >= toMs) break;
      if (booking.endMs > fromMs) found.push(booking);
    }
    return found;
  }

  /** Puts `after` in the place of `before`: nothing before enters a booking, nothing after drops one. */
  exchange(before: Booking | undefined, after: Booking | undefined): void {
    if (before !== undefined && before.nodeIndex === after?.nodeIndex) {
      replace(this.ownOn(after.nodeIndex), before, after);
      this.byId.set(after.id, after);
      return;
    }
    if (before !== undefined) this.drop(before);
    if (after !== undefined) this.enter(after);
  }

  /** Drops what ended before `ms`. Not for a fork. */
  forgetBefore(ms: number): void {
    for (const siblings of this.byNode) {
      if (siblings === undefined) continue;
      const { bookings } = siblings;
      let kept = 0;
      siblings.longestMs = 0;
      for (const booking of bookings) {
        if (booking.endMs < ms) {
          this.byId.delete(booking.id);
        } else {
          bookings[kept] = booking;
          kept += 1;
          siblings.longestMs = Math.max(siblings.longestMs, booking.endMs - booking.startMs);
        }
      }
      bookings.length = kept;
    }
    this.bookingCount = this.byId.size;
  }

  private enter(booking: Booking): void {
    join(this.ownOn(booking.nodeIndex), booking);
    this.byId.set(booking.id, booking);
    this.bookingCount += 1;
  }

  private drop(booking: Booking): void {
    leave(this.ownOn(booking.nodeIndex), booking);
    if (this.original === undefined) this.byId.delete(booking.id);
    else this.byId.set(booking.id, null);
    this.bookingCount -= 1;
  }

  private siblingsOn(nodeIndex: number): Siblings | undefined {
    return this.byNode[nodeIndex] ?? this.original?.siblingsOn(nodeIndex);
  }

  private ownOn(nodeIndex: number): Siblings {
    const own = this.byNode[nodeIndex];
    if (own !== undefined) return own;
    const before = this.original?.siblingsOn(nodeIndex);
    const copy = { bookings: [...(before?.bookings ?? [])], longestMs: before?.longestMs ?? 0 };
    this.byNode[nodeIndex] = copy;
    return copy;
  }
}

/** The bookings of one node. */
interface Siblings {
  /** By start, then by id. */
  readonly bookings: Booking[];
  /** None lasts longer; all may be shorter. */
  longestMs: number;
}

/** Before the first that starts later, or at that instant with that id or a greater one. */
function placeOf(bookings: readonly Booking[], startMs: number, id: BookingId): number {
  let low = 0;
  let high = bookings.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const booking = bookings[middle]!;
    if (booking.startMs < startMs || (booking.startMs === startMs && booking.id < id)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function replace(siblings: Siblings, before: Booking, after: Booking): void {
  const { bookings } = siblings;
  if (before.startMs !== after.startMs || before.id !== after.id) {
    leave(siblings, before);
    join(siblings, after);
    return;
  }
  // In its order, nothing has to move.
  bookings[placeOf(bookings, after.startMs, after.id)] = after;
  siblings.longestMs = Math.max(siblings.longestMs, after.endMs - after.startMs);
}

function join(siblings: Siblings, booking: Booking): void {
  const { bookings } = siblings;
  const { endMs, id, startMs } = booking;
  siblings.longestMs = Math.max(siblings.longestMs, endMs - startMs);
  const place = placeOf(bookings, startMs, id);
  if (place === bookings.length) bookings.push(booking);
  else bookings.splice(place, 0, booking);
}

function leave({ bookings }: Siblings, { id, startMs }: Booking): void {
  bookings.splice(placeOf(bookings, startMs, id), 1);
}
