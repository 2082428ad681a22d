// Webhooks of users: a signed POST for each notice.
import { formatInstant } from '../../engine/index.ts';
import type { NoticeBody } from '../wire/notification.ts';
import type { DeliveryChannel } from './notifier.ts';
import { PostError, postSigned } from './signed-post.ts';

export interface WebhookSettings {
  /** Whether users may name addresses that are not of the Internet. */
  readonly allowsPrivate: boolean;
}

const TIMEOUT_MS = 10_000;
/** HTTP: whoever was there does not want to hear of it any more. */
const GONE = 410;

export function webhookChannel({ allowsPrivate }: WebhookSettings): DeliveryChannel {
  const ending = new AbortController();
  return {
    async deliver({ choices, message, notice, nowMs, serviceName }) {
      const { webhookSecret: secret, webhookUrl: url } = choices;
      if (url === null || secret === null) return { outcome: 'refused', reason: 'there is no URL any more' };
      const body: NoticeBody = {
        id: notice.noticeId,
        kind: notice.kind,
        service: serviceName,
        time: formatInstant(notice.facts.atMs),
        userid: notice.userId,
        reservationId: notice.reservationId,
        ...message,
        facts: notice.facts,
      };
      try {
        const { status } = await postSigned({
          url,
          secret,
          body,
          headers: { 'openpex-delivery': String(notice.noticeId) },
          allowsPrivate,
          timeoutMs: TIMEOUT_MS,
          nowMs,
          signal: ending.signal,
        });
        if (status >= 200 && status < 300) return { outcome: 'delivered' };
        return { outcome: status === GONE ? 'refused' : 'failed', reason: `it answered ${status}` };
      } catch (error) {
        if (error instanceof PostError) return { outcome: 'failed', reason: error.message };
        throw error;
      }
    },
    end: () => ending.abort(),
  };
}
