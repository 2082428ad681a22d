// The books of the run, kept from its events: every charge, refund and penalty is an entry that one side pays and the other gets. Whether each is what was
// agreed is checked here, whatever the provider says of itself.
import type { EventOf } from '../../engine/index.ts';
import { round } from '../summary-values.ts';
import { type Meter, metric, type StreamStart } from './metric.ts';

export interface LedgerFigures {
  readonly entries: number;
  /** In micro-credits; so are the rest. */
  readonly chargedMicros: number;
  readonly refundedMicros: number;
  readonly penaltyMicros: number;
  /** Between providers, less what was given back and paid on top: paid to others that deliver, and received for what is delivered for others. */
  readonly transfersPaidMicros: number;
  readonly transfersReceivedMicros: number;
  /** Between users, for windows that one sold to another; and what the provider kept of it. */
  readonly tradedMicros: number;
  readonly feesMicros: number;
  /** Of the charges: what was paid for offers that were held in vain. */
  readonly pledgesKeptMicros: number;
  /** Entries that are not what was agreed: see {@link Books}. */
  readonly breaches: number;
}

/** Of a living session: the price on offer, and from the confirmation on what was paid for it. */
interface Account {
  offeredMicros: number | null;
  paidMicros: number;
  /** Of it, what was paid for the offer. */
  pledgedMicros: number;
}

/**
 * A breach is a price that is no whole number of micro-credits of at least 0, a confirmation at another price than that of the last offer, a change
 * whose difference is not that of the two prices, a refund of more than was paid, a sale by a user to themselves or at a price that is not between its fee and
 * the bid, and, where both sides are seen, a transfer that one side does not have in
 * its books as the other has it.
 */
class Books implements Meter<LedgerFigures> {
  readonly #accounts = new Map<string, Account>();
  #entries = 0;
  #chargedMicros = 0;
  #refundedMicros = 0;
  #penaltyMicros = 0;
  #tradedMicros = 0;
  #feesMicros = 0;
  #pledgesKeptMicros = 0;
  #breaches = 0;
  /** Reservations of providers that sell them on, alive. */
  readonly #resold = new Set<string>();
  #transfersPaidMicros = 0;
  #transfersReceivedMicros = 0;
  readonly #severalProviders: boolean;

  constructor({ severalProviders = false }: StreamStart) {
    this.#severalProviders = severalProviders;
  }

  readonly hears = {
    'reservation-initiated': ({ origin, reservationId }: EventOf<'reservation-initiated'>) => {
      if (origin?.resoldFor !== undefined) this.#resold.add(reservationId);
    },
    'offer-accepted': (event: EventOf<'offer-accepted'>) => this.#offer(event),
    'offer-countered': (event: EventOf<'offer-countered'>) => this.#offer(event),
    'waitlist-joined': (event: EventOf<'waitlist-joined'>) => this.#givePledgeBack(event),
    'reservation-confirmed': (event: EventOf<'reservation-confirmed'>) => {
      const { outsourced, pledgedMicros = 0, priceMicros, reservationId } = event;
      const account = this.#accountOf(reservationId);
      if (outsourced !== undefined) this.#transfer(outsourced.priceMicros);
      this.#require(account.offeredMicros === null || account.offeredMicros === priceMicros);
      this.#require(account.pledgedMicros === pledgedMicros);
      account.pledgedMicros = 0;
      this.#charge(account, priceMicros - pledgedMicros);
      if (this.#resold.has(reservationId)) {
        this.#chargedMicros -= priceMicros;
        this.#transfersReceivedMicros += priceMicros;
      }
    },
    'transfer-settled': ({ penaltyMicros, refundMicros }: EventOf<'transfer-settled'>) =>
      this.#transfer(-refundMicros - penaltyMicros),
    'reservation-transferred': ({
      fromUserId,
      priceMicros,
      sale,
      userId,
    }: EventOf<'reservation-transferred'>) => {
      if (sale === undefined) return;
      const { bidMicros, feeMicros } = sale;
      this.#require(fromUserId !== userId && feeMicros <= priceMicros && priceMicros <= bidMicros);
      // The new user pays the one before, who pays the fee.
      this.#enter(priceMicros);
      this.#tradedMicros += priceMicros;
      if (feeMicros === 0) return;
      this.#enter(feeMicros);
      this.#feesMicros += feeMicros;
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
    'reservation-ended': (event: EventOf<'reservation-ended'>) => {
      const { penaltyMicros, refundMicros, reservationId } = event;
      const account = this.#accountOf(reservationId);
      this.#givePledgeBack(event);
      this.#pledgesKeptMicros += account.pledgedMicros;
      if (refundMicros > 0) this.#refund(account, refundMicros);
      if (penaltyMicros > 0) {
        this.#enter(penaltyMicros);
        this.#penaltyMicros += penaltyMicros;
      }
      this.#accounts.delete(reservationId);
      if (!this.#resold.delete(reservationId)) return;
      this.#refundedMicros -= refundMicros;
      this.#penaltyMicros -= penaltyMicros;
      this.#transfersReceivedMicros -= refundMicros + penaltyMicros;
    },
  };

  finish(): LedgerFigures {
    if (this.#severalProviders) this.#require(this.#transfersPaidMicros === this.#transfersReceivedMicros);
    return {
      entries: this.#entries,
      chargedMicros: this.#chargedMicros,
      refundedMicros: this.#refundedMicros,
      penaltyMicros: this.#penaltyMicros,
      transfersPaidMicros: this.#transfersPaidMicros,
      transfersReceivedMicros: this.#transfersReceivedMicros,
      tradedMicros: this.#tradedMicros,
      feesMicros: this.#feesMicros,
      pledgesKeptMicros: this.#pledgesKeptMicros,
      breaches: this.#breaches,
    };
  }

  #offer(event: EventOf<'offer-accepted' | 'offer-countered'>): void {
    const { pledgeMicros = 0, priceMicros, reservationId } = event;
    const account = this.#accountOf(reservationId);
    account.offeredMicros = priceMicros;
    this.#givePledgeBack(event);
    if (pledgeMicros === 0) return;
    this.#require(pledgeMicros <= priceMicros);
    this.#charge(account, pledgeMicros);
    account.pledgedMicros = pledgeMicros;
  }

  /** All of it, or nothing: nothing, when it is kept. */
  #givePledgeBack({ pledgeBackMicros = 0, reservationId }: PledgeBack): void {
    if (pledgeBackMicros === 0) return;
    const account = this.#accountOf(reservationId);
    this.#require(pledgeBackMicros === account.pledgedMicros);
    this.#refund(account, pledgeBackMicros);
    account.pledgedMicros = 0;
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

  /** To another provider, or back. Where that is seen too, it is an entry there. */
  #transfer(micros: number): void {
    if (!this.#severalProviders) this.#enter(Math.abs(micros));
    this.#transfersPaidMicros += micros;
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
    const account = { offeredMicros: null, paidMicros: 0, pledgedMicros: 0 };
    this.#accounts.set(reservationId, account);
    return account;
  }
}

interface PledgeBack {
  readonly reservationId: string;
  readonly pledgeBackMicros?: number;
}

const credits = (micros: number) => round(micros / 1_000_000);

/** What is with the provider in the end; of several together, what is with all of them. */
export function balanceMicrosOf({
  chargedMicros,
  feesMicros,
  penaltyMicros,
  refundedMicros,
  transfersPaidMicros,
  transfersReceivedMicros,
}: LedgerFigures): number {
  return (
    chargedMicros +
    feesMicros -
    refundedMicros -
    penaltyMicros -
    transfersPaidMicros +
    transfersReceivedMicros
  );
}

export const ledger = metric({
  name: 'ledger',
  over: 'whole run',
  start: (stream: StreamStart) => new Books(stream),
  summary: {
    ledgerEntries: {
      means:
        'charges, refunds, penalties, transfers between providers, and sales of windows between users with their fees; each is paid by one side and received by the other',
      of: ({ entries }) => entries,
    },
    ledgerBalance: {
      unit: 'credits',
      means:
        'what providers have of their users in the end: charges and fees of trades less refunds and penalties; of one of several, less ledgerTransfersPaid and with ledgerTransfersReceived',
      of: (figures) => credits(balanceMicrosOf(figures)),
    },
    ledgerTransfersPaid: {
      unit: 'credits',
      means:
        'transfer prices paid to other providers for what they deliver to its users, less what those gave back and paid on top',
      of: ({ transfersPaidMicros }) => credits(transfersPaidMicros),
    },
    ledgerTransfersReceived: {
      unit: 'credits',
      means: 'the same, received of other providers; of all together the two are equal',
      of: ({ transfersReceivedMicros }) => credits(transfersReceivedMicros),
    },
    pledgesKept: {
      unit: 'credits',
      means:
        'of what was paid for offers while they were held (`negotiation.pledge`), what was kept of those that were held in vain; charges, but no revenue of a reservation',
      of: ({ pledgesKeptMicros }) => credits(pledgesKeptMicros),
    },
    ledgerBreaches: {
      means:
        'entries that are not what was agreed: another price than that of the last offer, a change by another difference than that of its prices, more given back than was paid, a sale above its bid or below its fee, a transfer that the two providers do not have alike in their books, no whole micro-credits. 0, or OpenPEX is at fault',
      of: ({ breaches }) => breaches,
    },
  },
});
