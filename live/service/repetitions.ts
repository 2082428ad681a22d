// Requests that their clients gave a key: sent again they get their first answer again, and are carried out once.
import type { RequestNote } from '../../engine/index.ts';
import type { AnswerStore } from '../database/answer-store.ts';
import { ServiceError } from '../problems.ts';
import type { AnswerRecord } from '../records.ts';

const PRUNE_EVERY_MS = 86_400_000;

export class Repetitions {
  readonly #answers: AnswerStore;
  readonly #now: () => number;
  #prunedMs = Number.NEGATIVE_INFINITY;
  /** What is being decided, by user and key. */
  readonly #underWay = new Map<string, { readonly note: RequestNote; readonly reply: Promise<unknown> }>();

  /** @param now the service's time, in which answers are dated */
  constructor(answers: AnswerStore, now: () => number) {
    this.#answers = answers;
    this.#now = now;
  }

  /**
   * @param decide carries the request out, and stores its answer under the key together with what it changes
   * @param recall makes the reply of an answer that is stored
   * @throws ServiceError PEX_IDEMPOTENCY_MISMATCH when the key was used for another request
   */
  async once<T>(
    note: RequestNote | undefined,
    decide: () => Promise<T>,
    recall: (answer: AnswerRecord) => T | Promise<T>,
  ): Promise<T> {
    if (note === undefined) return decide();
    const name = `${note.askedBy}/${note.idempotencyKey}`;
    const underWay = this.#underWay.get(name);
    if (underWay !== undefined) {
      checkSame(underWay.note.requestFingerprint, note);
      // Of the same request, since its fingerprint says which it is.
      return (await underWay.reply) as T;
    }
    const reply = this.#decideOrRecall(note, decide, recall);
    this.#underWay.set(name, { note, reply });
    try {
      return await reply;
    } finally {
      this.#underWay.delete(name);
    }
  }

  async #decideOrRecall<T>(
    note: RequestNote,
    decide: () => Promise<T>,
    recall: (answer: AnswerRecord) => T | Promise<T>,
  ): Promise<T> {
    const answer = await this.#answers.find(Number(note.askedBy), note.idempotencyKey);
    if (answer !== undefined) {
      checkSame(answer.fingerprint, note);
      return recall(answer);
    }
    await this.#prune();
    return decide();
  }

  async #prune(): Promise<void> {
    const nowMs = this.#now();
    if (nowMs < this.#prunedMs + PRUNE_EVERY_MS) return;
    this.#prunedMs = nowMs;
    await this.#answers.forgetOld(nowMs);
  }
}

function checkSame(fingerprint: string, { requestFingerprint }: RequestNote): void {
  if (fingerprint === requestFingerprint) return;
  throw new ServiceError(
    'PEX_IDEMPOTENCY_MISMATCH',
    'this Idempotency-Key was used before for another request',
  );
}
