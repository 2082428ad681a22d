// How the command line ends after each trouble with a code: those of the service and all floors below it, and those of experiments.
import { EXPERIMENT_ERRORS } from '../experiments/errors.ts';
import { BAD_INPUT, rows, TROUBLES, type Trouble } from '../live/troubles.ts';

export const ALL_TROUBLES: Readonly<Record<string, Trouble>> = {
  ...TROUBLES,
  ...rows(EXPERIMENT_ERRORS, BAD_INPUT),
};

/** The row of an error that has one; undefined: it is a bug of ours. */
export function troubleOf(error: unknown): (Trouble & { readonly code: string }) | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  if (!Object.hasOwn(ALL_TROUBLES, error.code)) return undefined;
  return { code: error.code, ...ALL_TROUBLES[error.code]! };
}
