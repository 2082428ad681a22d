import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DomainEvent } from '../../engine/index.ts';
import { FATES, OUTCOMES } from '../../reports/facts/session-records.ts';
import { RunMetrics } from '../../reports/run-metrics.ts';
import { QUANTILE_RELATIVE_ERROR } from '../../reports/statistics/quantile-sketch.ts';
import { runs } from '../support/fast-check.ts';
import { measureEvents } from './measure.ts';
import { syntheticRun } from './synthetic-run.ts';

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 2, 1);

const anyRun = fc.record({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  nodes: fc.integer({ min: 1, max: 6 }),
  sessions: fc.integer({ min: 0, max: 50 }),
  days: fc.integer({ min: 1, max: 3 }),
  nodeLosses: fc.integer({ min: 0, max: 4 }),
  largestRequest: fc.integer({ min: 4, max: 40 }),
  stopAtHorizon: fc.boolean(),
});
const anyWarmUp = fc.integer({ min: 0, max: 30 }).map((hours) => START_MS + hours * HOUR_MS);

function figuresOf(events: readonly DomainEvent[], measuredFromMs: number) {
  return measureEvents(events, { startMs: START_MS, measuredFromMs, endMs: events.at(-1)!.atMs });
}

function eventsOf<T extends DomainEvent['type']>(events: readonly DomainEvent[], type: T) {
  return events.filter((event): event is Extract<DomainEvent, { type: T }> => event.type === type);
}

/** Reserved, allocated and online CPU by going through all events again for every interval between two of them. */
function naiveUtilisation(events: readonly DomainEvent[], measuredFromMs: number) {
  let reserved = 0;
  let allocated = 0;
  let online = 0;
  for (let i = 0; i + 1 < events.length; i++) {
    const fromMs = Math.max(events[i]!.atMs, measuredFromMs);
    const durationMs = events[i + 1]!.atMs - fromMs;
    if (durationMs <= 0) continue;
    const past = events.slice(0, i + 1);
    const windows = new Map<string, number>();
    const vms = new Map<string, number>();
    const nodes = new Map<string, number>();
    for (const event of past) {
      if (event.type === 'node-joined') nodes.set(event.nodeId, event.capacity.milliCpus);
      if (event.type === 'node-lost') nodes.set(event.nodeId, 0);
      if (event.type === 'node-returned') nodes.set(event.nodeId, 8000);
      if (event.type === 'window-opened') {
        const instances = event.pieces.reduce((sum, piece) => sum + piece.instances, 0);
        windows.set(event.reservationId, instances * event.demand.milliCpus);
      }
      if (event.type === 'window-closed') windows.delete(event.reservationId);
      if (event.type === 'vm-state-changed') {
        vms.set(event.vmId, event.to === 'RUNNING' ? event.demand.milliCpus : 0);
      }
    }
    const sum = (values: Map<string, number>) =>
      [...values.values()].reduce((total, value) => total + value, 0);
    reserved += sum(windows) * durationMs;
    allocated += sum(vms) * durationMs;
    online += sum(nodes) * durationMs;
  }
  return { reserved, allocated, online };
}

describe('the metrics of any run', () => {
  test('account for every request and every reservation exactly once', () => {
    fc.assert(
      fc.property(anyRun, anyWarmUp, (options, measuredFromMs) => {
        const events = syntheticRun({ ...options, startMs: START_MS });
        const { figures, negotiations, reservations } = figuresOf(events, measuredFromMs);
        const { negotiation, fulfilment, displacement, acceptance } = figures;
        const submitted = eventsOf(events, 'proposal-received').filter(({ round }) => round === 1);
        expect(negotiation.requests + negotiation.warmUpRequests).toBe(submitted.length);
        expect(negotiation.requests).toBe(submitted.filter(({ atMs }) => atMs >= measuredFromMs).length);
        expect(OUTCOMES.reduce((sum, outcome) => sum + negotiation.outcomes[outcome], 0)).toBe(
          negotiation.requests,
        );
        expect(FATES.reduce((sum, fate) => sum + fulfilment.fates[fate], 0)).toBe(negotiation.accepted);
        expect(displacement.overAll.count).toBe(negotiation.accepted);
        expect(displacement.bins.reduce((sum, { count }) => sum + count, 0)).toBe(negotiation.accepted);
        for (const bins of [acceptance.byLeadTime, acceptance.bySize, acceptance.byKind]) {
          for (const bin of bins) {
            expect(bin.asAsked + bin.onOtherTerms + bin.rejected + bin.other).toBe(bin.requests);
          }
          expect(bins.reduce((sum, { requests }) => sum + requests, 0)).toBe(negotiation.requests);
        }
        expect(negotiations).toHaveLength(submitted.length);
        expect(reservations).toHaveLength(eventsOf(events, 'reservation-confirmed').length);
      }),
      { numRuns: runs(60) },
    );
  });

  test('agree with a computation over the whole list of events', () => {
    fc.assert(
      fc.property(anyRun, anyWarmUp, (options, measuredFromMs) => {
        const events = syntheticRun({
          ...options,
          sessions: Math.min(30, options.sessions),
          startMs: START_MS,
        });
        const { figures } = figuresOf(events, measuredFromMs);
        const naive = naiveUtilisation(events, measuredFromMs);
        expect(figures.utilisation.onlineCpuMs * 1000).toBeCloseTo(naive.online, -1);
        const { reserved, allocated } = figures.utilisation.mean.cpu;
        if (naive.online === 0) {
          expect(reserved).toBeNull();
          return;
        }
        expect(reserved).toBeCloseTo(naive.reserved / naive.online, 10);
        expect(allocated).toBeCloseTo(naive.allocated / naive.online, 10);

        const askedStarts = new Map(
          eventsOf(events, 'proposal-received').map((event) => [event.reservationId, event]),
        );
        const displacements = eventsOf(events, 'reservation-confirmed')
          .filter(({ reservationId }) => askedStarts.get(reservationId)!.atMs >= measuredFromMs)
          .map(
            ({ reservationId, proposal }) =>
              proposal.startMs - askedStarts.get(reservationId)!.proposal.startMs,
          )
          .sort((a, b) => a - b);
        const { overAll } = figures.displacement;
        if (displacements.length === 0) {
          expect(overAll.mean).toBeNull();
          return;
        }
        expect(overAll.mean).toBe(displacements.reduce((sum, ms) => sum + ms, 0) / displacements.length);
        const exact = displacements[Math.ceil(0.95 * displacements.length) - 1]!;
        expect(Math.abs(overAll.p95! - exact)).toBeLessThanOrEqual(Math.abs(exact) * QUANTILE_RELATIVE_ERROR);
      }),
      { numRuns: runs(40) },
    );
  });

  test('keep the shares of nodes and of the cluster consistent', () => {
    fc.assert(
      fc.property(anyRun, (options) => {
        const events = syntheticRun({ ...options, startMs: START_MS });
        const { figures } = figuresOf(events, START_MS);
        const { cpu } = figures.utilisation.mean;
        if (cpu.reserved === null) return;
        const reservedCpuMs = figures.utilisation.nodes.reduce(
          (sum, { capacity, onlineMs, shares }) =>
            sum + ((shares.cpu.reserved ?? 0) * capacity.milliCpus * onlineMs) / 1000,
          0,
        );
        expect(reservedCpuMs / figures.utilisation.onlineCpuMs).toBeCloseTo(cpu.reserved, 10);
        const { peak, p95 } = figures.utilisation;
        expect(peak.cpu.reserved!).toBeLessThanOrEqual(1);
        expect(p95.cpu.reserved!).toBeLessThanOrEqual(peak.cpu.reserved!);
      }),
      { numRuns: runs(30) },
    );
  });

  test('remember sessions only while they are alive', () => {
    const events = syntheticRun({
      seed: 5,
      nodes: 4,
      sessions: 400,
      days: 6,
      nodeLosses: 2,
      largestRequest: 8,
      startMs: START_MS,
    });
    const alive = new Set<string>();
    const metrics = newMetrics();
    for (const event of events) {
      metrics.record(event);
      if (event.type === 'reservation-initiated') alive.add(event.reservationId);
      if (event.type === 'reservation-ended') alive.delete(event.reservationId);
      expect(metrics.openSessions).toBe(alive.size);
    }
    expect(metrics.openSessions).toBe(0);
  });
});

function newMetrics(): RunMetrics {
  return new RunMetrics({ startMs: START_MS, measuredFromMs: START_MS });
}
