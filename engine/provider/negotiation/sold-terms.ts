// Which terms are sold at all, whatever there is room for: by the rules and bounds of the provider, and by the kind of lease.
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import { endOf, type Proposal, type RejectionReason } from '../../domain/proposal.ts';
import { DEFAULT_LEASE_KIND, OVERBOOKED } from '../leases/catalogue.ts';
import type { LeaseKind } from '../leases/lease-kind.ts';
import type { Outbox } from '../outbox.ts';
import type { ProviderSettings } from '../provider-settings.ts';
import {
  NO_RULES,
  type ReservationRules,
  soldAtMostMs,
  soldDurationMs,
  whyNotThen,
} from './reservation-rules.ts';

export interface SoldTermsParts {
  readonly outbox: Outbox;
  readonly calendar: CapacityCalendar;
  readonly settings: ProviderSettings;
  /** What users wait for is sold by auction. */
  readonly sellsByAuction: boolean;
}

export class SoldTerms {
  readonly #parts: SoldTermsParts;

  constructor(parts: SoldTermsParts) {
    this.#parts = parts;
  }

  /** The same terms for a length that is sold, which is not less; undefined: none is so long. A length that bends is left to its kind. */
  asSold(terms: Proposal, kind: LeaseKind): Proposal | undefined {
    if (!isOfFixedLength(kind)) return terms;
    const durationMs = soldDurationMs(this.#rules, terms.durationMs);
    if (durationMs === undefined) return undefined;
    return durationMs === terms.durationMs ? terms : { ...terms, durationMs };
  }

  /** Are the terms of a length that is sold? */
  isOfSoldLength(terms: Proposal, kind: LeaseKind): boolean {
    return this.asSold(terms, kind) === terms;
  }

  /** The longest length that is sold and not more; undefined: none is so short. */
  longestAtMost(durationMs: number, kind: LeaseKind): number | undefined {
    const { longestDurationMs, shortestDurationMs } = this.#parts.settings;
    const mostMs = Math.min(durationMs, longestDurationMs);
    const soldMs = isOfFixedLength(kind) ? soldAtMostMs(this.#rules, mostMs) : mostMs;
    return soldMs === undefined || soldMs < Math.max(1, shortestDurationMs) ? undefined : soldMs;
  }

  /** The shortest length that is sold and not less; undefined: none is so long. */
  shortestAtLeast(durationMs: number, kind: LeaseKind): number | undefined {
    const { longestDurationMs, shortestDurationMs } = this.#parts.settings;
    const leastMs = Math.max(1, durationMs, shortestDurationMs);
    const soldMs = isOfFixedLength(kind) ? soldDurationMs(this.#rules, leastMs) : leastMs;
    return soldMs === undefined || soldMs > longestDurationMs ? undefined : soldMs;
  }

  /** It waits for an auction, whatever there is room for. */
  isBid({ maxPriceMicros, waitlist }: Proposal): boolean {
    return this.#parts.sellsByAuction && waitlist !== undefined && maxPriceMicros !== undefined;
  }

  /** Why such terms cannot be offered; undefined: they can, where there is room. */
  whyNotOffered(terms: Proposal, kind: LeaseKind): RejectionReason | undefined {
    return this.whyImpossible(terms, kind) ?? this.whyNotThen(terms, kind);
  }

  /** Why such terms can never be had by who asks for them now. */
  whyImpossible(proposal: Proposal, kind: LeaseKind): RejectionReason | undefined {
    const { calendar, outbox, settings } = this.#parts;
    const { nowMs } = outbox;
    if (proposal.startMs < nowMs) return 'start-in-past';
    if (proposal.durationMs < settings.shortestDurationMs) return 'too-short';
    const least = kind.least?.(proposal, settings.shortestDurationMs) ?? proposal;
    if (least.durationMs > settings.longestDurationMs) return 'too-long';
    if (endOf(least) > nowMs + settings.bookingHorizonMs) return 'beyond-booking-horizon';
    if (!calendar.couldEverFit(least.demand, least.numInstancesFixed)) return 'never-fits';
    return kind.accepts(proposal, nowMs, settings.shortestDurationMs);
  }

  /** Why a start is too near or too far for a window ahead of time. */
  whyNotThen(
    { startMs }: Pick<Proposal, 'startMs'>,
    kind: LeaseKind,
  ): 'too-soon' | 'too-far-ahead' | undefined {
    return isAheadOfTime(kind) ? whyNotThen(this.#rules, startMs, this.#parts.outbox.nowMs) : undefined;
  }

  /** The first and the last start that may be offered instead of that of a proposal. */
  startsFor(proposal: Proposal, kind: LeaseKind): { readonly firstMs: number; readonly lastMs: number } {
    const { outbox, settings } = this.#parts;
    const { nowMs } = outbox;
    const { leadMaxMs, leadMinMs } = isAheadOfTime(kind) ? this.#rules : NO_RULES;
    const latestOfKindMs = kind.latestStartMs(proposal, nowMs, settings.shortestDurationMs);
    return { firstMs: nowMs + leadMinMs, lastMs: Math.min(latestOfKindMs, nowMs + leadMaxMs) };
  }

  get #rules(): ReservationRules {
    return this.#parts.settings.rules ?? NO_RULES;
  }
}

/** Its length is what was asked for, unless that is not sold. */
function isOfFixedLength(kind: LeaseKind): boolean {
  return kind.isChangeable === true || isAheadOfTime(kind);
}

/** A window at the time that was asked for, whoever else has reserved it. */
function isAheadOfTime({ name }: LeaseKind): boolean {
  return name === DEFAULT_LEASE_KIND || name === OVERBOOKED.name;
}
