// Users who trade windows in random worlds, with failing nodes, users who do not come and late answers: a witness keeps everybody's cash and
// possessions from the events alone, another one what is on each node.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endOf } from '../../../../engine/domain/proposal.ts';
import { type DomainEvent, type Proposal, simulate } from '../../../../engine/index.ts';
import { Auditor } from '../../../../experiments/fuzz/auditor.ts';
import { balanceMicrosOf, ledger } from '../../../../reports/metrics/ledger.ts';
import { RunMetrics } from '../../../../reports/run-metrics.ts';
import { runs } from '../../../support/fast-check.ts';
import { HOUR, MINUTE, node, policy, provider, request, setup } from '../../../support/setup.ts';

const anAsk = fc.record({
  submitMs: fc.integer({ min: 0, max: 8 }).map((quarters) => quarters * 15 * MINUTE),
  leadMs: fc.integer({ min: 1, max: 8 }).map((quarters) => quarters * 15 * MINUTE),
  durationMs: fc.integer({ min: 1, max: 6 }).map((halves) => halves * 30 * MINUTE),
  numInstancesFixed: fc.integer({ min: 1, max: 4 }),
  maxPriceMicros: fc.option(fc.integer({ min: 0, max: 2_000_000 }), { nil: undefined }),
  userId: fc.constantFrom('ann', 'ben', 'cid', 'dan', 'eve'),
  cancels: fc.option(
    fc.integer({ min: 0, max: 6 }).map((quarters) => quarters * 15 * MINUTE),
    { nil: undefined },
  ),
});

const aWorld = fc.record({
  asks: fc.array(anAsk, { minLength: 10, maxLength: 20 }),
  ask: fc.constantFrom({ min: 0.1, max: 0.1 }, { min: 0, max: 1 }),
  feeShare: fc.constantFrom(0, 0.12, 1),
  isBinding: fc.boolean(),
  noShowGraceMs: fc.constantFrom(20 * MINUTE, Number.POSITIVE_INFINITY),
  thinkMs: fc.constantFrom(0, 5 * MINUTE),
  noShow: fc.constantFrom(0, 0.3),
  /** Whoever finds no room waits for some, in the middle of theirs they ask for more, and a provider without nodes offers other terms. */
  isLively: fc.boolean(),
  failsMs: fc.option(fc.integer({ min: 0, max: 4 * HOUR }), { nil: undefined }),
});
type RandomWorld = typeof aWorld extends fc.Arbitrary<infer W> ? W : never;

function worldOf(random: RandomWorld) {
  const { ask, asks, failsMs, feeShare, isBinding, isLively, noShow, noShowGraceMs, thinkMs } = random;
  const quiet = provider();
  const forever = Number.POSITIVE_INFINITY;
  const rules = { leadMinMs: 0, leadMaxMs: forever, isUntold: false };
  const requests = asks
    .map(({ cancels, leadMs, maxPriceMicros, submitMs, ...rest }) =>
      request({
        ...rest,
        ...(maxPriceMicros !== undefined && { maxPriceMicros }),
        submitMs,
        startMs: submitMs + leadMs,
        ...(cancels !== undefined && { cancelAtMs: submitMs + cancels }),
        ...(isLively && { waitUntilMs: submitMs + leadMs, latestStartMs: submitMs + leadMs + 2 * HOUR }),
      }),
    )
    .sort((one, other) => one.submitMs - other.submitMs);
  const thinkTime = { minMs: thinkMs, maxMs: thinkMs };
  return setup({
    requests,
    seed: 7,
    cluster: { nodes: [node('n1'), node('n2', 2)] },
    settings: {
      ...quiet.settings,
      noShowGraceMs,
      rules: isBinding ? { ...rules, binding: { fromMs: forever, untilMs: forever } } : rules,
    },
    policies: {
      ...quiet.policies,
      pricing: policy('pricing', 'flat', { cpuHour: 0.1, penaltyShare: 0.3 }),
      ...(isLively && { recovery: policy('recovery', 'new-offer') }),
    },
    users: { noShow, thinkTime, extend: isLively ? 0.5 : 0, exchange: { ask, feeShare } },
    incidents:
      failsMs === undefined
        ? []
        : [
            { kind: 'fail', atMs: failsMs, nodeId: 'n1' },
            { kind: 'return', atMs: failsMs + HOUR, nodeId: 'n1' },
          ],
  });
}

/** What everybody has: cash, and confirmed windows. */
class Witness {
  readonly cash = new Map<string, number>();
  readonly #owners = new Map<string, string>();
  readonly #windows = new Map<string, Proposal>();
  readonly #forSale = new Map<string, number>();
  trades = 0;

  hear(event: DomainEvent): void {
    switch (event.type) {
      case 'reservation-initiated':
        this.#owners.set(event.reservationId, event.userId);
        return;
      case 'reservation-confirmed':
        this.#pay(this.#owners.get(event.reservationId)!, 'openpex', event.priceMicros);
        this.#windows.set(event.reservationId, event.proposal);
        return;
      case 'reservation-changed':
        this.#windows.set(event.reservationId, event.proposal);
        this.#pay(this.#owners.get(event.reservationId)!, 'openpex', event.differenceMicros);
        // What was put up is not what there is any more.
        this.#forSale.delete(event.reservationId);
        return;
      case 'reservation-listed':
        // Only who has it sells it.
        expect(event.userId).toBe(this.#owners.get(event.reservationId));
        this.#forSale.set(event.reservationId, event.askMicros);
        return;
      case 'reservation-transferred': {
        const { atMs, fromUserId, priceMicros, reservationId, sale, userId } = event;
        expect(fromUserId).toBe(this.#owners.get(reservationId));
        expect(userId).not.toBe(fromUserId);
        const { bidMicros, feeMicros, needed } = sale!;
        expect(this.#forSale.get(reservationId)).toBeDefined();
        this.#forSale.delete(reservationId);
        expect(priceMicros).toBeLessThanOrEqual(bidMicros);
        expect(feeMicros).toBeLessThanOrEqual(priceMicros);
        const window = this.#windows.get(reservationId)!;
        expect(needed.startMs).toBeGreaterThanOrEqual(Math.max(atMs, window.startMs));
        expect(endOf(needed)).toBeLessThanOrEqual(endOf(window));
        this.#pay(userId, fromUserId, priceMicros);
        this.#pay(fromUserId, 'openpex', feeMicros);
        this.#owners.set(reservationId, userId);
        this.trades += 1;
        return;
      }
      case 'reservation-ended': {
        const { penaltyMicros, refundMicros, reservationId } = event;
        this.#pay('openpex', this.#owners.get(reservationId)!, refundMicros + penaltyMicros);
        this.#owners.delete(reservationId);
        this.#forSale.delete(reservationId);
        return;
      }
    }
  }

  #pay(from: string, to: string, micros: number): void {
    this.cash.set(from, (this.cash.get(from) ?? 0) - micros);
    this.cash.set(to, (this.cash.get(to) ?? 0) + micros);
  }
}

test('who sells is paid by who buys, and has no more what is sold', async () => {
  let trades = 0;
  await fc.assert(
    fc.asyncProperty(aWorld, async (random) => {
      const world = worldOf(random);
      const witness = new Witness();
      const auditor = new Auditor(world.providers[0]!.cluster, { mayWaitForNodes: random.isLively });
      const metrics = new RunMetrics({ startMs: 0, measuredFromMs: 0 }, { metrics: [ledger] });
      const { end, virtualMs } = await simulate(world, {
        onEvent: (event) => {
          auditor.hear(event);
          witness.hear(event);
          metrics.record(event);
        },
      });
      expect(end).toBe('complete');
      const { ledger: books } = metrics.finish(virtualMs);
      expect(books.breaches).toBe(0);
      expect(balanceMicrosOf(books)).toBe(witness.cash.get('openpex') ?? 0);
      expect([...witness.cash.values()].reduce((sum, micros) => sum + micros, 0)).toBe(0);
      trades += witness.trades;
    }),
    { numRuns: runs(60), seed: 14 },
  );
  expect(trades).toBeGreaterThan(10);
});
