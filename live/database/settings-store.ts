// Small facts that the service keeps about itself, as JSON values under a name.
import type { Database } from './open-database.ts';

export class SettingsStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Undefined when it was never set. What it holds is for the caller to check. */
  async get(key: string): Promise<unknown> {
    const row: { value: string } | undefined = await this.#database.reads('settings').where({ key }).first();
    return row && JSON.parse(row.value);
  }

  async set(key: string, value: unknown): Promise<void> {
    await this.#database
      .knex('settings')
      .insert({ key, value: JSON.stringify(value) })
      .onConflict('key')
      .merge();
  }
}
