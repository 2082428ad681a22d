// Who paid and got what: every change of a balance is an entry, and the entries of a user add up to the balance.
import type { RequestNote } from '../../engine/index.ts';
import { ServiceError } from '../problems.ts';
import type { LedgerRecord, Page } from '../records.ts';
import { answerOf } from './answer-store.ts';
import type { Row } from './field.ts';
import type { Database } from './open-database.ts';
import { countRows, pageOf, parseCursor } from './paging.ts';
import { ANSWERS, LEDGER } from './tables.ts';

export interface Deposit {
  readonly userId: number;
  /** May be negative: an operator takes back. */
  readonly amountMicros: number;
  readonly note: string;
  readonly atMs: number;
  /** Of a request with a key: the entry is stored as its answer, too. */
  readonly answerTo?: RequestNote;
}

export class Ledger {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Newest first. */
  async page(query: { userId: number; limit: number; cursor?: string }): Promise<Page<LedgerRecord>> {
    const { userId, limit, cursor } = query;
    const entries = () => this.#database.reads('ledger').where({ userid: userId });
    const selection = entries()
      .orderBy('entry_id', 'desc')
      .limit(limit + 1);
    if (cursor !== undefined) selection.where('entry_id', '<', parseCursor(cursor));
    const rows: (Row & { entry_id: number })[] = await selection;
    const total = await countRows(entries());
    return pageOf(rows, { limit, total, positionOf: (row) => row.entry_id, toItem: LEDGER.read });
  }

  /** @throws ServiceError PEX_NOT_FOUND when there is no such user */
  async deposit({ answerTo, userId, amountMicros, note, atMs }: Deposit): Promise<LedgerRecord> {
    return this.#database.knex.transaction(async (trx) => {
      const changed = await trx('users')
        .where({ userid: userId, deleted_ms: null })
        .increment('balance_micros', amountMicros);
      if (changed === 0) throw new ServiceError('PEX_NOT_FOUND', `there is no account ${userId}`);
      const entry = { userId, atMs, kind: 'deposit', amountMicros, reservationId: null, note } as const;
      const reply = await LEDGER.create(trx, entry);
      if (answerTo !== undefined)
        await ANSWERS.insert(trx, [answerOf(answerTo, { atMs, reply, reservationId: null })]);
      return reply;
    });
  }

  /** Of every user, by number. */
  async balances(): Promise<Map<number, number>> {
    const rows: { userid: number; balance_micros: number }[] = await this.#database
      .reads('users')
      .select('userid', 'balance_micros')
      .orderBy('userid');
    return new Map(rows.map(({ userid, balance_micros }) => [userid, balance_micros]));
  }
}
