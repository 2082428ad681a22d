// Figures of one run of a study that ships, without a directory: what its page says is checked on a few seeds.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type DomainEvent, simulate } from '../../engine/index.ts';
import { RunMetrics } from '../../reports/run-metrics.ts';
import { loadScenario } from '../../scenarios/load/scenario.ts';

/** @param settings beside those that all runs of the study have */
export async function studyFigures(
  study: string,
  settings: Readonly<Record<string, unknown>>,
  seed: number,
): Promise<ReturnType<RunMetrics['finish']>> {
  const written = parse(readFileSync(`scenarios/experiments/${study}.yaml`, 'utf8')) as {
    readonly scenario: string;
    readonly set: Readonly<Record<string, unknown>>;
  };
  const set = Object.entries({ ...written.set, ...settings }).map(
    ([path, value]) => `${path}=${JSON.stringify(value)}`,
  );
  return testbedFigures(set, seed, join('scenarios/experiments', written.scenario));
}

/** @param set of the scenario, as on the command line */
export async function testbedFigures(
  set: readonly string[],
  seed: number,
  name = 'openpex-2009',
): Promise<ReturnType<RunMetrics['finish']>> {
  const scenario = await loadScenario(name, { set, seed });
  const { startMs } = scenario;
  const metrics = new RunMetrics({ startMs, measuredFromMs: startMs });
  let lastMs = startMs;
  await simulate(scenario.world(), {
    onEvent: (event: DomainEvent) => {
      lastMs = event.atMs;
      metrics.record(event);
    },
  });
  return metrics.finish(lastMs);
}
