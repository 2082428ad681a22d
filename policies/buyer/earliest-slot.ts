// The user who takes the first slot that is not too late for them.

import { Type } from 'typebox';
import { buyerPolicy, type Offer, type UserRequest } from '../../engine/for-policies.ts';
import { durationMs, durationOption } from '../../written/duration.ts';
import { changesMoreThanStart, isSecondChoice, isTooExpensive, type Objection } from './objection.ts';

/**
 * Takes an offer that moves nothing but the start, no further than the user's `latestStartMs` and `maxDisplacement` allow, no earlier than
 * the user said, and at a price up to their maximum. Leaves otherwise: the provider has offered its nearest start already.
 */
export const earliestSlot = buyerPolicy({
  name: 'earliest-slot',
  summary: 'Takes any start up to the latest one of the request, and leaves when offered a later one.',
  guide: {
    rule: 'ACCEPT when nothing but the start differs, earliest <= start <= min(latest, asked + maxDisplacement) and price <= maximum; else REJECT.',
    origin: 'The user of the OpenPEX papers.',
    use: 'The default: users who can wait until their latest start.',
  },
  options: Type.Object({
    maxDisplacement: durationOption({
      default: 'unlimited',
      description: 'Turn down a start later than this after the one asked for, whatever the request allows.',
    }),
  }),
  create: (options) => {
    const maxDisplacementMs = durationMs(options.maxDisplacement);
    return {
      respond(offer, request) {
        const reason = objection(offer, request, maxDisplacementMs);
        return reason === undefined ? { reply: 'ACCEPT' } : { reply: 'REJECT', reason };
      },
    };
  },
});

function objection(offer: Offer, request: UserRequest, maxDisplacementMs: number): Objection | undefined {
  const asked = request.proposal;
  const startMs = offer.proposal.startMs;
  if (isTooExpensive(offer, request)) return 'price-too-high';
  if (isSecondChoice(offer, request)) return undefined;
  if (changesMoreThanStart(offer, request)) return 'other-terms';
  if (startMs < (asked.earliestStartMs ?? asked.startMs)) return 'too-early';
  if (startMs > Math.min(request.latestStartMs, asked.startMs + maxDisplacementMs)) return 'too-late';
  return undefined;
}
