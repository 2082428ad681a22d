// What docs/validation.md says of comparing prices: the provider that would have come down is asked last, and fewer agreements are made.
import { expect, test } from 'vitest';
import { type DomainEvent, simulate } from '../../engine/index.ts';
import { RunMetrics } from '../../reports/run-metrics.ts';
import { loadScenario } from '../../scenarios/load/scenario.ts';

async function marketOf(broker: string, seed: number) {
  const scenario = await loadScenario('market-day', { policies: [`broker=${broker}`], seed });
  const { startMs, warmUpMs } = scenario;
  const metrics = new RunMetrics({
    startMs,
    measuredFromMs: startMs + warmUpMs,
    severalProviders: true,
  });
  let lastMs = startMs;
  await simulate(scenario.world(), {
    onEvent: (event: DomainEvent) => {
      lastMs = event.atMs;
      metrics.record(event);
    },
  });
  const { market } = metrics.finish(lastMs);
  const agreed = (name: string) => market.byProvider.find((row) => row.name === name)!.fortune.agreed;
  return { ...market.total, dealer: agreed('dealer'), exchange: agreed('exchange') };
}

test('who compares list prices passes by the provider that would have come down', async () => {
  const [random, cheapest] = [await marketOf('random', 2009), await marketOf('cheapest', 2009)];
  expect([random.dealer, cheapest.dealer]).toEqual([63, 36]);
  expect([random.exchange, cheapest.exchange]).toEqual([85, 102]);
  // So it is with each of the twenty seeds of the study.
  expect(cheapest.providerMicros).toBeLessThan(random.providerMicros);
  expect(cheapest.agreed).toBeLessThan(random.agreed);
}, 120_000);
