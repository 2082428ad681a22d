// Keys with which programs sign what they ask for in the name of an account. A signature is checked with the secret itself, so that is
// what is stored, unlike a password or a token. Times here are those of the real clock, not of the service's.
import { randomBytes, randomInt } from 'node:crypto';
import { ServiceError } from '../problems.ts';
import type { AccessKeyRecord } from '../records.ts';
import type { Row } from './field.ts';
import type { Database } from './open-database.ts';
import { countRows } from './paging.ts';
import { ACCESS_KEY, ACCESS_KEYS } from './tables.ts';

/** How stale the last use may be: a write at every request would be a high price for it. */
const USED_EVERY_MS = 60_000;
const MOST = 20;
/** As clients of EC2 check them: twenty capitals and digits that can be told from each other. */
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export class AccessKeyStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * @returns what is known of it, and the secret: 240 random bits
   * @throws ServiceError PEX_REQUEST_FAILED when the user has twenty already
   */
  async create(
    key: Pick<AccessKeyRecord, 'userId' | 'createdMs' | 'expiresMs'>,
  ): Promise<{ readonly record: AccessKeyRecord; readonly secret: string }> {
    const { createdMs, userId } = key;
    const keys = this.#database.knex('access_keys').where({ userid: userId });
    await keys.clone().where('expires_ms', '<=', createdMs).delete();
    if ((await countRows(keys.clone())) >= MOST)
      throw new ServiceError(
        'PEX_REQUEST_FAILED',
        `there are ${MOST} access keys already; revoke some first`,
      );
    const letters = Array.from({ length: 17 }, () => LETTERS[randomInt(LETTERS.length)]);
    const record: AccessKeyRecord = { ...key, accessKeyId: `PEX${letters.join('')}`, usedMs: null };
    const secret = randomBytes(30).toString('base64');
    await ACCESS_KEYS.insert(this.#database.knex, [{ ...record, secret }]);
    return { record, secret };
  }

  /** Of one user, oldest first. */
  async list(userId: number): Promise<readonly AccessKeyRecord[]> {
    const rows: Row[] = await this.#database
      .reads('access_keys')
      .where({ userid: userId })
      .orderBy(['created_ms', 'access_key_id']);
    return rows.map(ACCESS_KEY.read);
  }

  /** One that was not revoked; it may have run out. */
  async find(
    accessKeyId: string,
  ): Promise<{ readonly record: AccessKeyRecord; readonly secret: string } | undefined> {
    const row: Row | undefined = await this.#database
      .reads('access_keys')
      .where({ access_key_id: accessKeyId })
      .first();
    if (row === undefined) return undefined;
    const { secret, ...record } = ACCESS_KEYS.read(row);
    return { record, secret };
  }

  /** It was used, and rightly. */
  async used({ accessKeyId, usedMs }: AccessKeyRecord, nowMs: number): Promise<void> {
    if (usedMs !== null && nowMs < usedMs + USED_EVERY_MS) return;
    await this.#database
      .knex('access_keys')
      .where({ access_key_id: accessKeyId })
      .update(ACCESS_KEYS.write({ usedMs: nowMs }));
  }

  async revokeAll(userId: number): Promise<void> {
    await this.#database.knex('access_keys').where({ userid: userId }).delete();
  }

  /** @returns false when the user has none of that id */
  async revoke(userId: number, accessKeyId: string): Promise<boolean> {
    const key = { userid: userId, access_key_id: accessKeyId };
    return (await this.#database.knex('access_keys').where(key).delete()) > 0;
  }
}
