// Bodies and queries made from the OpenAPI document, for the real service: as they should be, nearly so, and not at all. Whatever is answered is of the
// form that the document says. OPENPEX_TEST_MORE=10 sends ten times as many requests (CONTRIBUTING.md).
import fc from 'fast-check';
import type { InjectOptions } from 'fastify';
import { Check } from 'typebox/schema';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runs } from '../../support/fast-check.ts';
import { FIGURE_4_1, run, type Testbed, testbed } from './testbed.ts';

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
}

interface Operation {
  readonly requestBody?: {
    readonly content: { readonly 'application/json': { readonly schema: JsonSchema } };
  };
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly schema: JsonSchema;
  }[];
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>> }>
  >;
}

const MORE = Number(process.env['OPENPEX_TEST_MORE'] ?? 1);

/** References to components are replaced by what they lead to. */
function resolved(part: unknown, document: Readonly<Record<string, unknown>>): unknown {
  if (Array.isArray(part)) return part.map((each) => resolved(each, document));
  if (part === null || typeof part !== 'object') return part;
  if ('$ref' in part) {
    const path = String(part.$ref).slice(2).split('/');
    return resolved(
      path.reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], document),
      document,
    );
  }
  return Object.fromEntries(Object.entries(part).map(([name, each]) => [name, resolved(each, document)]));
}

const WORDS = [
  'SMALL',
  'XLARGE',
  'ACCEPT',
  'CONFIRM',
  'COUNTER',
  'REJECT',
  FIGURE_4_1.template,
  FIGURE_4_1.startTime,
  '2030-01-01T00:00:00Z',
  '',
  '\u0000',
  "'; DROP TABLE users; --",
];
const NUMBERS = [0, -0, -1, 0.5, 1e308, -1e308, Number.MAX_SAFE_INTEGER, 2 ** 53, 5e-324];

/** Values that fit the schema, roughly: patterns are left to chance and to the words above. */
function fitting(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const types = [schema.type ?? ['string', 'integer', 'boolean', 'object']].flat();
  return fc.oneof(...types.map((type) => ofType(type, schema)));
}

function ofType(type: string, schema: JsonSchema): fc.Arbitrary<unknown> {
  switch (type) {
    case 'integer':
      return fc.maxSafeInteger().map((n) => {
        const { minimum = -(2 ** 53), maximum = 2 ** 53 } = schema;
        return Math.min(maximum, Math.max(minimum, n));
      });
    case 'number':
      return fc.double({ noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(fitting(schema.items ?? {}), { maxLength: 5 });
    case 'object':
      return fc.record(
        Object.fromEntries(
          Object.entries(schema.properties ?? {}).map(([name, part]) => [name, fitting(part)]),
        ),
        { requiredKeys: [...(schema.required ?? [])] },
      );
    default:
      return fc.oneof(
        fc.constantFrom(...WORDS),
        fc.string({ maxLength: Math.min(schema.maxLength ?? 50, 300) }),
      );
  }
}

/** One field of a fitting object is replaced, dropped, or joined by another. */
function mutated(schema: JsonSchema): fc.Arbitrary<unknown> {
  const junk = fc.oneof(fc.constantFrom<unknown>(...WORDS, ...NUMBERS, null, true, [], {}), fc.jsonValue());
  const names = [...Object.keys(schema.properties ?? {}), 'nonsense'];
  return fc
    .tuple(fitting(schema), fc.constantFrom(...names), fc.option(junk, { nil: undefined }))
    .map(([value, name, replacement]) => ({ ...Object(value), [name]: replacement }));
}

const bodyOf = (schema: JsonSchema) => fc.oneof(fitting(schema), mutated(schema), fc.jsonValue());

describe('whatever is sent', () => {
  let bed: Testbed;
  let ids: { readonly reservationId: string; readonly vmId: string };
  let operations: { method: string; path: string; operation: Operation }[];

  beforeAll(async () => {
    bed = await testbed({
      rateLimit: { perMinute: 0 },
      loginThrottle: { freeFailures: 1e9, baseDelayMs: 1, maxDelayMs: 1, forgetAfterMs: 1 },
    });
    ids = await run(bed, 'olga', { numInstancesOption: 1, type: 'SMALL' });
    const written = (await bed.as('', { url: '/OpenPEX/openapi.json' })).json();
    const document = resolved(written, written) as typeof written;
    operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
    );
  });

  afterEach(async () => {
    // Nothing that was sent has ended the life of the provider, or left a state that it cannot go on from.
    expect(bed.service.status).toEqual({ state: 'running', reason: null });
    const mend = await bed.loseDatabase();
    await bed.as('olga', { method: 'POST', url: '/OpenPEX/reservations', payload: FIGURE_4_1 });
    await mend();
  });

  const operationOf = (path: string, method: string) =>
    operations.find((each) => each.path === path && each.method === method)!.operation;

  const urlOf = (path: string) =>
    path
      .replace('/reservations/{id}', `/reservations/${ids.reservationId}`)
      .replace('/instances/{id}', `/instances/${ids.vmId}`)
      .replace('{userid}', '2')
      .replace('{id}', 'leon');

  let sent = 0;
  afterAll(() => console.info(`${sent} requests sent`));

  async function check(options: InjectOptions, { responses }: Pick<Operation, 'responses'>): Promise<void> {
    const response = await bed.as('olga', options);
    sent += 1;
    expect(response.statusCode, response.body).toBeLessThan(500);
    const answer = responses[response.statusCode] ?? responses['4XX'];
    expect(answer, `${options.method ?? 'GET'} ${options.url} answered ${response.statusCode}`).toBeDefined();
    const [type = ''] = String(response.headers['content-type']).split(';');
    const schema = answer?.content?.[type]?.schema;
    if (schema !== undefined && type.endsWith('json'))
      expect(Check(schema as object, response.json()), `${options.url}: ${response.body}`).toBe(true);
    if (response.statusCode < 400) return;
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(response.json()).toMatchObject({
      status: response.statusCode,
      code: expect.stringMatching(/^PEX_/),
    });
  }

  test('as a body never gets a 5xx, and every refusal is a problem document', async () => {
    const withBody = operations.flatMap(({ method, path, operation }) =>
      operation.requestBody === undefined
        ? []
        : [{ method, path, operation, schema: operation.requestBody.content['application/json'].schema }],
    );
    expect(withBody.length).toBe(31);
    for (const { method, operation, path, schema } of withBody) {
      await fc.assert(
        fc.asyncProperty(bodyOf(schema), (body) =>
          check(
            {
              method: method.toUpperCase() as 'POST',
              url: urlOf(path),
              headers: { 'content-type': 'application/json' },
              payload: JSON.stringify(body),
            },
            operation,
          ),
        ),
        { numRuns: MORE * runs(30) },
      );
    }
  });

  test('as a query never gets a 5xx, and every refusal is a problem document', async () => {
    for (const { method, path, operation } of operations) {
      const query = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
      if (query.length === 0 || path.endsWith('/events')) continue;
      const value = fc.oneof(
        fc.constantFrom(...WORDS, ...NUMBERS.map(String), 'true', '1250481600000', '2009-08-17'),
        fc.string(),
      );
      await fc.assert(
        fc.asyncProperty(
          fc.record(Object.fromEntries(query.map(({ name }) => [name, value])), { requiredKeys: [] }),
          (fields) => {
            const search = new URLSearchParams(
              Object.entries(fields).map(([name, text]): [string, string] => [name, String(text)]),
            );
            return check(
              { method: method.toUpperCase() as 'GET', url: `${urlOf(path)}?${search}` },
              operation,
            );
          },
        ),
        { numRuns: MORE * runs(15) },
      );
    }
  });

  test('as text that is hardly JSON never gets a 5xx', async () => {
    const nearlyJson = fc
      .tuple(fc.json(), fc.nat(), fc.string({ maxLength: 3 }))
      .map(
        ([json, at, noise]) =>
          json.slice(0, at % (json.length + 1)) + noise + json.slice(at % (json.length + 1)),
      );
    const quote = operationOf('/OpenPEX/quotes', 'post');
    await fc.assert(
      fc.asyncProperty(nearlyJson, (payload) =>
        check(
          {
            method: 'POST',
            url: '/OpenPEX/quotes',
            headers: { 'content-type': 'application/json' },
            payload,
          },
          quote,
        ),
      ),
      { numRuns: MORE * runs(60) },
    );
  });

  test('in the address or the headers of authentication never gets a 5xx', async () => {
    const instance = operationOf('/OpenPEX/instances/{id}', 'get');
    // An address that ends in one of these is that of the list.
    const ids = fc.string().filter((id) => !['', '.', '..'].includes(id));
    await fc.assert(
      fc.asyncProperty(ids, fc.string(), async (id, credentials) => {
        await check({ url: `/OpenPEX/instances/${encodeURIComponent(id)}` }, instance);
        const encoded = Buffer.from(credentials).toString('base64');
        const response = await bed.app.inject({
          url: '/OpenPEX/account',
          headers: { authorization: `Basic ${encoded}` },
        });
        expect(response.statusCode).toBe(401);
      }),
      { numRuns: MORE * runs(60) },
    );
  });
});
