// What this service sells that its partners have, where its own provider has no room. It has it held there before it offers it here, confirms it there
// before it is sold here, and looks now and then at what has become of it. What is wanted there follows from how the reservation stands here, so that
// whatever was lost between two words, on either side, comes right at the next look.
import {
  type DomainEvent,
  type EndReason,
  type HostTimers,
  isFinal,
  type PartnerEnd,
  type PartnerOffer,
  type Proposal,
  type ReservationState,
} from '../../engine/index.ts';
import { Chores } from '../chores.ts';
import { OpenPexProblem } from '../client/index.ts';
import type { Instance, Reservation } from '../client/operations.ts';
import type { PassageStore } from '../database/passage-store.ts';
import { ServiceError } from '../problems.ts';
import type { PassageRecord } from '../records.ts';
import { Turns } from '../turns.ts';
import type { ProposalBody } from '../wire/negotiation.ts';
import { type PartnerAccount, PartnerAway } from './partner-account.ts';
import { PartnerQuotes } from './partner-quotes.ts';

export interface ResaleParts {
  /** In the order in which they are asked. */
  readonly partners: readonly PartnerAccount[];
  readonly passages: PassageStore;
  readonly host: HostTimers;
  readonly log: { warn(facts: object, message: string): void };
  readonly service: Reseller;
}

/** The service that sells, as it is needed here. Every promise rejects where nothing can be decided now. */
export interface Reseller {
  /** Its time. */
  now(): number;
  /** How a reservation stands; undefined: it has ended. */
  stateOf(reservationId: string): ReservationState | undefined;
  /** Its user has confirmed, and its partner too. */
  confirm(reservationId: string): Promise<void>;
  partnerEnded(reservationId: string, partner: string, end: PartnerEnd): Promise<void>;
}

/** What is asked of a partner for "now" is decided there a little later. */
const TOLERATED_DELAY_MS = 60_000;

/** After the end of what was sold by a partner that the service does not know any more. */
const GIVE_UP_MS = 3_600_000;

/** As many steps as there can be between two words of others, and more. */
const MOST_STEPS = 4;

/** At a partner at once. */
const MOST_LOOKS = 8;

export class Resale {
  readonly #parts: ResaleParts;
  readonly #partners: ReadonlyMap<string, PartnerAccount>;
  readonly #quotes: PartnerQuotes;
  /** The partner of each reservation of which something is still to come. */
  readonly #open = new Map<string, string>();
  /** What a partner does not let go; it takes its course. */
  readonly #bound = new Set<string>();
  readonly #chores: Chores;
  /** What is to be looked at and has not been begun with. */
  readonly #queued = new Set<string>();
  readonly #lanes = new Turns<string>();
  #lane = 0;

  constructor(parts: ResaleParts) {
    this.#parts = parts;
    this.#partners = new Map(parts.partners.map((partner) => [partner.name, partner]));
    this.#quotes = new PartnerQuotes(parts.partners);
    this.#chores = new Chores(parts.host);
  }

  /** Reads what is open, before a life of the service begins. */
  async read(): Promise<void> {
    this.#open.clear();
    for (const { partner, reservationId } of await this.#parts.passages.unsettled())
      this.#open.set(reservationId, partner);
  }

  /** A life has begun: what is open is looked at. */
  begin(): void {
    for (const reservationId of this.#open.keys()) this.#lookSoon(reservationId);
    for (const { name } of this.#parts.partners) this.#watch(name);
  }

  /** Resolves when nothing is being asked any more. */
  end(): Promise<void> {
    return this.#chores.end();
  }

  /** Resolves when everything that was to be looked at is. */
  settled(): Promise<void> {
    return this.#chores.settled();
  }

  /**
   * Has terms held at the cheapest partner that has them and asks no more than that.
   * @returns undefined where none does
   */
  async offerFor(
    reservationId: string,
    asked: Proposal,
    mostMicros: number,
  ): Promise<PartnerOffer | undefined> {
    const body = askedOfPartner(asked);
    for (const { name, quote } of await this.#quotes.ask(body)) {
      const partner = this.#partners.get(name)!;
      if (quote?.reply !== 'ACCEPT' || (quote.priceMicros ?? 0) > mostMicros) continue;
      const held = await partner.hold(`resale-${reservationId}`, body);
      if (held === undefined) continue;
      const { holdUntilMs, partnerReservationId, priceMicros, startMs } = held;
      const offer = { partner: name, reservationId: partnerReservationId, priceMicros, holdUntilMs };
      const isAsAsked = priceMicros <= mostMicros && isStartOf(startMs, asked, this.#parts.service.now());
      if (isAsAsked && (await isAsLarge(partner, partnerReservationId, asked))) return offer;
      this.decline(offer);
    }
    return undefined;
  }

  /** It is not sold after all. A word that is lost does no harm: what is held there expires. */
  decline({ partner, reservationId }: Pick<PartnerOffer, 'partner' | 'reservationId'>): void {
    const declined = this.#partners.get(partner)?.letGo(reservationId) ?? Promise.resolve();
    this.#track(declined);
  }

  /**
   * A user confirms what a partner holds: it is confirmed there, and then here.
   * @param here confirms it here, or says why not
   * @throws ServiceError PEX_OUTCOME_UNKNOWN when the partner does not say
   */
  async confirm<T>(reservationId: string, offer: PartnerOffer, here: () => Promise<T>): Promise<T> {
    return this.#chores.inTurn(reservationId, async () => {
      const { partner } = offer;
      if (!(await this.#isConfirmed(offer)))
        await this.#parts.service.partnerEnded(reservationId, partner, {
          reason: 'partner-failed',
          refundMicros: 0,
          penaltyMicros: 0,
        });
      return here();
    });
  }

  async #isConfirmed({ partner, reservationId }: PartnerOffer): Promise<boolean> {
    try {
      return (await this.#partners.get(partner)?.confirm(reservationId)) ?? false;
    } catch (error) {
      if (!(error instanceof PartnerAway)) throw error;
      throw new ServiceError(
        'PEX_OUTCOME_UNKNOWN',
        `partner "${partner}", which holds this, has not said whether it is confirmed: look at the reservation, and ask again while it is on offer`,
      );
    }
  }

  /** What runs there now for a reservation. @throws ServiceError PEX_UNAVAILABLE when its partner does not answer */
  async instances({
    partner,
    reservationId,
  }: Pick<PartnerOffer, 'partner' | 'reservationId'>): Promise<readonly Instance[]> {
    try {
      return (await this.#partners.get(partner)?.instances(reservationId)) ?? [];
    } catch (error) {
      if (!(error instanceof PartnerAway)) throw error;
      throw new ServiceError(
        'PEX_UNAVAILABLE',
        `partner "${partner}" does not answer: what its instances do is not known now`,
      );
    }
  }

  /** Something has happened here. */
  hear(event: DomainEvent): void {
    if (event.type === 'offer-accepted' && event.outsourced !== undefined)
      this.#open.set(event.reservationId, event.outsourced.partner);
    else if (event.type === 'reservation-activated' || event.type === 'reservation-ended')
      if (this.#open.has(event.reservationId)) this.#lookSoon(event.reservationId);
  }

  #watch(partner: string): void {
    const { lookEveryMs } = this.#parts.partners.find(({ name }) => name === partner)!.settings;
    this.#chores.later(partner, lookEveryMs, () => {
      for (const [reservationId, its] of this.#open) if (its === partner) this.#lookSoon(reservationId);
      this.#watch(partner);
    });
  }

  #lookSoon(reservationId: string): void {
    // A look that has not begun sees what has happened until then; those of a partner that is away would pile up.
    if (this.#chores.isOver || this.#queued.has(reservationId)) return;
    this.#queued.add(reservationId);
    this.#track(
      this.#chores.inTurn(reservationId, () => {
        this.#queued.delete(reservationId);
        this.#lane = (this.#lane + 1) % MOST_LOOKS;
        return this.#lanes.take(`${this.#open.get(reservationId)} ${this.#lane}`, () =>
          this.#look(reservationId),
        );
      }),
    );
  }

  /** What goes wrong is looked at again. */
  #track(work: Promise<void>): void {
    const { log } = this.#parts;
    const told = work.catch((error: unknown) => {
      const isToldElsewhere = error instanceof PartnerAway || error instanceof ServiceError;
      if (!isToldElsewhere)
        log.warn({ err: error }, 'what a partner has for this service is not settled yet');
    });
    void this.#chores.track(told);
  }

  /** Does what has to be done there, or here, one step after the other. */
  async #look(reservationId: string): Promise<void> {
    const { passages, service } = this.#parts;
    for (let step = 0; step < MOST_STEPS && !this.#chores.isOver; step += 1) {
      const passage = await passages.get(reservationId);
      if (passage === undefined || passage.settledMs !== null) {
        this.#open.delete(reservationId);
        return;
      }
      const theirs = await this.#seen(passage);
      if (theirs === undefined) return;
      const ours = service.stateOf(reservationId);
      if (isFinal(theirs.status)) return this.#ended(passage, theirs, ours);
      if (!(await this.#stepped(passage, theirs, ours))) return;
    }
  }

  /** undefined: its partner does not say. One that has not done so for long after the end has delivered nothing, and is owed nothing. */
  async #seen(passage: PassageRecord): Promise<Reservation | undefined> {
    const { log, service } = this.#parts;
    const { confirmedMs, partner: name, partnerReservationId, priceMicros, reservationId } = passage;
    const partner = this.#partners.get(name);
    try {
      if (partner !== undefined) return await partner.look(partnerReservationId);
    } catch (error) {
      if (!(error instanceof PartnerAway)) throw error;
    }
    const { giveUpMs } = partner?.settings ?? { giveUpMs: GIVE_UP_MS };
    if (service.now() < passage.endsMs + giveUpMs) return undefined;
    log.warn(
      { partner: name, reservationId },
      'a partner has not said what became of a reservation: given up',
    );
    const refundMicros = confirmedMs === null ? 0 : priceMicros;
    await this.#settle(passage, { reason: 'partner-failed', refundMicros, penaltyMicros: 0 });
    return undefined;
  }

  /** @returns false: nothing has to be done now */
  async #stepped(
    { partner: name, partnerReservationId, reservationId }: PassageRecord,
    { status, windowOpen }: Reservation,
    ours: ReservationState | undefined,
  ): Promise<boolean> {
    const { log, service } = this.#parts;
    const partner = this.#partners.get(name)!;
    const isConfirmedThere = status === 'CONFIRMED' || status === 'ACTIVATED';
    const isOverHere = ours === undefined || isFinal(ours);
    try {
      if (isOverHere) {
        if (windowOpen || this.#bound.has(reservationId)) return false;
        await partner.letGo(partnerReservationId);
      } else if (ours === 'ACCEPTED' && isConfirmedThere) await service.confirm(reservationId);
      else if (ours === 'ACTIVATED' && status === 'CONFIRMED') await partner.activate(partnerReservationId);
      else return false;
      return true;
    } catch (error) {
      if (!(error instanceof OpenPexProblem)) throw error;
      // Whoever is bound there pays for it. What else was refused may be granted at the next look.
      if (isOverHere && isConfirmedThere && error.status === 409) this.#bound.add(reservationId);
      log.warn(
        { err: error, partner: name, reservationId },
        'a partner refuses what this service asks of it',
      );
      return false;
    }
  }

  async #ended(
    passage: PassageRecord,
    theirs: Reservation,
    ours: ReservationState | undefined,
  ): Promise<void> {
    const { confirmedTime, endReason, noShow, penaltyMicros, refundMicros } = theirs;
    // What is given up there is given up here first: otherwise it was not for our user. Nor did that forget to activate it.
    const isFailure =
      ours !== undefined &&
      (endReason === 'declined' || endReason === 'cancelled-by-user' || (noShow && ours === 'ACTIVATED'));
    const reason = isFailure ? 'partner-failed' : (endReason as EndReason);
    const confirmedMs = confirmedTime === null ? null : Date.parse(confirmedTime);
    await this.#settle(passage, { reason, refundMicros, penaltyMicros }, confirmedMs);
  }

  /** What was never sold here is in the books with the partner, and no matter of the provider's. */
  async #settle(
    passage: PassageRecord,
    end: PartnerEnd,
    confirmedThereMs: number | null = null,
  ): Promise<void> {
    const { passages, service } = this.#parts;
    const { partner, reservationId } = passage;
    const isSold = passage.confirmedMs !== null;
    if (isSold || service.stateOf(reservationId) !== undefined)
      await service.partnerEnded(
        reservationId,
        partner,
        isSold ? end : { ...end, refundMicros: 0, penaltyMicros: 0 },
      );
    const { penaltyMicros, refundMicros } = end;
    const confirmedMs = passage.confirmedMs ?? confirmedThereMs;
    const settledMs = service.now();
    await passages.settle(reservationId, { confirmedMs, settledMs, refundMicros, penaltyMicros });
    this.#open.delete(reservationId);
    this.#bound.delete(reservationId);
  }
}

/** The same window for the same VMs, and nothing of who asks. */
function askedOfPartner(asked: Proposal): ProposalBody {
  const { durationMs, kind, numInstancesFixed, startMs, startsItself, template, type } = asked;
  return {
    type,
    template,
    duration: durationMs,
    numInstancesFixed,
    numInstancesOption: 0,
    startTime: new Date(startMs).toISOString(),
    ...(kind !== undefined && { kind }),
    ...(startsItself !== undefined && { startsItself }),
  };
}

/** "Now" is when it is decided there. */
function isStartOf(startMs: number, asked: Proposal, nowMs: number): boolean {
  const lateMs = startMs - asked.startMs;
  return lateMs === 0 || (asked.startMs <= nowMs && lateMs > 0 && lateMs <= TOLERATED_DELAY_MS);
}

/** What is called the same there may be less. */
async function isAsLarge(
  partner: PartnerAccount,
  partnerReservationId: string,
  asked: Proposal,
): Promise<boolean> {
  const { milliCpus, memoryMib, diskGib, named = {} } = asked.demand;
  try {
    const theirs = await partner.look(partnerReservationId);
    return (
      (theirs.cpus ?? 0) * 1000 >= milliCpus &&
      (theirs.memoryMib ?? 0) >= memoryMib &&
      (theirs.diskGib ?? 0) >= diskGib &&
      Object.keys(named).every((name) => (theirs.resources?.[name] ?? 0) > 0)
    );
  } catch (error) {
    if (error instanceof PartnerAway) return false;
    throw error;
  }
}
