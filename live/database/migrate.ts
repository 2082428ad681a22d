// Brings the schema of a database to the present version, one transaction per step, and refuses databases of the future.
// Our own few lines instead of knex's migrator, whose lock row stays behind when a process is killed in the middle.
import type { Knex } from 'knex';
import { DatabaseError } from './database-error.ts';
import { MIGRATIONS, SCHEMA_VERSION } from './migrations/migrations.ts';

interface Migratable {
  readonly knex: Knex;
  readonly reads: Knex;
  readonly kind: 'sqlite' | 'postgresql';
  readonly name: string;
}

/** Two processes that start at once do not migrate at once; the number is arbitrary. */
const MIGRATION_LOCK = 20_090_817;

/** Runs the migrations that the database has not seen. @throws DatabaseError for one made by a newer version */
export async function migrate(database: Migratable): Promise<void> {
  await database.knex.transaction(async (trx) => {
    await takeTurn(trx, database);
    await trx.raw(
      'CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_ms BIGINT NOT NULL)',
    );
  });
  for (const { version, name, up } of MIGRATIONS) {
    await database.knex.transaction(async (trx) => {
      await takeTurn(trx, database);
      // Changes nothing, but on SQLite the transaction has the write lock from here on: one that has read first is not given it.
      await trx('schema_migrations').whereRaw('1 = 0').update({ name });
      const present = await versionIn(trx);
      refuseNewer(present, database.name);
      if (present >= version) return;
      await up(trx);
      await trx('schema_migrations').insert({ version, name, applied_ms: Date.now() });
    });
  }
}

async function takeTurn(trx: Knex, { kind }: Migratable): Promise<void> {
  if (kind === 'postgresql') await trx.raw('SELECT pg_advisory_xact_lock(?)', [MIGRATION_LOCK]);
}

/** @throws DatabaseError unless the schema is the present one */
export async function checkSchemaVersion(database: Migratable): Promise<void> {
  const isOurs = await database.reads.schema.hasTable('schema_migrations');
  if (!isOurs) throw new DatabaseError(`database ${database.name}: this is not a database of OpenPEX`);
  const version = await versionIn(database.reads);
  refuseNewer(version, database.name);
  if (version < SCHEMA_VERSION) {
    throw new DatabaseError(
      `database ${database.name}: its schema is version ${version}, this program needs ${SCHEMA_VERSION}; start "openpex live" on it once to bring it up to date`,
    );
  }
}

async function versionIn(knex: Knex): Promise<number> {
  const [row]: { version: number | null }[] = await knex('schema_migrations').max({ version: 'version' });
  return row?.version ?? 0;
}

function refuseNewer(version: number, name: string): void {
  if (version <= SCHEMA_VERSION) return;
  throw new DatabaseError(
    `database ${name}: it was made by a newer OpenPEX (schema version ${version}, this program knows ${SCHEMA_VERSION}); use that version, or a backup from before`,
  );
}
