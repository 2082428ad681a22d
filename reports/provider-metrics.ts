// The figures of each provider of a world by itself: the same metrics, on the events of that provider alone. Nodes have their own names
// there.
import type { DomainEvent, EventOf } from '../engine/index.ts';
import type { Hearing } from './facts/hearing.ts';
import type { NegotiationRecord, ReservationRecord } from './facts/session-records.ts';
import { type AnyMetric, type StreamStart, summarised } from './metrics/metric.ts';
import { type RunFigures, RunMetrics } from './run-metrics.ts';

/** What is known of a world of several providers, beside the figures of all of it. */
export interface ProvidersFigures {
  /** In the order in which they joined. */
  readonly figures: ReadonlyMap<string, RunFigures>;
  /** Sessions of the measured time that a user opened at a further provider, having come to no agreement with the one before. */
  readonly passedOn: number;
  /** Agreements of these users in a queue that they left for it. */
  readonly movedOn: number;
}

export class ProviderMetrics {
  readonly #start: StreamStart;
  readonly #metrics: readonly AnyMetric[];
  readonly #providers = new Map<string, RunMetrics>();
  /** Requests that came to no agreement at the instant {@link #givenUpMs}: users turn to the next provider at once. */
  readonly #givenUp = new Set<string>();
  #givenUpMs = Number.NaN;
  /** Requests by the session that ended while the user was thinking. */
  readonly #unawares = new Map<string, string>();
  #passedOn = 0;
  /** Requests that left a queue at {@link #givenUpMs}, of an agreement that counts. */
  readonly #left = new Set<string>();
  #movedOn = 0;

  constructor({ startMs, measuredFromMs }: StreamStart, metrics: readonly AnyMetric[]) {
    this.#start = { startMs, measuredFromMs };
    this.#metrics = summarised(metrics);
  }

  record(event: DomainEvent): void {
    if (event.type === 'reservation-initiated') this.#begin(event);
    let provider = this.#providers.get(event.provider);
    if (provider === undefined) {
      provider = new RunMetrics(this.#start, { metrics: this.#metrics, listeners: [this.#hears] });
      this.#providers.set(event.provider, provider);
    }
    provider.record(event);
  }

  /** Call once, after the last event. */
  finish(endMs: number): ProvidersFigures {
    const figures = Array.from(this.#providers, ([name, metrics]) => [name, metrics.finish(endMs)] as const);
    return { figures: new Map(figures), passedOn: this.#passedOn, movedOn: this.#movedOn };
  }

  readonly #hears: Hearing = {
    'negotiation-over': ({ endedMs, outcome, requestId, reservationId }: NegotiationRecord) => {
      if (requestId === null) return;
      if (outcome === 'rejected' || outcome === 'declined') this.#giveUp(requestId, endedMs);
      if (outcome === 'expired' || outcome === 'capacity-lost') this.#unawares.set(reservationId, requestId);
    },
    // Who leaves the queue of a provider asks the next one at the same instant, if any.
    'reservation-over': ({ endedMs, measured, reason, requestId }: ReservationRecord) => {
      if (requestId === null || endedMs === null || reason !== 'cancelled-by-user') return;
      this.#giveUp(requestId, endedMs);
      if (measured) this.#left.add(requestId);
    },
    'message-refused': ({ atMs, reservationId }: EventOf<'message-refused'>) => {
      const requestId = this.#unawares.get(reservationId);
      if (requestId === undefined) return;
      this.#unawares.delete(reservationId);
      this.#giveUp(requestId, atMs);
    },
  };

  #giveUp(requestId: string, atMs: number): void {
    if (atMs !== this.#givenUpMs) {
      this.#givenUp.clear();
      this.#left.clear();
    }
    this.#givenUpMs = atMs;
    this.#givenUp.add(requestId);
  }

  #begin({ atMs, origin }: EventOf<'reservation-initiated'>): void {
    if (origin === null || atMs !== this.#givenUpMs || !this.#givenUp.delete(origin.requestId)) return;
    if (atMs >= this.#start.measuredFromMs) this.#passedOn += 1;
    if (this.#left.delete(origin.requestId)) this.#movedOn += 1;
  }
}
