// The systems of the papers as scenarios: each says where it is described, all have the same users, and each does what it is known for.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { type DomainEvent, simulate } from '../../engine/index.ts';
import { loadExperiment } from '../../experiments/definition/experiment.ts';
import { loadScenario } from '../../scenarios/load/scenario.ts';
import { systemsOfPapers } from '../../scenarios/shipped.ts';

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

test('a machine that goes on from its copy has lost what ran until the loss was noticed', async () => {
  const events = await eventsOf('remus');
  const states = events.filter((event) => event.type === 'vm-state-changed');
  const ended = events.filter((event) => event.type === 'replica-ended');
  const lost = ended
    .filter(({ reason }) => reason === 'taken-over')
    .flatMap(({ atMs, vmId }) => {
      const lives = states.filter((state) => state.vmId === vmId && state.to === 'RUNNING');
      const [first, next] = lives;
      // Of those that had run on without a break.
      if (first === undefined || next === undefined || next.atMs < atMs || first.atMs > atMs) return [];
      return [atMs - first.atMs - next.keptMs!];
    });
  expect(lost.length).toBeGreaterThan(2);
  // Three heartbeats, a second apart, and an epoch with its pause.
  for (const ms of lost) expect(ms).toBeLessThan(3000 + 1000 + 116);
});

test('where nodes stay on by chance or by forecast, some are switched off', async () => {
  for (const name of ['depas', 'cpc', 'benefit-aware']) {
    const switched = (await eventsOf(name)).filter((event) => event.type === 'node-power-changed');
    expect(new Set(switched.map((event) => event.nodeId)).size, name).toBeGreaterThan(1);
  }
});
