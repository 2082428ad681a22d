// The market that ships: everybody trades, and the report tells who gained, and why.
import { beforeAll, expect, test } from 'vitest';
import { simulate } from '../../engine/index.ts';
import { type FinishedReport, RunReport } from '../../reports/run-report.ts';
import { loadScenario } from '../../scenarios/load/scenario.ts';
import { EXAMPLE_RUN } from '../reports/example-run.ts';

let report: FinishedReport;
beforeAll(async () => {
  const scenario = await loadScenario('market-day');
  const { startMs, warmUpMs } = scenario;
  const run = { ...EXAMPLE_RUN, startMs, warmUpEndMs: startMs + warmUpMs, severalProviders: true };
  const open = RunReport.open({ run });
  const outcome = await simulate(scenario.world(), { onEvent: (event) => open.record(event) });
  report = open.finish({ ...outcome, wallMs: 1, peakRssMib: 1 });
}, 120_000);

test('every kind of buyer and every provider comes to agreements, and the books are right', () => {
  const { byBuyer, ledgerBreaches, providers } = report.summary;
  expect(Object.keys(byBuyer)).toHaveLength(7);
  for (const [buyer, { agreed, requests }] of Object.entries(byBuyer)) {
    expect(agreed, buyer).toBeGreaterThan(5);
    expect(agreed, buyer).toBeLessThan(requests);
  }
  for (const [name, { accepted, profit }] of Object.entries(providers!)) {
    expect(accepted, name).toBeGreaterThan(20);
    expect(profit, name).not.toBeNull();
  }
  expect(ledgerBreaches).toBe(0);
});

test('who holds out keeps more of what the same thing is worth than who is in a hurry', () => {
  const kept = (buyer: string) => {
    const { customerSurplus, value } = report.summary.byBuyer[buyer]!;
    return customerSurplus! / value!;
  };
  expect(kept('hunter')).toBeGreaterThan(2 * kept('hurried'));
});

test('figures of the providers add up to those of all', () => {
  const { providers, ...all } = report.summary;
  const sumOf = (key: 'customerSurplus' | 'providerSurplus' | 'profit' | 'costs' | 'ledgerEntries') =>
    Object.values(providers!).reduce((sum, measures) => sum + measures[key]!, 0);
  for (const key of ['customerSurplus', 'providerSurplus', 'profit', 'costs', 'ledgerEntries'] as const) {
    expect(all[key], key).toBeCloseTo(sumOf(key), 4);
  }
});

test('the page says who gained, and what made the difference', () => {
  const page = report.page();
  const section = page.slice(page.indexOf('Prices, and who gained'));
  const text = section
    .slice(0, section.indexOf('<table'))
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
  expect(text).toMatchInlineSnapshot(
    `"Prices, and who gained 192 agreements for 325 credits, 0.11 for a CPU-hour. Within the measured time CPUs cost 140, which leaves a profit of 213. The agreements are worth 403 credits to their users and cost 58.30 to deliver, so that there were 344 to share: users kept 77.26 (22.4 %), providers 267. exact-or-nothing kept 46.4 % of what its agreements are worth to its users, at 0.09 for a CPU-hour. size-flexible paid 2.3 % more than its agreements are worth to its users, at 0.12 for a CPU-hour. The first gained more because it paid less for a CPU-hour, and a CPU-hour was worth 0.17 to its users, and 0.12 to those of size-flexible. exact-or-nothing came to an agreement in 48.8 % of its requests, size-flexible in 27.3 %. hunter bargained longest, 5.8 rounds for an agreement: its users paid 68.3 % of what it is worth to them, the others 83.8 %. Offers to it that came to nothing locked 25.89 CPU-hours meanwhile. Of the providers dealer gained most: dealer 128 from 86 agreements at 0.12 for a CPU-hour, of 233 requests put to it; exchange 123 from 71 agreements at 0.12 for a CPU-hour, of 147 requests put to it; budget 16.01 from 35 agreements at 0.06 for a CPU-hour, of 268 requests put to it. "`,
  );
});
