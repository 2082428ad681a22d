// A provider as the users of a simulation meet it.
import type { EventQueue } from '../../provider/event-queue.ts';

export interface Market {
  readonly queue: EventQueue;
  /** Without it users activate what they confirmed, at its start. */
  readonly autoActivate: boolean;
  /** A new one, unique in the world. */
  readonly nextReservationId: () => string;
}
