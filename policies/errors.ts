// Troubles with the choice of a policy. One that is chosen and then misbehaves is the engine's PolicyError.

/** Every code, with the one-line meaning that docs/errors.md lists. */
export const POLICY_ERRORS = {
  PEX_POLICY_UNKNOWN: 'No policy of that kind has that name.',
  PEX_POLICY_OPTIONS: 'An option of a policy is unknown or has a wrong value.',
  PEX_POLICY_FILE: "A user's policy file cannot be loaded or does not fit its kind.",
} as const;
