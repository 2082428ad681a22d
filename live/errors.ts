// Troubles that keep a live service from starting. How it refuses a request is in problems.ts.

/** Every code, with the one-line meaning that docs/errors.md lists. */
export const LIVE_ERRORS = {
  PEX_CONFIG_INVALID: 'The configuration of a live service does not match its schema.',
  PEX_NO_OPERATOR: 'Nobody can administer the service: no account is that of an operator.',
  PEX_CLOCK_BEHIND:
    'The database has events of a time that this machine has not reached: its clock is not set yet.',
  PEX_DATABASE_AWAY: 'A database does not answer yet: the same may succeed a little later.',
  PEX_HYPERVISOR_AWAY: 'What carries the VMs does not answer yet: the same may succeed a little later.',
  PEX_DATABASE: 'A database cannot be opened, read or written.',
} as const;
