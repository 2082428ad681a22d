// Who did what, in whose name, and who was refused.
import type { AuditRecord, NamedAuditRecord, Page } from '../records.ts';
import type { Row } from './field.ts';
import type { Database } from './open-database.ts';
import { countRows, pageOf, parseCursor } from './paging.ts';
import { AUDIT } from './tables.ts';

export interface AuditQuery {
  readonly limit: number;
  readonly cursor?: string;
  /** Of what that user did, or what was done in their name. */
  readonly userId?: number;
  /** The same by name, in whatever case; and who only said that they are. */
  readonly username?: string;
  readonly action?: string;
  /** Refused attempts only. */
  readonly refused?: boolean;
}

export class AuditStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async add(entries: readonly Omit<AuditRecord, 'entryId'>[]): Promise<void> {
    await AUDIT.insert(this.#database.knex, entries);
  }

  /** Newest first. */
  async page({
    action,
    cursor,
    limit,
    refused,
    userId,
    username,
  }: AuditQuery): Promise<Page<NamedAuditRecord>> {
    const entries = () => {
      const selection = this.#database.reads('audit');
      if (userId !== undefined)
        selection.where((either) => either.where({ userid: userId }).orWhere({ for_userid: userId }));
      if (username !== undefined) {
        const named = this.#database.reads('users').where({ username_key: username.toLowerCase() });
        selection.where((either) =>
          either
            .whereRaw('lower(username) = ?', [username.toLowerCase()])
            .orWhereIn('for_userid', named.select('userid')),
        );
      }
      if (action !== undefined) selection.where({ action });
      if (refused === true) selection.where('status', '>=', 400);
      return selection;
    };
    const nameOf = this.#database
      .reads('users')
      .select('username')
      .whereRaw('users.userid = audit.for_userid');
    const selection = entries()
      .select('audit.*', { for_username: nameOf })
      .orderBy('entry_id', 'desc')
      .limit(limit + 1);
    if (cursor !== undefined) selection.where('entry_id', '<', parseCursor(cursor));
    const rows: (Row & { entry_id: number; for_username: string | null })[] = await selection;
    const total = await countRows(entries());
    return pageOf(rows, {
      limit,
      total,
      positionOf: (row) => row.entry_id,
      toItem: (row) => ({ ...AUDIT.read(row), forUsername: row.for_username }),
    });
  }

  /** Forgets what is older. */
  async prune(beforeMs: number): Promise<void> {
    await this.#database.knex('audit').where('at_ms', '<', beforeMs).delete();
  }
}
