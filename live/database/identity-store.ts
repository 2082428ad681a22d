// Who logs in somewhere else: the names that another server gives to users of ours.
import type { Row } from './field.ts';
import type { Database } from './open-database.ts';
import { IDENTITIES } from './tables.ts';

export interface Identity {
  readonly issuer: string;
  /** Unique and for ever the same at its issuer. */
  readonly subject: string;
}

export class IdentityStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async userOf({ issuer, subject }: Identity): Promise<number | undefined> {
    const row: Row | undefined = await this.#database.reads('identities').where({ issuer, subject }).first();
    return row && IDENTITIES.read(row).userId;
  }

  async link(identity: Identity, userId: number): Promise<void> {
    await IDENTITIES.save(this.#database.knex, [{ ...identity, userId }]);
  }
}
