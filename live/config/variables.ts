// Variables of the environment in settings that may hold secrets.

import type { Environment } from '../../scenarios/load/paths.ts';
import type { WrittenDocument } from '../../written/document.ts';
import { InputError } from '../../written/input-error.ts';
import type { PathPart } from '../../written/written-value.ts';

/** Fills in `${NAME}`. @throws InputError PEX_ENVIRONMENT when one is not set */
export function withVariables(
  text: string,
  path: readonly PathPart[],
  document: WrittenDocument,
  env: Environment,
): string {
  return text.replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_match, variable: string) => {
    const value = env[variable];
    if (value !== undefined && value !== '') return value;
    throw new InputError(
      'PEX_ENVIRONMENT',
      `the environment variable ${variable} is not set`,
      document.placeOf(path),
    );
  });
}
