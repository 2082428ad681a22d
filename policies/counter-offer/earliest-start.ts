// The OpenPEX counter-offer: the same reservation at the nearest start at which it fits.

import { Type } from 'typebox';
import { counterOfferPolicy } from '../../engine/for-policies.ts';
import { durationMs, durationOption } from '../../written/duration.ts';
import { nearestStart } from './nearest.ts';

/**
 * Changes nothing but the start (OpenPEX tech report section 3.1), by as little as possible. A start before the one asked for is offered only
 * down to the proposal's `earliestStartMs`; of an earlier and a later start at the same distance, the earlier: the user said that it is
 * welcome, and the work is done sooner.
 */
export const earliestStart = counterOfferPolicy({
  name: 'earliest-start',
  summary: 'The start closest to the one asked for; nothing else changes, as in the OpenPEX papers.',
  guide: {
    rule: 'argmin over starts s with room of |s - asked|, s >= earliest start of the user; the earlier of two at one distance.',
    origin: 'OpenPEX tech report, section 3.1 and 3.2.',
    use: 'The default: nothing but the start changes, as in the papers.',
  },
  options: Type.Object({
    maxDisplacement: durationOption({
      default: 'unlimited',
      description: 'Offer nothing that starts further than this from the start asked for.',
    }),
  }),
  starvesNobody: ({ maxDisplacement }) => durationMs(maxDisplacement) === Number.POSITIVE_INFINITY,
  create: (options) => {
    const maxDisplacementMs = durationMs(options.maxDisplacement);
    return {
      respond({ proposal, reason }, view) {
        // Another start is the answer to a lack of room only: the one asked for has it.
        if (reason === 'price') return [];
        const { demand, durationMs, numInstancesFixed: count, startMs: askedMs } = proposal;
        const startMs = nearestStart(
          {
            demand,
            count,
            durationMs,
            askedMs,
            earliestMs: Math.max(proposal.earliestStartMs ?? askedMs, askedMs - maxDisplacementMs),
            latestMs: askedMs + maxDisplacementMs,
          },
          view,
        );
        return startMs === undefined ? [] : [{ startMs }];
      },
    };
  },
});
