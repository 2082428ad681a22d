// Who gained: the bargaining sessions of the literature through a whole simulation into a summary, and books that do not add up.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DomainEvent, simulate } from '../../../engine/index.ts';
import { priceUtility } from '../../../reports/facts/surplus.ts';
import { jain } from '../../../reports/metrics/market.ts';
import { RunReport } from '../../../reports/run-report.ts';
import { loadScenario } from '../../../scenarios/load/scenario.ts';
import { temporaryFolder, write } from '../../support/command-line.ts';
import { csvTable } from '../checker/csv-table.ts';
import { EventStream, proposal } from '../event-stream.ts';
import { EXAMPLE_RUN } from '../example-run.ts';
import { measure } from '../measure.ts';

/** One user, one provider, one hour of one CPU: a seller who asks 15 and sells down to 8, which is what it costs. */
async function session({ betaBuyer, betaSeller, limit }: Record<string, number>) {
  const folder = temporaryFolder();
  write(
    folder,
    'one.csv',
    `submit,id,start,duration,type,instances,max_price\n0,a,3600,3600,SMALL,1,${limit}\n`,
  );
  write(
    folder,
    'one.yaml',
    `
cluster:
  nodes: [{ group: n, cpus: 1, memoryMib: 1024, diskGib: 20 }]
  costs: { reservedCpuHour: 9, idleCpuHour: 1 }
negotiation: { maxRounds: 9 }
policies:
  pricing: { name: flat, options: { cpuHour: 15 } }
  counterOffer: { name: price, options: { floorShare: ${8 / 15}, beta: ${betaSeller}, deadline: 10 } }
  buyer: { name: bargainer, options: { firstShare: ${5 / limit!}, beta: ${betaBuyer}, deadline: 10 } }
workloads: [{ file: one.csv }]
`,
  );
  const scenario = await loadScenario(join(folder, 'one.yaml'));
  const { startMs } = scenario;
  const run = { ...EXAMPLE_RUN, startMs, warmUpEndMs: startMs };
  const directory = join(folder, 'out');
  const report = RunReport.open({ run, output: { directory, scenarioYaml: '' } });
  const outcome = await simulate(scenario.world(), { onEvent: (event: DomainEvent) => report.record(event) });
  const { summary } = report.finish({ ...outcome, wallMs: 1, peakRssMib: 1 });
  const table = (name: string) => csvTable(readFileSync(join(directory, name), 'utf8'));
  return { summary, offers: table('offers.csv'), negotiations: table('negotiations.csv') };
}

describe('a session of two who concede, by the report', () => {
  test.each([
    { betaBuyer: 1, betaSeller: 1, limit: 12, users: 1.9, provider: 2.1, nash: 3.99 },
    { betaBuyer: 0.2, betaSeller: 1, limit: 12, users: 3.3, provider: 0.7, nash: 2.31 },
    { betaBuyer: 1, betaSeller: 0.2, limit: 12, users: 1.13343, provider: 2.86657, nash: 3.249056 },
    { betaBuyer: 5, betaSeller: 5, limit: 12, users: 1.926542, provider: 2.073458, nash: 3.994604 },
  ])('beta $betaBuyer against $betaSeller', async ({ nash, provider, users, ...sides }) => {
    const { negotiations, summary } = await session(sides);
    expect(summary.customerSurplus).toBeCloseTo(users, 5);
    expect(summary.providerSurplus).toBeCloseTo(provider, 5);
    expect(summary.welfare).toBeCloseTo(4, 5);
    expect(summary.nashProduct).toBeCloseTo(nash, 5);
    expect(summary).toMatchObject({ bargained: 1, ledgerBreaches: 0, fairness: 1 });
    expect(Number(negotiations[0]!['nash_product'])).toBeCloseTo(nash, 5);
    // The CPU was idle for an hour of the two, at 1, and reserved in the other, at 9.
    expect(summary.costs).toBeCloseTo(10, 1);
    expect(summary.profit).toBeCloseTo(summary.revenue - summary.costs!, 6);
  });

  test('a limit below what the seller takes ends without a deal', async () => {
    const { summary } = await session({ betaBuyer: 1, betaSeller: 1, limit: 7 });
    expect(summary).toMatchObject({ accepted: 0, agreementsValued: 0, welfare: 0, valueUnserved: 7 });
  });

  test('offers.csv has every message with its price', async () => {
    const { offers } = await session({ betaBuyer: 1, betaSeller: 1, limit: 12 });
    const told = offers.map((m) =>
      [m['round'], m['from'], m['message'], m['price_credits']].join(' ').trim(),
    );
    expect(told).toEqual([
      '1 user REQUEST 5',
      '1 provider COUNTER 14.3',
      '2 user COUNTER 6.4',
      '2 provider COUNTER 12.9',
      '3 user COUNTER 7.8',
      '3 provider COUNTER 11.5',
      '4 user COUNTER 9.2',
      '4 provider COUNTER 10.1',
      '4 user ACCEPT',
      '4 provider CONFIRM_REQUEST',
      '4 user CONFIRM 10.1',
      '4 provider REQUEST_SUCCESS 10.1',
    ]);
  });
});

test.each([
  [5, 1],
  [8.5, 0.505],
  [12, 0.01],
  [12.1, 0],
])('the utility of %d between 5 and a limit of 12 is %d (Sim, Shi 2010)', (price, utility) => {
  expect(priceUtility({ ideal: 5, limit: 12, price })).toBeCloseTo(utility, 12);
  // The mirror image of a seller.
  expect(priceUtility({ ideal: -5, limit: -12, price: -price })).toBeCloseTo(utility, 12);
});

test("Jain's index", () => {
  expect(jain([1, 1, 1, 1])).toBe(1);
  expect(jain([1, 0, 0, 0])).toBe(0.25);
  expect(jain([4, 2, 2])).toBeCloseTo(0.8888888888888888, 12);
  expect(jain([])).toBeNull();
  const share = fc.double({ min: 0.001, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(share, { minLength: 1 }), fc.integer({ min: 1, max: 9 }), (shares, scale) => {
      const index = jain(shares)!;
      expect(index).toBeGreaterThanOrEqual(1 / shares.length - 1e-9);
      expect(index).toBeLessThanOrEqual(1 + 1e-9);
      expect(jain(shares.map((one) => one * scale))).toBeCloseTo(index, 9);
    }),
  );
});

describe('the books', () => {
  const asked = proposal(10, 2);
  const begin = () => new EventStream().node('n1').asked(1, 'a', asked).accepted(1, 'a', 500_000);
  const books = (stream: EventStream) => measure(stream.finished(13)).figures.ledger;

  test('are right when what is charged is what was offered', () => {
    const stream = begin()
      .confirmed(2, 'a', asked, 500_000)
      .ended(11, 'a', 'FAILED', 'node-lost', { refundMicros: 250_000, penaltyMicros: 50_000 });
    expect(books(stream)).toEqual({
      entries: 3,
      chargedMicros: 500_000,
      refundedMicros: 250_000,
      penaltyMicros: 50_000,
      transfersPaidMicros: 0,
      transfersReceivedMicros: 0,
      tradedMicros: 0,
      feesMicros: 0,
      pledgesKeptMicros: 0,
      breaches: 0,
    });
  });

  test('have a breach for another price than the one on offer', () => {
    expect(books(begin().confirmed(2, 'a', asked, 500_001)).breaches).toBe(1);
  });

  test('have a breach for more given back than was paid, and for what is no whole micro-credit', () => {
    const back = (refundMicros: number) =>
      books(
        begin()
          .confirmed(2, 'a', asked, 500_000)
          .ended(3, 'a', 'CANCELLED', 'cancelled-by-user', { refundMicros }),
      ).breaches;
    expect(back(500_000)).toBe(0);
    expect(back(500_001)).toBe(1);
    expect(back(0.5)).toBe(1);
  });
});
