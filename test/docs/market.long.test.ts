// docs/validation.md says what the experiments of the market show: what a counter-offer is worth, and what patience does.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type DomainEvent, simulate } from '../../engine/index.ts';
import { meanInterval } from '../../experiments/statistics/intervals.ts';
import { RunMetrics } from '../../reports/run-metrics.ts';
import { loadScenario } from '../../scenarios/load/scenario.ts';

/** The figures of the negotiation under one seed, as `openpex sweep` has them. */
async function figuresOf(seed: number, settings: { set: readonly string[]; policies: readonly string[] }) {
  const scenario = await loadScenario('openpex-2009', { ...settings, seed });
  const { startMs, warmUpMs } = scenario;
  const metrics = new RunMetrics({ startMs, measuredFromMs: startMs + warmUpMs });
  let lastMs = startMs;
  await simulate(scenario.world(), {
    onEvent: (event: DomainEvent) => {
      lastMs = event.atMs;
      metrics.record(event);
    },
  });
  return metrics.finish(lastMs).negotiation;
}

const seeds = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
const average = (values: readonly number[]) => meanInterval(values).mean;

/** What the tests found, by part of the page: it is written once, after all of them. */
const tables = new Map<string, string>();

test('the least change of all terms sells more than another start or two windows, and these more than nothing', async () => {
  const agreed: Record<string, number[]> = {};
  for (const policy of ['none', 'earliest-start', 'split', 'multi-term']) {
    agreed[policy] = [];
    for (const seed of seeds(20)) {
      const { agreedCpuMs } = await figuresOf(seed, {
        set: ['workloads[0].generate.populations.class.arrivals.perHour=3'],
        policies: ['buyer=size-flexible', `counter-offer=${policy}`],
      });
      agreed[policy].push(agreedCpuMs / 3_600_000);
    }
  }
  const pairs = [
    ['none', 'multi-term'],
    ['earliest-start', 'multi-term'],
    ['split', 'multi-term'],
    ['none', 'split'],
    ['earliest-start', 'split'],
  ] as const;
  const gains = pairs.map(([before, after]) =>
    meanInterval(agreed[after]!.map((hours, i) => hours - agreed[before]![i]!)),
  );
  const rows = pairs.map(([before, after], i) => {
    const { halfWidth, mean } = gains[i]!;
    const [least, most] = [mean - halfWidth!, mean + halfWidth!];
    const hours = [before, after].map((policy) => average(agreed[policy]!).toFixed(0));
    return `| \`${before}\` | ${hours[0]} | \`${after}\` | ${hours[1]} | ${signed(mean)} | ${signed(least)} to ${signed(most)} |`;
  });
  for (const { halfWidth, mean } of gains.slice(0, 4)) expect(mean - halfWidth!).toBeGreaterThan(0);
  // Without optional instances, which two windows do not have, these are worth more.
  for (const seed of seeds(2)) {
    const [none, split] = await Promise.all(
      ['none', 'split'].map((policy) =>
        figuresOf(seed, {
          set: [
            'workloads[0].generate.populations.class.arrivals.perHour=3',
            'workloads[0].generate.populations.class.optional=0',
          ],
          policies: ['buyer=size-flexible', `counter-offer=${policy}`],
        }),
      ),
    );
    expect(split!.agreedCpuMs / none!.agreedCpuMs).toBeGreaterThan(1.1);
  }
  tables.set(
    'counter-offers',
    [
      '| instead of | CPU-hours agreed | with | CPU-hours agreed | more | 95 % interval, paired, 20 seeds |',
      '|---|---|---|---|---|---|',
      ...rows,
    ].join('\n'),
  );
}, 600_000);

test('with more slack more agree, after a counter-offer too; with more load fewer do', async () => {
  const loads = [2, 4, 8];
  const withoutDeal: number[][] = [];
  const rows: string[] = [];
  for (const slack of [0, 1, 2, 3, 4, 5]) {
    const cells: string[] = [];
    const shares: number[] = [];
    for (const perHour of loads) {
      const ratios: number[] = [];
      const afterCounter: number[] = [];
      for (const seed of seeds(10)) {
        const { accepted, outcomes, requests } = await figuresOf(seed, {
          set: [
            'policies.buyer={"name":"time-flexible","options":{}}',
            `policies.buyer.options.slack=${slack}`,
            `workloads[0].generate.populations.experiment.arrivals.perHour=${perHour}`,
          ],
          policies: [],
        });
        ratios.push(1 - accepted / requests);
        afterCounter.push(outcomes['accepted-after-counter'] / requests);
      }
      shares.push(average(ratios));
      cells.push(`${percent(average(ratios))}`, `${percent(average(afterCounter))}`);
    }
    // More load, fewer agreements.
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    withoutDeal.push(shares);
    rows.push(`| ${slack} | ${cells.join(' | ')} |`);
  }
  // At every load patience of five durations leaves fewer without a deal than none.
  for (const i of loads.keys()) expect(withoutDeal.at(-1)![i]).toBeLessThan(withoutDeal[0]![i]!);
  tables.set(
    'slack',
    [
      '| slack | 2 jobs an hour: no deal | after a counter-offer | 4: no deal | after a counter-offer | 8: no deal | after a counter-offer |',
      '|---|---|---|---|---|---|---|',
      ...rows,
    ].join('\n'),
  );
}, 600_000);

test('docs/validation.md has these figures (update it with vitest -u)', async () => {
  expect([...tables.keys()]).toEqual(['counter-offers', 'slack']);
  let doc = await readFile('docs/validation.md', 'utf8');
  for (const [part, table] of tables) {
    const pattern = new RegExp(`(<!-- ${part} -->).*(<!-- /${part} -->)`, 's');
    expect(doc).toMatch(pattern);
    doc = doc.replace(pattern, (_all, begin, end) => `${begin}\n\n${table}\n\n${end}`);
  }
  await expect(doc).toMatchFileSnapshot('../../docs/validation.md');
});

const signed = (hours: number) => `${hours < 0 ? '−' : '+'}${Math.abs(hours).toFixed(0)}`;

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
