// The start nearest to the one asked for, earlier ones as well, whether the user said that they are welcome or not.

import { Type } from 'typebox';
import { counterOfferPolicy } from '../../engine/for-policies.ts';
import { durationMs, durationOption } from '../../written/duration.ts';
import { nearestStart as nearest } from './nearest.ts';

/** As earliest-start, but an earlier start may be offered to anybody: a user who has no use for it turns it down. */
export const nearestStart = counterOfferPolicy({
  name: 'nearest-start',
  summary:
    'The start closest to the one asked for, before or after it, whatever the user said of earlier ones.',
  guide: {
    rule: 'argmin over starts s with room of |s - asked|, now <= s, asked - maxEarlier <= s <= asked + maxLater; the earlier of two at one distance.',
    origin: 'OpenPEX tech report, section 3.2 ("closest to the asked start"), read in both directions.',
    use: 'When users are flexible and do not say so: idle hours before the start asked for are sold, too.',
  },
  options: Type.Object({
    maxEarlier: durationOption({
      default: 'unlimited',
      description: 'Offer nothing that starts further than this before the start asked for.',
    }),
    maxLater: durationOption({
      default: 'unlimited',
      description: 'Offer nothing that starts further than this after it.',
    }),
  }),
  starvesNobody: ({ maxLater }) => durationMs(maxLater) === Number.POSITIVE_INFINITY,
  create: (options) => {
    const maxEarlierMs = durationMs(options.maxEarlier);
    const maxLaterMs = durationMs(options.maxLater);
    return {
      respond({ proposal, reason }, view) {
        if (reason === 'price') return [];
        const { demand, durationMs, numInstancesFixed: count, startMs: askedMs } = proposal;
        const startMs = nearest(
          {
            demand,
            count,
            durationMs,
            askedMs,
            earliestMs: askedMs - maxEarlierMs,
            latestMs: askedMs + maxLaterMs,
          },
          view,
        );
        return startMs === undefined ? [] : [{ startMs }];
      },
    };
  },
});
