// Files that a scenario or a configuration names: relative to the file that names them, with ${VARIABLES} of the environment in them.
import { access, constants } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { WrittenDocument } from '../../written/document.ts';
import { InputError } from '../../written/input-error.ts';
import { type Environment, expandVariables } from '../../written/variables.ts';
import type { PathPart } from '../../written/written-value.ts';
import type { WorkloadSource } from '../formats/source.ts';

/** Where the files that a document names lie on this machine. */
export class NamedFiles {
  private readonly document: WrittenDocument;
  private readonly env: Environment;
  private readonly found = new Set<string>();

  constructor(document: WrittenDocument, env: Environment) {
    this.document = document;
    this.env = env;
  }

  /**
   * As messages should show it: relative to the working directory where the document was given so. What a variable begins is not relative
   * to the document: whoever set `OPENPEX_DATA=../logs` meant the folder that they were in.
   * @param at the path of the setting
   */
  locate(file: string, at: readonly PathPart[]): string {
    const place = this.locateFolder(file, at);
    this.note(place);
    return place;
  }

  /** The same of a folder: whoever reads files in it notes which. */
  locateFolder(file: string, at: readonly PathPart[]): string {
    const expanded = expandVariables(file, this.env, this.document.placeOf(at), hintFor);
    const isOfTheUser = isAbsolute(expanded) || file.startsWith('${');
    return isOfTheUser ? expanded : join(dirname(this.document.homeOf(at)), expanded);
  }

  /** What is made of the document depends on that file, too. */
  note(file: string): void {
    this.found.add(file);
  }

  /** All that were located or noted, each once. */
  get located(): readonly string[] {
    return [...this.found];
  }

  /**
   * A path that means the same wherever the resolved document is read. A path that begins with a variable stays as it is: it is the
   * business of the machine that it is read on.
   */
  portable(file: string, at: readonly PathPart[]): string {
    if (isAbsolute(file) || file.startsWith('${')) return file;
    return resolve(dirname(this.document.homeOf(at)), file);
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

function hintFor(variable: string): string {
  return variable === 'OPENPEX_DATA'
    ? 'set it to the folder of your downloaded logs: OPENPEX_DATA=~/logs openpex run ... (docs/workloads.md says where to get them)'
    : `set it before the run: ${variable}=... openpex run ...`;
}
