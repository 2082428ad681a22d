// Files that a scenario names: relative to the scenario, with ${VARIABLES} of the environment in them.
import { access, constants } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { WrittenDocument } from '../../written/document.ts';
import { type ErrorPlace, InputError } from '../../written/input-error.ts';
import type { PathPart } from '../../written/written-value.ts';
import type { WorkloadSource } from '../formats/source.ts';

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
function expandVariables(path: string, env: Environment, place: ErrorPlace): string {
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

/** Where the files that a scenario names lie on this machine. */
export class ScenarioPaths {
  private readonly document: WrittenDocument;
  private readonly env: Environment;

  constructor(document: WrittenDocument, env: Environment) {
    this.document = document;
    this.env = env;
  }

  /**
   * As messages should show it: relative to the working directory where the scenario was given so. What a variable begins is not relative
   * to the scenario: whoever set `OPENPEX_DATA=../logs` meant the folder that they were in.
   * @param at the path of the setting, for messages
   */
  locate(file: string, at: readonly PathPart[]): string {
    const expanded = expandVariables(file, this.env, this.document.placeOf(at));
    const isOfTheUser = isAbsolute(expanded) || file.startsWith('${');
    return isOfTheUser ? expanded : join(dirname(this.document.file), expanded);
  }

  /** The workload with the place of its file, which is there. */
  async locateWorkload(source: WorkloadSource, index: number): Promise<WorkloadSource> {
    if (!('file' in source)) return source;
    const at = ['workloads', index, 'file'];
    const file = this.locate(source.file, at);
    try {
      await access(file, constants.R_OK);
    } catch (cause) {
      const problem = `there is no file ${file} that can be read`;
      throw new InputError('PEX_FILE_UNREADABLE', problem, this.document.placeOf(at), { cause });
    }
    return { ...source, file };
  }
}
