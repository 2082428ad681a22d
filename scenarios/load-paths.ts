// Files that a scenario names: relative to the scenario, with ${VARIABLES} of the environment in them.
import { dirname, isAbsolute, resolve } from 'node:path';
import { type ErrorPlace, InputError } from '../engine/index.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A path that means the same wherever the resolved scenario is read. A path that begins with a variable stays as it is: it is the
 * business of the machine that it is read on.
 */
export function portablePath(path: string, scenarioFile: string): string {
  if (isAbsolute(path) || path.startsWith('${')) return path;
  return resolve(dirname(scenarioFile), path);
}

/**
 * The path with its variables replaced.
 * @throws InputError PEX_ENVIRONMENT when one is not set
 */
export function expandVariables(path: string, env: Environment, place: ErrorPlace): string {
  return path.replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_match, variable: string) => {
    const value = env[variable];
    if (value !== undefined && value !== '') return value;
    const hint =
      variable === 'OPENPEX_DATA'
        ? 'set it to the folder of your downloaded logs: OPENPEX_DATA=~/logs openpex run ... (docs/workloads.md says where to get them)'
        : `set it before the run: ${variable}=... openpex run ...`;
    throw new InputError(
      'PEX_ENVIRONMENT',
      `the environment variable ${variable} is not set; ${hint}`,
      place,
    );
  });
}
