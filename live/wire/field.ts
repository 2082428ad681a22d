// The fields that many shapes share, and the few words in which shapes are written. Names and units: docs/api.md.
import { type Static, type TSchema, Type } from 'typebox';

/** The longest reservation: ten years. */
export const MAX_DURATION_MS = 10 * 365.25 * 86_400_000;
export const MAX_INSTANCES = 10_000;
/** A thousand million credits; sums of them stay safe integers. */
export const MAX_MICROS = 1_000_000_000_000_000;
/** The most that one page of a list holds. */
export const MAX_PAGE = 500;

export function nullable<T extends TSchema & { type: string }>(schema: T) {
  return Type.Unsafe<Static<T> | null>({ ...schema, type: [schema.type, 'null'] });
}

export function choice<const T extends string>(values: readonly T[], options: object = {}) {
  return Type.Unsafe<T>({ type: 'string', enum: values, ...options });
}

export function nullableChoice<const T extends string>(values: readonly T[], description: string) {
  return Type.Unsafe<T | null>({ type: ['string', 'null'], enum: [...values, null], description });
}

const FORMS = new Map<string, string>();

/**
 * Text of a form.
 * @param form a regular expression, for programs
 * @param expected the same for people, after "must be", where something else is sent; the description unless there is one
 */
export function formed(form: string, expected: string, options: Parameters<typeof Type.String>[0] = {}) {
  FORMS.set(form, expected);
  const description = `${expected[0]!.toUpperCase()}${expected.slice(1)}`;
  const schema = Type.String({ description, ...options, pattern: form });
  // As the settings of a provider say it; not for the OpenAPI document, which has no such word.
  return Object.defineProperty(schema, 'expected', { value: expected });
}

/** In words, what text of a form must be. */
export function wordsOfForm(form: string): string | undefined {
  return FORMS.get(form);
}

/** What people call something. */
export function lineOfText(options: Parameters<typeof Type.String>[0]) {
  return formed('^[^\\x00-\\x1f\\x7f]*$', 'one line of text', options);
}

/** The name of an account or a project. */
export function accountName(options: Parameters<typeof Type.String>[0]) {
  return formed('^[A-Za-z0-9._-]{3,32}$', '3 to 32 letters, digits, dots, hyphens or underscores', options);
}

/** A reference to one of `COMPONENTS`. */
export function ref<T extends TSchema & { $id: string }>(schema: T) {
  return Type.Unsafe<Static<T>>({ $ref: `${schema.$id}#` });
}

/** A schema that the OpenAPI document lists by name. */
export function component<T extends TSchema, const N extends string>(name: N, schema: T): T & { $id: N } {
  return Object.assign(schema, { $id: name });
}

/** Of what a client sends: unknown fields are refused. */
export const closed = { additionalProperties: false } as const;

export const HttpDate = Type.String({
  description: 'RFC 1123 in GMT, whole seconds',
  examples: ['Mon, 17 Aug 2009 04:49:03 GMT'],
});
/** Of what the provider names beside CPU, memory and disk (`resources` of the service); absent: none. */
export const NamedAmounts = Type.Optional(
  Type.Record(Type.String(), Type.Number(), {
    description: 'How much of each resource that the provider names beside CPU, memory and disk',
  }),
);

export const InstantMs = Type.Integer({ description: 'Service time, in milliseconds since 1970' });
export const Micros = Type.Integer({ description: 'Millionths of a credit' });

/** An instant in a query. */
export const WireInstant = Type.String({
  maxLength: 64,
  description: 'Milliseconds since 1970, RFC 1123 or ISO 8601',
});

export const pageFields = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE, default: 100 })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'From the Link header' })),
};
export const All = Type.Optional(Type.Boolean({ description: 'Operators: those of everybody' }));

export const OfProject = Type.Optional(
  Type.String({ minLength: 1, maxLength: 32, description: 'Those of a project that one is a member of' }),
);

export const PageQuery = Type.Object(pageFields, closed);
export const IdParams = Type.Object({ id: Type.String() });

/** Of each POST that changes something. */
export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    formed('^[\\x20-\\x7e]+$', 'printable characters of ASCII', {
      minLength: 1,
      maxLength: 128,
      description: 'Own name of this request: sent again, it gets the first answer again',
    }),
  ),
});
