// A list of addresses, tried from the top.

import { Type } from 'typebox';
import { brokerPolicy } from '../../engine/for-policies.ts';

export const inOrder = brokerPolicy({
  name: 'in-order',
  summary: 'Every user asks the providers in the order in which the scenario names them.',
  guide: {
    rule: 'The order of the world, until there is an agreement.',
    origin: "OpenPEX's own; whoever is named first has the first choice of all users.",
    use: 'The default: where providers are a first choice and those that it overflows to.',
  },
  options: Type.Object({}),
  create: () => ({ order: (_, markets) => markets }),
});
