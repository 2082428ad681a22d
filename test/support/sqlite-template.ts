// A SQLite database with the present schema and nothing in it, made once by each worker and copied for whoever begins with one. To bring a schema up
// to date is tested where it is the subject; elsewhere it took a good part of the time.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../live/database/open-database.ts';

let template: Promise<Buffer> | undefined;

/** Where no database is yet. */
export async function writeEmptyDatabase(file: string): Promise<void> {
  template ??= makeTemplate();
  const content = await template;
  if (!existsSync(file)) writeFileSync(file, content, { mode: 0o600 });
}

async function makeTemplate(): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'openpex-template-'));
  try {
    const file = join(folder, 'openpex.db');
    // Closed, it is one file: what was written beside it is in it.
    await (await openDatabase(file)).close();
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
