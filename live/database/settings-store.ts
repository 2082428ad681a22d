// Small facts that the service keeps about itself, as JSON values under a name.
import type { Row } from './field.ts';
import type { Database } from './open-database.ts';
import { SETTINGS } from './tables.ts';

export class SettingsStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Undefined when it was never set. What it holds is for the caller to check. */
  async get(key: string): Promise<unknown> {
    const row: Row | undefined = await this.#database.reads('settings').where({ key }).first();
    return row && SETTINGS.read(row).value;
  }

  async set(key: string, value: unknown): Promise<void> {
    await SETTINGS.save(this.#database.knex, [{ key, value }]);
  }
}
