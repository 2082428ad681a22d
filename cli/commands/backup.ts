// openpex backup: a copy of a service's database, while the service runs.

import type { CommandBody } from '../command.ts';
import { DATABASE_ARGUMENT } from '../database-argument.ts';
import { withDatabase } from '../with-database.ts';

interface BackupArguments {
  database: string;
  file: string;
}

export const backupCommand: CommandBody<BackupArguments> = {
  builder: (yargs) =>
    yargs
      .positional('database', DATABASE_ARGUMENT)
      .positional('file', {
        type: 'string',
        demandOption: true,
        describe: 'Where to write the copy; must not exist',
      })
      .epilogue(
        'Of SQLite the copy is a database that a service can be started on; of PostgreSQL a dump for pg_restore.',
      )
      .example('$0 backup openpex.db openpex-$(date +%F).db', 'A copy of today'),
  handler: backup,
};

async function backup({ database: url, file }: BackupArguments): Promise<void> {
  const { backupDatabase } = await import('../../live/database/backup.ts');
  await withDatabase(url, 'backup', (database) => backupDatabase(database, file));
  process.stdout.write(`${file}\n`);
}
