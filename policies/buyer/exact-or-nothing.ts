// The user who does not negotiate: what was asked for, or no deal.

import { Type } from 'typebox';
import { buyerPolicy, type Offer, type UserRequest } from '../../engine/for-policies.ts';
import { changesMoreThanStart, isSecondChoice, isTooExpensive, type Objection } from './objection.ts';

/** Takes an offer only with the very terms of the request, at a price up to the user's maximum. */
export const exactOrNothing = buyerPolicy({
  name: 'exact-or-nothing',
  summary: 'Takes what was asked for and turns down every counter-offer.',
  guide: {
    rule: 'ACCEPT when no term differs and price <= maximum; else REJECT.',
    origin: 'Take it or leave it.',
    use: 'For users who have no use for another time, and as the baseline without negotiation on their side.',
  },
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
  if (isSecondChoice(offer, request)) return undefined;
  // A chance is not what was asked for.
  if (offer.proposal.kind === 'overbooked' && request.proposal.kind !== 'overbooked') return 'other-terms';
  if (changesMoreThanStart(offer, request)) return 'other-terms';
  if (offer.proposal.startMs !== request.proposal.startMs) return 'other-start';
  return undefined;
}
