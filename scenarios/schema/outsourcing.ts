// What a provider has no room for, and buys of others to sell it on.
import { type Static, Type } from 'typebox';

export const OutsourcingField = Type.Optional(
  Type.Object(
    {
      partners: Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        uniqueItems: true,
        description:
          'The names of the other providers that are asked, the first one first; of those that have room the cheapest is taken.',
      }),
      before: Type.Enum(['refusal', 'counter-offer'], {
        default: 'refusal',
        expected: 'refusal, counter-offer',
        description:
          'refusal: others are asked when the provider would refuse. counter-offer: also when it would offer other terms of its own.',
      }),
      margin: Type.Number({
        minimum: 0,
        default: 0,
        description:
          'Sold only where the own price is above the transfer price by this share of that, such as 0.1, or more.',
      }),
    },
    {
      additionalProperties: false,
      description:
        'Windows for which there is no room are bought of other providers, at their price, and sold at the own one. Absent: they are not.',
    },
  ),
);
export type OutsourcingField = Static<typeof OutsourcingField>;
