import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { putFile } from '../../../reports/files/put-file.ts';
import { temporaryFolder, write } from '../../support/command-line.ts';

test('on a full disk what was there stays, and nothing half-written takes up space', () => {
  const folder = temporaryFolder();
  const file = write(folder, 'results.csv', 'dear to somebody');
  // A device that is always full.
  symlinkSync('/dev/full', `${file}.draft`);
  expect(() => putFile(file, 'new')).toThrow(
    /results\.csv: cannot be written: no space left on device \(ENOSPC\)/,
  );
  expect(readFileSync(file, 'utf8')).toBe('dear to somebody');
  expect(existsSync(join(folder, 'results.csv.draft'))).toBe(false);
  putFile(file, 'new');
  expect(readFileSync(file, 'utf8')).toBe('new');
});
