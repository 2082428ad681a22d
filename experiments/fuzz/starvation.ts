// Holds a counter-offer policy to its claim that it starves nobody: whoever fits the cluster is offered some start, as long as the booking horizon
// and how far ahead windows are sold leave one behind everything that is reserved.
import assert from 'node:assert/strict';
import {
  type DomainEvent,
  endOf,
  latestStartWithin,
  type Proposal,
  type ProviderSettings,
} from '../../engine/index.ts';
import type { Auditor } from './auditor.ts';

const FOR_WANT_OF_ROOM: readonly string[] = ['no-capacity', 'node-outage', 'no-node'];

export class StarvationWatch {
  readonly #auditor: Auditor;
  readonly #bookingHorizonMs: number;
  readonly #leadMaxMs: number;
  readonly #asked = new Map<string, Proposal>();

  /** @param settings how far ahead a window may end, and how far ahead one may begin that is sold */
  constructor(
    auditor: Auditor,
    { bookingHorizonMs, rules }: Pick<ProviderSettings, 'bookingHorizonMs' | 'rules'>,
  ) {
    this.#auditor = auditor;
    this.#bookingHorizonMs = bookingHorizonMs;
    this.#leadMaxMs = rules?.leadMaxMs ?? Number.POSITIVE_INFINITY;
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
    const room = this.#auditor.roomInTheEnd(proposal);
    const freeMs = Math.max(proposal.startMs, this.#auditor.allFreeMs());
    const { durationMs, leeway } = proposal;
    const isInTime =
      endOf({ ...proposal, startMs: freeMs }) <= event.atMs + this.#bookingHorizonMs &&
      freeMs - event.atMs <= this.#leadMaxMs &&
      (leeway === undefined || freeMs <= latestStartWithin(leeway, durationMs));
    assert.ok(
      room < proposal.numInstancesFixed || !isInTime,
      `${event.reservationId} is sent away (${event.reason}), and would fit when all others are gone`,
    );
  }
}
