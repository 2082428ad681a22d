// A file that is there as a whole or not at all: written beside its place and moved into it.
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { writing } from './run-directory.ts';

/** @throws InputError PEX_FILE_UNWRITABLE; what was there before is there still then, and nothing half-written takes up space */
export function putFile(file: string, text: string): void {
  const draft = `${file}.draft`;
  writing(file, () => {
    try {
      writeFileSync(draft, text, { flush: true });
      renameSync(draft, file);
    } catch (error) {
      rmSync(draft, { force: true });
      throw error;
    }
  });
}
