// Compares a value that a person wrote with a TypeBox schema and says, in words, what is wrong where. Policy options and scenario files
// are checked by it. TypeBox decides what is valid; this file chooses what to say about it.
import {
  IsArray,
  IsBoolean,
  IsEnum,
  IsInteger,
  IsNumber,
  IsObject,
  IsOptional,
  IsRecord,
  IsString,
  IsUnion,
  type TObject,
  type TSchema,
} from 'typebox';
import { Value } from 'typebox/value';
import { suggestion } from '../../engine/index.ts';

export type PathPart = string | number;

export interface Problem {
  /** From the root of the value: keys and list positions. */
  readonly path: readonly PathPart[];
  /** One clause: what is wrong and what was expected. */
  readonly message: string;
}

/** What our schemas carry beside the keywords of TypeBox. */
interface Annotations {
  /** In words, what a value has to be; overrides what the keywords say. */
  readonly expected?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
}

/**
 * All problems, in the order of the schema's fields; unknown keys come first in their group. Empty: the value matches.
 * @param value plain data, as YAML and JSON know it; an empty entry (null) counts as absent
 */
export function findProblems(schema: TSchema, value: unknown, path: readonly PathPart[] = []): Problem[] {
  if (IsUnion(schema)) {
    if (Value.Check(schema, value)) return [];
    const branch = meantBranch(schema.anyOf, value);
    return branch === undefined ? [mismatch(schema, value, path)] : findProblems(branch, value, path);
  }
  if (IsObject(schema) && isGroup(value)) {
    const problems = unknownKeys(schema, value, path);
    for (const [key, field] of Object.entries(schema.properties)) {
      const entry = value[key];
      if (entry !== undefined && entry !== null) problems.push(...findProblems(field, entry, [...path, key]));
      else if (!IsOptional(field)) {
        problems.push({ path: [...path, key], message: `is missing; expected ${expectation(field)}` });
      }
    }
    return problems;
  }
  if (IsRecord(schema) && isGroup(value)) {
    const [entrySchema] = Object.values(schema.patternProperties);
    return Object.entries(value).flatMap(([key, entry]) =>
      entrySchema === undefined ? [] : findProblems(entrySchema, entry, [...path, key]),
    );
  }
  if (IsArray(schema) && Array.isArray(value) && value.length >= ((schema as Annotations).minItems ?? 0)) {
    return value.flatMap((item, index) => findProblems(schema.items, item, [...path, index]));
  }
  return Value.Check(schema, value) ? [] : [mismatch(schema, value, path)];
}

/** A copy of `value` in which every absent entry that has a default holds it. Entries that do not match are left as they are. */
export function withDefaults(schema: TSchema, value: unknown): unknown {
  return Value.Default(schema, withoutEmptyEntries(value));
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
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

function mismatch(schema: TSchema, value: unknown, path: readonly PathPart[]): Problem {
  if (IsEnum(schema) && typeof value === 'string') {
    const names = schema.enum.map(String);
    return { path, message: `"${value}" is not known here${suggestion(value, names)}` };
  }
  return { path, message: `expected ${expectation(schema)}, found ${formatFound(value)}` };
}

function expectation(schema: TSchema): string {
  const facts = schema as Annotations;
  if (facts.expected !== undefined) return facts.expected;
  if (IsEnum(schema)) return `one of ${schema.enum.join(', ')}`;
  if (IsInteger(schema)) return `a whole number${bounds(facts)}`;
  if (IsNumber(schema)) return `a number${bounds(facts)}`;
  if (IsBoolean(schema)) return 'true or false';
  if (IsString(schema)) return 'a text';
  if (IsArray(schema)) return (facts.minItems ?? 0) > 0 ? 'a list that is not empty' : 'a list';
  if (IsObject(schema)) return `a group of settings (${Object.keys(schema.properties).join(', ')})`;
  if (IsRecord(schema)) return 'a group of named entries';
  if (IsUnion(schema)) return schema.anyOf.map(expectation).join(', or ');
  return 'another value';
}

function bounds({ minimum, exclusiveMinimum, maximum }: Annotations): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` of at least ${minimum}`;
  if (exclusiveMinimum !== undefined) return ` greater than ${exclusiveMinimum}`;
  if (maximum !== undefined) return ` of at most ${maximum}`;
  return '';
}

/** The form of a union that the author had in mind: the one of the same shape, and of several groups the one that knows most of its keys. */
function meantBranch(branches: readonly TSchema[], value: unknown): TSchema | undefined {
  if (Array.isArray(value)) return branches.find((branch) => IsArray(branch));
  if (!isGroup(value)) {
    const sameShape = branches.filter((branch) => hasShapeOf(branch, value));
    return sameShape.length === 1 ? sameShape[0] : undefined;
  }
  let meant: TObject | undefined;
  let mostKnown = -1;
  for (const branch of branches.filter((candidate) => IsObject(candidate))) {
    const known = Object.keys(value).filter((key) => key in branch.properties).length;
    if (known > mostKnown) {
      meant = branch;
      mostKnown = known;
    }
  }
  return meant;
}

function hasShapeOf(schema: TSchema, value: unknown): boolean {
  if (typeof value === 'string') return IsString(schema) || IsEnum(schema);
  if (typeof value === 'number') return IsNumber(schema) || IsInteger(schema);
  return typeof value === 'boolean' && IsBoolean(schema);
}

function unknownKeys(schema: TObject, value: object, path: readonly PathPart[]): Problem[] {
  const known = Object.keys(schema.properties);
  const unknown = Object.keys(value).filter((key) => !known.includes(key));
  return unknown.map((key) => ({
    path: [...path, key],
    message:
      known.length === 0
        ? `"${key}" is not known here: there is nothing to set`
        : `"${key}" is not known here${suggestion(key, known)}`,
  }));
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withoutEmptyEntries(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyEntries);
  if (!isGroup(value)) return value;
  const entries = Object.entries(value).filter(([, entry]) => entry !== null && entry !== undefined);
  return Object.fromEntries(entries.map(([key, entry]) => [key, withoutEmptyEntries(entry)]));
}
