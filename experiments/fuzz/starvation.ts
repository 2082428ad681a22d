// Holds a counter-offer policy to its claim that it starves nobody: whoever fits the cluster is offered some start, as long as the booking horizon
// leaves one behind everything that is reserved.
import assert from 'node:assert/strict';
import { type DomainEvent, endOf, latestStartWithin, type Proposal } from '../../engine/index.ts';
import type { Auditor } from './auditor.ts';

const FOR_WANT_OF_ROOM: readonly string[] = ['no-capacity', 'node-outage', 'no-node'];

export class StarvationWatch {
  readonly #auditor: Auditor;
  readonly #bookingHorizonMs: number;
  readonly #asked = new Map<string, Proposal>();

  constructor(auditor: Auditor, bookingHorizonMs: number) {
    this.#auditor = auditor;
    this.#bookingHorizonMs = bookingHorizonMs;
  }

  /** Throws AssertionError. To be told after the auditor. */
  hear(event: DomainEvent): void {
    if (event.type === 'proposal-received') this.#asked.set(event.reservationId, event.proposal);
    if (event.type !== 'reservation-ended') return;
    const proposal = this.#asked.get(event.reservationId);
    this.#asked.delete(event.reservationId);
    if (proposal === undefined || !FOR_WANT_OF_ROOM.includes(event.reason)) return;
    // What an immediate lease, or optional instances, may be refused for is not the want of a later start.
    if (proposal.kind === 'immediate' || proposal.numInstancesOption > 0) return;
    const room = this.#auditor.roomInTheEnd(proposal.demand);
    const freeMs = Math.max(proposal.startMs, this.#auditor.allFreeMs());
    const { durationMs, leeway } = proposal;
    const isInTime =
      endOf({ ...proposal, startMs: freeMs }) <= event.atMs + this.#bookingHorizonMs &&
      (leeway === undefined || freeMs <= latestStartWithin(leeway, durationMs));
    assert.ok(
      room < proposal.numInstancesFixed || !isInTime,
      `${event.reservationId} is sent away (${event.reason}), and would fit when all others are gone`,
    );
  }
}
