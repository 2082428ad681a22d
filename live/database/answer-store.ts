// What was answered to requests with an Idempotency-Key. Answers to the provider's commands are stored with what they led to
// (recorder/batch-writer.ts), those to a deposit with the deposit (ledger.ts).
import type { RequestNote } from '../../engine/index.ts';
import type { AnswerRecord } from '../records.ts';
import type { Row } from './field.ts';
import type { Database } from './open-database.ts';
import { ANSWERS } from './tables.ts';

/** For so long a key is remembered. */
const REMEMBERED_MS = 30 * 86_400_000;

export class AnswerStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async find(userId: number, key: string): Promise<AnswerRecord | undefined> {
    const row: Row | undefined = await this.#database
      .reads('answers')
      .where({ userid: userId, idempotency_key: key })
      .first();
    return row === undefined ? undefined : ANSWERS.read(row);
  }

  /** Forgets what was answered thirty days before. @param nowMs the service's time, in which answers are dated */
  async forgetOld(nowMs: number): Promise<void> {
    await this.#database
      .knex('answers')
      .where('at_ms', '<', nowMs - REMEMBERED_MS)
      .delete();
  }
}

/** The row of an answer to a request that its client gave a key. */
export function answerOf(
  { askedBy, idempotencyKey: key, requestFingerprint: fingerprint }: RequestNote,
  answer: Pick<AnswerRecord, 'atMs' | 'reply' | 'reservationId'>,
): AnswerRecord {
  return { userId: Number(askedBy), key, fingerprint, ...answer };
}
