// Tells users what they want to hear of. Notices lie in the database since the decisions that they are about; here they are addressed when
// their time comes, and delivered, again and again until they arrive or are given up. Nothing here is waited for by a decision.
import { type Observable, Subject, type Subscription } from 'rxjs';
import { endOf, type HostTimers } from '../../engine/index.ts';
import type { Address, NoticeStore } from '../database/notice-store.ts';
import type {
  AccountRecord,
  NoticeChannel,
  NoticeRecord,
  NotificationChoices,
  ReservationRecord,
} from '../records.ts';
import { messageOf, type NoticeMessage } from './message.ts';

/** All that there is to know of one delivery. */
export interface Delivery {
  readonly notice: NoticeRecord;
  readonly account: AccountRecord;
  readonly choices: NotificationChoices;
  readonly message: NoticeMessage;
  readonly serviceName: string;
  /** Of the real clock. */
  readonly nowMs: number;
}

/** refused: it would be again. */
export type DeliveryResult =
  | { readonly outcome: 'delivered' }
  | { readonly outcome: 'failed' | 'refused'; readonly reason: string };

/** A way to deliver notices. */
export interface DeliveryChannel {
  /** May be asked for the same notice again: after a crash it is not known whether it arrived. Must not throw for a reason outside. */
  deliver(delivery: Delivery): Promise<DeliveryResult>;
  /** Gives up what is under way. */
  end(): void;
}

export interface NotifierParts {
  readonly notices: Pick<
    NoticeStore,
    | 'unaddressed'
    | 'address'
    | 'waiting'
    | 'next'
    | 'remove'
    | 'postpone'
    | 'upcoming'
    | 'choicesOf'
    | 'tellTrouble'
  >;
  readonly accounts: { get(userId: number): Promise<AccountRecord | undefined> };
  readonly reservations: { get(reservationId: string): Promise<ReservationRecord | undefined> };
  /** Who is to be told what concerns an account. */
  readonly concerned: (userId: number) => Promise<readonly number[]>;
  readonly channels: ReadonlyMap<NoticeChannel, DeliveryChannel>;
  readonly serviceName: string;
  /** Of the real clock. */
  readonly host: HostTimers;
  /** Of the service's clock; throws while nothing is decided. */
  readonly serviceNow: () => number;
  readonly speed: number;
  readonly log: {
    info(facts: object, message: string): void;
    warn(facts: object, message: string): void;
  };
}

/** What came of one try to tell a user something. */
export interface DeliveryTry {
  readonly channel: NoticeChannel;
  readonly outcome: DeliveryResult['outcome'] | 'given-up';
}

/** Addressed in one look. */
const AT_ONCE = 200;
/** Users who are delivered to at the same time, by each channel: one that is slow keeps nobody else waiting for long. */
const AT_THE_SAME_TIME = 8;
const FIRST_RETRY_MS = 10_000;
const LONGEST_RETRY_MS = 3_600_000;
/** What has not arrived by then is old news. */
const GIVEN_UP_AFTER_MS = 24 * 3_600_000;
const SHORTEST_LOOK_MS = 250;
const LONGEST_LOOK_MS = 300_000;

export class Notifier {
  readonly #parts: NotifierParts;
  readonly #tries = new Subject<DeliveryTry>();
  readonly #underWay = new Map<string, Promise<void>>();
  #subscription: Subscription | undefined;
  #timer: unknown;
  /** When the timer goes off. */
  #timerMs = Number.POSITIVE_INFINITY;
  #looking: Promise<void> = Promise.resolve();
  #isLooking = false;
  #isOver = false;

  constructor(parts: NotifierParts) {
    this.#parts = parts;
  }

  get tries$(): Observable<DeliveryTry> {
    return this.#tries;
  }

  /** Looks when something was committed, and when something is due, until `end`. */
  watch(committed$: Observable<unknown>): void {
    this.#subscription = committed$.subscribe(() => this.#lookIn(SHORTEST_LOOK_MS));
    this.#lookIn(0);
  }

  /** Something was added beside the decisions. */
  stir(): void {
    this.#lookIn(0);
  }

  /** What has not arrived goes on with the next start. */
  async end(): Promise<void> {
    this.#isOver = true;
    this.#subscription?.unsubscribe();
    if (this.#timer !== undefined) this.#parts.host.clearTimer(this.#timer);
    for (const channel of this.#parts.channels.values()) channel.end();
    await this.settled();
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await this.#looking;
    await Promise.all(this.#underWay.values());
  }

  #lookIn(delayMs: number): void {
    if (this.#isOver) return;
    const { host } = this.#parts;
    const atMs = host.now() + delayMs;
    if (this.#timer !== undefined) {
      if (this.#timerMs <= atMs) return;
      host.clearTimer(this.#timer);
    }
    this.#timerMs = atMs;
    this.#timer = host.setTimer(() => {
      this.#timer = undefined;
      this.#timerMs = Number.POSITIVE_INFINITY;
      if (this.#isLooking) return;
      this.#isLooking = true;
      this.#looking = this.#look().finally(() => {
        this.#isLooking = false;
      });
    }, delayMs);
  }

  async #look(): Promise<void> {
    const { channels, host, log, notices, serviceNow, speed } = this.#parts;
    try {
      const nowMs = serviceNow();
      const due = await notices.unaddressed(nowMs, AT_ONCE);
      for (const notice of due) await this.#address(notice);
      for (const channel of channels.keys()) await this.#beginDeliveries(channel);
      if (due.length === AT_ONCE) {
        this.#lookIn(0);
        return;
      }
      const { dueMs, tryMs } = await notices.upcoming([...channels.keys()], host.now());
      const waits = [
        LONGEST_LOOK_MS,
        ...(dueMs === null ? [] : [(dueMs - nowMs) / speed]),
        ...(tryMs === null ? [] : [tryMs - host.now()]),
      ];
      this.#lookIn(Math.max(SHORTEST_LOOK_MS, Math.ceil(Math.min(...waits))));
    } catch (error) {
      // The service waits for its database, or for its clock.
      if (this.#isOver) return;
      log.warn({ err: error }, 'nobody is told anything at the moment; it is tried again');
      this.#lookIn(LONGEST_LOOK_MS);
    }
  }

  async #address(notice: NoticeRecord): Promise<void> {
    const { channels, concerned, host, notices, reservations } = this.#parts;
    const { reservationId } = notice;
    const reservation = reservationId === null ? undefined : await reservations.get(reservationId);
    const to: Address[] = [];
    if (isStillTrue(notice, reservation)) {
      for (const userId of await concerned(notice.userId)) {
        const choices = await notices.choicesOf(userId);
        for (const channel of channels.keys())
          if (wants(choices, channel, notice)) to.push({ userId, channel });
      }
    }
    await notices.address(notice, to, host.now());
  }

  async #beginDeliveries(channel: NoticeChannel): Promise<void> {
    const { host, notices } = this.#parts;
    const keyOf = (userId: number) => `${channel} ${userId}`;
    const busy = [...this.#underWay.keys()].filter((key) => key.startsWith(`${channel} `)).length;
    const waiting = await notices.waiting(channel, host.now());
    const free = waiting.filter((userId) => !this.#underWay.has(keyOf(userId)));
    for (const userId of free.slice(0, Math.max(0, AT_THE_SAME_TIME - busy))) {
      const key = keyOf(userId);
      const delivering = this.#deliverAll({ channel, userId })
        .catch((error: unknown) => {
          if (!this.#isOver) this.#parts.log.warn({ err: error, userId, channel }, 'a delivery broke off');
        })
        .finally(() => {
          this.#underWay.delete(key);
          this.#lookIn(SHORTEST_LOOK_MS);
        });
      this.#underWay.set(key, delivering);
    }
  }

  /** One after the other, until nothing waits or one does not arrive. */
  async #deliverAll(to: Address): Promise<void> {
    while (!this.#isOver) {
      const notice = await this.#parts.notices.next(to, this.#parts.host.now());
      if (notice === undefined || !(await this.#deliver(notice, to.channel))) return;
    }
  }

  /** @returns whether the next may be tried */
  async #deliver(notice: NoticeRecord, channel: NoticeChannel): Promise<boolean> {
    const { accounts, channels, host, log, notices, reservations, serviceName } = this.#parts;
    const { attempts, kind, noticeId, reservationId, userId } = notice;
    const account = await accounts.get(userId);
    const choices = await notices.choicesOf(userId);
    // Meanwhile the user may be gone, or of another mind.
    if (account === undefined || account.disabled || !wants(choices, channel, notice)) {
      await notices.remove(noticeId);
      return true;
    }
    const reservation = reservationId === null ? undefined : await reservations.get(reservationId);
    const message = messageOf(notice, reservation, serviceName);
    const nowMs = host.now();
    const result = await channels
      .get(channel)!
      .deliver({ notice, account, choices, message, serviceName, nowMs });
    if (this.#isOver && result.outcome !== 'delivered') return false;
    if (channel === 'webhook') await this.#tellTrouble(choices, result);
    if (result.outcome === 'delivered') {
      this.#tries.next({ channel, outcome: 'delivered' });
      await notices.remove(noticeId);
      return true;
    }
    const facts = { userId, channel, kind, reservationId, attempts: attempts + 1, reason: result.reason };
    const isOld = nowMs - (notice.addressedMs ?? nowMs) >= GIVEN_UP_AFTER_MS;
    this.#tries.next({ channel, outcome: isOld ? 'given-up' : result.outcome });
    if (result.outcome === 'refused' || isOld) {
      log.warn(facts, 'a notice could not be delivered and is given up');
      await notices.remove(noticeId);
      return true;
    }
    log.info(facts, 'a notice could not be delivered yet');
    const waitMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempts, 20));
    await notices.postpone(notice, host.now() + waitMs);
    return false;
  }

  async #tellTrouble(choices: NotificationChoices, result: DeliveryResult): Promise<void> {
    const { host, notices } = this.#parts;
    if (result.outcome !== 'delivered')
      await notices.tellTrouble(choices.userId, { atMs: host.now(), reason: result.reason });
    else if (choices.webhookTrouble !== null) await notices.tellTrouble(choices.userId, null);
  }
}

function wants(choices: NotificationChoices, channel: NoticeChannel, { kind }: NoticeRecord): boolean {
  if (channel === 'webhook' && choices.webhookUrl === null) return false;
  return kind === 'test' || choices[channel].some((each) => each === kind);
}

/** What was foreseen may have come otherwise. */
function isStillTrue({ facts, kind }: NoticeRecord, reservation: ReservationRecord | undefined): boolean {
  switch (kind) {
    case 'waitlist':
      return facts.isOver === true || facts.holdUntilMs === reservation?.holdUntilMs;
    case 'offer-expiring':
      return (
        facts.holdUntilMs ===
        (facts.isChange === true ? reservation?.change?.holdUntilMs : reservation?.holdUntilMs)
      );
    case 'ending-soon':
      return (
        reservation?.windowOpen === true &&
        reservation.proposal !== null &&
        endOf(reservation.proposal) === facts.endMs
      );
    default:
      return true;
  }
}
