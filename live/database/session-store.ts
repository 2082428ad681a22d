// Log-ins by the portal. Times here are those of the real clock, not of the service's, which may run faster.
import { createHash, randomBytes } from 'node:crypto';
import type { Row } from './field.ts';
import type { Database } from './open-database.ts';
import { SESSIONS } from './tables.ts';

export interface NewSession {
  /** 256 random bits for the cookie; only a hash of them is stored, so that a copy of the database opens no session. */
  readonly token: string;
  /** What a request that changes something must repeat. */
  readonly csrfToken: string;
  /** Ends then at the latest. */
  readonly expiresMs: number;
}

export interface OpenSession {
  readonly userId: number;
  readonly csrfToken: string;
}

/** As in 2009. */
const IDLE_MS = 30 * 60_000;
const LONGEST_MS = 12 * 60 * 60_000;
/** How stale the last sign of life may be: a write at every request would be a high price for it. */
const SEEN_EVERY_MS = 60_000;

export class SessionStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Who logs in clears away what has run out: the table holds the sessions of half an hour, not of all time. */
  async create(userId: number, nowMs: number): Promise<NewSession> {
    await this.prune(nowMs);
    const token = randomBytes(32).toString('base64url');
    const expiresMs = nowMs + LONGEST_MS;
    await SESSIONS.insert(this.#database.knex, [
      { tokenHash: hashOf(token), userId, seenMs: nowMs, expiresMs },
    ]);
    return { token, csrfToken: csrfTokenOf(token), expiresMs };
  }

  /** The session behind a token, unless it was idle for too long or is too old; being asked for keeps it alive. */
  async find(token: string, nowMs: number): Promise<OpenSession | undefined> {
    const key = { token_hash: hashOf(token) };
    const row: Row | undefined = await this.#database.reads('sessions').where(key).first();
    if (row === undefined) return undefined;
    const { expiresMs, seenMs, userId } = SESSIONS.read(row);
    if (nowMs >= expiresMs || nowMs >= seenMs + IDLE_MS) return undefined;
    if (nowMs >= seenMs + SEEN_EVERY_MS) {
      await this.#database
        .knex('sessions')
        .where(key)
        .update(SESSIONS.write({ seenMs: nowMs }));
    }
    return { userId, csrfToken: csrfTokenOf(token) };
  }

  async revoke(token: string): Promise<void> {
    await this.#database
      .knex('sessions')
      .where({ token_hash: hashOf(token) })
      .delete();
  }

  async revokeAll(userId: number): Promise<void> {
    await this.#database.knex('sessions').where({ userid: userId }).delete();
  }

  /** Forgets what has run out. */
  async prune(nowMs: number): Promise<void> {
    await this.#database
      .knex('sessions')
      .where('expires_ms', '<=', nowMs)
      .orWhere('seen_ms', '<=', nowMs - IDLE_MS)
      .delete();
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** Follows from the token one way only: who reads it on a page cannot make the cookie from it. */
function csrfTokenOf(token: string): string {
  return createHash('sha256').update(`csrf:${token}`).digest('base64url');
}
