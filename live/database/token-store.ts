// Tokens with which programs call the API in the name of an account. Times here are those of the real clock, not of the service's.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { ServiceError } from '../problems.ts';
import type { TokenRecord } from '../records.ts';
import type { Row } from './field.ts';
import type { Database } from './open-database.ts';
import { countRows } from './paging.ts';
import { TOKEN, TOKENS } from './tables.ts';

/** What programs that look for secrets that got out recognise it by. */
const PREFIX = 'openpex_';
/** How stale the last use may be: a write at every request would be a high price for it. */
const USED_EVERY_MS = 60_000;
const MOST = 100;

export class TokenStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * @returns the record, and the token itself: 256 random bits, of which only a hash is stored
   * @throws ServiceError PEX_REQUEST_FAILED when the user has a hundred already
   */
  async create(
    token: Pick<TokenRecord, 'userId' | 'name' | 'scope' | 'createdMs' | 'expiresMs'>,
  ): Promise<{ readonly record: TokenRecord; readonly secret: string }> {
    const { createdMs, userId } = token;
    const tokens = this.#database.knex('tokens').where({ userid: userId });
    await tokens.clone().where('expires_ms', '<=', createdMs).delete();
    if ((await countRows(tokens.clone())) >= MOST)
      throw new ServiceError('PEX_REQUEST_FAILED', `there are ${MOST} tokens already; revoke some first`);
    const secret = `${PREFIX}${randomBytes(32).toString('base64url')}`;
    const record: TokenRecord = { ...token, tokenId: randomUUID(), usedMs: null };
    await TOKENS.insert(this.#database.knex, [{ ...record, tokenHash: hashOf(secret) }]);
    return { record, secret };
  }

  /** Of one user, oldest first. */
  async list(userId: number): Promise<readonly TokenRecord[]> {
    const rows: Row[] = await this.#database
      .reads('tokens')
      .where({ userid: userId })
      .orderBy(['created_ms', 'token_id']);
    return rows.map(TOKEN.read);
  }

  /** The token that a request brought, unless it was revoked or has run out. */
  async find(secret: string, nowMs: number): Promise<TokenRecord | undefined> {
    const key = { token_hash: hashOf(secret) };
    const row: Row | undefined = await this.#database.reads('tokens').where(key).first();
    if (row === undefined) return undefined;
    const record = TOKEN.read(row);
    if (record.expiresMs !== null && nowMs >= record.expiresMs) return undefined;
    if (record.usedMs === null || nowMs >= record.usedMs + USED_EVERY_MS) {
      await this.#database
        .knex('tokens')
        .where(key)
        .update(TOKENS.write({ usedMs: nowMs }));
    }
    return record;
  }

  /** @returns false when the user has none of that id */
  async revoke(userId: number, tokenId: string): Promise<boolean> {
    const revoked = await this.#database.knex('tokens').where({ userid: userId, token_id: tokenId }).delete();
    return revoked > 0;
  }

  async revokeAll(userId: number): Promise<void> {
    await this.#database.knex('tokens').where({ userid: userId }).delete();
  }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
