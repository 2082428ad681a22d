// /OpenPEX/account/notifications: what one wants to hear of without asking, and how.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Notifier } from '../notifications/notifier.ts';
import { urlTrouble } from '../notifications/signed-post.ts';
import { ServiceError } from '../problems.ts';
import type { AccountRecord, NoticeChannel, NotificationChoices } from '../records.ts';
import type { Service } from '../service/service.ts';
import { ref } from '../wire/field.ts';
import { Notifications, NotificationsBody } from '../wire/notification.ts';
import { accountOf } from './authentication.ts';
import type { ApiConfig } from './config.ts';
import type { Notices } from './stores.ts';
import { Throttle } from './throttle.ts';

const tags = ['accounts'];
/** Nobody has shown that an e-mail address is theirs. */
const TESTS = { freeFailures: 3, baseDelayMs: 60_000, maxDelayMs: 3_600_000, forgetAfterMs: 3_600_000 };

export interface NotificationRoutesParts {
  readonly service: Pick<Service, 'now'>;
  readonly notices: Notices;
  readonly notifier?: Pick<Notifier, 'stir'>;
  readonly config: Pick<ApiConfig, 'notifications'>;
}

export function notificationRoutes({
  service,
  notices,
  notifier,
  config: { notifications: ways },
}: NotificationRoutesParts): FastifyPluginAsyncTypebox {
  const viewOf = ({ email }: AccountRecord, choices: NotificationChoices): Notifications => ({
    email: { available: ways.email, address: email, kinds: [...choices.email] },
    webhook: {
      allowed: ways.webhooks,
      url: choices.webhookUrl,
      kinds: [...choices.webhook],
      trouble: choices.webhookTrouble?.reason ?? null,
    },
  });

  const tests = new Throttle(TESTS, Date.now);

  return async (app) => {
    app.get(
      '/account/notifications',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'getNotifications',
          summary: 'What the account is told of without asking, and how',
          tags,
          response: { 200: ref(Notifications) },
        },
      },
      async (request) => {
        const account = accountOf(request);
        return viewOf(account, await notices.choicesOf(account.userId));
      },
    );

    app.patch(
      '/account/notifications',
      {
        config: { access: 'user', noToken: true },
        schema: {
          operationId: 'chooseNotifications',
          summary: 'Choose what to be told of; what is left out stays',
          tags,
          body: NotificationsBody,
          response: { 200: ref(Notifications) },
        },
      },
      async (request) => {
        const account = accountOf(request);
        const { email, webhook } = request.body;
        if (email !== undefined && email.length > 0 && !ways.email)
          throw new ServiceError('PEX_REQUEST_FAILED', 'email: this service sends no e-mail.');
        if (webhook?.url != null) checkUrl(webhook.url, ways.webhooks);
        const { choices, newSecret } = await notices.choose(account.userId, {
          ...(email === undefined ? {} : { email }),
          ...(webhook?.kinds === undefined ? {} : { webhook: webhook.kinds }),
          ...(webhook?.url === undefined ? {} : { webhookUrl: webhook.url }),
        });
        const view = viewOf(account, choices);
        if (newSecret === undefined) return view;
        return { ...view, webhook: { ...view.webhook, secret: newSecret } };
      },
    );

    app.post(
      '/account/notifications/test',
      {
        config: { access: 'user', noToken: true, ignoresBody: true },
        schema: {
          operationId: 'testNotifications',
          summary:
            'Be told of nothing, to see whether it arrives: by e-mail, and by the webhook if there is one',
          tags,
          response: { 202: Type.Null({ description: 'It is on its way' }) },
        },
      },
      async (request, reply) => {
        const { userId } = accountOf(request);
        const { webhookUrl } = await notices.choicesOf(userId);
        const channels: NoticeChannel[] = [
          ...(ways.email ? (['email'] as const) : []),
          ...(webhookUrl !== null && ways.webhooks !== 'off' ? (['webhook'] as const) : []),
        ];
        if (channels.length === 0)
          throw new ServiceError('PEX_REQUEST_FAILED', 'There is no way by which you could be told.');
        const retryAfterSeconds = Math.ceil(tests.waitMs(String(userId)) / 1000);
        if (retryAfterSeconds > 0)
          throw new ServiceError('PEX_TOO_MANY_REQUESTS', 'Wait before the next test.', {
            retryAfterSeconds,
          });
        tests.attempt(String(userId));
        const at = { nowMs: service.now(), realNowMs: Date.now() };
        for (const channel of channels) await notices.addTest(userId, channel, at);
        notifier?.stir();
        return reply.code(202).send(null);
      },
    );
  };
}

/** @throws ServiceError PEX_FORBIDDEN or PEX_BAD_REQUEST */
function checkUrl(url: string, webhooks: ApiConfig['notifications']['webhooks']): void {
  if (webhooks === 'off') throw new ServiceError('PEX_FORBIDDEN', 'Users name no webhooks here.');
  const trouble = urlTrouble(url, webhooks === 'any');
  if (trouble === undefined) return;
  throw new ServiceError('PEX_BAD_REQUEST', `webhook.url: ${trouble}`, {
    errors: [{ field: 'webhook.url', expected: trouble }],
  });
}
