// What became of confirmed reservations.
import { FATES, type Fate, type ReservationRecord } from '../facts/session-records.ts';
import { ratio } from '../summary-values.ts';
import { type Meter, metric } from './metric.ts';

export interface FulfilmentFigures {
  /** Their sum is the number of accepted requests. */
  readonly fates: Readonly<Record<Fate, number>>;
}

class Fulfilment implements Meter<FulfilmentFigures> {
  readonly #fates = Object.fromEntries(FATES.map((fate) => [fate, 0])) as Record<Fate, number>;

  readonly hears = {
    'reservation-over': ({ fate, measured }: ReservationRecord) => {
      if (measured) this.#fates[fate] += 1;
    },
  };

  finish(): FulfilmentFigures {
    return { fates: { ...this.#fates } };
  }
}

export const fulfilment = metric({
  name: 'fulfilment',
  start: () => new Fulfilment(),
  summary: {
    fulfilled: {
      means:
        'reservations that were activated and served until their window was over or their guests were done',
      of: ({ fates }) => fates.fulfilled,
    },
    noShows: {
      means:
        'reservations never activated before their window was over; they held their capacity all the same',
      of: ({ fates }) => fates['no-show'],
    },
    cancelled: { means: 'reservations deleted by their users', of: ({ fates }) => fates.cancelled },
    failed: { means: 'reservations that the provider could not keep', of: ({ fates }) => fates.failed },
    unfinished: {
      means: 'reservations not over when the run stopped',
      of: ({ fates }) => fates.unfinished,
    },
    noShowRatio: {
      unit: 'share',
      means: 'noShows / accepted',
      of: ({ fates }) =>
        ratio(
          fates['no-show'],
          FATES.reduce((sum, fate) => sum + fates[fate], 0),
        ),
    },
  },
});
