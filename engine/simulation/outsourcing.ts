// How a simulated provider buys of others what it has no room for: it has the others quote, takes what is asked for from the cheapest, and sells it on at its
// own price. It is the user of the reservation there, and passes on what its own user says. One step only: a partner does not ask partners of its own.
import { type Clock, Phase } from '../clock/clock.ts';
import { mostForPartner, type PartnerOffer, type ResaleSettings } from '../domain/partner-offer.ts';
import type { Proposal, ProviderReply } from '../domain/proposal.ts';
import type { DomainEvent, EventOf } from '../events/domain-event.ts';
import type { EventQueue } from '../provider/event-queue.ts';
import type { Command, ReplyTo } from '../provider/input.ts';

/** A provider as another one meets it. */
export interface Partner {
  readonly queue: EventQueue;
  readonly nextReservationId: () => string;
}

export interface OutsourcingParts {
  readonly clock: Clock;
  readonly home: EventQueue;
  readonly settings: ResaleSettings;
  /** In the order in which they are asked; found when they are. */
  readonly partners: () => readonly Partner[];
  /** Told the id of a reservation at a partner, and whose it is, before anything else happens to it. */
  readonly onPassedOn: (partnerReservationId: string, reservationId: string) => void;
}

/** What a reservation stands for. */
interface Passage {
  readonly reservationId: string;
  readonly partner: EventQueue;
  readonly partnerReservationId: string;
}

export class Outsourcing {
  readonly #parts: OutsourcingParts;
  /** By the id of the reservation here, and by that of the one there. Of those alive. */
  readonly #passages = new Map<string, Passage>();
  readonly #byPartner = new Map<string, Passage>();

  constructor(parts: OutsourcingParts) {
    this.#parts = parts;
  }

  /** A command of a user, as by `EventQueue.execute`. */
  execute<C extends Command>(command: C, onReply?: (reply: ReplyTo<C>) => void): void {
    const { clock, home } = this.#parts;
    const plainly = () => home.execute(command, onReply);
    if (command.name === 'request') {
      const { proposal, reservationId } = command;
      const elsewhere = this.#ask(reservationId, proposal);
      if (elsewhere === undefined) plainly();
      else {
        home.execute({ ...command, elsewhere }, (reply) => {
          if (home.provider.reservation(reservationId)?.outsourced === undefined) this.#letGo(reservationId);
          onReply?.(reply as ReplyTo<C>);
        });
      }
      return;
    }
    const passage = 'reservationId' in command ? this.#passages.get(command.reservationId) : undefined;
    const isConfirmation = command.name === 'reply' && command.answer.reply === 'CONFIRM';
    if (passage === undefined || !(isConfirmation || command.name === 'cancel')) {
      plainly();
      return;
    }
    const { partner, partnerReservationId: reservationId } = passage;
    // What is said here must come true there, so it is said there first. A partner whose rules bind its customers is paid all the same.
    if (isConfirmation) {
      partner.execute({ name: 'reply', reservationId, answer: { reply: 'CONFIRM' } }, ({ reply }) => {
        if (reply !== 'REQUEST_SUCCESS') home.execute(lostAt(passage));
        plainly();
      });
    } else if (home.provider.canCancel(passage.reservationId, clock.now()))
      partner.execute({ name: 'cancel', reservationId }, plainly);
    else plainly();
  }

  /** What the provider said and did. */
  hearHome(event: DomainEvent): void {
    if (event.type !== 'reservation-activated' && event.type !== 'reservation-ended') return;
    const passage = this.#passages.get(event.reservationId);
    if (passage === undefined) return;
    const { clock } = this.#parts;
    const { partner, partnerReservationId: reservationId } = passage;
    clock.at(clock.now(), Phase.Arrival, () => {
      if (event.type === 'reservation-ended') this.#letGo(event.reservationId);
      else if (partner.provider.reservation(reservationId)?.state === 'CONFIRMED')
        partner.execute({ name: 'activate', reservationId });
    });
  }

  /** It stands for nothing (any more): what is only on offer there is declined; what was agreed takes its course, and is settled. */
  #letGo(reservationId: string): void {
    const passage = this.#passages.get(reservationId);
    if (passage === undefined) return;
    this.#passages.delete(reservationId);
    const { partner, partnerReservationId } = passage;
    if (partner.provider.reservation(partnerReservationId)?.state !== 'ACCEPTED') return;
    this.#byPartner.delete(partnerReservationId);
    const answer = { reply: 'REJECT' } as const;
    partner.execute({ name: 'reply', reservationId: partnerReservationId, answer });
  }

  /** What another provider said and did. */
  hearPartner(event: DomainEvent): void {
    if (event.type !== 'reservation-ended') return;
    const passage = this.#byPartner.get(event.reservationId);
    if (passage === undefined) return;
    this.#byPartner.delete(event.reservationId);
    this.#parts.home.execute(endedAt(event, passage));
  }

  /** Has it held at the cheapest partner that has room for it; undefined: none has, or there is no need. */
  #ask(reservationId: string, proposal: Proposal): PartnerOffer | undefined {
    const { clock, home, partners, settings } = this.#parts;
    const nowMs = clock.now();
    const priceMicros = home.provider.resalePrice(reservationId, proposal, nowMs);
    if (priceMicros === undefined) return undefined;
    const asked = askedOfPartner(proposal, mostForPartner(priceMicros, settings));
    const offers = partners().flatMap((partner) => {
      if (asked.kind !== undefined && !partner.queue.provider.offers(asked.kind)) return [];
      const quote = partner.queue.provider.quote(asked, nowMs);
      return quote.reply === 'ACCEPT' ? [{ partner, micros: quote.priceMicros }] : [];
    });
    // Of equal ones the first: sorting is stable.
    offers.sort((a, b) => a.micros - b.micros);
    for (const { partner } of offers) {
      const offer = this.#hold(partner, reservationId, asked);
      if (offer !== undefined) return offer;
    }
    return undefined;
  }

  #hold(
    { nextReservationId, queue: partner }: Partner,
    reservationId: string,
    proposal: Proposal,
  ): PartnerOffer | undefined {
    const { home, onPassedOn } = this.#parts;
    const { name: provider } = home.provider;
    const { origin } = home.provider.reservation(reservationId)!;
    const partnerReservationId = nextReservationId();
    const passage = { reservationId, partner, partnerReservationId };
    const { valueMicros: _, ...known } = origin!;
    let heard: ProviderReply | undefined;
    onPassedOn(partnerReservationId, reservationId);
    partner.execute(
      {
        name: 'open',
        reservationId: partnerReservationId,
        userId: provider,
        origin: { ...known, resoldFor: { provider, reservationId } },
        proposal,
      },
      (reply) => {
        heard = reply;
      },
    );
    if (heard?.reply !== 'ACCEPT') return undefined;
    this.#passages.set(reservationId, passage);
    this.#byPartner.set(partnerReservationId, passage);
    const { holdUntilMs, priceMicros } = heard;
    const { name: partnerName } = partner.provider;
    return { partner: partnerName, reservationId: partnerReservationId, priceMicros, holdUntilMs };
  }
}

/** The same window for the same VMs; what else the user said is between them and their provider. */
function askedOfPartner(proposal: Proposal, maxPriceMicros: number): Proposal {
  const {
    earliestStartMs: _,
    leeway: _1,
    otherwise: _2,
    startSlides: _3,
    waitlist: _4,
    preference: _5,
    ...terms
  } = proposal;
  return { ...terms, maxPriceMicros };
}

type PartnerEnded = Extract<Command, { name: 'partner-ended' }>;

/** What is on offer there cannot be had after all. */
function lostAt({ partner, reservationId }: Passage): PartnerEnded {
  const { name } = partner.provider;
  return {
    name: 'partner-ended',
    reservationId,
    partner: name,
    reason: 'partner-failed',
    refundMicros: 0,
    penaltyMicros: 0,
  };
}

function endedAt(
  { penaltyMicros, provider: partner, reason, refundMicros }: EventOf<'reservation-ended'>,
  { reservationId }: Passage,
): PartnerEnded {
  return { name: 'partner-ended', reservationId, partner, reason, refundMicros, penaltyMicros };
}
