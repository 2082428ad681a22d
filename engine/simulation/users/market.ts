// A provider as the users of a simulation meet it.
import type { Offer } from '../../domain/proposal.ts';
import type { EventQueue } from '../../provider/event-queue.ts';

export interface Market {
  readonly queue: EventQueue;
  /** What users say to it, as by `EventQueue.execute`. */
  readonly execute: EventQueue['execute'];
  /** Without it users activate what they confirmed, at its start. */
  readonly autoActivate: boolean;
  /** So long after its start a window is kept for who has not come; Infinity: to its end. */
  readonly noShowGraceMs: number;
  /** So long ahead at most it takes windows; its users know, and come then. Infinity: any. */
  readonly leadMaxMs: number;
  /** Its users take what differs from their request, but for the start, for what they asked for: they are not told. */
  readonly isUntold: boolean;
  /** A new one, unique in the world. */
  readonly nextReservationId: () => string;
  /** Tells what becomes of a request that is on the waitlist: its turn, or undefined when it is over. */
  readonly onTurn: (reservationId: string, hear: (offer: Offer | undefined) => void) => void;
  /** Tells each time that a lease which ran has to wait for capacity again, until it has ended. */
  readonly onSetAside: (reservationId: string, hear: () => void) => void;
  /** Tells of other terms that the provider offers for a reservation without having been asked. */
  readonly onChangeOffered: (reservationId: string, hear: (offer: Offer) => void) => void;
}
