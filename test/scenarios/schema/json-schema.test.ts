import { expect, test } from 'vitest';
import { scenarioJsonSchema } from '../../../scenarios/schema/json-schema.ts';

const schema = JSON.parse(scenarioJsonSchema());

test('the schema that editors use is the schema that the loader uses (update it with vitest -u)', async () => {
  await expect(scenarioJsonSchema()).toMatchFileSnapshot('../../../scenarios/scenario.schema.json');
});

test('it asks only for what has no default', () => {
  expect(schema.required).toEqual(['cluster', 'workloads']);
  expect(schema.properties.incidents.items.required).toEqual(['at', 'node', 'kind']);
  expect(schema.properties.negotiation.required).toBeUndefined();
});

test('it knows no keyword that is only ours, and every reference leads somewhere', () => {
  const text = scenarioJsonSchema();
  expect(text).not.toContain('"expected"');
  for (const [, name = ''] of text.matchAll(/"\$ref": "#\/\$defs\/([^"]+)"/g))
    expect(schema.$defs).toHaveProperty(name);
});
