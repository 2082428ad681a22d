// The same work in two windows, where it has no room in one.

import { Type } from 'typebox';
import {
  counterOfferPolicy,
  type DraftOffer,
  type NegotiationView,
  type Proposal,
  partTerms,
} from '../../engine/for-policies.ts';
import { durationOption, finiteDurationOption, durationMs as millis } from '../../written/duration.ts';
import { largest, longestTime } from './within-reach.ts';

const WAYS = ['time', 'instances'] as const;
type Way = (typeof WAYS)[number];

/** As much as there is from the start asked for, and the rest at the first start at which there is room for it. */
export const split = counterOfferPolicy({
  name: 'split',
  summary:
    'All of the CPU-hours asked for, in two windows: as much as has room at once, the rest as soon as that has.',
  guide: {
    rule: 'time: the largest multiple d of the granularity such that all instances have room in [start, start + d), and both d and the rest of the time are sold; the rest from the first start at or after start + d. instances: the largest number n with room in the window, the others for as long from the first start after it. Of the two the one that ends first; each part at least leastShare of the whole, the price of both no more than the user pays.',
    origin:
      'OpenPEX tech report, section 3 (a counter-offer may change any term); leases that are preempted and resumed, with both windows promised (Sotomayor et al. 2008).',
    use: 'For work that can be interrupted, or done in two batches. Only for windows ahead of time without optional instances; buyers who take less (size-flexible) take it.',
  },
  options: Type.Object({
    ways: Type.Array(Type.Enum([...WAYS]), {
      default: [...WAYS],
      expected: `a list of ways: ${WAYS.join(', ')}`,
      description: 'Whether the time may be divided, or the instances, or either.',
    }),
    granularity: finiteDurationOption({
      default: '1m',
      description: 'The time of the first window is a multiple of this.',
    }),
    leastShare: Type.Number({
      minimum: 0,
      maximum: 0.5,
      default: 0.1,
      description: 'Neither window has less than this share of the time, or of the instances.',
    }),
    maxDelay: durationOption({
      default: 'unlimited',
      description: 'The second window starts no later than this after the start asked for.',
    }),
  }),
  create: ({ granularity, leastShare, maxDelay, ways }) => {
    const stepMs = Math.max(1, millis(granularity));
    const maxDelayMs = millis(maxDelay);

    /** The first start of the second window beside which the first has room. */
    const restStart = (
      first: Proposal,
      rest: Proposal,
      firstEndMs: number,
      view: NegotiationView,
    ): number | undefined => {
      const query = { demand: rest.demand, count: rest.numInstancesFixed, durationMs: rest.durationMs };
      const latestStartMs = first.startMs + maxDelayMs;
      // The first window may be in the way of the second: not where there is room for the instances of both, nor when it is over.
      const both = rest.numInstancesFixed + first.numInstancesFixed;
      const starts = [
        view.earliestStart({ ...query, notBeforeMs: rest.startMs, latestStartMs }),
        view.earliestStart({ ...query, count: both, notBeforeMs: rest.startMs, latestStartMs }),
        view.earliestStart({ ...query, notBeforeMs: Math.max(firstEndMs, rest.startMs), latestStartMs }),
      ];
      return starts
        .filter((startMs) => startMs !== undefined)
        .sort((a, b) => a - b)
        .find((startMs) => view.canPlaceAll([first, { ...rest, startMs }]));
    };

    const offerOf = (
      proposal: Proposal,
      change: { readonly durationMs: number } | { readonly numInstancesFixed: number },
      rest: Pick<Proposal, 'startMs' | 'durationMs' | 'numInstancesFixed'>,
      view: NegotiationView,
    ): DraftOffer | undefined => {
      const first = { ...proposal, ...change };
      const terms = partTerms(proposal, rest);
      const startMs = restStart(first, terms, first.startMs + first.durationMs, view);
      if (startMs === undefined) return undefined;
      const priceMicros = view.priceOf(first) + view.priceOf({ ...terms, startMs });
      if (priceMicros > (proposal.maxPriceMicros ?? Number.POSITIVE_INFINITY)) return undefined;
      return { ...change, rest: [{ ...rest, startMs }] };
    };

    const find: Record<Way, (proposal: Proposal, view: NegotiationView) => DraftOffer | undefined> = {
      time(proposal, view) {
        const { durationMs: asked, numInstancesFixed, startMs } = proposal;
        const leastMs = view.shortestSold(Math.max(1, asked * leastShare));
        if (leastMs === undefined) return undefined;
        // The rest begins after it, and no later than it may.
        const mostMs = Math.min(asked - leastMs, maxDelayMs);
        const steps = largest(Math.ceil(leastMs / stepMs), Math.floor(mostMs / stepMs), (count) =>
          view.canPlace({ ...proposal, durationMs: count * stepMs }),
        );
        const durationMs =
          steps && longestTime({ leastMs, mostMs: steps * stepMs, stepMs, wholeMs: asked }, view);
        if (durationMs === undefined) return undefined;
        const rest = { startMs: startMs + durationMs, durationMs: asked - durationMs, numInstancesFixed };
        return offerOf(proposal, { durationMs }, rest, view);
      },
      instances(proposal, view) {
        const { durationMs, numInstancesFixed: asked, startMs } = proposal;
        const least = Math.max(1, Math.ceil(asked * leastShare));
        const count = largest(least, asked - least, (numInstancesFixed) =>
          view.canPlace({ ...proposal, numInstancesFixed }),
        );
        if (count === undefined) return undefined;
        const rest = { startMs, durationMs, numInstancesFixed: asked - count };
        return offerOf(proposal, { numInstancesFixed: count }, rest, view);
      },
    };

    return {
      respond({ proposal, reason }, view) {
        // Two windows are the answer to a lack of room only.
        if (reason !== 'no-room' || proposal.numInstancesOption > 0) return [];
        if ((proposal.kind ?? 'advance') !== 'advance') return [];
        const endOf = ({ rest }: DraftOffer) => rest![0]!.startMs + rest![0]!.durationMs;
        const offers = ways.flatMap((way) => find[way](proposal, view) ?? []);
        return offers.sort((a, b) => endOf(a) - endOf(b)).slice(0, 1);
      },
    };
  },
});
