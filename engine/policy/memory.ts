// What a policy remembers is plain JSON, so that it can be kept in a snapshot and be read back in another life of the manager.

/** Kept between two decisions of one policy. */
export interface PolicyMemory {
  readonly kind: string;
  /** Name of the policy: another one in its place begins with a memory of its own. */
  readonly policy: string;
  readonly memory: unknown;
}

/** A value that JSON would lose or change, and where it is. */
export class NotPlainJson extends Error {
  override readonly name = 'NotPlainJson';
}

/**
 * A copy that shares nothing with the value.
 * @param path of the value, for messages
 * @throws NotPlainJson for anything that does not read back as it was written: functions, NaN, class instances, cycles, undefined in a list
 */
export function plainCopy<T>(value: T, path = 'memory', within: readonly object[] = []): T {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value;
    throw new NotPlainJson(`${path} is ${value}`);
  }
  if (typeof value !== 'object') throw new NotPlainJson(`${path} is ${article(typeof value)}`);
  if (within.includes(value)) throw new NotPlainJson(`${path} contains itself`);
  const around = [...within, value];
  if (Array.isArray(value)) {
    return Array.from(value, (item, i) => plainCopy(item, `${path}[${i}]`, around)) as T;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new NotPlainJson(`${path} is a ${value.constructor?.name ?? 'class instance'}`);
  }
  const copy: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(value)) {
    // As JSON has it: a field that is undefined is not there.
    if (part !== undefined) copy[key] = plainCopy(part, `${path}.${key}`, around);
  }
  return copy as T;
}

function article(type: string): string {
  return type === 'undefined' ? type : `a ${type}`;
}
