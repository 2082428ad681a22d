import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DomainEvent } from '../../engine/index.ts';
import { type Machine, ScenarioRun, type ScenarioRunParts } from '../../experiments/run-scenario.ts';
import { type LoadedScenario, loadScenario } from '../../scenarios/load/scenario.ts';
import { InputError } from '../../written/input-error.ts';

let place: string;
let scenario: LoadedScenario;
beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'openpex-experiments-'));
  scenario = await loadScenario('openpex-2009-example', { policies: [], set: [] });
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** Each look at the clock is half a second later. */
function machine(): Machine {
  let ms = 0;
  return { nowMs: () => (ms += 500), peakRssMib: () => 99 };
}

function opened(directory?: string, lean = false): ScenarioRun {
  return ScenarioRun.open({
    scenario,
    version: 'test',
    reproduceCommand: 'npx openpex run …',
    lean,
    ...(directory === undefined ? {} : { directory }),
  });
}

const run = (directory?: string, parts: Partial<ScenarioRunParts> = {}) =>
  opened(directory).run({ machine: machine(), ...parts });

test('a scenario has the same figures with a run directory and without', async () => {
  const directory = join(place, 'whole');
  const events: DomainEvent[] = [];
  const summary = await run(directory, { onEvent: (event) => events.push(event) });
  expect(summary).toMatchObject({ end: 'complete', version: 'test', wallMs: 500, peakRssMib: 99 });
  expect(events).toHaveLength(summary.events);
  expect(JSON.parse(readFileSync(join(directory, 'summary.json'), 'utf8'))).toEqual(summary);
  expect(readFileSync(join(directory, 'scenario.resolved.yaml'), 'utf8')).toBe(scenario.resolvedYaml);
  expect(await run()).toEqual(summary);
  expect(readdirSync(place)).toEqual(['whole']);
});

test('a lean run has the same summary, and no tables and no page', async () => {
  const directory = join(place, 'lean');
  const summary = await opened(directory, true).run({ machine: machine() });
  expect(summary).toEqual(await run());
  expect(readdirSync(directory).sort()).toEqual(['scenario.resolved.yaml', 'summary.json']);
  rmSync(directory, { recursive: true });
});

test('nothing is left of a run that fails, or that is abandoned', async () => {
  const full = new InputError('PEX_FILE_UNWRITABLE', 'no space left');
  const onEvent = () => {
    throw full;
  };
  await expect(run(join(place, 'failed'), { onEvent })).rejects.toBe(full);
  const abandoned = opened(join(place, 'abandoned'));
  expect(readdirSync(place).filter((name) => name.startsWith('.'))).toHaveLength(1);
  abandoned.abandon();
  expect(readdirSync(place).filter((name) => name !== 'whole')).toEqual([]);
});

test('a run that is interrupted has a report of what there was', async () => {
  const controller = new AbortController();
  controller.abort();
  const summary = await run(join(place, 'interrupted'), { signal: controller.signal });
  expect(summary.end).toBe('interrupted');
});
