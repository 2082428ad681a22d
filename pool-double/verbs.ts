// What a message of the API is here: its parameters and result in the types of the table, the least role that may send it,
// and what it does.
import {
  type ClassName,
  fieldsOf,
  initialValue,
  isClassName,
  type RecordOf,
  type Value,
  type XapiValue,
} from './data-model.ts';
import { XapiFailure } from './errors.ts';

/** From the least rights to the most; each may do what those before it may. */
export const ROLES = [
  'read-only',
  'vm-operator',
  'vm-admin',
  'vm-power-admin',
  'pool-operator',
  'pool-admin',
] as const;

export type Role = (typeof ROLES)[number];

/** A message on its way through the pool. */
export interface Call {
  /** `VM.start_on`, without `Async.`. */
  readonly method: string;
  readonly session: string;
  /** The task that carries it. A reference that no record stands behind unless the call is asynchronous. */
  readonly task: string;
  /** Aborted when the task is cancelled, the session ends a wait, or the toolstack dies. */
  readonly signal: AbortSignal;
  /** From 0 to 1; clients see it in the task. */
  progress(fraction: number): void;
}

/** As `Value`, with what only messages carry: `record CLASS`, as given to make an object, maps of records, and `events`, a batch of them. */
type MessageValue<T extends string> = T extends `record ${infer C extends ClassName}`
  ? Partial<RecordOf<C>>
  : T extends `map record ${infer C extends ClassName}`
    ? Readonly<Record<string, RecordOf<C>>>
    : T extends 'events'
      ? Readonly<Record<string, XapiValue>>
      : Value<T>;

type Values<P extends readonly string[]> = { readonly [I in keyof P]: MessageValue<P[I]> };

export interface Verb {
  readonly params: readonly string[];
  /** Trailing parameters from this index on may be left out. */
  readonly required: number;
  readonly result: string;
  readonly role: Role;
  run(call: Call, args: readonly XapiValue[]): XapiValue | Promise<XapiValue>;
}

export type Verbs = Readonly<Record<string, Verb>>;

interface Signature<P extends readonly string[], R extends string> {
  readonly role: Role;
  readonly params: P;
  readonly required?: number;
  readonly result: R;
}

/** A message whose `run` gets its arguments in the types that the signature names. */
export function verb<const P extends readonly string[], const R extends string>(
  { role, params, required = params.length, result }: Signature<P, R>,
  run: (call: Call, ...args: Values<P>) => MessageValue<R> | Promise<MessageValue<R>>,
): Verb {
  return {
    params,
    required,
    result,
    role,
    // The dispatcher has read every argument as the type of its place (readArguments).
    run: (call, args) => run(call, ...(args as Values<P>)) as XapiValue | Promise<XapiValue>,
  };
}

/**
 * The arguments of a message in their types, those left out at their types' first values. XML-RPC brings integers as text.
 * @throws XapiFailure MESSAGE_PARAMETER_COUNT_MISMATCH, FIELD_TYPE_ERROR
 */
export function readArguments(method: string, verb: Verb, given: readonly XapiValue[]): XapiValue[] {
  const { params, required } = verb;
  if (given.length < required || given.length > params.length) {
    throw new XapiFailure(
      'MESSAGE_PARAMETER_COUNT_MISMATCH',
      method,
      String(params.length),
      String(given.length),
    );
  }
  return params.map((type, index) => {
    const value = given[index];
    return value === undefined
      ? initialValue({ type, access: 'ro', initial: undefined, mirrors: undefined })
      : readValue(type, value, `${method}[${index}]`);
  });
}

/** @throws XapiFailure FIELD_TYPE_ERROR */
export function readValue(type: string, value: XapiValue, where: string): XapiValue {
  const [kind, ...rest] = type.split(' ');
  const of = rest.join(' ');
  switch (kind) {
    case 'int': {
      const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
      if (typeof number === 'number' && Number.isInteger(number)) return number;
      break;
    }
    case 'float': {
      const number = typeof value === 'string' && value !== '' ? Number(value) : value;
      if (typeof number === 'number' && !Number.isNaN(number)) return number;
      break;
    }
    case 'bool':
      if (typeof value === 'boolean') return value;
      break;
    case 'set':
      if (isSet(value)) return value.map((item) => readValue(of, item, where));
      break;
    case 'map':
      if (isMap(value)) {
        return Object.fromEntries(
          Object.entries(value).map(([key, item]) => [key, readValue(of, item, where)]),
        );
      }
      break;
    case 'record':
      if (isMap(value) && isClassName(of)) return readRecord(fieldsOf(of), value, where);
      break;
    default:
      if (typeof value === 'string') return value;
  }
  throw new XapiFailure('FIELD_TYPE_ERROR', where);
}

/** Of a record given to make an object: what the client has a say in. */
function readRecord(
  fields: ReturnType<typeof fieldsOf>,
  record: Readonly<Record<string, XapiValue>>,
  where: string,
): XapiValue {
  const known = Object.entries(record).flatMap(([name, value]): [string, XapiValue][] => {
    const field = fields[name];
    return field === undefined || field.access === 'ro'
      ? []
      : [[name, readValue(field.type, value, `${where}.${name}`)]];
  });
  return Object.fromEntries(known);
}

export function isSet(value: XapiValue): value is readonly XapiValue[] {
  return Array.isArray(value);
}

export function isMap(value: XapiValue): value is Readonly<Record<string, XapiValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
