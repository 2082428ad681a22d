// How users behave, beside what their buyer policy decides.
import { type Static, Type } from 'typebox';
import { durationOption } from '../../written/duration.ts';
import { shareField, spreadField } from './fields.ts';

export const UsersField = Type.Object(
  {
    thinkTime: spreadField({ default: '0s', description: 'From an offer until the answer of the user.' }),
    noShow: shareField({
      default: 0,
      description: 'Chance that a confirmed reservation is never activated.',
    }),
    lateness: spreadField({
      default: '0s',
      description:
        'From the start of a window until its user activates it, where it does not activate itself.',
    }),
    claim: shareField({
      default: 0.8,
      description: 'Chance that an optional instance is claimed when the window opens.',
    }),
    extend: shareField({
      default: 0,
      description:
        'Chance that a user who came asks in the middle of the window for half as long again, and takes what is offered.',
    }),
    exchange: Type.Optional(
      Type.Object(
        {
          ask: Type.Object(
            {
              min: Type.Number({ minimum: 0, default: 0.5, description: 'The least.' }),
              max: Type.Number({ minimum: 0, default: 1, description: 'The most.' }),
            },
            {
              default: {},
              additionalProperties: false,
              description:
                'What is asked for a window, as a share of what was agreed for it, each as likely as any other between the two.',
            },
          ),
          fee: shareField({
            default: 0,
            description: 'What the provider of the window keeps of the price of each trade.',
          }),
        },
        {
          additionalProperties: false,
          description:
            'Users trade windows among themselves: who would cancel a confirmed window ahead of time puts it up for sale instead, and who names a highest price and finds no provider as cheap bids that. Absent: they do not.',
        },
      ),
    ),
    movesOn: Type.Object(
      {
        waited: durationOption({
          default: 'unlimited',
          description: 'Who has waited in the queue of a provider for so long, and has not begun, leaves it.',
        }),
        displaced: durationOption({
          default: 'unlimited',
          description: 'Whose lease has been interrupted for so long, and waits to go on, leaves.',
        }),
      },
      {
        default: {},
        additionalProperties: false,
        description:
          'When who waits in a queue (kinds best-effort and preemptible) leaves, and asks the next provider for what is left, from then on. Who asks no other provider stays.',
      },
    ),
  },
  { additionalProperties: false, default: {}, description: 'How users behave.' },
);
export type UsersField = Static<typeof UsersField>;
