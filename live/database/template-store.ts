// The VM templates that users can choose from. The configuration says which; reservations keep the name of theirs.
import type { TemplateRecord } from '../records.ts';
import type { Row } from './field.ts';
import type { Database } from './open-database.ts';
import { TEMPLATE, TEMPLATES } from './tables.ts';

export class TemplateStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** In the order of the configuration. */
  async list(): Promise<readonly TemplateRecord[]> {
    const rows: Row[] = await this.#database.reads('templates').orderBy('position');
    return rows.map(TEMPLATE.read);
  }

  async replaceAll(templates: readonly TemplateRecord[]): Promise<void> {
    await this.#database.knex.transaction(async (trx) => {
      await trx('templates').delete();
      await TEMPLATES.insert(
        trx,
        templates.map((template, position) => ({ ...template, position })),
      );
    });
  }
}
