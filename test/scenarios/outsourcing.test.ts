// Who buys of whom, as scenarios say it, and the one that ships.
import { afterAll, expect, test } from 'vitest';
import { simulate } from '../../engine/index.ts';
import { RunReport } from '../../reports/run-report.ts';
import { loadScenario } from '../../scenarios/load/scenario.ts';
import { EXAMPLE_RUN } from '../reports/example-run.ts';
import { ScenarioFolder } from './scenario-folder.ts';

const folder = await ScenarioFolder.make();
afterAll(() => folder.remove());

const world = (outsourcing: string) => `
providers:
  near: { cluster: { preset: openpex-2009 }, outsourcing: ${outsourcing} }
  far: { cluster: { preset: openpex-2009 } }
workloads: [{ file: requests.csv }]
`;

test('a partner is another provider of the scenario', async () => {
  await folder.write('requests.csv', 'id,submit,start,duration,type,count\n');
  const problem = async (outsourcing: string) => {
    const file = await folder.write('world.yaml', world(outsourcing));
    return loadScenario(file).catch((error: Error) => error.message.replace(/^.*world\.yaml/, ''));
  };
  expect(await problem('{ partners: [near] }')).toContain(
    'providers.near.outsourcing.partners[0]: is this provider itself; expected the name of another one',
  );
  expect(await problem('{ partners: [fat] }')).toContain('there is no provider "fat" (did you mean "far"?)');
  expect(await problem('{ partners: [] }')).toContain('providers.near.outsourcing.partners');
  expect(await problem('{ partners: [far], margin: -0.1 }')).toContain('providers.near.outsourcing.margin');
});

test('a campus sells at its own price what another one delivers at night, and the books of all are right', async () => {
  const scenario = await loadScenario('federation', {
    set: ['horizon=30h', 'workloads[0].generate.until=24h'],
  });
  const { startMs, warmUpMs } = scenario;
  const run = { ...EXAMPLE_RUN, startMs, warmUpEndMs: startMs + warmUpMs, severalProviders: true };
  const open = RunReport.open({ run });
  const outcome = await simulate(scenario.world(), { onEvent: (event) => open.record(event) });
  const { page, summary } = open.finish({ ...outcome, wallMs: 1, peakRssMib: 1 });
  const { cloud, north, south } = summary.providers!;
  expect(north!.outsourced).toBeGreaterThan(5);
  expect(north!.outsourced).toBe(south!.resold + cloud!.resold);
  expect(south!.outsourced).toBe(0);
  expect(summary.outsourced).toBe(north!.outsourced);
  expect(summary.ledgerBreaches).toBe(0);
  expect(summary.ledgerTransfersPaid).toBeGreaterThan(0);
  expect(summary.ledgerTransfersPaid).toBeCloseTo(
    south!.ledgerTransfersReceived + cloud!.ledgerTransfersReceived,
    6,
  );
  // Each has what users paid it, less and with what it paid and had of the others.
  expect(north!.ledgerBalance + south!.ledgerBalance + cloud!.ledgerBalance).toBeCloseTo(
    summary.ledgerBalance,
    6,
  );
  expect(summary.cpuHoursDelivered).toBeCloseTo(
    north!.cpuHoursDelivered + south!.cpuHoursDelivered + cloud!.cpuHoursDelivered,
    4,
  );
  expect(page()).toContain('are delivered by another one');
}, 60_000);
