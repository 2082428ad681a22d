// The troubles of the engine that are neither outcomes of a negotiation (those are values) nor our own bugs (InvariantError): each has a code.
// Whoever shows them to people decides what follows from a code: an exit code, an HTTP status.

/** Every code, with the one-line meaning that docs/errors.md lists. */
export const ENGINE_ERRORS = {
  /** {@link PolicyError} */
  PEX_POLICY_BROKE_RULES: 'A policy threw, or returned what the manager cannot apply.',
  /** {@link RestoreError} */
  PEX_STATE_UNRESTORABLE: 'What a database holds does not fit the cluster that is configured.',
} as const;
