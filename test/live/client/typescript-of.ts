// TypeScript of an OpenAPI document: what live/client/operations.ts holds. It knows the JSON Schema that the document of our API has, and no more.

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly description?: string;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

export interface OpenApi {
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export function typescriptOf({ components, paths }: OpenApi): string {
  const bodies = new Map<string, { name: string; schema: Schema }>();
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  for (const { operation } of operations) {
    const schema = bodyOf(operation);
    // Operations that take the same share the name of the first.
    if (schema !== undefined && !bodies.has(JSON.stringify(schema)))
      bodies.set(JSON.stringify(schema), { name: `${capital(operation.operationId)}Body`, schema });
  }
  const named = [
    ...Object.entries(components.schemas).map(([name, schema]) => ({ name, schema })),
    ...bodies.values(),
  ];
  const bodyName = (operation: Operation) => {
    const schema = bodyOf(operation);
    return schema === undefined ? undefined : bodies.get(JSON.stringify(schema))!.name;
  };
  return indented([
    '// Made from docs/openapi.json by test/live/client/operations.test.ts: the types of what goes over the REST API, and its operations.',
    ...named.map(({ name, schema }) => `export type ${name} = ${typeOf(schema)};`),
    `/** What each operation takes and answers, by its name in the OpenAPI document. */\nexport interface Operations {\n${operations
      .map(
        ({ operation }) =>
          `${comment(operation.summary)}readonly ${operation.operationId}: {\nreadonly input: ${inputOf(operation, bodyName(operation))};\nreadonly result: ${resultOf(operation)};\n};`,
      )
      .join('\n')}\n}`,
    `/** Method and path of each. */\nexport const OPERATIONS = {\n${operations
      .map(({ method, operation, path }) => `${operation.operationId}: ['${method}', '${path}'],`)
      .join('\n')}\n} as const satisfies Record<keyof Operations, readonly [method: string, path: string]>;`,
  ]);
}

/** By the braces that are open. */
function indented(parts: readonly string[]): string {
  let depth = 0;
  const lines = parts
    .join('\n\n')
    .split('\n')
    .map((line) => {
      // Those that the line closes which it did not open.
      let lowest = depth;
      let at = depth;
      for (const sign of line.startsWith('/') ? '' : line.replaceAll(/'[^']*'/g, '')) {
        if (sign === '{') at += 1;
        if (sign === '}') at -= 1;
        lowest = Math.min(lowest, at);
      }
      depth = at;
      return line === '' ? '' : '  '.repeat(lowest) + line;
    });
  return `${lines.join('\n')}\n`;
}

function inputOf({ parameters = [], requestBody }: Operation, body: string | undefined): string {
  const parts = (['path', 'query', 'header'] as const).flatMap((place) => {
    const ofPlace = parameters.filter((parameter) => parameter.in === place);
    if (ofPlace.length === 0) return [];
    const isNeeded = ofPlace.some(({ required }) => required);
    const fields = ofPlace.map(
      ({ description, name, required, schema }) =>
        `${comment(description)}readonly ${key(name)}${required ? '' : '?'}: ${typeOf(schema)};`,
    );
    return [`readonly ${place}${isNeeded ? '' : '?'}: {\n${fields.join('\n')}\n};`];
  });
  if (body !== undefined) parts.push(`readonly body${requestBody?.required ? '' : '?'}: ${body};`);
  return parts.length === 0 ? 'Record<never, never>' : `{\n${parts.join('\n')}\n}`;
}

function resultOf({ responses }: Operation): string {
  const found = Object.keys(responses).find((status) => status.startsWith('2'));
  const content = found === undefined ? undefined : responses[found]?.content;
  if (content === undefined) return 'void';
  const schema = content['application/json']?.schema;
  return schema === undefined ? 'string' : typeOf(schema);
}

function bodyOf({ requestBody }: Operation): Schema | undefined {
  return requestBody?.content['application/json']?.schema;
}

function typeOf(schema: Schema): string {
  const { $ref, anyOf, type } = schema;
  if ($ref !== undefined) return $ref.replace('#/components/schemas/', '');
  if (schema.enum !== undefined)
    return schema.enum.map((value) => JSON.stringify(value).replaceAll('"', "'")).join(' | ');
  if (anyOf !== undefined) return anyOf.map(typeOf).join(' | ');
  const types = type === undefined ? [] : [type].flat();
  return types.length === 0 ? 'unknown' : types.map((one) => ofType(one, schema)).join(' | ');
}

function ofType(type: string, schema: Schema): string {
  switch (type) {
    case 'integer':
      return 'number';
    case 'array':
      return schema.items === undefined ? 'unknown[]' : arrayOf(typeOf(schema.items));
    case 'object':
      return objectOf(schema);
    default:
      return type;
  }
}

function arrayOf(type: string): string {
  return /^\w+$/.test(type) ? `${type}[]` : `(${type})[]`;
}

function objectOf({ additionalProperties, properties = {}, required = [] }: Schema): string {
  const names = Object.keys(properties);
  if (names.length === 0)
    return `Record<string, ${typeof additionalProperties === 'object' ? typeOf(additionalProperties) : 'unknown'}>`;
  const fields = names.map((name) => {
    const schema = properties[name]!;
    return `${comment(schema.description)}${key(name)}${required.includes(name) ? '' : '?'}: ${typeOf(schema)};`;
  });
  const rest = additionalProperties === true ? ['[name: string]: unknown;'] : [];
  return `{\n${[...fields, ...rest].join('\n')}\n}`;
}

function comment(text: string | undefined): string {
  return text === undefined ? '' : `/** ${text.replaceAll('*/', '* /')} */\n`;
}

function key(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `'${name}'`;
}

function capital(name: string): string {
  return name[0]!.toUpperCase() + name.slice(1);
}
