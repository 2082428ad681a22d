// The user who does not negotiate: what was asked for, or no deal.

import { Type } from 'typebox';
import { buyerPolicy, type Offer, type UserRequest } from '../../engine/index.ts';
import { changesMoreThanStart, isTooExpensive, type Objection } from './objection.ts';

/** Takes an offer only with the very terms of the request, at a price up to the user's maximum. */
export const exactOrNothing = buyerPolicy({
  name: 'exact-or-nothing',
  summary: 'Takes what was asked for and turns down every counter-offer.',
  options: Type.Object({}),
  create: () => ({
    respond(offer, request) {
      const reason = objection(offer, request);
      return reason === undefined ? { reply: 'ACCEPT' } : { reply: 'REJECT', reason };
    },
  }),
});

function objection(offer: Offer, request: UserRequest): Objection | undefined {
  if (isTooExpensive(offer, request)) return 'price-too-high';
  if (changesMoreThanStart(offer, request)) return 'other-terms';
  if (offer.proposal.startMs !== request.proposal.startMs) return 'other-start';
  return undefined;
}
