// Checks of our own reasoning, kept on everywhere. A failed invariant is a bug of ours or of a policy, never bad input.

/** Our bug: the run stops and says what was found. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(Object.keys(details).length === 0 ? message : `${message} ${JSON.stringify(details)}`);
    this.details = details;
  }
}

/** Throws {@link InvariantError} unless `condition` holds. Say the positive: what must be true. */
export function invariant(
  condition: boolean,
  mustHold: string,
  details?: Readonly<Record<string, unknown>>,
): asserts condition {
  if (!condition) throw new InvariantError(`broken invariant: ${mustHold}`, details);
}

/** Makes a `switch` over a union exhaustive at compile time. */
export function assertNever(value: never): never {
  throw new InvariantError('unreachable', { value });
}
