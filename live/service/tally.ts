// What each user has at this moment, decided but perhaps not yet committed: reservations, CPUs and balance. Quotas and balances are
// checked against it in the same breath as a command is decided, so no two requests can slip past a limit together.
import { type DomainEvent, isFinal, type Proposal, type ProviderSnapshot } from '../../engine/index.ts';
import type { Quota } from '../records.ts';

interface Share {
  readonly userId: number;
  readonly vcpus: number;
}

export class Tally {
  readonly #shares = new Map<string, Share>();
  readonly #usage = new Map<number, { reservations: number; vcpus: number }>();
  readonly #balances: Map<number, number>;
  readonly #retired = new Set<number>();

  constructor(snapshot: ProviderSnapshot | undefined, balances: ReadonlyMap<number, number>) {
    this.#balances = new Map(balances);
    for (const { proposal, reservationId, state, userId } of snapshot?.reservations ?? []) {
      if (!isFinal(state)) this.#put(reservationId, { userId: Number(userId), vcpus: vcpusOf(proposal) });
    }
  }

  usageOf(userId: number): Quota {
    return this.#usage.get(userId) ?? { reservations: 0, vcpus: 0 };
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
    switch (event.type) {
      case 'reservation-initiated':
        this.#put(event.reservationId, { userId: Number(event.userId), vcpus: 0 });
        break;
      case 'proposal-received':
      case 'offer-countered':
        this.#resize(event.reservationId, event.proposal);
        break;
      case 'reservation-confirmed':
        this.#pay(event.reservationId, -event.priceMicros);
        break;
      case 'reservation-ended':
        this.#pay(event.reservationId, event.refundMicros + event.penaltyMicros);
        this.#drop(event.reservationId);
        break;
      default:
        break;
    }
  }

  #put(reservationId: string, share: Share): void {
    this.#drop(reservationId);
    this.#shares.set(reservationId, share);
    const { reservations, vcpus } = this.usageOf(share.userId);
    this.#usage.set(share.userId, { reservations: reservations + 1, vcpus: vcpus + share.vcpus });
  }

  #drop(reservationId: string): void {
    const share = this.#shares.get(reservationId);
    if (share === undefined) return;
    this.#shares.delete(reservationId);
    const { reservations, vcpus } = this.usageOf(share.userId);
    if (reservations === 1) this.#usage.delete(share.userId);
    else this.#usage.set(share.userId, { reservations: reservations - 1, vcpus: vcpus - share.vcpus });
  }

  #resize(reservationId: string, proposal: Proposal): void {
    const share = this.#shares.get(reservationId);
    if (share !== undefined) this.#put(reservationId, { ...share, vcpus: vcpusOf(proposal) });
  }

  #pay(reservationId: string, amountMicros: number): void {
    const share = this.#shares.get(reservationId);
    const balance = share === undefined ? undefined : this.#balances.get(share.userId);
    // An account whose balance is not known here is read from the database when it matters.
    if (share !== undefined && balance !== undefined)
      this.#balances.set(share.userId, balance + amountMicros);
  }
}

/** Guaranteed virtual CPUs, rounded up. */
export function vcpusOf(proposal: Proposal | null): number {
  return proposal === null ? 0 : Math.ceil((proposal.demand.milliCpus * proposal.numInstancesFixed) / 1000);
}
