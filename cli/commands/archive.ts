// openpex archive: moves history out of the database of a service that is stopped. One that runs does so by itself (`retention`).
import { dirname, join } from 'node:path';
import type { ArchiveRecord } from '../../live/records.ts';
import { InputError } from '../../written/input-error.ts';
import { parseInstant } from '../../written/instant.ts';
import type { CommandBody } from '../command.ts';
import { DATABASE_ARGUMENT } from '../database-argument.ts';
import { withDatabase } from '../with-database.ts';

interface ArchiveArguments {
  database: string;
  before?: string | undefined;
  to?: string | undefined;
  json: boolean;
}

const MIB = 1_048_576;

export const archiveCommand: CommandBody<ArchiveArguments> = {
  builder: (yargs) =>
    yargs
      .positional('database', DATABASE_ARGUMENT)
      .option('before', {
        type: 'string',
        describe:
          'Only what is older, up to the last checkpoint before this instant [default: everything so far]',
      })
      .option('to', {
        type: 'string',
        describe: 'Folder for the archive [default: archives beside the file of the database, or here]',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print what was archived as JSON' })
      .epilogue(
        'Events, inputs and offers go, and the reservations and instances that ended. "openpex report" and "openpex replay" read the archive by ' +
          'itself, or together with the database. A service that runs archives by itself: retention.keep in its configuration.',
      )
      .example('$0 archive openpex.db', 'Everything up to now')
      .example('$0 archive openpex.db --before 2026-01-01T00:00:00Z', 'What is older than this year'),
  handler: archiveHistory,
};

async function archiveHistory({ before, database: url, json, to }: ArchiveArguments): Promise<void> {
  const beforeMs = before === undefined ? undefined : parseInstant(before);
  if (before !== undefined && beforeMs === undefined)
    throw new InputError(
      'PEX_USAGE',
      `--before: expected an instant such as 2026-01-01T00:00:00Z, found "${before}"`,
    );
  const archived = await withDatabase(url, 'read', async (database) => {
    const { archiveStopped } = await import('../../live/archive/archive-stopped.ts');
    const directory = to ?? (database.file === null ? 'archives' : join(dirname(database.file), 'archives'));
    return archiveStopped({ database, directory, beforeMs, nowMs: Date.now() });
  });
  process.stdout.write(json ? `${JSON.stringify(archived, null, 2)}\n` : wordsOf(archived));
}

function wordsOf({ atMs, bytes, file, fromMs, rows }: ArchiveRecord): string {
  const [from, until] = [fromMs, atMs].map((ms) => new Date(ms).toISOString());
  const counts = ['journal', 'reservations', 'instances'].map((table) => rows[table] ?? 0);
  return (
    `${file}\n` +
    `${from} to ${until}: ${counts[0]} events, ${counts[1]} reservations, ${counts[2]} instances; ${(bytes / MIB).toFixed(1)} MiB\n`
  );
}
