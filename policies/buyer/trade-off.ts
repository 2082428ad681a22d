// A user who pays less for a start that suits them less, and bids what leaves them equally well off.

import { Type } from 'typebox';
import {
  type Alternative,
  buyerPolicy,
  type Proposal,
  type SecondChoice,
  type UserRequest,
} from '../../engine/for-policies.ts';
import { durationMs, finiteDurationOption } from '../../written/duration.ts';
import { conceded, concessionOptions } from '../concession/time-dependent.ts';
import { chooseBest } from './choosing.ts';
import { changesMoreThanStart, isSecondChoice } from './objection.ts';
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

/** Terms, and what is bid for them. */
interface Bid {
  readonly terms: Proposal;
  readonly bidMicros: number;
}

/** Second choices of one request, as many as the REST API takes. */
const CHOICES_MAX = 10;

/** The user speaks message 0, then 2r after the answer of round r, as `bargainer` does. */
export const tradeOff = buyerPolicy({
  name: 'trade-off',
  summary:
    'Bids for the start that is offered what leaves it as well off as its bid for the start asked for: less, the further off.',
  guide: {
    rule: 'U = priceWeight x uPrice + (1 - priceWeight) x uTime; uPrice = least + (1 - least) x (maximum - price) / (maximum - first), first = firstShare x maximum; uTime falls on a line from 1 at the start asked for to least at timeDeadline off it, and stays there. Target U(t) = 1 - a(t) x (1 - least), t = 2 x (round - 1), a as in counter-offer=price. Of the offer and its alternatives with the terms asked for but for the start, earliest <= start <= latest: takes the one with the highest U if that is at least U(t + 2) and price <= maximum (by COUNTER if it is an alternative); else COUNTER with the one whose price on the curve U = U(t + 2), at most the maximum, is nearest to what is asked for it; with the start asked for if the curve has no price for any. With burst > 1 each bid names as many starts as that, each at its price on the curve, the others as second choices: those that are offered, the nearest price first, then the start asked for and every step after it up to the latest. REJECT when nothing of it is in time, and what is too dear at the deadline. Who names no maximum takes the nearest start.',
    origin:
      'Trade-off on the iso-utility curve: Faratin, Sierra, Jennings 2002; several proposals of one utility at once: the burst mode of Sim, Shi 2010; utility of prices and times: Sim, Shi 2010; acceptance AC_next of Baarslag et al. 2014.',
    use: 'Where time and price are both open: with counter-offer=price, and with load-dependent or time-of-use prices. priceWeight near 1 is bargainer. A burst finds room and a low price in fewer rounds where the provider does not say what else there is.',
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
    burst: Type.Integer({
      minimum: 1,
      maximum: 11,
      default: 1,
      description: 'Starts that are bid for at once, each at its price on the curve.',
    }),
    burstStep: finiteDurationOption({
      default: '30m',
      description: 'How far apart the starts are that nobody offered.',
    }),
    ...concessionOptions,
  }),
  create: ({ burst, burstStep, firstShare, leastUtility, priceWeight, timeDeadline, ...concession }) => {
    const stepMs = Math.max(1, durationMs(burstStep));
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
      return (isInTime && !changesMoreThanStart(terms, request)) || isSecondChoice(terms, request);
    };
    /** Of one utility: the start asked for, and those after it that nobody offered. */
    const unasked = function* (request: UserRequest, utility: number, reserveMicros: number): Generator<Bid> {
      const { latestStartMs, proposal } = request;
      const bidAt = (startMs: number): Bid => ({
        terms: { ...proposal, startMs },
        bidMicros: bidFor(startMs, utility, request, reserveMicros),
      });
      yield bidAt(proposal.startMs);
      for (let startMs = proposal.startMs + stepMs; startMs <= latestStartMs; startMs += stepMs) {
        const bid = bidAt(startMs);
        // The curve falls: what is later has no price either.
        if (bid.bidMicros < 0) return;
        yield bid;
      }
    };
    return {
      open(request) {
        const { maxPriceMicros } = request.proposal;
        if (maxPriceMicros === undefined) return request.proposal;
        return atOnce(unasked(request, target(0), maxPriceMicros), burst, request);
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
          .map(({ priceMicros, proposal: terms }) => {
            const bidMicros = bidFor(terms.startMs, wanted, request, maxPriceMicros);
            return { terms, bidMicros, gapMicros: Math.abs(priceMicros - bidMicros) };
          })
          .filter(({ bidMicros }) => bidMicros >= 0)
          .sort((a, b) => a.gapMicros - b.gapMicros);
        const bids = function* () {
          yield* onCurve;
          yield* unasked(request, wanted, maxPriceMicros);
        };
        return { reply: 'COUNTER', proposal: atOnce(bids(), burst, request) };
      },
    };
  },
});

/** The first of the bids, of which there is one; up to so many in all for other starts, and what its user takes anyway, are second choices. */
function atOnce(bids: Iterable<Bid>, most: number, { proposal: asked }: UserRequest): Proposal {
  const chosen = new Map<number, Bid>();
  for (const bid of bids) {
    if (chosen.size >= most) break;
    if (!chosen.has(bid.terms.startMs)) chosen.set(bid.terms.startMs, bid);
  }
  const [first, ...others] = chosen.values();
  const { bidMicros, terms: firstTerms } = first!;
  const { otherwise: _, ...terms } = firstTerms;
  const otherwise = [...others.map((bid) => choiceOf(bid, terms)), ...(asked.otherwise ?? [])];
  return {
    ...terms,
    maxPriceMicros: Math.max(0, bidMicros),
    ...(otherwise.length > 0 && { otherwise: otherwise.slice(0, CHOICES_MAX) }),
  };
}

function choiceOf({ bidMicros, terms }: Bid, first: Proposal): SecondChoice {
  const { durationMs, numInstancesFixed, startMs } = terms;
  return {
    startMs,
    ...(durationMs !== first.durationMs && { durationMs }),
    ...(numInstancesFixed !== first.numInstancesFixed && { numInstancesFixed }),
    maxPriceMicros: Math.max(0, bidMicros),
  };
}
