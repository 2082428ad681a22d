// A disk of a few megabytes that can be filled to the last byte, where this user may mount one.
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { succeeds } from './child-process.ts';

export class TinyDisk {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** On that folder, until the end of the test; undefined: this user may not. */
  static mount(folder: string, size = '2m'): TinyDisk | undefined {
    if (!succeeds('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder)) return undefined;
    onTestFinished(() => void succeeds('umount', '--lazy', folder));
    return new TinyDisk(folder);
  }

  fill(): void {
    const file = openSync(this.#ballast, 'w');
    for (const size of [65_536, 1]) {
      const piece = Buffer.alloc(size);
      try {
        for (;;) writeSync(file, piece);
      } catch {}
    }
    closeSync(file);
  }

  makeRoom(): void {
    rmSync(this.#ballast);
  }

  get #ballast(): string {
    return join(this.path, 'ballast');
  }
}
