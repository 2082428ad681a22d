// What each user has, decided but perhaps not yet committed: reservations, CPUs, offers that hold, and balance. Quotas and balances are
// checked against it in the same breath as a command is decided, so no two requests can slip past a limit together.
import {
  addedStretches,
  type DomainEvent,
  endOf,
  isFinal,
  type Proposal,
  type ProviderSnapshot,
  type ReservationSnapshot,
} from '../../engine/index.ts';
import type { Quota } from '../records.ts';

/** [fromMs, untilMs). */
export interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** So many CPUs for a time; of a reservation, or claimed in it. */
interface Stretch extends Span {
  readonly reservations: 0 | 1;
  readonly vcpus: number;
}

interface Share {
  readonly userId: number;
  proposal: Proposal | null;
  claims: readonly Stretch[];
  /** Terms that are on offer instead, with what they need beyond the present ones held. */
  change: Proposal | null;
  /** Held by an offer, not confirmed yet. */
  isHeld: boolean;
  /** Confirmed, and waits for its turn: it may run at any time. */
  isQueued: boolean;
}

const HOUR_MS = 3_600_000;
const EVER: Span = { fromMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };

export class Tally {
  readonly #shares = new Map<string, Share>();
  readonly #sharesOf = new Map<number, Set<Share>>();
  readonly #balances: Map<number, number>;
  readonly #retired = new Set<number>();
  /** Offers in a row that held and were not confirmed. */
  readonly #unconfirmed = new Map<number, number>();

  constructor(snapshot: ProviderSnapshot | undefined, balances: ReadonlyMap<number, number>) {
    this.#balances = new Map(balances);
    for (const stored of snapshot?.reservations ?? []) {
      if (isFinal(stored.state)) continue;
      const share = this.#put(stored.reservationId, Number(stored.userId));
      share.proposal = stored.proposal;
      share.claims = claimsOf(stored);
      share.change = stored.change?.terms ?? null;
      share.isHeld = stored.state === 'ACCEPTED' || stored.state === 'COUNTERED';
      share.isQueued =
        (stored.state === 'CONFIRMED' || stored.state === 'ACTIVATED') && stored.instances.length === 0;
    }
  }

  /** At the busiest instant; offers included. */
  usageOf(userId: number): Quota {
    return this.busiest(userId, EVER);
  }

  /**
   * The most reservations and CPUs that the user has at one instant of a span, and the CPU-hours that offers hold at present.
   * @param besides a reservation that is not counted
   */
  busiest(userId: number, { fromMs, untilMs }: Span, besides?: string): Quota {
    const shares = [...(this.#sharesOf.get(userId) ?? [])].filter(
      (share) => besides === undefined || share !== this.#shares.get(besides),
    );
    const changes: { atMs: number; reservations: number; vcpus: number }[] = [];
    for (const stretch of shares.flatMap(stretchesOf)) {
      const beginMs = Math.max(fromMs, stretch.fromMs);
      const endMs = Math.min(untilMs, stretch.untilMs);
      if (beginMs >= endMs) continue;
      const { reservations, vcpus } = stretch;
      changes.push({ atMs: beginMs, reservations, vcpus });
      changes.push({ atMs: endMs, reservations: -reservations, vcpus: -vcpus });
    }
    // What ends at an instant makes room for what begins at it.
    changes.sort((a, b) => a.atMs - b.atMs || a.vcpus - b.vcpus || a.reservations - b.reservations);
    const now = { reservations: 0, vcpus: 0 };
    const most = { reservations: 0, vcpus: 0 };
    for (const { reservations, vcpus } of changes) {
      now.reservations += reservations;
      now.vcpus += vcpus;
      most.reservations = Math.max(most.reservations, now.reservations);
      most.vcpus = Math.max(most.vcpus, now.vcpus);
    }
    const heldCpuHours = shares.reduce((sum, share) => sum + heldCpuHoursOf(share), 0);
    return { ...most, heldCpuHours };
  }

  /** Reservations that have not ended. */
  countOf(userId: number): number {
    return this.#sharesOf.get(userId)?.size ?? 0;
  }

  /** How many offers in a row held capacity for the user and were not confirmed, since this life began. */
  unconfirmedOf(userId: number): number {
    return this.#unconfirmed.get(userId) ?? 0;
  }

  /** Micro-credits. `committed` is what the database says, for an account that was made after this life began. */
  balanceOf(userId: number, committed: number): number {
    const balance = this.#balances.get(userId) ?? committed;
    this.#balances.set(userId, balance);
    return balance;
  }

  deposited(userId: number, amountMicros: number): void {
    const balance = this.#balances.get(userId);
    if (balance !== undefined) this.#balances.set(userId, balance + amountMicros);
  }

  /** Nothing more may be decided for the user. */
  retire(userId: number): void {
    this.#retired.add(userId);
  }

  unretire(userId: number): void {
    this.#retired.delete(userId);
  }

  isRetired(userId: number): boolean {
    return this.#retired.has(userId);
  }

  hear(event: DomainEvent): void {
    if (event.type === 'reservation-initiated') {
      this.#put(event.reservationId, Number(event.userId));
      return;
    }
    const share = 'reservationId' in event ? this.#shares.get(event.reservationId) : undefined;
    if (share === undefined) return;
    switch (event.type) {
      case 'proposal-received':
        share.proposal = event.proposal;
        share.isHeld = false;
        break;
      case 'offer-accepted':
        share.isHeld = true;
        break;
      case 'offer-countered':
        share.proposal = event.proposal;
        share.isHeld = true;
        break;
      case 'reservation-confirmed':
        share.proposal = event.proposal;
        share.isHeld = false;
        share.isQueued = event.pieces.length === 0;
        this.#unconfirmed.delete(share.userId);
        this.#pay(share, -event.priceMicros);
        break;
      case 'terms-changed':
        share.proposal = event.proposal;
        share.isQueued = false;
        break;
      case 'lease-suspended':
      case 'lease-requeued':
        share.isQueued = true;
        break;
      case 'change-offered':
        share.change = event.proposal;
        break;
      case 'change-given-up':
        if (share.change !== null && event.reason === 'hold-expired')
          this.#unconfirmed.set(share.userId, this.unconfirmedOf(share.userId) + 1);
        share.change = null;
        break;
      case 'reservation-changed':
        share.proposal = event.proposal;
        share.change = null;
        this.#unconfirmed.delete(share.userId);
        this.#pay(share, -event.differenceMicros);
        break;
      case 'options-claimed':
        share.claims = [...share.claims, claim(share.proposal, event.granted, event.atMs)];
        this.#pay(share, -(event.priceMicros ?? 0));
        break;
      case 'reservation-ended':
        this.#pay(share, event.refundMicros + event.penaltyMicros);
        // Who says no gives the capacity back, and what the provider took back is not held against the user.
        if (share.isHeld && event.reason === 'hold-expired')
          this.#unconfirmed.set(share.userId, this.unconfirmedOf(share.userId) + 1);
        this.#shares.delete(event.reservationId);
        this.#sharesOf.get(share.userId)?.delete(share);
        break;
      default:
        break;
    }
  }

  #put(reservationId: string, userId: number): Share {
    const share: Share = {
      userId,
      proposal: null,
      claims: [],
      change: null,
      isHeld: false,
      isQueued: false,
    };
    this.#shares.set(reservationId, share);
    const others = this.#sharesOf.get(userId);
    if (others === undefined) this.#sharesOf.set(userId, new Set([share]));
    else others.add(share);
    return share;
  }

  #pay({ userId }: Share, amountMicros: number): void {
    const balance = this.#balances.get(userId);
    // An account whose balance is not known here is read from the database when it matters.
    if (balance !== undefined) this.#balances.set(userId, balance + amountMicros);
  }
}

/** Guaranteed virtual CPUs, rounded up. */
export function vcpusOf(proposal: Proposal): number {
  return cpusOf(proposal, proposal.numInstancesFixed);
}

/** Of so many instances, rounded up. */
export function cpusOf({ demand }: Proposal, instances: number): number {
  return Math.ceil((demand.milliCpus * instances) / 1000);
}

/** Guaranteed. */
export function cpuHoursOf(proposal: Proposal | null): number {
  if (proposal === null) return 0;
  return (proposal.demand.milliCpus * proposal.numInstancesFixed * proposal.durationMs) / 1000 / HOUR_MS;
}

function stretchesOf({ change, claims, isQueued, proposal }: Share): readonly Stretch[] {
  if (proposal === null) return [];
  const { startMs } = proposal;
  const untilMs = isQueued ? Number.POSITIVE_INFINITY : endOf(proposal);
  return [
    { reservations: 1, vcpus: vcpusOf(proposal), fromMs: startMs, untilMs },
    ...claims,
    ...(change === null ? [] : stretchesBeside(proposal, change)),
  ];
}

/** What a change has beyond the terms as they are. */
function stretchesBeside(proposal: Proposal, change: Proposal): Stretch[] {
  return addedStretches(proposal, change).map(({ endMs, instances, isWithin, startMs }) => ({
    reservations: isWithin ? 0 : 1,
    // Rounded once, with what is there.
    vcpus: isWithin ? vcpusOf(change) - vcpusOf(proposal) : cpusOf(change, instances),
    fromMs: startMs,
    untilMs: endMs,
  }));
}

/** By an offer of a reservation, or of a change of one. */
function heldCpuHoursOf({ change, isHeld, proposal }: Share): number {
  if (isHeld) return cpuHoursOf(proposal);
  return proposal === null || change === null ? 0 : addedCpuHours(proposal, change);
}

/** Guaranteed, beyond the terms as they are. */
export function addedCpuHours(proposal: Proposal, change: Proposal): number {
  return addedStretches(proposal, change).reduce(
    (sum, { endMs, instances: numInstancesFixed, startMs }) =>
      sum + cpuHoursOf({ ...change, numInstancesFixed, durationMs: endMs - startMs }),
    0,
  );
}

function claim(proposal: Proposal | null, count: number, fromMs: number): Stretch {
  const vcpus = proposal === null ? 0 : cpusOf(proposal, count);
  return { reservations: 0, vcpus, fromMs, untilMs: proposal === null ? fromMs : endOf(proposal) };
}

/** Of claims that were not charged it is not known when they were made: at the earliest when the window opened. */
function claimsOf({
  claims = [],
  openedMs,
  optionsClaimed,
  proposal,
}: ReservationSnapshot): readonly Stretch[] {
  const charged = claims.reduce((sum, { count }) => sum + count, 0);
  return [
    ...claims.map(({ count, fromMs }) => claim(proposal, count, fromMs)),
    ...(optionsClaimed > charged ? [claim(proposal, optionsClaimed - charged, openedMs)] : []),
  ];
}
