// The systems of the papers as scenarios: each says where it is described, all have the same users, and each does what it is known for.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { type DomainEvent, simulate } from '../../engine/index.ts';
import { loadExperiment } from '../../experiments/definition/experiment.ts';
import { RunReport } from '../../reports/run-report.ts';
import { loadScenario } from '../../scenarios/load/scenario.ts';
import { systemsOfPapers } from '../../scenarios/shipped.ts';
import { EXAMPLE_OUTCOME, EXAMPLE_RUN } from '../reports/example-run.ts';

const systems = await systemsOfPapers();

test.each(systems)('%s names its source in its comment, and has the users of all', async (name) => {
  const text = readFileSync(`scenarios/${name}.yaml`, 'utf8');
  const [schema, , ...comment] = text.split('\n').filter((line) => line.startsWith('#'));
  expect(schema).toBe('# yaml-language-server: $schema=../scenario.schema.json');
  expect(comment.join(' ')).toMatch(
    /\((?:.*\d{4}.*|.*(?:section|chapter) \d.*)\)|its (?:other scheduler|rank)/,
  );
  expect(comment.join(' ')).toContain(`openpex run ${name}`);
  expect(parse(text).workloads).toEqual([{ generate: './users.workload.yaml' }]);
  const scenario = await loadScenario(name, { env: {} });
  expect(`papers/${scenario.name}`).toBe(name);
});

test('the experiment over all of them leaves none out', async () => {
  const { cells, factors } = await loadExperiment('papers/all', { version: '0', seeds: 1 });
  expect(factors.map(({ name }) => name)).toEqual(['system']);
  expect(factors[0]!.levels.map(({ label }) => `papers/${label}`).sort()).toEqual(systems);
  expect(new Set(cells.map(({ key }) => key)).size).toBe(systems.length);
});

async function eventsOf(name: string): Promise<DomainEvent[]> {
  const events: DomainEvent[] = [];
  const set = ['workloads[0].generate.until=1d', 'horizon=3d'];
  const scenario = await loadScenario(`papers/${name}`, { env: {}, set, seed: 1 });
  await simulate(scenario.world(), { onEvent: (event) => events.push(event) });
  return events;
}

function count(events: readonly DomainEvent[], type: DomainEvent['type']): number {
  return events.filter((event) => event.type === type).length;
}

test('OpenPEX counters, Haizea suspends and does not, and a cloud of 2009 promises nothing ahead', async () => {
  const openpex = await eventsOf('openpex');
  expect(count(openpex, 'offer-countered')).toBeGreaterThan(20);
  expect(count(openpex, 'lease-suspended')).toBe(0);

  const haizea = await eventsOf('haizea');
  expect(count(haizea, 'offer-countered')).toBe(0);
  expect(count(haizea, 'lease-suspended')).toBeGreaterThan(0);

  const eucalyptus = await eventsOf('eucalyptus');
  const ahead = eucalyptus.flatMap((event) =>
    event.type === 'reservation-confirmed' ? [event.proposal.startMs - event.atMs] : [],
  );
  expect(ahead.length).toBeGreaterThan(20);
  // What users think about an offer is all that lies between.
  expect(Math.max(...ahead)).toBeLessThanOrEqual(0);
});

test('with OpenNebula jobs are pending until there is a host, with an auction bids wait for one', async () => {
  const pending = (await eventsOf('opennebula')).filter(
    (event) => event.type === 'terms-changed' && event.proposal.kind === 'preemptible',
  );
  expect(pending.length).toBeGreaterThan(0);
  expect(count(await eventsOf('ca-provision'), 'waitlist-joined')).toBeGreaterThan(5);
});

test('where machines go on from a copy that is 100 ms old, what is lost is what ran until the loss was noticed', async () => {
  const lossesOf = async (name: string) => {
    const events = await eventsOf(name);
    const { atMs: startMs } = events[0]!;
    const report = RunReport.open({ run: { ...EXAMPLE_RUN, startMs, warmUpEndMs: startMs } });
    for (const event of events) report.record(event);
    const { lostWorkMs, repairs } = report.finish(EXAMPLE_OUTCOME).summary;
    expect(repairs, name).toBeGreaterThan(5);
    return lostWorkMs / repairs;
  };
  // Three heartbeats, a second apart, and an epoch with its pause.
  expect(await lossesOf('remus')).toBeLessThan(3000 + 1000 + 116);
  expect(await lossesOf('cloud-at-home')).toBeGreaterThan(60_000);
});

test('where nodes stay on by chance or by forecast, some are switched off', async () => {
  for (const name of ['depas', 'cpc', 'benefit-aware']) {
    const switched = (await eventsOf(name)).filter((event) => event.type === 'node-power-changed');
    expect(new Set(switched.map((event) => event.nodeId)).size, name).toBeGreaterThan(1);
  }
});
