// Who asked for what and got what: consumption by user, and how evenly it is spread.
import type { Proposal } from '../../engine/index.ts';
import {
  isAccepted,
  type NegotiationRecord,
  type ReservationRecord,
  windowsOf,
} from '../facts/session-records.ts';
import { type Meter, metric } from './metric.ts';

/** Of the measured requests of one user; CPU-time is that of guaranteed instances. */
export interface UserFigures {
  /** Null: all those beyond the first {@link USERS_MAX}, together. */
  readonly userId: string | null;
  readonly requests: number;
  readonly accepted: number;
  readonly askedCpuMs: number;
  readonly agreedCpuMs: number;
  /** While up, claimed instances included. */
  readonly deliveredCpuMs: number;
  /** Agreed prices less refunds. */
  readonly spentMicros: number;
}

export interface UsersFigures {
  /** Who was agreed the most comes first. */
  readonly users: readonly UserFigures[];
  /**
   * (sum x)^2 / (n sum x^2), 1: all alike, 1/n: one has it all (R. Jain, D. Chiu, W. Hawe 1984); of what was agreed, and of the share of what was asked that was.
   * Null: nobody asked for anything.
   */
  readonly fairnessOfAgreed: number | null;
  readonly fairnessOfShares: number | null;
}

/** Memory is bounded, whoever asks. */
export const USERS_MAX = 20_000;

type Tally = { -readonly [K in keyof UserFigures]: UserFigures[K] };

class Users implements Meter<UsersFigures> {
  readonly #tallies = new Map<string | null, Tally>();

  readonly hears = {
    'negotiation-over': ({ asked, measured, offered, outcome, userId }: NegotiationRecord) => {
      if (!measured) return;
      const tally = this.#of(userId);
      tally.requests += 1;
      tally.askedCpuMs += cpuMsOf(asked);
      if (!isAccepted(outcome) || offered === null) return;
      tally.accepted += 1;
      for (const terms of windowsOf(offered)) tally.agreedCpuMs += cpuMsOf(terms);
      tally.spentMicros += offered.priceMicros;
    },
    'reservation-over': ({ deliveredMs, measured, proposal, refundMicros, userId }: ReservationRecord) => {
      if (!measured) return;
      const tally = this.#of(userId);
      tally.deliveredCpuMs += (deliveredMs * proposal.demand.milliCpus) / 1000;
      tally.spentMicros -= refundMicros;
    },
  };

  finish(): UsersFigures {
    const users = [...this.#tallies.values()].sort(
      (a, b) => b.agreedCpuMs - a.agreedCpuMs || ((a.userId ?? '￿') < (b.userId ?? '￿') ? -1 : 1),
    );
    const asking = users.filter(({ askedCpuMs, userId }) => askedCpuMs > 0 && userId !== null);
    return {
      users,
      fairnessOfAgreed: jain(asking.map(({ agreedCpuMs }) => agreedCpuMs)),
      fairnessOfShares: jain(asking.map(({ agreedCpuMs, askedCpuMs }) => agreedCpuMs / askedCpuMs)),
    };
  }

  #of(userId: string): Tally {
    const name = this.#tallies.has(userId) || this.#tallies.size < USERS_MAX ? userId : null;
    let tally = this.#tallies.get(name);
    if (tally === undefined) {
      tally = {
        userId: name,
        requests: 0,
        accepted: 0,
        askedCpuMs: 0,
        agreedCpuMs: 0,
        deliveredCpuMs: 0,
        spentMicros: 0,
      };
      this.#tallies.set(name, tally);
    }
    return tally;
  }
}

export const users = metric({ name: 'users', over: 'by request', start: () => new Users(), summary: {} });

/** Null: no values, or all of them are 0. */
export function jain(values: readonly number[]): number | null {
  const sum = values.reduce((total, value) => total + value, 0);
  const squares = values.reduce((total, value) => total + value ** 2, 0);
  return squares === 0 ? null : sum ** 2 / (values.length * squares);
}

function cpuMsOf({ demand, durationMs, numInstancesFixed }: Proposal): number {
  return (demand.milliCpus * numInstancesFixed * durationMs) / 1000;
}
