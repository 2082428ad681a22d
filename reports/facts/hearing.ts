// What metrics and tables can hear: every event of the stream, and what follows from several of them together. Who hears what is
// looked up by name, so that an event costs nothing where nobody listens.
import type { DomainEvent, DomainEventType, EventOf } from '../../engine/index.ts';
import type { InstanceCondition, InstanceRepair, ReservedChange, TermsChange } from './derived.ts';
import type { NegotiationRecord, ReservationRecord } from './session-records.ts';

/** What follows from several events, by name. */
interface DerivedFacts {
  /** A negotiation ended, with a reservation or without one; also those of the warm-up. */
  readonly 'negotiation-over': NegotiationRecord;
  /** A confirmed reservation ended, or the run did; also those of the warm-up. */
  readonly 'reservation-over': ReservationRecord;
  /** A confirmed reservation got other terms on its user's wish; also those of the warm-up. */
  readonly 'terms-were-changed': TermsChange;
  /** How an instance fared for a while, within the window of its reservation. */
  readonly 'instance-was': InstanceCondition;
  /** An instance that was down is up again, within the window of its reservation. */
  readonly 'instance-repaired': InstanceRepair;
  /** Capacity reserved in open windows grew or shrank. */
  readonly 'reserved-changed': ReservedChange;
}

/** Everything that can be heard, by name. */
export type Facts = { readonly [T in DomainEventType]: EventOf<T> } & DerivedFacts;
export type FactName = keyof Facts;

/** One function for each kind of fact that somebody wants to hear; each is called in the order of the stream. */
export type Hearing = { readonly [N in FactName]?: (fact: Facts[N]) => void };

export type Tell = <N extends FactName>(name: N, fact: Facts[N]) => void;

/** Passes facts on to all who hear them, in the order in which they are given. */
export class Audience {
  readonly #listeners = new Map<FactName, Array<(fact: never) => void>>();

  constructor(hearings: Iterable<Hearing>) {
    for (const hearing of hearings) {
      for (const [name, hear] of Object.entries(hearing) as [FactName, (fact: never) => void][]) {
        const others = this.#listeners.get(name);
        if (others === undefined) this.#listeners.set(name, [hear]);
        else others.push(hear);
      }
    }
  }

  event(event: DomainEvent): void {
    this.tell(event.type, event as never);
  }

  readonly tell: Tell = (name, fact) => {
    const listeners = this.#listeners.get(name);
    if (listeners === undefined) return;
    for (let i = 0; i < listeners.length; i++) listeners[i]!(fact as never);
  };
}
