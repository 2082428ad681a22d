// Notices that wait to be told, and what each user wants to hear of. Notices are written with the decisions that they are about
// (recorder/batch-writer.ts); here they are addressed, tried, and taken away.
import { randomBytes } from 'node:crypto';
import type { NoticeChannel, NoticeRecord, NotificationChoices } from '../records.ts';
import type { Row } from './field.ts';
import type { Database } from './open-database.ts';
import { countRows } from './paging.ts';
import { NOTICES, NOTIFICATION_CHOICES } from './tables.ts';

/** Who gets a notice, and how. */
export interface Address {
  readonly userId: number;
  readonly channel: NoticeChannel;
}

export class NoticeStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** What nobody has been addressed with yet and is due, oldest first. */
  async unaddressed(nowMs: number, limit: number): Promise<NoticeRecord[]> {
    const rows: Row[] = await this.#database
      .reads('notices')
      .whereNull('channel')
      .where('due_ms', '<=', nowMs)
      .orderBy(['due_ms', 'notice_id'])
      .limit(limit);
    return rows.map(NOTICES.read);
  }

  /** Puts one notice for each address in the place of that one; without an address it is over. */
  async address(notice: NoticeRecord, to: readonly Address[], realNowMs: number): Promise<void> {
    await this.#database.knex.transaction(async (trx) => {
      await trx('notices').where({ notice_id: notice.noticeId }).delete();
      const addressed = to.map((address) => ({
        ...notice,
        ...address,
        tryMs: realNowMs,
        addressedMs: realNowMs,
      }));
      await NOTICES.insert(trx, addressed);
    });
  }

  /** Whose deliveries are due, by a channel; oldest first. */
  async waiting(channel: NoticeChannel, realNowMs: number): Promise<number[]> {
    const rows: { userid: number }[] = await this.#database
      .reads('notices')
      .select('userid')
      .where({ channel })
      .where('try_ms', '<=', realNowMs)
      .groupBy('userid')
      .orderByRaw('min(notice_id)');
    return rows.map(({ userid }) => userid);
  }

  /** The oldest that is due of those, if there is one. */
  async next({ channel, userId }: Address, realNowMs: number): Promise<NoticeRecord | undefined> {
    const row: Row | undefined = await this.#database
      .reads('notices')
      .where({ channel, userid: userId })
      .where('try_ms', '<=', realNowMs)
      .orderBy('notice_id')
      .first();
    return row && NOTICES.read(row);
  }

  async remove(noticeId: number): Promise<void> {
    await this.#database.knex('notices').where({ notice_id: noticeId }).delete();
  }

  /** It failed: nothing goes there by that channel before `tryMs`. */
  async postpone({ noticeId, userId, channel }: NoticeRecord, tryMs: number): Promise<void> {
    await this.#database.knex.transaction(async (trx) => {
      await trx('notices').where({ notice_id: noticeId }).increment('attempts', 1);
      await trx('notices')
        .where({ channel, userid: userId })
        .where('try_ms', '<', tryMs)
        .update(NOTICES.write({ tryMs }));
    });
  }

  /** When a notice is to be addressed next, of the service's clock, and when one that waits for its next try is tried. Null: none is. */
  async upcoming(
    channels: readonly NoticeChannel[],
    realNowMs: number,
  ): Promise<{ readonly dueMs: number | null; readonly tryMs: number | null }> {
    const [unaddressed]: { at: number | null }[] = await this.#database
      .reads('notices')
      .whereNull('channel')
      .min({ at: 'due_ms' });
    const [addressed]: { at: number | null }[] = await this.#database
      .reads('notices')
      .whereIn('channel', [...channels])
      .where('try_ms', '>', realNowMs)
      .min({ at: 'try_ms' });
    return { dueMs: unaddressed?.at ?? null, tryMs: addressed?.at ?? null };
  }

  /** Deliveries that have not arrived. */
  async undelivered(): Promise<number> {
    return countRows(this.#database.reads('notices').whereNotNull('channel'));
  }

  /** A notice that the user asks for, to see whether it arrives. */
  async addTest(userId: number, channel: NoticeChannel, at: { nowMs: number; realNowMs: number }) {
    const { nowMs, realNowMs } = at;
    await NOTICES.insert(this.#database.knex, [
      {
        userId,
        kind: 'test',
        reservationId: null,
        dueMs: nowMs,
        facts: { atMs: nowMs },
        channel,
        tryMs: 0,
        addressedMs: realNowMs,
        attempts: 0,
      },
    ]);
  }

  /** Of who has chosen nothing: nothing. */
  async choicesOf(userId: number): Promise<NotificationChoices> {
    const row: Row | undefined = await this.#database
      .reads('notification_choices')
      .where({ userid: userId })
      .first();
    return row === undefined ? nothingChosen(userId) : NOTIFICATION_CHOICES.read(row);
  }

  /**
   * What is left out stays. Another URL gets a secret of its own, and what waited for the one before is over.
   * @returns the choices, and the secret when it is new
   */
  async choose(
    userId: number,
    changes: Partial<Pick<NotificationChoices, 'email' | 'webhook' | 'webhookUrl'>>,
  ): Promise<{ readonly choices: NotificationChoices; readonly newSecret: string | undefined }> {
    const before = await this.choicesOf(userId);
    const { webhookUrl = before.webhookUrl } = changes;
    const isOther = webhookUrl !== before.webhookUrl;
    const newSecret = isOther && webhookUrl !== null ? newWebhookSecret() : undefined;
    const choices: NotificationChoices = {
      ...before,
      ...changes,
      ...(isOther ? { webhookSecret: newSecret ?? null, webhookTrouble: null } : {}),
    };
    await this.#database.knex.transaction(async (trx) => {
      await NOTIFICATION_CHOICES.save(trx, [choices]);
      if (isOther) await trx('notices').where({ userid: userId, channel: 'webhook' }).delete();
    });
    return { choices, newSecret };
  }

  async tellTrouble(userId: number, webhookTrouble: NotificationChoices['webhookTrouble']): Promise<void> {
    await this.#database
      .knex('notification_choices')
      .where({ userid: userId })
      .update(NOTIFICATION_CHOICES.write({ webhookTrouble }));
  }
}

function nothingChosen(userId: number): NotificationChoices {
  return { userId, email: [], webhook: [], webhookUrl: null, webhookSecret: null, webhookTrouble: null };
}

function newWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64url')}`;
}
