// Runs an event stream through the metrics.
import type { DomainEvent } from '../../engine/index.ts';
import type { Hearing } from '../../reports/facts/hearing.ts';
import type { NegotiationRecord, ReservationRecord } from '../../reports/facts/session-records.ts';
import type { StreamStart } from '../../reports/metrics/metric.ts';
import { type RunFigures, RunMetrics } from '../../reports/run-metrics.ts';
import { type EventStream, hour, START_MS } from './event-stream.ts';

export interface Measured {
  readonly figures: RunFigures;
  readonly negotiations: readonly NegotiationRecord[];
  readonly reservations: readonly ReservationRecord[];
}

/** The figures of a hand-made stream that begins at {@link START_MS}. */
export function measure(
  stream: EventStream,
  { warmUpHours = 0, endHour }: { readonly warmUpHours?: number; readonly endHour?: number } = {},
  more: Partial<StreamStart> = {},
): Measured {
  const last = stream.events.at(-1)?.atMs ?? START_MS;
  return measureEvents(stream.events, {
    startMs: START_MS,
    measuredFromMs: hour(warmUpHours),
    endMs: endHour === undefined ? last : hour(endHour),
    ...more,
  });
}

export function measureEvents(
  events: readonly DomainEvent[],
  { endMs, ...start }: StreamStart & { readonly endMs: number },
): Measured {
  const negotiations: NegotiationRecord[] = [];
  const reservations: ReservationRecord[] = [];
  const listener: Hearing = {
    'negotiation-over': (record) => negotiations.push(record),
    'reservation-over': (record) => reservations.push(record),
  };
  const metrics = new RunMetrics(start, { listeners: [listener] });
  for (const event of events) metrics.record(event);
  return { figures: metrics.finish(endMs), negotiations, reservations };
}
