// The same start and size for a shorter time.

import { Type } from 'typebox';
import { counterOfferPolicy } from '../../engine/for-policies.ts';
import { finiteDurationOption, durationMs as millis } from '../../written/duration.ts';
import { leastShareOption } from './least-share.ts';
import { isWithinReach, largest, longestTime } from './within-reach.ts';

/** Whoever has room for a time has room for any shorter one from the same start, so the longest is found by halves. */
export const shorter = counterOfferPolicy({
  name: 'shorter',
  summary: 'The longest time from the start asked for that has room, and costs no more than the user pays.',
  guide: {
    rule: 'The largest multiple d of the granularity with leastShare x asked <= d < asked that is sold, such that the proposal is accepted for [start, start + d).',
    origin: 'OpenPEX tech report, section 3 (a counter-offer may change any term).',
    use: 'For work that can be cut short or continued elsewhere, and must begin when it was asked for.',
  },
  options: Type.Object({
    granularity: finiteDurationOption({
      default: '1m',
      description: 'Times that are offered are multiples of this.',
    }),
    leastShare: leastShareOption('time'),
  }),
  create: ({ granularity, leastShare }) => {
    const stepMs = Math.max(1, millis(granularity));
    return {
      respond({ proposal }, view) {
        const { durationMs: asked } = proposal;
        const leastMs = view.shortestSold(Math.max(1, asked * leastShare));
        if (leastMs === undefined) return [];
        const steps = largest(Math.ceil(leastMs / stepMs), Math.ceil(asked / stepMs) - 1, (count) =>
          isWithinReach({ ...proposal, durationMs: count * stepMs }, view),
        );
        const durationMs = steps && longestTime({ leastMs, mostMs: steps * stepMs, stepMs }, view);
        return durationMs === undefined ? [] : [{ durationMs }];
      },
    };
  },
});
