// What an account may have and can pay, checked in the breath in which a command is decided: quotas, limits of a period, balance, and how
// long offers are held for it.
import {
  amountOf,
  type ChangeAsk,
  changedTerms,
  endOf,
  type OfferPart,
  type PartnerOffer,
  type Proposal,
  type ResourceDefinition,
} from '../../engine/index.ts';
import { formatDuration } from '../../written/time-text.ts';
import { ServiceError } from '../problems.ts';
import type { AccountRecord, Quota } from '../records.ts';
import type { ProviderLife } from './provider-life.ts';
import type { AvailabilityQuery, AvailabilityStep, StartsQuery, WithinLimits } from './service.ts';
import { type Asked, addedCpuHours, cpuHoursOf, cpusOf, type Period, type Usage, vcpusOf } from './tally.ts';

export interface AccountChecksParts {
  /** Of accounts without limits of their own. */
  readonly quota: Quota;
  /** What the provider names. */
  readonly resources: readonly ResourceDefinition[];
  /** How long an offer is held. */
  readonly holdMs: number;
}

/** Offers in a row that may go unconfirmed before each further one is held for half as long as the one before. */
const FREE_HOLDS = 5;
/** Enough to confirm in. */
const SHORTEST_HOLD_MS = 30_000;

/** More is as good as without limit. */
const MOST_ROOM = 1_000_000;

/** Limits of what there is at one instant. */
const AT_ONCE = ['reservations', 'vcpus', 'heldCpuHours'] as const;

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Of equal length, in what is told of starts. */
const STEPS_OF_STARTS = 192;

/** `life` is the one in which the command is decided. */
export class AccountChecks {
  readonly #parts: AccountChecksParts;

  constructor(parts: AccountChecksParts) {
    this.#parts = parts;
  }

  /** For how long what was used has to be remembered. */
  get rememberedMs(): number {
    return Math.max(0, ...this.#parts.quota.rolling.map(({ periodMs }) => periodMs));
  }

  /** At the busiest instant, and in the busiest period that is not over; offers included. */
  usageOf({ clock, tally }: ProviderLife, account: AccountRecord): Quota {
    const { userId } = account;
    const rolling = this.#limitsOf(account).rolling.map(({ of, periodMs }) => {
      const most = tally.mostAfter(userId, clock.now(), this.#period(of, periodMs));
      return { of, periodMs, hours: this.#hoursOf(of, most) };
    });
    return { ...tally.usageOf(userId), rolling };
  }

  /**
   * Nothing is held that the user may not have or cannot pay: the answer is then what it would have been.
   * @param elsewhere it is held at a partner
   * @throws ServiceError PEX_QUOTA_EXCEEDED or PEX_INSUFFICIENT_BALANCE
   */
  checkOffer(
    life: ProviderLife,
    user: AccountRecord,
    reservationId: string,
    asked: Proposal,
    elsewhere?: PartnerOffer,
  ): void {
    const { clock, provider, tally } = life;
    this.#checkQuota(life, user, needsOf(asked, reservationId));
    const offer = provider.consider(reservationId, asked, clock.now(), elsewhere);
    // A rejection holds nothing.
    if (offer.reply === 'REJECT') return;
    const { parts = [], priceMicros: firstMicros, proposal } = offer;
    const held = provider.heldWith(reservationId);
    const isAsAsked = proposal === asked && parts.length === 0;
    for (const needs of isAsAsked ? [] : needsOfParts([{ proposal, reservationId }, ...parts]))
      this.#checkQuota(life, user, needs);
    const priceMicros = parts.reduce((sum, part) => sum + part.priceMicros, firstMicros);
    const balanceMicros = tally.balanceOf(user.userId, user.balanceMicros);
    // What was pledged for the offer before it comes back.
    const pledgedMicros = held.reduce(
      (sum, part) => sum + part.pledgedMicros,
      provider.reservation(reservationId)?.pledgedMicros ?? 0,
    );
    if (priceMicros <= balanceMicros + pledgedMicros) return;
    throw new ServiceError(
      'PEX_INSUFFICIENT_BALANCE',
      'the price is more than what is left in the account: this is what could be had, and nothing is held',
      { priceMicros, balanceMicros, quote: offer },
    );
  }

  /** Its user may have what is on offer also where its window would lie if it slid to now. */
  maySlide(life: ProviderLife, user: AccountRecord, reservationId: string): boolean {
    const offer = life.provider.reservation(reservationId);
    const nowMs = life.clock.now();
    if (offer?.state !== 'ACCEPTED' || !offer.terms.startSlides || offer.terms.startMs >= nowMs) return true;
    return this.#mayHave(life, user, needsOf({ ...offer.terms, startMs: nowMs }, reservationId));
  }

  /** What of a request that is beyond the limits is within them. */
  withinLimits(
    life: ProviderLife,
    user: AccountRecord,
    reservationId: string,
    asked: Proposal,
  ): WithinLimits {
    const may = (terms: Partial<Proposal>) =>
      this.#mayHave(life, user, needsOf({ ...asked, ...terms }, reservationId));
    // What is offered instead is beyond them.
    if (may({})) return {};
    const instances = mostBelow(asked.numInstancesFixed, (count) => may({ numInstancesFixed: count }));
    const minutes = mostBelow(Math.ceil(asked.durationMs / MINUTE_MS), (count) =>
      may({ durationMs: count * MINUTE_MS }),
    );
    return {
      ...(instances > 0 && { numInstancesFixed: instances }),
      ...(minutes > 0 && { durationMs: minutes * MINUTE_MS }),
    };
  }

  #mayHave(life: ProviderLife, user: AccountRecord, needs: Needs): boolean {
    try {
      this.#checkQuota(life, user, needs);
      return true;
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'PEX_QUOTA_EXCEEDED') return false;
      throw error;
    }
  }

  /** @throws ServiceError PEX_QUOTA_EXCEEDED or PEX_INSUFFICIENT_BALANCE */
  checkChange(life: ProviderLife, owner: AccountRecord, reservationId: string, asked: ChangeAsk): void {
    const { clock, provider } = life;
    const present = provider.reservation(reservationId)?.proposal;
    // In any state but confirmed the protocol refuses it.
    if (present === undefined) return;
    this.#checkMore(life, owner, reservationId, { present, wanted: changedTerms(present, asked) });
    const offer = provider.considerChange(reservationId, asked, clock.now());
    if (offer === undefined || typeof offer === 'string') return;
    this.#checkMore(life, owner, reservationId, { present, wanted: offer.proposal });
    this.checkDifference(life, owner, offer.differenceMicros);
  }

  /** Who gives something back is asked for nothing, whatever the limits are by now. */
  #checkMore(
    life: ProviderLife,
    owner: AccountRecord,
    reservationId: string,
    { present, wanted }: { present: Proposal; wanted: Proposal },
  ): void {
    const heldCpuHours = addedCpuHours(present, wanted);
    if (heldCpuHours === 0) return;
    const needs = needsOf(wanted, reservationId);
    this.#checkQuota(life, owner, { ...needs, more: { ...needs.more, heldCpuHours } });
  }

  /**
   * Whoever takes it over may have it, and can pay what was paid for it.
   * @throws ServiceError PEX_QUOTA_EXCEEDED or PEX_INSUFFICIENT_BALANCE
   */
  checkTransfer(life: ProviderLife, to: AccountRecord, reservationId: string): void {
    const reservation = life.provider.reservation(reservationId);
    // In any other state the protocol refuses it.
    if (!reservation?.isConfirmed || reservation.userId === String(to.userId)) return;
    const { optionsClaimed, priceMicros, terms } = reservation;
    const instances = terms.numInstancesFixed + optionsClaimed;
    const needs = needsOf({ ...terms, numInstancesFixed: instances }, reservationId);
    this.#checkQuota(life, to, { ...needs, more: { ...needs.more, heldCpuHours: 0 } });
    const balanceMicros = life.tally.balanceOf(to.userId, to.balanceMicros);
    if (priceMicros <= balanceMicros) return;
    throw new ServiceError(
      'PEX_INSUFFICIENT_BALANCE',
      'what was paid for the reservation is more than what is left in the account that would take it over',
      { priceMicros, balanceMicros },
    );
  }

  /** @throws ServiceError PEX_INSUFFICIENT_BALANCE */
  checkDifference({ tally }: ProviderLife, owner: AccountRecord, differenceMicros: number): void {
    const balanceMicros = tally.balanceOf(owner.userId, owner.balanceMicros);
    if (differenceMicros <= 0 || differenceMicros <= balanceMicros) return;
    throw new ServiceError(
      'PEX_INSUFFICIENT_BALANCE',
      'the change costs more than what is left in the account; the reservation stands as it did',
      { priceMicros: differenceMicros, balanceMicros },
    );
  }

  /** @throws ServiceError PEX_QUOTA_EXCEEDED or PEX_INSUFFICIENT_BALANCE */
  checkClaim(life: ProviderLife, owner: AccountRecord, reservationId: string, asked: number): void {
    const { clock, provider, tally } = life;
    const reservation = provider.reservation(reservationId);
    // In any other state the protocol refuses it, or grants none.
    if (reservation?.state !== 'ACTIVATED' || !reservation.windowOpen) return;
    const { optionsClaimed, terms: proposal } = reservation;
    const count = Math.min(asked, proposal.numInstancesOption - optionsClaimed);
    if (count <= 0) return;
    const nowMs = clock.now();
    this.#checkQuota(life, owner, {
      asked: { fromMs: nowMs, untilMs: endOf(proposal), demand: proposal.demand, instances: count },
      more: { reservations: 0, vcpus: cpusOf(proposal, count), heldCpuHours: 0 },
    });
    const priceMicros = provider.claimPrice(reservationId, count, nowMs);
    const balanceMicros = tally.balanceOf(owner.userId, owner.balanceMicros);
    if (priceMicros <= balanceMicros) return;
    throw new ServiceError(
      'PEX_INSUFFICIENT_BALANCE',
      `${count} optional instances until the end of the window cost more than what is left in the account`,
      { priceMicros, balanceMicros },
    );
  }

  /**
   * At no instant of the span may there be more than the limits, nor in any period that has some of it.
   * @throws ServiceError PEX_QUOTA_EXCEEDED
   */
  #checkQuota(
    life: ProviderLife,
    account: AccountRecord,
    { asked, besides, more, others = [] }: Needs,
  ): void {
    const { tally } = life;
    const { userId } = account;
    if (tally.isRetired(userId)) throw new ServiceError('PEX_UNAUTHORIZED', 'The account was deleted.');
    const limits = this.#limitsOf(account);
    const isBeyond = (used: Usage, what: (typeof AT_ONCE)[number]) =>
      more[what] > 0 && used[what] + more[what] > limits[what];
    // Far from the limits nobody needs to know which instant is the busiest.
    const atMost = tally.atMost(userId);
    if (AT_ONCE.some((what) => isBeyond(atMost, what))) {
      const used = tally.busiest(userId, asked, besides);
      for (const what of AT_ONCE) {
        if (!isBeyond(used, what)) continue;
        const [have, limit, need] = [used[what], limits[what], more[what]].map(rounded);
        throw new ServiceError(
          'PEX_QUOTA_EXCEEDED',
          what === 'heldCpuHours'
            ? `offers hold ${have} of ${limit} CPU-hours for you, and this needs ${need} more: confirm or decline what was offered`
            : `${have} of ${limit} ${what} are in use at some instant of that window, and this needs ${need} more`,
          { quota: limits, usage: this.usageOf(life, account) },
        );
      }
    }
    for (const { hours: limit, of, periodMs } of limits.rolling) {
      const period = this.#period(of, periodMs);
      const amountMs = others.reduce(
        (sum, { demand, durationMs, numInstancesFixed }) =>
          sum + period.amountOf(demand) * numInstancesFixed * durationMs,
        tally.mostWith(userId, asked, period, besides),
      );
      const hours = this.#hoursOf(of, amountMs);
      if (hours <= limit) continue;
      throw new ServiceError(
        'PEX_QUOTA_EXCEEDED',
        `with this there would be ${rounded(hours)} ${of} hours in some ${formatDuration(periodMs)}, of ${limit} that you may have`,
        { quota: limits, usage: this.usageOf(life, account) },
      );
    }
  }

  /**
   * How many instances of a size one more reservation may have, by what the user has at each instant; for the limits of a period see
   * {@link startsOf}.
   * @param besides a reservation that is not counted
   */
  roomOf(
    { tally }: ProviderLife,
    account: AccountRecord,
    { demand, fromMs, toMs }: AvailabilityQuery,
    besides?: string,
  ): AvailabilityStep[] {
    const { reservations: most, vcpus: mostVcpus } = this.#limitsOf(account);
    const steps: AvailabilityStep[] = [];
    for (const level of tally.levels(account.userId, { fromMs, untilMs: toMs }, besides)) {
      const milliCpus = level.reservations < most ? Math.max(0, mostVcpus - level.vcpus) * 1000 : 0;
      const count = Math.min(MOST_ROOM, Math.floor(milliCpus / Math.max(1, demand.milliCpus)));
      if (steps.at(-1)?.count !== count) steps.push({ fromMs: level.fromMs, count });
    }
    return steps;
  }

  /**
   * How many instances of a size one more reservation of a length may have, by where it begins and by the limits of a period alone: in
   * each step as many as from any start in it.
   * @param besides a reservation that is not counted
   */
  startsOf(
    { tally }: ProviderLife,
    account: AccountRecord,
    { demand, durationMs, fromMs, startMs, toMs }: StartsQuery,
    besides?: string,
  ): AvailabilityStep[] {
    const rooms = this.#limitsOf(account).rolling.flatMap(({ hours, of, periodMs }) => {
      const period = this.#period(of, periodMs);
      const each = period.amountOf(demand);
      if (each === 0) return [];
      return [{ each, room: tally.roomIn(account.userId, period, this.#amountMsOf(of, hours), besides) }];
    });
    const bounds = rooms.length === 0 ? [fromMs] : boundsOfStarts({ fromMs, startMs, toMs });
    const steps: AvailabilityStep[] = [];
    for (const [i, firstMs] of bounds.entries()) {
      const starts = { firstMs, lastMs: (bounds[i + 1] ?? toMs) - 1 };
      const counts = rooms.map(({ each, room }) => room.countFrom(each, starts, durationMs));
      const count = Math.min(MOST_ROOM, ...counts);
      if (steps.at(-1)?.count !== count) steps.push({ fromMs: firstMs, count });
    }
    return steps;
  }

  #limitsOf({ quota }: AccountRecord): Quota {
    return quota === null ? this.#parts.quota : { ...this.#parts.quota, ...quota };
  }

  #period(of: string, lengthMs: number): Period {
    const name = of === 'cpu' ? 'milliCpus' : of;
    return { lengthMs, amountOf: (demand) => amountOf(demand, name) };
  }

  /** Of amounts times milliseconds. */
  #hoursOf(of: string, amountMs: number): number {
    const isDivisible =
      of === 'cpu' || this.#parts.resources.some(({ divisible, name }) => name === of && divisible);
    return amountMs / HOUR_MS / (isDivisible ? 1000 : 1);
  }

  /** The most amounts times milliseconds, a whole number, that are not more hours than these. */
  #amountMsOf(of: string, hours: number): number {
    const amountMs = Math.ceil(hours / this.#hoursOf(of, 1));
    return this.#hoursOf(of, amountMs) <= hours ? amountMs : amountMs - 1;
  }

  /** Who has offer after offer held and confirms none gets shorter ones. */
  holdOf({ tally }: ProviderLife, { userId }: AccountRecord): { readonly holdMs?: number } {
    const costly = tally.unconfirmedOf(userId) - FREE_HOLDS;
    if (costly <= 0) return {};
    const { holdMs } = this.#parts;
    return {
      holdMs: Math.max(Math.min(holdMs, SHORTEST_HOLD_MS), Math.floor(holdMs / 2 ** Math.min(costly, 40))),
    };
  }

  checkBalance({ provider, tally }: ProviderLife, user: AccountRecord, reservationId: string): void {
    const offer = provider.reservation(reservationId);
    if (offer?.state !== 'ACCEPTED') return;
    const balanceMicros = tally.balanceOf(user.userId, user.balanceMicros);
    const all = [offer, ...provider.heldWith(reservationId)];
    const priceMicros = all.reduce((sum, part) => sum + part.priceMicros, 0);
    const pledgedMicros = all.reduce((sum, part) => sum + part.pledgedMicros, 0);
    if (priceMicros - pledgedMicros <= balanceMicros) return;
    throw new ServiceError('PEX_INSUFFICIENT_BALANCE', 'the price is more than what is left in the account', {
      priceMicros,
      balanceMicros,
    });
  }
}

interface Needs {
  readonly asked: Asked;
  readonly more: Usage;
  /** A reservation that gives up what it has. */
  readonly besides?: string;
  /** Further windows of the same offer. Absent: there are none. */
  readonly others?: readonly Proposal[];
}

function needsOf(proposal: Proposal, reservationId: string): Needs {
  const { demand, numInstancesFixed: instances, startMs } = proposal;
  return {
    asked: { fromMs: startMs, untilMs: endOf(proposal), demand, instances },
    more: { reservations: 1, vcpus: vcpusOf(proposal), heldCpuHours: cpuHoursOf(proposal) },
    besides: reservationId,
  };
}

/**
 * What the windows of one offer need together: each what those need that overlap it. Of a period it counts as if they were all in it, which
 * is never too little.
 */
function needsOfParts(parts: readonly Pick<OfferPart, 'proposal' | 'reservationId'>[]): readonly Needs[] {
  const heldCpuHours = parts.reduce((sum, { proposal }) => sum + cpuHoursOf(proposal), 0);
  return parts.map(({ proposal }) => {
    const overlapping = parts.filter(
      (other) => other.proposal.startMs < endOf(proposal) && proposal.startMs < endOf(other.proposal),
    );
    const vcpus = overlapping.reduce((sum, other) => sum + vcpusOf(other.proposal), 0);
    return {
      ...needsOf(proposal, parts[0]!.reservationId),
      more: { reservations: overlapping.length, vcpus, heldCpuHours },
      others: parts.flatMap((other) => (other.proposal === proposal ? [] : [other.proposal])),
    };
  });
}

/** The most below a count that will do, where less than what will do always will; 0 when none does. */
function mostBelow(count: number, willDo: (count: number) => boolean): number {
  let low = 0;
  let high = count;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (willDo(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** Steps of equal length, and one of a millisecond for the start that is to be told exactly. */
function boundsOfStarts({
  fromMs,
  startMs,
  toMs,
}: Pick<StartsQuery, 'fromMs' | 'toMs'> & { readonly startMs: number | undefined }): number[] {
  const lengthMs = (toMs - fromMs) / STEPS_OF_STARTS;
  const bounds = Array.from({ length: STEPS_OF_STARTS }, (_, i) => Math.floor(fromMs + i * lengthMs));
  if (startMs !== undefined) bounds.push(startMs, startMs + 1);
  return [...new Set(bounds)].filter((ms) => ms >= fromMs && ms < toMs).sort((a, b) => a - b);
}

function rounded(amount: number): number {
  return Math.round(amount * 100) / 100;
}
