// The directory that a run leaves behind. Files are written into a temporary sibling and moved into place at the end, so nobody ever
// sees a half-written run.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { InputError } from '../../engine/index.ts';

/** The file by which an earlier run is recognised: a directory that has it may be replaced. */
const MARK_OF_A_RUN = 'summary.json';

export class RunDirectory {
  /** Absolute path of the directory as it will be. */
  readonly path: string;
  readonly #draft: string;
  #settled = false;

  private constructor(path: string, draft: string) {
    this.path = path;
    this.#draft = draft;
  }

  /**
   * Checks that a run may be left at `directory` and makes the draft beside it. An earlier run there stays as it is until
   * {@link publish}.
   *
   * @throws InputError PEX_FILE_UNWRITABLE when the place holds something that is not a run, or cannot be written
   */
  static prepare(directory: string): RunDirectory {
    const path = resolve(directory);
    refuseUnlessReplaceable(path);
    const draft = writing(path, () => {
      mkdirSync(dirname(path), { recursive: true });
      return mkdtempSync(join(dirname(path), `.${basename(path)}-`));
    });
    return new RunDirectory(path, draft);
  }

  /** Where a file of the run is written until it is published. */
  fileFor(name: string): string {
    return join(this.#draft, name);
  }

  /**
   * Moves the draft into place; an earlier run there is gone afterwards.
   *
   * @throws InputError PEX_FILE_UNWRITABLE when the place changed for the worse since {@link prepare}; the earlier run is then
   * still there
   */
  publish(): void {
    refuseUnlessReplaceable(this.path);
    writing(this.path, () => {
      const earlier = `${this.#draft}.replaced`;
      const replaces = existsSync(this.path);
      if (replaces) renameSync(this.path, earlier);
      try {
        renameSync(this.#draft, this.path);
      } catch (error) {
        if (replaces) renameSync(earlier, this.path);
        throw error;
      }
      if (replaces) rmSync(earlier, { recursive: true, force: true });
    });
    this.#settled = true;
  }

  /** Removes the draft and leaves everything else as it was. Does nothing after {@link publish}. */
  discard(): void {
    if (this.#settled) return;
    this.#settled = true;
    rmSync(this.#draft, { recursive: true, force: true });
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
  const names = writing(path, () => readdirSync(path));
  if (names.length > 0 && !names.includes(MARK_OF_A_RUN)) {
    throw new InputError(
      'PEX_FILE_UNWRITABLE',
      `holds files that are not a run (no ${MARK_OF_A_RUN}): empty it, or choose another place for the run, e.g. with --out`,
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

/** "ENOSPC: no space left on device, write" -> "no space left on device (ENOSPC)". */
function reasonOf(error: NodeJS.ErrnoException): string {
  const text = error.message.replace(/^[A-Z0-9]+: /, '').replace(/, \w+( '.*)?$/s, '');
  return `${text} (${error.code})`;
}
