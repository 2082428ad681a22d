// Variables of the environment in what people write: `${OPENPEX_DATA}/log.swf`, `postgres://pex:${PASSWORD}@db/pex`.
import { type ErrorPlace, InputError } from './input-error.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The text with its variables replaced.
 * @param place where it is written, for the message
 * @param hintFor what to do about a variable that is not set
 * @throws InputError PEX_ENVIRONMENT when one is not set, or empty
 */
export function expandVariables(
  text: string,
  env: Environment,
  place: ErrorPlace,
  hintFor?: (variable: string) => string,
): string {
  return text.replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_match, variable: string) => {
    const value = env[variable];
    if (value !== undefined && value !== '') return value;
    const hint = hintFor === undefined ? '' : `; ${hintFor(variable)}`;
    throw new InputError('PEX_ENVIRONMENT', `the environment variable ${variable} is not set${hint}`, place);
  });
}
