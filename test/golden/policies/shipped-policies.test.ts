// The policies that ship do as well as they did. `openpex check` says by how much they do not; CONTRIBUTING.md, how the baseline is recorded anew.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { VERSION } from '../../../cli/version.ts';
import { Baseline } from '../../../experiments/check/baseline.ts';
import { check } from '../../../experiments/check/check.ts';
import { checkText } from '../../../experiments/check/check-report.ts';
import { loadExperiment } from '../../../experiments/definition/experiment.ts';
import { crewOf } from '../../../experiments/sweep/crew.ts';
import { SweepDirectory } from '../../../experiments/sweep/sweep-directory.ts';
import { CATALOGUE } from '../../../policies/catalogue.ts';

const EXPERIMENT = 'test/golden/policies/shipped-policies.yaml';
const BASELINE = 'test/golden/policies/shipped-policies.baseline.yaml';

test('no policy that ships got worse, and each one is guarded', async () => {
  const experiment = await loadExperiment(EXPERIMENT, { version: VERSION });
  // Brokers have nothing to decide before one provider: their figures are guarded with the study of brokers.
  const { broker: _, ...guarded } = CATALOGUE;
  const policies = Object.entries(guarded).flatMap(([kind, ofKind]) =>
    ofKind.map(({ name }) => ({ kind, name })),
  );
  const isOfTwoKinds = (name: string) => policies.filter((policy) => policy.name === name).length > 1;
  const names = policies.map(({ kind, name }) => (isOfTwoKinds(name) ? `${name} (${kind})` : name));
  expect(experiment.factors[0]!.levels.map(({ label }) => label).sort()).toEqual(names.sort());
  const place = mkdtempSync(join(tmpdir(), 'openpex-test-'));
  onTestFinished(() => rmSync(place, { recursive: true, force: true }));
  const outcome = await check(experiment, SweepDirectory.prepare(place, experiment, false), {
    baseline: await Baseline.read(BASELINE),
    update: false,
    crew: crewOf(1),
  });
  expect(outcome.kind === 'checked' && checkText(outcome.findings)).toContain(
    `OK: ${names.length * 5} comparisons`,
  );
});
