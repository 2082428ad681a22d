// What users want to have in their VMs: their public keys, and what cloud-init does at the first boot. Looked at when a VM is made.
import type { Row } from './field.ts';
import type { Database } from './open-database.ts';
import { GUEST_DATA, GUEST_KEYS } from './tables.ts';

export class GuestStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** In the order in which they were given. */
  async keysOf(userId: number): Promise<readonly string[]> {
    const row: Row | undefined = await this.#database.reads('guest_keys').where({ userid: userId }).first();
    return row === undefined ? [] : GUEST_KEYS.read(row).sshKeys;
  }

  async setKeys(userId: number, sshKeys: readonly string[]): Promise<void> {
    await GUEST_KEYS.save(this.#database.knex, [{ userId, sshKeys }]);
  }

  /** Null: none was given. */
  async userDataOf(reservationId: string): Promise<string | null> {
    const row: Row | undefined = await this.#database
      .reads('guest_data')
      .where({ request_id: reservationId })
      .first();
    return row === undefined ? null : GUEST_DATA.read(row).userData;
  }

  async setUserData(reservationId: string, userData: string | null): Promise<void> {
    if (userData === null)
      await this.#database.knex('guest_data').where({ request_id: reservationId }).delete();
    else await GUEST_DATA.save(this.#database.knex, [{ reservationId, userData }]);
  }

  /** @param userId as the provider knows the user */
  async of({
    reservationId,
    userId,
  }: {
    readonly reservationId: string;
    readonly userId: string;
  }): Promise<{ readonly sshKeys: readonly string[]; readonly userData: string | null }> {
    return { sshKeys: await this.keysOf(Number(userId)), userData: await this.userDataOf(reservationId) };
  }
}
