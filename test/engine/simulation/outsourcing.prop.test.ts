// Providers that sell each other's capacity, in random worlds with cancellations, failing nodes and users who do not come: a witness keeps books of its own from
// the events alone.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type DomainEvent,
  type Outsourced,
  type SimulatedProvider,
  simulate,
} from '../../../engine/index.ts';
import { balanceMicrosOf, ledger } from '../../../reports/metrics/ledger.ts';
import { negotiation } from '../../../reports/metrics/negotiation.ts';
import { outsourcing } from '../../../reports/metrics/outsourcing.ts';
import { RunMetrics } from '../../../reports/run-metrics.ts';
import { runs } from '../../support/fast-check.ts';
import { HOUR, MINUTE, node, policy, provider, QUIET_USERS, request, setup } from '../../support/setup.ts';

const NAMES = ['a', 'b', 'c'];

const anAsk = fc.record({
  submitMs: fc.integer({ min: 0, max: 3 }).map((quarters) => quarters * 15 * MINUTE),
  leadMs: fc.integer({ min: 1, max: 3 }).map((halves) => halves * 30 * MINUTE),
  durationMs: fc.integer({ min: 1, max: 4 }).map((halves) => halves * 30 * MINUTE),
  numInstancesFixed: fc.integer({ min: 2, max: 4 }),
  provider: fc.constantFrom('a', 'a', 'a', 'b', 'c'),
  patient: fc.boolean(),
  cancels: fc.option(
    fc.integer({ min: 0, max: 3 }).map((quarters) => quarters * 15 * MINUTE),
    { nil: undefined },
  ),
  runTimeMs: fc.constantFrom(20 * MINUTE, Number.POSITIVE_INFINITY),
});

const aWorld = fc.record({
  asks: fc.array(anAsk, { minLength: 8, maxLength: 14 }),
  prices: fc.tuple(...[15, 5, 5].map((min) => fc.integer({ min, max: min + 15 }))),
  before: fc.constantFrom('refusal' as const, 'counter-offer' as const),
  margin: fc.constantFrom(0, 0.25),
  counterOffer: fc.constantFrom('none', 'none', 'earliest-start'),
  thinkMs: fc.constantFrom(0, 5 * MINUTE, 15 * MINUTE),
  noShow: fc.constantFrom(0, 0.3),
  failsMs: fc.option(fc.integer({ min: 0, max: 4 * HOUR }), { nil: undefined }),
});
type RandomWorld = typeof aWorld extends fc.Arbitrary<infer W> ? W : never;

function worldOf({ asks, before, counterOffer, failsMs, margin, noShow, prices, thinkMs }: RandomWorld) {
  const quiet = provider();
  const providers = NAMES.map(
    (name, i): SimulatedProvider => ({
      ...provider({ name, cluster: { nodes: [node(`${name}-1`)] } }),
      settings: { ...quiet.settings, resale: { before, margin }, noShowGraceMs: 20 * MINUTE },
      policies: {
        ...quiet.policies,
        counterOffer: policy('counter-offer', counterOffer),
        pricing: policy('pricing', 'flat', { cpuHour: prices[i]! / 100, penaltyShare: 0.3 }),
      },
      partners: NAMES.filter((other) => other !== name),
    }),
  );
  const requests = asks
    .map(({ cancels, leadMs, patient, provider: asked, submitMs, ...rest }) =>
      request({
        ...rest,
        providers: [asked],
        submitMs,
        startMs: submitMs + leadMs,
        latestStartMs: patient ? Number.POSITIVE_INFINITY : submitMs + leadMs,
        ...(cancels !== undefined && { cancelAtMs: submitMs + cancels }),
      }),
    )
    .sort((one, other) => one.submitMs - other.submitMs);
  return {
    ...setup({ requests, seed: 7 }),
    providers,
    users: { ...QUIET_USERS, noShow, thinkTime: { minMs: thinkMs, maxMs: thinkMs } },
    incidents:
      failsMs === undefined ? [] : [{ kind: 'fail' as const, atMs: failsMs, provider: 'b', nodeId: 'b-1' }],
  };
}

/** What every account has, and who has what on which node. */
class Witness {
  readonly balances = new Map<string, number>();
  readonly #offered = new Map<string, number>();
  readonly #paid = new Map<string, { readonly by: string; readonly to: string; micros: number }>();
  readonly #outsourced = new Map<string, Outsourced>();
  readonly #payers = new Map<string, string>();
  readonly #reserved = new Map<string, number>();

  hear(event: DomainEvent): void {
    const { provider: to } = event;
    switch (event.type) {
      case 'reservation-initiated':
        this.#payers.set(event.reservationId, event.origin?.resoldFor?.provider ?? `user of ${to}`);
        return;
      case 'offer-accepted':
      case 'offer-countered':
        this.#offered.set(event.reservationId, event.priceMicros);
        return;
      case 'reservation-confirmed': {
        const { outsourced, pieces, priceMicros, proposal, reservationId } = event;
        // What is charged is what was agreed.
        expect(priceMicros).toBe(this.#offered.get(reservationId));
        const by = this.#payers.get(reservationId)!;
        this.#pay(by, to, priceMicros);
        this.#paid.set(reservationId, { by, to, micros: priceMicros });
        if (outsourced === undefined) {
          expect(pieces.reduce((sum, { instances }) => sum + instances, 0)).toBe(proposal.numInstancesFixed);
          return;
        }
        // All of it is there and nothing of it here, at the price that was agreed there, and not at a loss.
        expect(pieces).toEqual([]);
        expect(this.#paid.get(outsourced.reservationId)).toEqual({
          by: to,
          to: outsourced.partner,
          micros: outsourced.priceMicros,
        });
        expect(outsourced.priceMicros).toBeLessThanOrEqual(priceMicros);
        this.#outsourced.set(reservationId, outsourced);
        return;
      }
      case 'window-opened':
        if (this.#outsourced.has(event.reservationId)) expect(event.pieces).toEqual([]);
        for (const { instances, nodeId } of event.pieces) this.#reserve(nodeId, instances);
        return;
      case 'window-closed':
        for (const { instances, nodeId } of event.pieces) this.#reserve(nodeId, -instances);
        return;
      case 'reservation-ended': {
        const paid = this.#paid.get(event.reservationId);
        if (paid !== undefined) this.#pay(to, paid.by, event.refundMicros + event.penaltyMicros);
        return;
      }
    }
  }

  #pay(from: string, to: string, micros: number): void {
    this.balances.set(from, (this.balances.get(from) ?? 0) - micros);
    this.balances.set(to, (this.balances.get(to) ?? 0) + micros);
    // Every payment has two sides.
    expect([...this.balances.values()].reduce((sum, balance) => sum + balance, 0)).toBe(0);
  }

  #reserve(nodeId: string, instances: number): void {
    const now = (this.#reserved.get(nodeId) ?? 0) + instances;
    expect(now).toBeGreaterThanOrEqual(0);
    // SMALL instances on 4 CPUs.
    expect(now).toBeLessThanOrEqual(4);
    this.#reserved.set(nodeId, now);
  }
}

test('money is paid as it was agreed and capacity is had once, whoever sells it', async () => {
  let outsourced = 0;
  await fc.assert(
    fc.asyncProperty(aWorld, async (random) => {
      const witness = new Witness();
      const start = { startMs: 0, measuredFromMs: 0 };
      const metrics = [negotiation, ledger, outsourcing];
      const total = new RunMetrics({ ...start, severalProviders: true }, { metrics });
      const each = new Map(NAMES.map((name) => [name, new RunMetrics(start, { metrics })]));
      const { end, requests, virtualMs } = await simulate(worldOf(random), {
        onEvent: (event) => {
          witness.hear(event);
          total.record(event);
          each.get(event.provider)!.record(event);
        },
      });
      expect(end).toBe('complete');
      const all = total.finish(virtualMs);
      const credits = (name: string) => witness.balances.get(name) ?? 0;
      expect(all.ledger.breaches).toBe(0);
      expect(all.ledger.chargedMicros - all.ledger.refundedMicros - all.ledger.penaltyMicros).toBe(
        NAMES.reduce((sum, name) => sum + credits(name), 0),
      );
      // Whoever delivers for whom, a request is one negotiation, of its user.
      expect(all.negotiation.requests).toBe(requests);
      let passedOn = 0;
      for (const [name, measured] of each) {
        const own = measured.finish(virtualMs);
        expect([name, balanceMicrosOf(own.ledger)]).toEqual([name, credits(name)]);
        passedOn += own.outsourcing.outsourced;
      }
      expect(all.outsourcing.outsourced).toBe(passedOn);
      outsourced += passedOn;
    }),
    { numRuns: runs(40), seed: 14 },
  );
  // The worlds are such that it happens.
  expect(outsourced).toBeGreaterThan(3);
});
