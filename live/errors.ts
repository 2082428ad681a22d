// Troubles that keep a live service from starting. How it refuses a request is in problems.ts.

/** Every code, with the one-line meaning that docs/errors.md lists. */
export const LIVE_ERRORS = {
  PEX_CONFIG_INVALID: 'The configuration of a live service does not match its schema.',
  PEX_NO_OPERATOR: 'Nobody can administer the service: no account is that of an operator.',
  PEX_DATABASE: 'A database cannot be opened, read or written.',
} as const;
