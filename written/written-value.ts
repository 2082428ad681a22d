// A value that a person wrote, against the TypeBox schema that it should match: completed with the defaults, and compared in words. Policy
// options and scenario files both pass through here. TypeBox decides what is valid; this file chooses what to say about it.
import {
  IsArray,
  IsBoolean,
  IsEnum,
  IsInteger,
  IsLiteral,
  IsNumber,
  IsObject,
  IsOptional,
  IsRecord,
  IsString,
  IsUnion,
  type TObject,
  type TSchema,
} from 'typebox';
// Not typebox/value, which does the same by these, and has a hundred more modules to load.
import { Check, Errors } from 'typebox/schema';
import { didYouMean, suggestion } from './suggestion.ts';

export type PathPart = string | number;

export interface Problem {
  /** From the root of the value: keys and list positions. */
  readonly path: readonly PathPart[];
  /** One clause: what is wrong and what was expected. */
  readonly message: string;
  /** The trouble is the key, not what is written behind it. */
  readonly atKey?: boolean;
}

/** Keywords that TypeBox keeps at run time but not in its types, and `expected`, which is ours. */
interface Annotations {
  readonly default?: unknown;
  /** In words, what a value has to be; overrides what the other keywords say. */
  readonly expected?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly pattern?: string;
}

/**
 * A copy of plain data in which each absent or empty (null) entry holds its default, keys in the order of the schema. What the
 * schema does not know stays, at the end: finding fault with it is the work of {@link findProblems}. Completing twice changes nothing.
 */
export function complete(schema: TSchema, written: unknown): unknown {
  // Where null may be written, it says something.
  const value = written ?? (schema as Annotations).default ?? written;
  if (IsUnion(schema)) {
    const branch =
      schema.anyOf.find((candidate) => Check(candidate, value)) ?? meantBranch(schema.anyOf, value);
    return branch === undefined ? value : complete(branch, value);
  }
  if (IsArray(schema) && Array.isArray(value)) return value.map((item) => complete(schema.items, item));
  if (IsRecord(schema) && isGroup(value)) {
    const [entry] = Object.values(schema.patternProperties);
    if (entry === undefined) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, complete(entry, item)]));
  }
  if (IsObject(schema) && isGroup(value)) {
    const completed: Record<string, unknown> = {};
    for (const [key, field] of Object.entries(schema.properties)) {
      const item = complete(field, value[key]);
      if (item !== undefined && item !== null) completed[key] = item;
    }
    return {
      ...completed,
      ...Object.fromEntries(Object.entries(value).filter(([key]) => !Object.hasOwn(schema.properties, key))),
    };
  }
  return value;
}

/** All problems of a completed value, in the order of the schema's fields; unknown keys come first in their group. Empty: it matches. */
export function findProblems(schema: TSchema, value: unknown, path: readonly PathPart[] = []): Problem[] {
  if (IsUnion(schema)) {
    if (schema.anyOf.some((branch) => findProblems(branch, value).length === 0)) return [];
    const unknownVariant = variantProblem(schema.anyOf, value, path);
    if (unknownVariant !== undefined) return [unknownVariant];
    const branch = meantBranch(schema.anyOf, value);
    return branch === undefined ? [mismatch(schema, value, path)] : findProblems(branch, value, path);
  }
  if (IsObject(schema) && isGroup(value)) {
    const known = Object.keys(schema.properties);
    const unknown = Object.keys(value).filter((key) => !known.includes(key));
    const problems = unknown.map((key) => unknownKey(key, known, path));
    const mistyped = unknown.map((key) => didYouMean(key, known));
    for (const [key, field] of Object.entries(schema.properties)) {
      const item = value[key];
      if (item !== undefined) problems.push(...findProblems(field, item, [...path, key]));
      else if (!IsOptional(field) && !mistyped.includes(key)) {
        problems.push({ path: [...path, key], message: `is missing; expected ${expectation(field)}` });
      }
    }
    return problems;
  }
  if (IsRecord(schema) && isGroup(value)) {
    const [entry] = Object.values(schema.patternProperties);
    if (entry === undefined) return [];
    return Object.entries(value).flatMap(([key, item]) => findProblems(entry, item, [...path, key]));
  }
  if (IsArray(schema) && Array.isArray(value) && value.length >= ((schema as Annotations).minItems ?? 0)) {
    return value.flatMap((item, index) => findProblems(schema.items, item, [...path, index]));
  }
  return Check(schema, value) ? [] : [mismatch(schema, value, path)];
}

/** `cluster.nodes[0].cpus` */
export function formatPath(path: readonly PathPart[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`))
    .join('');
}

/** A found value, short enough for a message. */
export function formatFound(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a group of settings';
  if (typeof value === 'function') return 'a function';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

/** In words, what a value of the schema is: `a whole number of at least 1`. */
export function expectation(schema: TSchema): string {
  const facts = schema as Annotations;
  if (facts.expected !== undefined) return facts.expected;
  if (IsEnum(schema)) return `one of ${schema.enum.join(', ')}`;
  if (IsLiteral(schema)) return JSON.stringify(schema.const);
  if (IsInteger(schema)) return `a whole number${bounds(facts)}`;
  if (IsNumber(schema)) return `a number${bounds(facts)}`;
  if (IsBoolean(schema)) return 'true or false';
  if (IsString(schema))
    return facts.pattern === undefined ? 'a text' : `a text that matches ${facts.pattern}`;
  if (IsArray(schema)) return (facts.minItems ?? 0) > 0 ? 'a list that is not empty' : 'a list';
  if (IsObject(schema)) return `a group of settings (${Object.keys(schema.properties).join(', ')})`;
  if (IsRecord(schema)) return 'a group of named entries';
  if (IsUnion(schema)) return schema.anyOf.map(expectation).join(', or ');
  return 'another value';
}

function bounds({ minimum, exclusiveMinimum, maximum }: Annotations): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (exclusiveMinimum !== undefined && maximum !== undefined) {
    return ` greater than ${exclusiveMinimum}, and at most ${maximum}`;
  }
  if (minimum !== undefined) return ` of at least ${minimum}`;
  if (exclusiveMinimum !== undefined) return ` greater than ${exclusiveMinimum}`;
  if (maximum !== undefined) return ` of at most ${maximum}`;
  return '';
}

function mismatch(schema: TSchema, value: unknown, path: readonly PathPart[]): Problem {
  if (IsEnum(schema) && typeof value === 'string') {
    const names = schema.enum.map(String);
    return { path, message: `"${value}" is not known here${suggestion(value, names)}` };
  }
  // A refinement looks at values of the right shape only, and may leave it to the others to say what is wrong.
  const refined = hasShapeOf(schema, value)
    ? Errors(schema, value)[1].find((error) => error.keyword === '~refine')
    : undefined;
  if (refined !== undefined && refined.message !== '') {
    return { path, message: `${formatFound(value)} ${refined.message}` };
  }
  return { path, message: `expected ${expectation(schema)}, found ${formatFound(value)}` };
}

/**
 * The form of a union that the author had in mind: the one of the same shape, and of several groups the one whose fixed entries (such as
 * `process: poisson`) are as written, or else the one that knows most of the keys.
 */
function meantBranch(branches: readonly TSchema[], value: unknown): TSchema | undefined {
  if (!isGroup(value)) {
    const sameShape = branches.filter((branch) => hasShapeOf(branch, value));
    return sameShape.length === 1 ? sameShape[0] : undefined;
  }
  let meant: TObject | undefined;
  let bestScore = -1;
  for (const branch of branches.filter((candidate) => IsObject(candidate))) {
    const known = Object.keys(branch.properties);
    const fixed = fixedEntries(branch).filter(([key, constant]) => value[key] === constant).length;
    const score = Object.keys(value).reduce((sum, key) => sum + likeness(key, known), 1000 * fixed);
    if (score > bestScore) {
      meant = branch;
      bestScore = score;
    }
  }
  return meant;
}

/** Several groups that are told apart by one fixed entry, and none of them has what is written there. */
function variantProblem(
  branches: readonly TSchema[],
  value: unknown,
  path: readonly PathPart[],
): Problem | undefined {
  if (!isGroup(value)) return undefined;
  const variants = branches.filter((branch) => IsObject(branch)).map(fixedEntries);
  for (const key of new Set(variants.flat().map(([fixedKey]) => fixedKey))) {
    const written = value[key];
    const known = variants.flatMap((entries) =>
      entries.filter(([fixedKey]) => fixedKey === key).map(([, constant]) => constant),
    );
    if (known.length < 2 || known.length < variants.length || known.includes(String(written))) continue;
    const message =
      typeof written === 'string'
        ? `"${written}" is not known here${suggestion(written, known)}`
        : `expected one of ${known.join(', ')}, found ${formatFound(written)}`;
    return { path: [...path, key], message };
  }
  return undefined;
}

function fixedEntries(schema: TObject): [key: string, constant: string][] {
  return Object.entries(schema.properties).flatMap(([key, field]) =>
    IsLiteral(field) ? [[key, String(field.const)] satisfies [string, string]] : [],
  );
}

function likeness(key: string, known: readonly string[]): number {
  if (known.includes(key)) return 1;
  return didYouMean(key, known) === undefined ? 0 : 0.5;
}

function hasShapeOf(schema: TSchema, value: unknown): boolean {
  if (Array.isArray(value)) return IsArray(schema);
  if (typeof value === 'string') return IsString(schema) || IsEnum(schema);
  if (typeof value === 'number') return IsNumber(schema) || IsInteger(schema);
  return typeof value === 'boolean' && IsBoolean(schema);
}

function unknownKey(key: string, known: readonly string[], path: readonly PathPart[]): Problem {
  const hint = known.length === 0 ? ' (there is nothing to set)' : suggestion(key, known);
  return { path: [...path, key], message: `"${key}" is not known here${hint}`, atKey: true };
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
