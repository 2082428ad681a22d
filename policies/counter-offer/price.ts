// The same terms at another price: a seller who comes down from the price of the list towards a floor.

import { Type } from 'typebox';
import { counterOfferPolicy } from '../../engine/for-policies.ts';
import { conceded, concessionOptions } from '../concession/time-dependent.ts';
import { nearestStart } from './nearest.ts';

/**
 * The user opens with message 0 and the provider answers round r with message 2r - 1. What the user pays is taken when it is no less than what
 * the provider would ask for now.
 */
export const price = counterOfferPolicy({
  name: 'price',
  summary:
    'Another price for the terms asked for, from that of the list down to a floor; another start where there is no room.',
  guide: {
    rule: 'ask(t) = floor + (1 - a(t)) x (list - floor), floor = floorShare x list, t = 2 x round - 1, a(t) = start + (1 - start) x (min(t, T) / T)^(1 / beta) or exp((1 - min(t, T) / T)^beta x ln start). The price is what the user pays if that is at least ask(t), else ask(t). With betaWhenBooked, beta is beta^(1 - u) x betaWhenBooked^u, u the booked share of CPU time in the window (resource-dependent: idle gives way, busy holds out). Without room: as earliest-start.',
    origin:
      'Time-dependent and resource-dependent tactics of Faratin, Sierra, Jennings 1998; OpenPEX tech report, section 3 (a counter-offer may keep the interval and change the price).',
    use: 'With buyers who bargain (buyer=bargainer), and negotiation.maxRounds of at least half the deadline.',
  },
  options: Type.Object({
    floorShare: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.7,
      description: 'The least that is asked for, as a share of the price of the pricing policy.',
    }),
    ...concessionOptions,
    betaWhenBooked: Type.Number({
      minimum: 0,
      maximum: 1000,
      default: 0,
      description:
        'beta where all CPU time of the window is booked; beta is then that of an idle one, and between them they are mixed. 0: beta, however busy.',
    }),
  }),
  starvesNobody: () => true,
  create: ({ betaWhenBooked, floorShare, ...concession }) => ({
    respond({ priceMicros: listMicros, proposal, reason, round }, view) {
      if (reason !== 'price' || listMicros === undefined) {
        const { demand, durationMs, earliestStartMs, numInstancesFixed: count, startMs: askedMs } = proposal;
        const earliestMs = earliestStartMs ?? askedMs;
        const query = { demand, count, durationMs, askedMs, earliestMs, latestMs: Number.POSITIVE_INFINITY };
        const startMs = nearestStart(query, view);
        return startMs === undefined ? [] : [{ startMs }];
      }
      const floorMicros = floorShare * listMicros;
      const { durationMs, startMs } = proposal;
      const beta =
        betaWhenBooked === 0
          ? concession.beta
          : mixed(concession.beta, betaWhenBooked, view.bookedShare(startMs, startMs + durationMs));
      const share = 1 - conceded(2 * round - 1, { ...concession, beta });
      const askMicros = Math.round(floorMicros + share * (listMicros - floorMicros));
      const bidMicros = proposal.maxPriceMicros ?? listMicros;
      // The price of the list is no other price.
      return [{ priceMicros: Math.min(Math.max(bidMicros, askMicros), Math.max(0, listMicros - 1)) }];
    },
  }),
});

/** From one to the other, in equal steps of their ratio. */
function mixed(from: number, to: number, share: number): number {
  return from ** (1 - share) * to ** share;
}
