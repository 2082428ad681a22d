// What users are told of without asking, and by which way: e-mail, or a webhook of their own.
import { type Static, Type } from 'typebox';
import { choice, closed, component, nullable } from './field.ts';

/** What there is to hear of. A new kind is a line here, the events that lead to it (recorder/notice-rows.ts), and its words (notifications/message.ts). */
export const NOTICE_KINDS = [
  'waitlist',
  'offer-expiring',
  'started',
  'ending-soon',
  'failed',
  'maintenance',
] as const;
export type ChosenKind = (typeof NOTICE_KINDS)[number];
/** `test` is what a user asks for, to see whether it arrives. */
export type NoticeKind = ChosenKind | 'test';

export type NoticeChannel = 'email' | 'webhook';

const Kinds = Type.Array(choice(NOTICE_KINDS), { maxItems: NOTICE_KINDS.length, uniqueItems: true });

export const NotificationsBody = Type.Object(
  {
    email: Type.Optional(Kinds),
    webhook: Type.Optional(
      Type.Object(
        {
          url: Type.Optional(
            nullable(
              Type.String({
                minLength: 1,
                maxLength: 2000,
                description: 'http or https; null: none. Another one gets a secret of its own',
                examples: ['https://ci.example.org/openpex'],
              }),
            ),
          ),
          kinds: Type.Optional(Kinds),
        },
        closed,
      ),
    ),
  },
  { ...closed, minProperties: 1 },
);
export type NotificationsBody = Static<typeof NotificationsBody>;

export const Notifications = component(
  'Notifications',
  Type.Object({
    email: Type.Object({
      available: Type.Boolean({ description: 'The service can send e-mail' }),
      address: Type.String(),
      kinds: Kinds,
    }),
    webhook: Type.Object({
      allowed: choice(['off', 'public', 'any'], {
        description: 'Users may name none, one that is reached over the Internet, or any',
      }),
      url: nullable(Type.String()),
      kinds: Kinds,
      secret: Type.Optional(
        Type.String({
          description: 'What deliveries are signed with; shown once, in the answer that made it',
        }),
      ),
      trouble: nullable(Type.String({ description: 'Why the last delivery failed; null: it did not' })),
    }),
  }),
);
export type Notifications = Static<typeof Notifications>;

/** What a webhook is sent. */
export interface NoticeBody {
  readonly id: number;
  readonly kind: NoticeKind;
  readonly service: string;
  /** Of the service's clock. */
  readonly time: string;
  readonly userid: number;
  readonly reservationId: string | null;
  readonly subject: string;
  readonly text: string;
  readonly facts: object;
}
