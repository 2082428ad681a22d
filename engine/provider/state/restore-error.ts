// What was stored cannot be gone on from.

/** The stored state does not fit the cluster or the clock that a provider is to go on with. The message says what would mend it. */
export class RestoreError extends Error {
  override readonly name = 'RestoreError';
  readonly code = 'PEX_STATE_UNRESTORABLE';
}
