/** What is stored does not fit the cluster that is configured. The message says what to do. */
export class RestoreError extends Error {
  override readonly name = 'RestoreError';
  readonly code = 'PEX_STATE_UNRESTORABLE';
}
