// The directory that a run leaves behind. Files are written into a draft beside it (or in it, when it exists already) and moved into
// place at the end, so nobody ever sees a half-written file.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { InputError } from '../../written/input-error.ts';

/** The file by which an earlier run is recognised. It goes first and comes last when a run is replaced. */
const MARK_OF_A_RUN = 'summary.json';
const DRAFT_PREFIX = '.openpex-draft-';

export class RunDirectory {
  /** Absolute path of the directory as it will be. */
  readonly path: string;
  /** Holds the draft and nothing else. */
  readonly #scratch: string;
  readonly #draft: string;
  /** The outermost directory that had to be made for this run. */
  readonly #outermostMade: string | undefined;
  #settled = false;

  private constructor(path: string, scratch: string, outermostMade: string | undefined) {
    this.path = path;
    this.#scratch = scratch;
    this.#draft = join(scratch, 'run');
    this.#outermostMade = outermostMade;
    // Made apart from the scratch directory, which only its owner may read.
    mkdirSync(this.#draft);
  }

  /**
   * Checks that a run may be left at `directory` and makes a draft. An earlier run there stays as it is until {@link publish}.
   *
   * @throws InputError PEX_FILE_UNWRITABLE when the place holds something that is not a run, or cannot be written
   */
  static prepare(directory: string): RunDirectory {
    const path = resolve(directory);
    refuseUnlessReplaceable(path);
    return writing(path, () => {
      // Renames must stay within one file system, and an existing directory may be a mount point, or where a shell stands.
      const parent = existsSync(path) ? realpathSync(path) : dirname(path);
      const outermostMade = mkdirSync(parent, { recursive: true });
      return new RunDirectory(path, mkdtempSync(join(parent, DRAFT_PREFIX)), outermostMade);
    });
  }

  /** Where a file of the run is written until it is published. */
  fileFor(name: string): string {
    return join(this.#draft, name);
  }

  /**
   * Moves the files into place, over those of an earlier run; files that are not of a run are left alone.
   *
   * @param ofRuns the names that files of a run have: what an earlier one left under them, and this one does not, goes
   * @throws InputError PEX_FILE_UNWRITABLE when the place changed for the worse since {@link prepare}
   */
  publish(ofRuns: readonly string[] = []): void {
    refuseUnlessReplaceable(this.path);
    writing(this.path, () => {
      if (existsSync(this.path)) this.#moveFilesInto(this.path, ofRuns);
      else renameSync(this.#draft, this.path);
      rmSync(this.#scratch, { recursive: true, force: true });
    });
    this.#settled = true;
  }

  /** Removes the draft and leaves everything else as it was. Does nothing after {@link publish}; never throws. */
  discard(): void {
    if (this.#settled) return;
    this.#settled = true;
    try {
      rmSync(this.#scratch, { recursive: true, force: true });
      this.#removeMadeParents();
    } catch {
      // Whatever keeps us from tidying up has been reported by the write that failed.
    }
  }

  /** Up to the first one that somebody else has put something into. */
  #removeMadeParents(): void {
    if (this.#outermostMade === undefined) return;
    let directory = dirname(this.#scratch);
    while (readdirSync(directory).length === 0) {
      rmdirSync(directory);
      if (directory === this.#outermostMade) return;
      directory = dirname(directory);
    }
  }

  #moveFilesInto(path: string, ofRuns: readonly string[]): void {
    rmSync(join(path, MARK_OF_A_RUN), { force: true });
    const names = readdirSync(this.#draft).filter((name) => name !== MARK_OF_A_RUN);
    for (const name of ofRuns) if (!names.includes(name)) rmSync(join(path, name), { force: true });
    for (const name of [...names, MARK_OF_A_RUN]) renameSync(this.fileFor(name), join(path, name));
  }
}

function refuseUnlessReplaceable(path: string): void {
  const stats = writing(path, () => statSync(path, { throwIfNoEntry: false }));
  if (stats === undefined) return;
  if (!stats.isDirectory()) {
    throw new InputError(
      'PEX_FILE_UNWRITABLE',
      'is a file, not a directory: choose another place for the run, e.g. with --out',
      { file: path },
    );
  }
  const names = writing(path, () => readdirSync(path)).filter((name) => !name.startsWith(DRAFT_PREFIX));
  if (names.length > 0 && !names.includes(MARK_OF_A_RUN)) {
    throw new InputError(
      'PEX_FILE_UNWRITABLE',
      `holds files, but no earlier run (no ${MARK_OF_A_RUN}): empty it, or choose another place for the run, e.g. with --out`,
      { file: path },
    );
  }
}

/** Runs a file operation; a system error (permission, full disk, no such place) becomes an InputError about `path`. */
export function writing<T>(path: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new InputError(
      'PEX_FILE_UNWRITABLE',
      `cannot be written: ${reasonOf(error)}`,
      { file: path },
      { cause: error },
    );
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

/** "ENOSPC: no space left on device, write" becomes "no space left on device (ENOSPC)". */
function reasonOf(error: NodeJS.ErrnoException): string {
  const text = error.message.replace(/^[A-Z0-9]+: /, '').replace(/, \w+( '.*)?$/s, '');
  return `${text} (${error.code})`;
}
