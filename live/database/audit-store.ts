// Who did what, in whose name, and who was refused.
import type { AuditRecord, Page } from '../records.ts';
import type { Row } from './field.ts';
import type { Database } from './open-database.ts';
import { countRows, pageOf, parseCursor } from './paging.ts';
import { AUDIT } from './tables.ts';

export interface AuditQuery {
  readonly limit: number;
  readonly cursor?: string;
  /** Of what that user did, or what was done in their name. */
  readonly userId?: number;
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
  async page({ cursor, limit, refused, userId }: AuditQuery): Promise<Page<AuditRecord>> {
    const entries = () => {
      const selection = this.#database.reads('audit');
      if (userId !== undefined)
        selection.where((either) => either.where({ userid: userId }).orWhere({ for_userid: userId }));
      if (refused === true) selection.where('status', '>=', 400);
      return selection;
    };
    const selection = entries()
      .orderBy('entry_id', 'desc')
      .limit(limit + 1);
    if (cursor !== undefined) selection.where('entry_id', '<', parseCursor(cursor));
    const rows: (Row & { entry_id: number })[] = await selection;
    const total = await countRows(entries());
    return pageOf(rows, { limit, total, positionOf: (row) => row.entry_id, toItem: AUDIT.read });
  }

  /** Forgets what is older. */
  async prune(beforeMs: number): Promise<void> {
    await this.#database.knex('audit').where('at_ms', '<', beforeMs).delete();
  }
}
