// The books of the run, kept from its events: every charge, refund and penalty is an entry that one side pays and the other gets. Whether each is what was
// agreed is checked here, whatever the provider says of itself.
import type { EventOf } from '../../engine/index.ts';
import { round } from '../summary-values.ts';
import { type Meter, metric } from './metric.ts';

export interface LedgerFigures {
  readonly entries: number;
  /** In micro-credits; so are the rest. */
  readonly chargedMicros: number;
  readonly refundedMicros: number;
  readonly penaltyMicros: number;
  /** Entries that are not what was agreed: see {@link Books}. */
  readonly breaches: number;
}

/** Of a living session: the price on offer, and from the confirmation on what was paid for it. */
interface Account {
  offeredMicros: number | null;
  paidMicros: number;
}

/**
 * A breach is a price that is no whole number of micro-credits of at least 0, a confirmation at another price than that of the last offer, a change
 * whose difference is not that of the two prices, and a refund of more than was paid.
 */
class Books implements Meter<LedgerFigures> {
  readonly #accounts = new Map<string, Account>();
  #entries = 0;
  #chargedMicros = 0;
  #refundedMicros = 0;
  #penaltyMicros = 0;
  #breaches = 0;

  readonly hears = {
    'offer-accepted': (event: EventOf<'offer-accepted'>) => this.#offer(event),
    'offer-countered': (event: EventOf<'offer-countered'>) => this.#offer(event),
    'reservation-confirmed': ({ priceMicros, reservationId }: EventOf<'reservation-confirmed'>) => {
      const account = this.#accountOf(reservationId);
      this.#require(account.offeredMicros === null || account.offeredMicros === priceMicros);
      this.#charge(account, priceMicros);
    },
    'options-claimed': ({ priceMicros, reservationId }: EventOf<'options-claimed'>) => {
      if (priceMicros !== undefined) this.#charge(this.#accountOf(reservationId), priceMicros);
    },
    'reservation-changed': (event: EventOf<'reservation-changed'>) => {
      const { differenceMicros, priceMicros, reservationId } = event;
      const account = this.#accountOf(reservationId);
      this.#require(differenceMicros === priceMicros - account.paidMicros);
      if (differenceMicros >= 0) this.#charge(account, differenceMicros);
      else this.#refund(account, -differenceMicros);
    },
    'reservation-ended': ({ penaltyMicros, refundMicros, reservationId }: EventOf<'reservation-ended'>) => {
      const account = this.#accountOf(reservationId);
      if (refundMicros > 0) this.#refund(account, refundMicros);
      if (penaltyMicros > 0) {
        this.#enter(penaltyMicros);
        this.#penaltyMicros += penaltyMicros;
      }
      this.#accounts.delete(reservationId);
    },
  };

  finish(): LedgerFigures {
    return {
      entries: this.#entries,
      chargedMicros: this.#chargedMicros,
      refundedMicros: this.#refundedMicros,
      penaltyMicros: this.#penaltyMicros,
      breaches: this.#breaches,
    };
  }

  #offer({ priceMicros, reservationId }: EventOf<'offer-accepted' | 'offer-countered'>): void {
    this.#accountOf(reservationId).offeredMicros = priceMicros;
  }

  #charge(account: Account, micros: number): void {
    this.#enter(micros);
    account.paidMicros += micros;
    this.#chargedMicros += micros;
  }

  #refund(account: Account, micros: number): void {
    this.#require(micros <= account.paidMicros);
    this.#enter(micros);
    account.paidMicros -= micros;
    this.#refundedMicros += micros;
  }

  #enter(micros: number): void {
    this.#require(Number.isSafeInteger(micros) && micros >= 0);
    this.#entries += 1;
  }

  #require(holds: boolean): void {
    if (!holds) this.#breaches += 1;
  }

  #accountOf(reservationId: string): Account {
    const known = this.#accounts.get(reservationId);
    if (known !== undefined) return known;
    const account = { offeredMicros: null, paidMicros: 0 };
    this.#accounts.set(reservationId, account);
    return account;
  }
}

const credits = (micros: number) => round(micros / 1_000_000);

export const ledger = metric({
  name: 'ledger',
  over: 'whole run',
  start: () => new Books(),
  summary: {
    ledgerEntries: {
      means: 'charges, refunds and penalties; each is paid by one side and received by the other',
      of: ({ entries }) => entries,
    },
    ledgerBalance: {
      unit: 'credits',
      means: 'what providers have of their users in the end: charges less refunds and penalties',
      of: ({ chargedMicros, penaltyMicros, refundedMicros }) =>
        credits(chargedMicros - refundedMicros - penaltyMicros),
    },
    ledgerBreaches: {
      means:
        'entries that are not what was agreed: another price than that of the last offer, a change by another difference than that of its prices, more given back than was paid, no whole micro-credits. 0, or OpenPEX is at fault',
      of: ({ breaches }) => breaches,
    },
  },
});
