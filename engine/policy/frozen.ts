// What policies are handed is frozen to its depths: a policy that writes to it is stopped there and then, with its own place in the
// stack, instead of spoiling a run. Shared values (proposals, capacities, options) are frozen once, where they come in.

/** Freezes a plain value and everything in it, in place. What is frozen already is taken to be so to its depths: it costs one look. */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const key in value) frozen(value[key]);
  return Object.freeze(value);
}
