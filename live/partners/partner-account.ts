// The account of this service at one of its partners: what a user does there, by the client of its API. Whatever is said to a partner may be said again, and
// a partner that does not answer in time is away.
import { OpenPexClient, OpenPexProblem } from '../client/index.ts';
import type { Instance, NegotiationReply, Reservation } from '../client/operations.ts';
import type { PartnerSettings } from '../partner-settings.ts';
import type { ProposalBody } from '../wire/negotiation.ts';

/** A partner that does not answer, or cannot decide now: whether it did what it was asked to do nobody knows. */
export class PartnerAway extends Error {
  override readonly name = 'PartnerAway';
}

/** What a partner holds for us. */
export interface Held {
  readonly partnerReservationId: string;
  readonly priceMicros: number;
  readonly holdUntilMs: number;
  readonly startMs: number;
}

/** An offer that comes later than this is not heard; it expires there. */
const LATEST_MS = 120_000;

/** A page of them. */
const MOST_INSTANCES = 500;

export class PartnerAccount {
  readonly settings: PartnerSettings;
  readonly client: OpenPexClient;

  constructor(settings: PartnerSettings, client = new OpenPexClient(settings)) {
    this.settings = settings;
    this.client = client;
  }

  get name(): string {
    return this.settings.name;
  }

  /**
   * Has terms held there, exactly, or nothing. An offer that comes too late, or of other terms, is declined.
   * @param key however often it is asked with the same, one reservation comes of it
   * @returns undefined when they are not held, for whatever reason
   */
  async hold(key: string, body: ProposalBody): Promise<Held | undefined> {
    const asking = this.client.call('createReservation', {
      body,
      header: { 'idempotency-key': key },
      signal: AbortSignal.timeout(LATEST_MS),
    });
    let isLate = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => {
        isLate = true;
        resolve(undefined);
      }, this.settings.timeoutMs);
    });
    const answer = asking.then((reply) => this.#heldBy(reply, isLate)).catch(() => undefined);
    const held = await Promise.race([answer, late]);
    clearTimeout(timer);
    return held;
  }

  async #heldBy(answer: NegotiationReply, isLate: boolean): Promise<Held | undefined> {
    const { holdUntilMs, priceMicros, proposal, reply } = answer;
    if (proposal === null || (reply !== 'ACCEPT' && reply !== 'COUNTER' && reply !== 'WAITLISTED'))
      return undefined;
    const { id: partnerReservationId, startTimeMs: startMs } = proposal;
    if (reply === 'ACCEPT' && !isLate && holdUntilMs !== undefined && priceMicros !== undefined)
      return { partnerReservationId, priceMicros, holdUntilMs, startMs };
    await this.letGo(partnerReservationId).catch(() => undefined);
    return undefined;
  }

  /**
   * Confirms what is held there, which may have been confirmed before.
   * @returns false when it cannot be had any more
   * @throws PartnerAway
   */
  async confirm(id: string): Promise<boolean> {
    try {
      await this.#ask((signal) =>
        this.client.call('updateReservation', { path: { id }, body: { reply: 'CONFIRM' }, signal }),
      );
      return true;
    } catch (error) {
      if (!(error instanceof OpenPexProblem)) throw error;
      const { status } = await this.look(id);
      return status === 'CONFIRMED' || status === 'ACTIVATED';
    }
  }

  /** Declines or cancels, whatever it is by now. @throws PartnerAway, OpenPexProblem when the rules there forbid it */
  async letGo(id: string): Promise<void> {
    const { status } = await this.look(id);
    if (status === 'CONFIRMED' || status === 'ACTIVATED')
      await this.#ask((signal) => this.client.call('deleteReservation', { path: { id }, signal }));
    else
      await this.#ask((signal) =>
        this.client.call('updateReservation', { path: { id }, body: { reply: 'REJECT' }, signal }),
      );
  }

  /** @throws PartnerAway, OpenPexProblem */
  async activate(id: string): Promise<void> {
    await this.#ask((signal) => this.client.call('activateReservation', { path: { id }, signal }));
  }

  /** How it stands there. @throws PartnerAway, also where it is not known there any more, or we are not */
  async look(id: string): Promise<Reservation> {
    const found = await this.#known((signal) => this.client.call('getReservation', { path: { id }, signal }));
    if (typeof found?.status === 'string') return found;
    throw this.#noService();
  }

  /** @throws PartnerAway */
  async instances(id: string): Promise<readonly Instance[]> {
    const path = { id };
    const query = { limit: MOST_INSTANCES };
    const found = await this.#known((signal) =>
      this.client.call('listInstancesOfReservation', { path, query, signal }),
    );
    if (Array.isArray(found)) return found;
    throw this.#noService();
  }

  #noService(): PartnerAway {
    return new PartnerAway(`what answers at the address of partner "${this.name}" is no OpenPEX service`);
  }

  /** @throws PartnerAway */
  async #known<T>(say: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await this.#ask(say);
    } catch (error) {
      if (error instanceof OpenPexProblem) throw new PartnerAway(error.message, { cause: error });
      throw error;
    }
  }

  /** @throws PartnerAway, OpenPexProblem when it is refused */
  async #ask<T>(say: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await say(AbortSignal.timeout(this.settings.timeoutMs));
    } catch (error) {
      // What breaks down there has decided nothing.
      const { isOutage, status } = error instanceof OpenPexProblem ? error : { isOutage: true, status: 0 };
      if (!isOutage && status < 500 && status !== 429) throw error;
      throw new PartnerAway(`partner "${this.name}" does not answer`, { cause: error });
    }
  }
}
