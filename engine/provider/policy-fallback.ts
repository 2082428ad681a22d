// What is done when a policy fails and there is nobody to refuse: a node is lost, a window ends. A service that is to go on has an
// answer of its own then; a simulation stops.
import { PolicyError } from '../policy/policy-error.ts';

/** Asks, and answers itself when the policy fails. */
export type OrElse = <T>(ask: () => T, instead: () => T) => T;

/** @param tell told of each failure; undefined: failures are thrown */
export function insteadOf(tell: ((error: PolicyError) => void) | undefined): OrElse {
  if (tell === undefined) return (ask) => ask();
  return (ask, instead) => {
    try {
      return ask();
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      tell(error);
      return instead();
    }
  };
}
