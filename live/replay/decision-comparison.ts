// Two histories of the same commands, compared request by request: what the provider decided, at which instant and on which terms. How
// VMs fared on the way is the hypervisor's part and not compared.
import { isDeepStrictEqual } from 'node:util';
import {
  type DomainEvent,
  type EventOf,
  formatInstant,
  type NodeShare,
  type Proposal,
} from '../../engine/index.ts';

const DECISIONS = [
  'offer-accepted',
  'offer-countered',
  'waitlist-joined',
  'reservation-confirmed',
  'terms-changed',
  'lease-gives-way',
  'lease-requeued',
  'lease-suspended',
  'change-offered',
  'reservation-changed',
  'reservation-activated',
  'options-claimed',
  'window-opened',
  'instance-moved',
  'reservation-ended',
] as const satisfies readonly DomainEvent['type'][];
type Decision = EventOf<(typeof DECISIONS)[number]>;

/** A request that was not decided alike, by the first decision in which it differs. */
export interface Difference {
  readonly reservationId: string;
  /** In words; null: there was none. */
  readonly recorded: string | null;
  readonly replayed: string | null;
}

export interface ComparisonResult {
  readonly requests: number;
  readonly alike: number;
  /** In the order in which they were found. */
  readonly differences: readonly Difference[];
}

/** What was decided in one history and is still to be found in the other. */
interface Session {
  readonly recorded: Decision[];
  readonly replayed: Decision[];
}

/** The histories may be told alternately; memory is bounded by how far one is ahead of the other, and by the requests that differ. */
export class DecisionComparison {
  readonly #sessions = new Map<string, Session>();
  readonly #differences = new Map<string, Difference>();
  #requests = 0;

  recorded(event: DomainEvent): void {
    if (event.type === 'reservation-initiated' && event.partOf === undefined) this.#requests += 1;
    this.#hear(event, 'recorded');
  }

  replayed(event: DomainEvent): void {
    this.#hear(event, 'replayed');
  }

  /** @param lastMs the last instant of the recording, which may not have come to its end */
  finish(lastMs: number): ComparisonResult {
    for (const [reservationId, { recorded, replayed }] of this.#sessions) {
      const isCutOff = recorded.length === 0 && replayed[0]?.atMs === lastMs;
      if (!isCutOff) this.#differ(reservationId, recorded[0], replayed[0]);
    }
    this.#sessions.clear();
    const differences = [...this.#differences.values()];
    return { requests: this.#requests, alike: this.#requests - differences.length, differences };
  }

  #hear(event: DomainEvent, history: keyof Session): void {
    if (!isDecision(event) || this.#differences.has(event.reservationId)) return;
    const { reservationId } = event;
    const session = this.#sessions.get(reservationId) ?? { recorded: [], replayed: [] };
    this.#sessions.set(reservationId, session);
    session[history].push(event);
    const [recorded] = session.recorded;
    const [replayed] = session.replayed;
    if (recorded === undefined || replayed === undefined) return;
    if (!isDeepStrictEqual(asRecorded(recorded), asRecorded(replayed))) {
      this.#sessions.delete(reservationId);
      this.#differ(reservationId, recorded, replayed);
      return;
    }
    session.recorded.shift();
    session.replayed.shift();
    if (session.recorded.length === 0 && session.replayed.length === 0) this.#sessions.delete(reservationId);
  }

  #differ(reservationId: string, recorded: Decision | undefined, replayed: Decision | undefined): void {
    const words = (decision: Decision | undefined) => (decision === undefined ? null : describe(decision));
    this.#differences.set(reservationId, {
      reservationId,
      recorded: words(recorded),
      replayed: words(replayed),
    });
  }
}

function isDecision(event: DomainEvent): event is Decision {
  return (DECISIONS as readonly string[]).includes(event.type);
}

/**
 * As it comes back from a journal; without its number, which depends on what became of everybody else, and without the explanation, which is
 * no part of what was decided: earlier versions gave none.
 */
function asRecorded({ provider: _provider, seq: _seq, ...decision }: Decision): unknown {
  const { bottleneck: _bottleneck, ...decided } = decision as typeof decision & { bottleneck?: unknown };
  return JSON.parse(JSON.stringify(decided));
}

const MICROS = 1_000_000;

function describe(decision: Decision): string {
  return `${wordsOf(decision)} at ${formatInstant(decision.atMs)}`;
}

function wordsOf(decision: Decision): string {
  switch (decision.type) {
    case 'offer-accepted': {
      const { holdUntilMs, pieces, priceMicros, round } = decision;
      return `ACCEPT in round ${round} on ${places(pieces)} for ${credits(priceMicros)}, held until ${formatInstant(holdUntilMs)}`;
    }
    case 'offer-countered': {
      const { holdUntilMs, pieces, priceMicros, proposal, round } = decision;
      return `COUNTER in round ${round} with ${termsOf(proposal)} on ${places(pieces)} for ${credits(priceMicros)}, held until ${formatInstant(holdUntilMs)}`;
    }
    case 'waitlist-joined':
      return `on the waitlist in round ${decision.round} (${decision.reason}), until ${formatInstant(decision.waitsUntilMs)}`;
    case 'reservation-confirmed':
      return `confirmed from ${formatInstant(decision.proposal.startMs)} on ${places(decision.pieces)} for ${credits(decision.priceMicros)}`;
    case 'terms-changed': {
      const { pieces, proposal } = decision;
      return `better terms: ${termsOf(proposal)} on ${places(pieces)}`;
    }
    case 'lease-gives-way':
      return `gives way to ${decision.forReservationId} from ${formatInstant(decision.fromMs)} (${decision.by})`;
    case 'lease-requeued':
      return `begins again (${decision.because})`;
    case 'lease-suspended':
      return 'suspended';
    case 'change-offered': {
      const { differenceMicros, holdUntilMs, pieces, proposal, reply } = decision;
      return `${reply} of a change to ${termsOf(proposal)} on ${places(pieces)} for ${credits(differenceMicros)} more, held until ${formatInstant(holdUntilMs)}`;
    }
    case 'reservation-changed': {
      const { pieces, priceMicros, proposal } = decision;
      return `changed to ${termsOf(proposal)} on ${places(pieces)} for ${credits(priceMicros)}`;
    }
    case 'reservation-activated':
      return 'activated';
    case 'options-claimed': {
      const { asked, granted, pieces } = decision;
      return `${granted} of ${asked} options granted${granted === 0 ? '' : ` on ${places(pieces)}`}`;
    }
    case 'window-opened':
      return `opened on ${places(decision.pieces)}`;
    case 'instance-moved': {
      const { cause, fromNodeId, instance, toNodeId } = decision;
      return `instance ${instance} moved from ${fromNodeId} to ${toNodeId} (${cause})`;
    }
    case 'reservation-ended': {
      const { penaltyMicros, reason, refundMicros, state } = decision;
      const money = [
        ...(refundMicros === 0 ? [] : [`${credits(refundMicros)} refunded`]),
        ...(penaltyMicros === 0 ? [] : [`${credits(penaltyMicros)} of penalty`]),
      ];
      return [`${state} (${reason})`, ...money].join(', ');
    }
  }
}

function termsOf({ durationMs, numInstancesFixed, startMs, type }: Proposal): string {
  return `${numInstancesFixed} x ${type} from ${formatInstant(startMs)} for ${durationMs / 1000} s`;
}

function places(pieces: readonly NodeShare[]): string {
  return pieces
    .map(({ instances, nodeId }) => (instances === 1 ? nodeId : `${nodeId} (${instances})`))
    .join(', ');
}

function credits(micros: number): string {
  return `${micros / MICROS} credits`;
}
