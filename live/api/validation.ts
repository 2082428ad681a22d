// Checks requests against their schemas, and says what is wrong in words: the field, what was sent, what was expected.
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { didYouMean } from '../../written/suggestion.ts';
import { ServiceError } from '../problems.ts';
import { wordsOfForm } from '../wire/field.ts';

/** What is wrong with one field, as a member of the problem document. */
export interface FieldProblem {
  readonly field: string;
  readonly expected: string;
}

interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message: string;
}

const SECRET_FIELDS: ReadonlySet<string> = new Set(['password', 'current', 'new']);
const MAX_PROBLEMS = 10;
/** Said by the keyword next to them already. */
const ECHOES: ReadonlySet<string> = new Set(['boolean', 'const']);

/** Bodies are taken as they are; what comes as text (queries, parameters) is read as the numbers and booleans that the schema names. */
export const schemaValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  let compiled: ReturnType<typeof Compile<TSchema>> | undefined;
  const fields = propertiesOf(schema);
  const isRead = httpPart !== 'body' && Object.values(fields).some((field) => READ_TYPES.has(field?.type));
  return (sent: unknown) => {
    compiled ??= Compile(schema);
    const check = compiled;
    const value = isRead ? readTexts(fields, sent) : sent;
    if (check.Check(value)) return { value };
    const errors = check.Errors(value);
    return { error: describe(errors, schema, value, httpPart) };
  };
};

/** What comes as text and is something else. */
const READ_TYPES: ReadonlySet<unknown> = new Set(['integer', 'boolean', 'array']);

function readTexts(fields: ReturnType<typeof propertiesOf>, sent: unknown): unknown {
  if (typeof sent !== 'object' || sent === null) return sent;
  return Object.fromEntries(
    Object.entries(sent).map(([name, text]) => [name, readText(fields[name]?.type, text)]),
  );
}

function readText(type: unknown, text: unknown): unknown {
  switch (type) {
    case 'integer':
      return typeof text === 'string' && /^-?\d{1,16}$/.test(text) ? Number(text) : text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'array':
      return Array.isArray(text) ? text : [text];
    default:
      return text;
  }
}

function propertiesOf(schema: TSchema): Readonly<Record<string, { readonly type?: unknown } | undefined>> {
  return 'properties' in schema && typeof schema.properties === 'object' && schema.properties !== null
    ? { ...schema.properties }
    : {};
}

function describe(
  errors: readonly SchemaError[],
  schema: TSchema,
  value: unknown,
  httpPart: string | undefined,
): ServiceError {
  const problems = errors
    .filter(({ keyword }) => !ECHOES.has(keyword))
    .flatMap((error) => problemsOf(error, schema, value, httpPart))
    .slice(0, MAX_PROBLEMS);
  return new ServiceError('PEX_BAD_REQUEST', problems.map(({ sentence }) => sentence).join(' '), {
    errors: problems.map(({ field, expected }): FieldProblem => ({ field, expected })),
  });
}

function problemsOf(
  { instancePath, params, message }: SchemaError,
  schema: TSchema,
  root: unknown,
  httpPart: string | undefined,
): readonly (FieldProblem & { readonly sentence: string })[] {
  const path = instancePath.split('/').slice(1);
  if ('requiredProperties' in params && Array.isArray(params.requiredProperties)) {
    return params.requiredProperties.map((name: string) => {
      const field = [...path, name].join('.');
      return { field, expected: 'to be there', sentence: `${field} is missing.` };
    });
  }
  if ('additionalProperties' in params && Array.isArray(params.additionalProperties)) {
    return params.additionalProperties.map((name: string) => {
      const field = [...path, name.slice(0, 64)].join('.');
      const meant =
        path.length === 0 ? didYouMean(name.slice(0, 64), Object.keys(propertiesOf(schema))) : undefined;
      const hint = meant === undefined ? '' : ` (did you mean "${meant}"?)`;
      return { field, expected: 'not to be there', sentence: `${field} is not known here${hint}.` };
    });
  }
  const field = path.join('.') || (httpPart === 'body' ? 'The body' : 'The request');
  const form = 'pattern' in params ? wordsOfForm(String(params.pattern)) : undefined;
  const expected =
    form !== undefined
      ? `must be ${form}`
      : 'allowedValues' in params && Array.isArray(params.allowedValues)
        ? `must be one of ${params.allowedValues.map(String).join(', ')}`
        : message;
  const isSecret = path.some((name) => SECRET_FIELDS.has(name));
  const found = isSecret || path.length === 0 ? '' : `, not ${shown(valueAt(root, path))}`;
  return [{ field, expected, sentence: `${field} ${expected}${found}.` }];
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  let value: unknown = root;
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = new Map<string, unknown>(Object.entries(value)).get(name);
  }
  return value;
}

function shown(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'nothing');
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
