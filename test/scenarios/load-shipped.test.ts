// Every scenario that ships loads, and means what its comments say. Those on real logs need OPENPEX_DATA, the folder that holds them; with
// OPENPEX_REQUIRE_DATA=true in CI they may not be skipped.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DomainEvent, simulate, type UserRequest } from '../../engine/index.ts';
import { loadScenario } from '../../scenarios/load/scenario.ts';
import { shippedScenarios } from '../../scenarios/shipped.ts';
import { InputError } from '../../written/input-error.ts';
import { ScenarioFolder } from './scenario-folder.ts';

let folder: ScenarioFolder;
beforeAll(async () => {
  folder = await ScenarioFolder.make();
});
afterAll(() => folder.remove());

const ON_REAL_LOGS = ['haizea-hpdc08', 'openb', 'sdsc-blue'];
const dataFolder = process.env['OPENPEX_DATA'];
const dataRequired = process.env['CI'] === 'true' && process.env['OPENPEX_REQUIRE_DATA'] === 'true';
const shipped = await shippedScenarios();

test.each(shipped)('%s has the schema in its first line, a name, a description and a start', async (name) => {
  const text = await readFile(join('scenarios', `${name}.yaml`), 'utf8');
  expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=./scenario.schema.json');
  for (const field of ['name', 'description', 'start']) expect(text).toMatch(new RegExp(`^${field}: `, 'm'));
});

test.each(shipped.filter((name) => !ON_REAL_LOGS.includes(name)))(
  '%s loads, resolves to itself and has requests in order of submission',
  async (name) => {
    const scenario = await loadScenario(name, { env: {} });
    expect(scenario.name).toBe(name);
    const copy = await folder.write('copy.yaml', scenario.resolvedYaml);
    expect((await loadScenario(copy, { env: {} })).resolvedYaml).toBe(scenario.resolvedYaml);
    let count = 0;
    let previous: UserRequest | undefined;
    for await (const request of scenario.world().requests) {
      expect(request.submitMs).toBeGreaterThanOrEqual(previous?.submitMs ?? scenario.startMs);
      previous = request;
      count += 1;
      if (count === 500) break;
    }
    expect(count).toBeGreaterThan(1);
  },
);

test('gpu-sharing: who is refused a GPU hears which are in pieces, and what is enough in all is not enough', async () => {
  const scenario = await loadScenario('gpu-sharing', { env: {} });
  const refused: { need: number; free: readonly number[] }[] = [];
  const asked = new Map<string, number>();
  await simulate(scenario.world(), {
    onEvent: (event) => {
      if (event.type === 'proposal-received')
        asked.set(event.reservationId, event.proposal.demand.named?.['gpu'] ?? 0);
      if (event.type !== 'reservation-ended' || event.bottleneck?.by !== 'capacity') return;
      const need = asked.get(event.reservationId)!;
      for (const { free } of event.bottleneck.fragments ?? []) refused.push({ need, free });
    },
  });
  expect(refused.length).toBeGreaterThan(5);
  for (const { free, need } of refused) {
    expect(free.reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(need);
    expect(free.filter((each) => each >= Math.min(1000, need)).length * 1000).toBeLessThan(need);
  }
});

test('openpex-2009-example: five SMALL for six days from the 21st are countered to the 23rd, and only the start differs', async () => {
  const scenario = await loadScenario('openpex-2009-example', { env: {} });
  const events: DomainEvent[] = [];
  await simulate(scenario.world(), { onEvent: (event) => events.push(event) });
  const asked = events.flatMap((event) => (event.type === 'proposal-received' ? [event.proposal] : []))[1];
  const countered = events.flatMap((event) => (event.type === 'offer-countered' ? [event.proposal] : []));
  expect(asked).toMatchObject({
    type: 'SMALL',
    numInstancesFixed: 5,
    startMs: Date.UTC(2009, 7, 21, 10),
    durationMs: 6 * 86_400_000,
  });
  expect(countered).toEqual([{ ...asked, startMs: Date.UTC(2009, 7, 23, 10) }]);
});

test('campus-month has 144 nodes and over 5,000 requests, advance reservations among them', async () => {
  const scenario = await loadScenario('campus-month', { env: {} });
  expect(scenario.providers[0]!.cluster.nodes).toHaveLength(144);
  const kinds = new Map<string, number>();
  for await (const { kind } of scenario.world().requests) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const total = [...kinds.values()].reduce((sum, count) => sum + count, 0);
  expect(total).toBeGreaterThan(5000);
  expect(kinds.get('advance')).toBeGreaterThan(50);
});

describe('on real logs', () => {
  test('the data is there where it is required', () => {
    expect(dataRequired && dataFolder === undefined).toBe(false);
  });

  test.each(ON_REAL_LOGS)('%s says what to set when OPENPEX_DATA is not', async (name) => {
    const failure = await loadScenario(name, { env: {} }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InputError);
    expect(failure).toMatchObject({ code: 'PEX_ENVIRONMENT' });
  });

  describe.skipIf(dataFolder === undefined)(
    `with OPENPEX_DATA${dataFolder ? '' : ' (not set: skipped)'}`,
    () => {
      test('sdsc-blue: 5,545 jobs and the reservations, on 144 nodes', async () => {
        const scenario = await loadScenario('sdsc-blue');
        expect(scenario.providers[0]!.cluster.nodes).toHaveLength(144);
        const kinds = new Map<string, number>();
        for await (const { kind } of scenario.world().requests) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        expect(Object.fromEntries(kinds)).toEqual({ 'best-effort': 5545, advance: 94 });
      });

      test('haizea-hpdc08: 5,108 jobs that join a queue, and reservations', async () => {
        const scenario = await loadScenario('haizea-hpdc08');
        const kinds = new Map<string, number>();
        for await (const { kind } of scenario.world().requests) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        expect(Object.fromEntries(kinds)).toEqual({ 'best-effort': 5108, advance: 94 });
      });

      test('openb: the pods after day 110 on eight nodes with eight GPUs each', async () => {
        const scenario = await loadScenario('openb');
        const { nodes } = scenario.providers[0]!.cluster;
        expect(nodes.map(({ capacity }) => capacity.named)).toEqual(Array(8).fill({ gpu: 8000 }));
        expect(new Set(nodes.map(({ models }) => models?.['gpu']))).toEqual(new Set(['G2']));
        let count = 0;
        for await (const { submitMs } of scenario.world().requests) {
          expect(submitMs).toBeGreaterThanOrEqual(scenario.startMs);
          count += 1;
        }
        expect(count).toBe(8133);
      });
    },
  );
});
