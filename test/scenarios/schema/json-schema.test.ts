import { expect, test } from 'vitest';
import { providerJsonSchema, scenarioJsonSchema } from '../../../scenarios/schema/json-schema.ts';

const schema = JSON.parse(scenarioJsonSchema());

test('the schemas that editors use are those that the loader uses (update them with vitest -u)', async () => {
  await expect(scenarioJsonSchema()).toMatchFileSnapshot('../../../scenarios/scenario.schema.json');
  await expect(providerJsonSchema()).toMatchFileSnapshot('../../../scenarios/provider.schema.json');
});

test('it asks only for what has no default', () => {
  expect(schema.required).toEqual(['workloads']);
  expect(schema.anyOf).toEqual([{ required: ['cluster'] }, { required: ['providers'] }]);
  expect(schema.properties.incidents.items.required).toEqual(['at', 'node', 'kind']);
  expect(schema.properties.negotiation.required).toBeUndefined();
});

test('it knows no keyword that is only ours, and every reference leads somewhere', () => {
  const text = scenarioJsonSchema();
  expect(text).not.toContain('"expected"');
  for (const [, name = ''] of text.matchAll(/"\$ref": "#\/\$defs\/([^"]+)"/g))
    expect(schema.$defs).toHaveProperty(name);
});
