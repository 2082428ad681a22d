// Cases that the fuzzer found, and that do not fail any more.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readCase } from '../../../experiments/fuzz/case-directory.ts';
import { evaluate } from '../../../experiments/fuzz/evaluate.ts';
import { loadScenario } from '../../../scenarios/load/scenario.ts';

const SEEDS = fileURLToPath(new URL('../../seeds/fuzz', import.meta.url));

test.each(readdirSync(SEEDS))('%s', async (name) => {
  const path = join(SEEDS, name);
  const { disturbance } = readCase(path);
  const { finding, tally } = await evaluate(await loadScenario(join(path, 'scenario.yaml')), disturbance);
  expect(finding).toBeNull();
  expect(tally['restarts']).toBeGreaterThan(0);
});
