// Spot instances: whoever bids less gives way to whoever bids more.
import { Type } from 'typebox';
import { preemptionPolicy } from '../../engine/for-policies.ts';

export const outbid = preemptionPolicy({
  name: 'outbid',
  summary:
    'Leases whose users bid less for a CPU-hour give way to who bids more: spot instances are evicted.',
  guide: {
    rule: 'Of the leases with bid / CPU-hours < that of the request, the lowest first; among equals the youngest. A bid is the highest price that a user names; without one the price that is paid counts for a lease, and a request outbids everybody.',
    origin:
      'Spot instances of EC2 (2009): what runs at a bid below the price is ended. There the price is that of a clearing; here the bid that needs the room.',
    use: 'With leases of kind preemptible as spot instances, and waitlist=uniform-price to sell them.',
  },
  options: Type.Object({}),
  create: () => ({
    order({ demand, durationMs, maxPriceMicros, numInstancesFixed }, victims) {
      const offered = densityOf({
        bidMicros: maxPriceMicros ?? Number.POSITIVE_INFINITY,
        demand,
        durationMs,
        instances: numInstancesFixed,
      });
      return victims
        .toReversed()
        .map((victim) => ({ victim, density: densityOf(victim) }))
        .filter(({ density }) => density < offered)
        .sort((a, b) => a.density - b.density)
        .map(({ victim }) => victim);
    },
  }),
});

interface Bidding {
  readonly bidMicros: number;
  readonly demand: { readonly milliCpus: number };
  readonly durationMs: number;
  readonly instances: number;
}

/** For a thousandth of a CPU and a millisecond; of what needs no CPU as much as it bids. */
function densityOf({ bidMicros, demand, durationMs, instances }: Bidding): number {
  return bidMicros / Math.max(1, demand.milliCpus * durationMs * instances);
}
