// The document that describes scenarios says what the code says.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { reservationRulesReference } from '../../../scenarios/reservation-rules/reference.ts';
import { scenarioReference } from '../../../scenarios/schema/reference.ts';
import { ScenarioFile, WorldFile } from '../../../scenarios/schema/scenario.ts';
import { shippedScenarios } from '../../../scenarios/shipped.ts';
import { complete, findProblems } from '../../../written/written-value.ts';

const scenariosDoc = await readFile('docs/scenarios.md', 'utf8');

test('docs/scenarios.md has the reference of the schema (update it with vitest -u)', async () => {
  const withReference = scenariosDoc
    .replace(
      /(<!-- reference -->).*(<!-- \/reference -->)/s,
      (_text, begin: string, end: string) => `${begin}\n\n${scenarioReference()}\n\n${end}`,
    )
    .replace(
      /(<!-- reservation-rules -->).*(<!-- \/reservation-rules -->)/s,
      (_text, begin: string, end: string) => `${begin}\n\n${reservationRulesReference()}\n\n${end}`,
    );
  await expect(withReference).toMatchFileSnapshot('../../../docs/scenarios.md');
});

test('the reference has a section for each group and a row for each setting of it', () => {
  const reference = scenarioReference();
  for (const key of Object.keys(ScenarioFile.properties)) {
    expect(reference).toMatch(new RegExp(`^(### ${key}$|\\| \`${key}\` )`, 'm'));
  }
  for (const key of Object.keys(ScenarioFile.properties.hypervisor.properties)) {
    expect(reference).toContain(`| \`hypervisor.${key}\` |`);
  }
  for (const path of [
    'cluster.nodes[].power.idleW',
    'instanceTypes.NAME.cpus',
    'workloads[].swf.cancelled',
  ]) {
    expect(reference).toContain(`| \`${path}\` |`);
  }
});

test('the examples in docs/scenarios.md match the schema', () => {
  const examples = Array.from(scenariosDoc.matchAll(/```yaml\n(.*?)```/gs), ([, text]) => parse(text ?? ''));
  const schemas = examples.map((example) => ('providers' in example ? WorldFile : ScenarioFile));
  expect(schemas).toEqual([
    ScenarioFile,
    ScenarioFile,
    ScenarioFile,
    WorldFile,
    WorldFile,
    ScenarioFile,
    ScenarioFile,
    ScenarioFile,
    ScenarioFile,
    ScenarioFile,
    ScenarioFile,
    ScenarioFile,
    ScenarioFile,
    ScenarioFile,
    ScenarioFile,
  ]);
  for (const [index, schema] of schemas.entries()) {
    expect(findProblems(schema, complete(schema, examples[index]))).toEqual([]);
  }
});

test('docs/scenarios.md lists every scenario that ships', async () => {
  for (const name of await shippedScenarios()) expect(scenariosDoc).toContain(`| \`${name}\` |`);
});
