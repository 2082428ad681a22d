// Brokers who ask for quotes first, and lead their users to the best of them.
import { Type } from 'typebox';
import type { Alternative, BrokerPolicy, MarketView, UserRequest } from '../../engine/for-policies.ts';
import { changesMoreThanStart } from '../buyer/objection.ts';
import { drawn } from './drawn.ts';

export const QUOTES = {
  quotes: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 1000,
    description: 'So many providers, drawn for each request, are asked for a quote. 0: all.',
  }),
};

/** What the rule of each of them says of the providers whose quote is of no use, and of those that were not asked for one. */
export const THE_OTHERS =
  'then those not asked for a quote and those whose quote is of no use, in the order of the world';

/**
 * The providers whose quotes are what was asked for, but for the start, in time: the least first, then the others.
 * @param keys compared one after the other; among equals the order of the world
 */
export function byQuotes(
  quotes: number,
  keys: (terms: Alternative, request: UserRequest) => readonly number[],
): BrokerPolicy {
  return {
    order(request, markets, { rng }) {
      const asked = quotes === 0 ? markets : drawn(markets, quotes, rng);
      const ranked = asked
        .flatMap((market) => {
          const { quote } = market;
          const isOfUse = quote.reply !== 'REJECT' && isInTime(quote, request);
          return isOfUse ? [{ market, keys: keys(quote, request) }] : [];
        })
        .sort((a, b) => compare(a.keys, b.keys) || a.market.index - b.market.index)
        .map(({ market }): MarketView => market);
      return [...ranked, ...markets.filter((market) => !ranked.includes(market))];
    },
  };
}

function isInTime(terms: Alternative, request: UserRequest): boolean {
  const { latestStartMs, proposal } = request;
  const { startMs } = terms.proposal;
  return (
    startMs >= (proposal.earliestStartMs ?? proposal.startMs) &&
    startMs <= latestStartMs &&
    !changesMoreThanStart(terms, request)
  );
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, key] of a.entries()) if (key !== b[i]) return key - b[i]!;
  return 0;
}
