// The VM templates that users can choose from. The configuration says which; reservations keep the name of theirs.
import type { TemplateRecord } from '../records.ts';
import type { Database } from './open-database.ts';

export class TemplateStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** In the order of the configuration. */
  async list(): Promise<readonly TemplateRecord[]> {
    return this.#database.reads('templates').select('name', 'description').orderBy('position');
  }

  async replaceAll(templates: readonly TemplateRecord[]): Promise<void> {
    const rows = templates.map(({ name, description }, position) => ({ name, description, position }));
    await this.#database.knex.transaction(async (trx) => {
      await trx('templates').delete();
      if (rows.length > 0) await trx('templates').insert(rows);
    });
  }
}
