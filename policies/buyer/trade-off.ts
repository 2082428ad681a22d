// A user who pays less for a start that suits them less, and bids what leaves them equally well off.

import { Type } from 'typebox';
import { type Alternative, buyerPolicy, type UserRequest } from '../../engine/for-policies.ts';
import { durationMs, finiteDurationOption } from '../../written/duration.ts';
import { conceded, concessionOptions } from '../concession/time-dependent.ts';
import { chooseBest } from './choosing.ts';
import { changesMoreThanStart } from './objection.ts';
import { valueLeft } from './value-of-time.ts';

export interface PriceRange {
  /** The first price that a buyer names: worth 1. */
  readonly firstMicros: number;
  /** The most that the buyer pays: worth the least utility. */
  readonly reserveMicros: number;
  readonly leastUtility: number;
}

/** Utility of a price to a buyer, a line through both ends of the range and beyond them. Sim, Shi 2010. */
export function utilityOfPrice(priceMicros: number, range: PriceRange): number {
  const { firstMicros, leastUtility, reserveMicros } = range;
  if (reserveMicros === firstMicros) return priceMicros <= reserveMicros ? 1 : 0;
  const left = (reserveMicros - priceMicros) / (reserveMicros - firstMicros);
  return leastUtility + (1 - leastUtility) * left;
}

/** The price that is worth so much; the inverse of `utilityOfPrice`. */
export function priceOfUtility(utility: number, range: PriceRange): number {
  const { firstMicros, leastUtility, reserveMicros } = range;
  return reserveMicros - ((utility - leastUtility) / (1 - leastUtility)) * (reserveMicros - firstMicros);
}

/** The user speaks message 0, then 2r after the answer of round r, as `bargainer` does. */
export const tradeOff = buyerPolicy({
  name: 'trade-off',
  summary:
    'Bids for the start that is offered what leaves it as well off as its bid for the start asked for: less, the further off.',
  guide: {
    rule: 'U = priceWeight x uPrice + (1 - priceWeight) x uTime; uPrice = least + (1 - least) x (maximum - price) / (maximum - first), first = firstShare x maximum; uTime falls on a line from 1 at the start asked for to least at timeDeadline off it, and stays there. Target U(t) = 1 - a(t) x (1 - least), t = 2 x (round - 1), a as in counter-offer=price. Of the offer and its alternatives with the terms asked for but for the start, earliest <= start <= latest: takes the one with the highest U if that is at least U(t + 2) and price <= maximum (by COUNTER if it is an alternative); else COUNTER with the one whose price on the curve U = U(t + 2), at most the maximum, is nearest to what is asked for it; with the start asked for if the curve has no price for any. REJECT when nothing of it is in time, and what is too dear at the deadline. Who names no maximum takes the nearest start.',
    origin:
      'Trade-off on the iso-utility curve: Faratin, Sierra, Jennings 2002; utility of prices and times: Sim, Shi 2010; acceptance AC_next of Baarslag et al. 2014.',
    use: 'Where time and price are both open: with counter-offer=price, and with load-dependent or time-of-use prices. priceWeight near 1 is bargainer.',
  },
  options: Type.Object({
    firstShare: Type.Number({
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0.4,
      description: 'The lowest bid for the start asked for, as a share of the most that the user pays.',
    }),
    priceWeight: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 0.5,
      description: 'How much the price counts; the rest is the start.',
    }),
    timeDeadline: finiteDurationOption({
      default: '4h',
      description: 'How far from the start asked for a start is worth the least.',
    }),
    leastUtility: Type.Number({
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0.01,
      description: 'Utility of the maximum, of a start too far off, and of the last target.',
    }),
    ...concessionOptions,
  }),
  create: ({ firstShare, leastUtility, priceWeight, timeDeadline, ...concession }) => {
    const decay = { shape: 'linear', deadlineMs: durationMs(timeDeadline), rest: leastUtility } as const;
    const target = (t: number) => 1 - conceded(t, concession) * (1 - leastUtility);
    const rangeOf = (reserveMicros: number): PriceRange => ({
      firstMicros: firstShare * reserveMicros,
      reserveMicros,
      leastUtility,
    });
    const timeUtility = (startMs: number, { proposal: asked }: UserRequest) =>
      valueLeft(Math.abs(startMs - asked.startMs), decay);
    const bidFor = (startMs: number, utility: number, request: UserRequest, reserveMicros: number) => {
      const ofPrice = (utility - (1 - priceWeight) * timeUtility(startMs, request)) / priceWeight;
      return Math.min(reserveMicros, Math.round(priceOfUtility(ofPrice, rangeOf(reserveMicros))));
    };
    const isOfUse = (terms: Alternative, request: UserRequest) => {
      const { startMs } = terms.proposal;
      const { latestStartMs, proposal: asked } = request;
      const isInTime = startMs >= (asked.earliestStartMs ?? asked.startMs) && startMs <= latestStartMs;
      return isInTime && !changesMoreThanStart(terms, request);
    };
    return {
      open(request) {
        const { maxPriceMicros, startMs } = request.proposal;
        if (maxPriceMicros === undefined) return request.proposal;
        const bidMicros = Math.max(0, bidFor(startMs, target(0), request, maxPriceMicros));
        return { ...request.proposal, maxPriceMicros: bidMicros };
      },
      respond(offer, request, round) {
        const { maxPriceMicros } = request.proposal;
        const t = 2 * round;
        const wanted = target(t);
        const taken = chooseBest(offer, request, {
          refusal: 'too-late',
          value(terms) {
            if (!isOfUse(terms, request)) return undefined;
            const ofTime = timeUtility(terms.proposal.startMs, request);
            if (maxPriceMicros === undefined) return ofTime;
            const ofPrice = utilityOfPrice(terms.priceMicros, rangeOf(maxPriceMicros));
            const utility = priceWeight * ofPrice + (1 - priceWeight) * ofTime;
            // The last target is the least utility of all, which rounding must not put out of reach.
            return utility >= wanted || t >= concession.deadline ? utility : undefined;
          },
        });
        if (maxPriceMicros === undefined) return taken;
        if (taken.reply === 'ACCEPT') return taken;
        if (taken.reply === 'COUNTER') {
          return { reply: 'COUNTER', proposal: { ...taken.proposal, maxPriceMicros } };
        }
        const useful = [offer, ...(offer.alternatives ?? [])].filter((terms) => isOfUse(terms, request));
        if (useful.length === 0) return { reply: 'REJECT', reason: 'too-late' };
        if (t >= concession.deadline) return { reply: 'REJECT', reason: 'price-too-high' };
        const onCurve = useful
          .map(({ priceMicros, proposal }) => {
            const bidMicros = bidFor(proposal.startMs, wanted, request, maxPriceMicros);
            return { proposal, bidMicros, gapMicros: Math.abs(priceMicros - bidMicros) };
          })
          .filter(({ bidMicros }) => bidMicros >= 0)
          .sort((a, b) => a.gapMicros - b.gapMicros);
        const { bidMicros, proposal } = onCurve[0] ?? {
          proposal: request.proposal,
          bidMicros: Math.max(0, bidFor(request.proposal.startMs, wanted, request, maxPriceMicros)),
        };
        return { reply: 'COUNTER', proposal: { ...proposal, maxPriceMicros: bidMicros } };
      },
    };
  },
});
