// The bookings of a calendar, by id and by node. A fork of the table notes only what differs from the original.

import type { Booking, BookingId } from './booking.ts';

export class BookingTable {
  private readonly original: BookingTable | undefined;
  /** In a fork, null stands for a booking that the original has. */
  private readonly byId = new Map<BookingId, Booking | null>();
  /** Each in the order of ids, from a node's first booking on. In a fork, only of nodes whose bookings differ. */
  private readonly byNode: (Booking[] | undefined)[];
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

  /** The bookings of the node, in the order of their ids. */
  on(nodeIndex: number): readonly Booking[] {
    return this.byNode[nodeIndex] ?? this.original?.on(nodeIndex) ?? [];
  }

  /** Puts `after` in the place of `before`: nothing before enters a booking, nothing after drops one. */
  exchange(before: Booking | undefined, after: Booking | undefined): void {
    if (before !== undefined && before.nodeIndex === after?.nodeIndex) {
      const siblings = this.ownOn(after.nodeIndex);
      siblings[siblings.indexOf(before)] = after;
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
      let kept = 0;
      for (const booking of siblings) {
        if (booking.endMs < ms) {
          this.byId.delete(booking.id);
        } else {
          siblings[kept] = booking;
          kept += 1;
        }
      }
      siblings.length = kept;
    }
    this.bookingCount = this.byId.size;
  }

  private enter(booking: Booking): void {
    const siblings = this.ownOn(booking.nodeIndex);
    // A new booking has the greatest id; only one that moves here, or comes back, may belong before others.
    let place = siblings.length;
    while (place > 0 && siblings[place - 1]!.id > booking.id) place -= 1;
    if (place === siblings.length) siblings.push(booking);
    else siblings.splice(place, 0, booking);
    this.byId.set(booking.id, booking);
    this.bookingCount += 1;
  }

  private drop(booking: Booking): void {
    const siblings = this.ownOn(booking.nodeIndex);
    siblings.splice(siblings.indexOf(booking), 1);
    if (this.original === undefined) this.byId.delete(booking.id);
    else this.byId.set(booking.id, null);
    this.bookingCount -= 1;
  }

  private ownOn(nodeIndex: number): Booking[] {
    this.byNode[nodeIndex] ??= [...this.on(nodeIndex)];
    return this.byNode[nodeIndex];
  }
}
