// Every trouble that comes with a code and a message for people, of all floors: how the command line ends after it, what the API answers, what
// it means. docs/errors.md has a row for each. Refusals of the API itself, which only its clients meet, are in problems.ts.
import { ENGINE_ERRORS } from '../engine/index.ts';
import { POLICY_ERRORS } from '../policies/errors.ts';
import { SCENARIO_ERRORS } from '../scenarios/errors.ts';
import { WRITTEN_ERRORS } from '../written/errors.ts';
import { LIVE_ERRORS } from './errors.ts';

export interface Trouble {
  /** Of the command line: 1 the run failed, 2 bad input, 75 try again later (EX_TEMPFAIL of sysexits.h). */
  readonly exit: 1 | 2 | 75;
  /** Of the API. What clients ask for is checked before it gets here, so it is never their fault: 500, or 503 when it may pass. */
  readonly status: 500 | 503;
  readonly meaning: string;
}

export const BAD_INPUT = { exit: 2, status: 500 } as const;

export const TROUBLES = {
  ...rows(WRITTEN_ERRORS, BAD_INPUT),
  ...rows(SCENARIO_ERRORS, BAD_INPUT),
  ...rows(POLICY_ERRORS, BAD_INPUT),
  ...rows(LIVE_ERRORS, BAD_INPUT),
  ...rows(ENGINE_ERRORS, BAD_INPUT),
  PEX_POLICY_BROKE_RULES: { exit: 1, status: 500, meaning: ENGINE_ERRORS.PEX_POLICY_BROKE_RULES },
  PEX_DATABASE: { exit: 2, status: 503, meaning: LIVE_ERRORS.PEX_DATABASE },
  PEX_CLOCK_BEHIND: { exit: 75, status: 503, meaning: LIVE_ERRORS.PEX_CLOCK_BEHIND },
  PEX_DATABASE_AWAY: { exit: 75, status: 503, meaning: LIVE_ERRORS.PEX_DATABASE_AWAY },
  PEX_HYPERVISOR_AWAY: { exit: 75, status: 503, meaning: LIVE_ERRORS.PEX_HYPERVISOR_AWAY },
  PEX_STATE_UNRESTORABLE: { exit: 2, status: 503, meaning: ENGINE_ERRORS.PEX_STATE_UNRESTORABLE },
} satisfies Record<string, Trouble>;

/** The row of an error that has one; undefined: it is a bug of ours. */
export function troubleOf(error: unknown): (Trouble & { readonly code: string }) | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  if (!Object.hasOwn(TROUBLES, error.code)) return undefined;
  return { code: error.code, ...TROUBLES[error.code as keyof typeof TROUBLES] };
}

/** The same end for each of the codes. */
export function rows<Code extends string>(
  meanings: Readonly<Record<Code, string>>,
  ends: Pick<Trouble, 'exit' | 'status'>,
): Record<Code, Trouble> {
  return Object.fromEntries(
    Object.entries<string>(meanings).map(([code, meaning]) => [code, { ...ends, meaning }]),
  ) as Record<Code, Trouble>;
}
