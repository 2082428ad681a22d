// A user who bids less than they would pay, and gives way in every round.

import { Type } from 'typebox';
import { buyerPolicy, type Proposal, type UserRequest } from '../../engine/for-policies.ts';
import { conceded, concessionOptions } from '../concession/time-dependent.ts';
import { isTooLate, wholePriceMicros, withTerms } from './objection.ts';

/** The user speaks message 0, then 2r after the answer of round r: a price is taken when the next bid would be no lower (AC_next). */
export const bargainer = buyerPolicy({
  name: 'bargainer',
  summary:
    'Bids a part of what it would pay, raises the bid in every round, and takes a price that the next bid would reach.',
  guide: {
    rule: 'bid(t) = first + a(t) x (maximum - first), first = firstShare x maximum, t = 2 x (round - 1), a as in counter-offer=price. ACCEPT when price <= bid(t + 2) (AC_next), from the deadline on when price <= maximum (AC_time), and when price <= acceptAt x maximum (AC_const); REJECT a start later than the latest, and a price above the maximum at the deadline; else COUNTER. Who names no maximum takes any price.',
    origin:
      'Time-dependent tactics of Faratin, Sierra, Jennings 1998; acceptance AC_next, AC_time and AC_const of Baarslag et al. 2014.',
    use: 'With counter-offer=price. beta 0.2 is a bargain hunter, 5 is urgent.',
  },
  options: Type.Object({
    firstShare: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.4,
      description: 'The lowest bid, as a share of the most that the user pays.',
    }),
    acceptAt: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0,
      description:
        'A price of no more than this share of the most that the user pays is taken at once, whatever comes next (AC_const). 0: none.',
    }),
    ...concessionOptions,
  }),
  create: ({ acceptAt, firstShare, ...concession }) => {
    const bid = (t: number, { proposal: { maxPriceMicros } }: UserRequest) => {
      if (maxPriceMicros === undefined) return undefined;
      const first = firstShare * maxPriceMicros;
      return Math.round(first + conceded(t, concession) * (maxPriceMicros - first));
    };
    const at = (proposal: Proposal, bidMicros: number | undefined): Proposal =>
      bidMicros === undefined ? proposal : { ...proposal, maxPriceMicros: bidMicros };
    return {
      open: (request) => at(request.proposal, bid(0, request)),
      respond(offer, request, round) {
        if (isTooLate(offer, request)) return { reply: 'REJECT', reason: 'too-late' };
        const t = 2 * round;
        const next = bid(t, request);
        if (next === undefined || wholePriceMicros(offer) <= next) return { reply: 'ACCEPT' };
        const constantMicros = acceptAt * request.proposal.maxPriceMicros!;
        if (wholePriceMicros(offer) <= constantMicros) return { reply: 'ACCEPT' };
        if (t >= concession.deadline) return { reply: 'REJECT', reason: 'price-too-high' };
        return { reply: 'COUNTER', proposal: at(withTerms(offer, request), next) };
      },
    };
  },
});
