// The schemas of scenarios and providers as JSON Schema, for editors: completion, descriptions on hover, typos underlined. The files
// scenarios/scenario.schema.json and provider.schema.json are the texts of these functions; a test keeps them the same.
import { ProviderFile } from './provider.ts';
import { ScenarioFile, WorldFile } from './scenario.ts';

/** Text of scenarios/scenario.schema.json: both forms in one, since editors complete the better the fewer forms there are. */
export function scenarioJsonSchema(): string {
  const { required = [], ...schema }: JsonSchema = JSON.parse(JSON.stringify(ScenarioFile));
  const { providers }: Readonly<Record<string, JsonSchema>> = JSON.parse(
    JSON.stringify(WorldFile.properties),
  );
  return jsonSchema({
    ...schema,
    properties: { ...schema.properties, ...(providers !== undefined && { providers }) },
    required: required.filter((key) => key !== 'cluster'),
    anyOf: [{ required: ['cluster'] }, { required: ['providers'] }],
  });
}

/** Text of scenarios/provider.schema.json. */
export function providerJsonSchema(): string {
  return jsonSchema(JSON.parse(JSON.stringify(ProviderFile)));
}

function jsonSchema(written: JsonSchema): string {
  const shared = new SharedParts();
  const schema = shared.fold(forEditors(written));
  const document = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    ...schema,
    $defs: shared.definitions,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

interface JsonSchema {
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly [keyword: string]: unknown;
}

/** What has a default need not be written, and the keyword that only our own messages use is left out. */
function forEditors({ expected: _ours, required = [], ...schema }: JsonSchema): JsonSchema {
  const needed = required.filter((key) => schema.properties?.[key]?.['default'] === undefined);
  return mapParts({ ...schema, ...(needed.length > 0 && { required: needed }) }, forEditors);
}

/** Large parts that occur several times, such as the distributions of a generator, are written once. */
class SharedParts {
  readonly definitions: Record<string, JsonSchema> = {};
  private readonly occurrences = new Map<string, number>();
  private readonly names = new Map<string, string>();

  fold(schema: JsonSchema): JsonSchema {
    this.count(schema);
    return mapParts(schema, (part) => this.replace(part));
  }

  private count(schema: JsonSchema): void {
    const text = JSON.stringify(schema);
    this.occurrences.set(text, (this.occurrences.get(text) ?? 0) + 1);
    mapParts(schema, (part) => {
      this.count(part);
      return part;
    });
  }

  private replace(schema: JsonSchema): JsonSchema {
    const text = JSON.stringify(schema);
    if (text.length < 400 || (this.occurrences.get(text) ?? 0) < 2) {
      return mapParts(schema, (part) => this.replace(part));
    }
    let name = this.names.get(text);
    if (name === undefined) {
      name = `part-${this.names.size + 1}`;
      this.names.set(text, name);
      this.definitions[name] = mapParts(schema, (part) => this.replace(part));
    }
    return { $ref: `#/$defs/${name}` };
  }
}

/** The schema with each schema directly inside it replaced. */
function mapParts(schema: JsonSchema, map: (part: JsonSchema) => JsonSchema): JsonSchema {
  const { properties, patternProperties, anyOf, items } = schema;
  return {
    ...schema,
    ...(properties !== undefined && { properties: mapValues(properties, map) }),
    ...(patternProperties !== undefined && { patternProperties: mapValues(patternProperties, map) }),
    ...(anyOf !== undefined && { anyOf: anyOf.map(map) }),
    ...(items !== undefined && { items: map(items) }),
  };
}

function mapValues<T>(group: Readonly<Record<string, T>>, map: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(group).map(([key, value]) => [key, map(value)]));
}
