// Every term may change: all offers of which none is better than another in each term, the least change first.

import { Type } from 'typebox';
import {
  counterOfferPolicy,
  type DraftOffer,
  type InstanceType,
  isWithin,
  type NegotiationView,
  type Proposal,
} from '../../engine/for-policies.ts';
import { durationOption, finiteDurationOption, durationMs as millis } from '../../written/duration.ts';
import { leastShareOption } from './least-share.ts';
import { nearestStart } from './nearest.ts';
import { smallerTypes } from './smaller-types.ts';
import { isWithinReach, longestTime } from './within-reach.ts';

const TERMS = ['start', 'duration', 'instances', 'type'] as const;
type Term = (typeof TERMS)[number];

/** Terms with room; what they change of what was asked. */
interface Change {
  readonly type: InstanceType;
  readonly count: number;
  readonly durationMs: number;
  readonly startMs: number;
  readonly displacementMs: number;
}

/**
 * The Pareto set: no offer of it is at least as good as another in every term (start nearer, time longer, instances more, type larger).
 * Sizes are tried from the largest down, and a smaller size is worth a look only if it starts nearer than every larger one that has room,
 * so that most of them cost no search.
 */
export const multiTerm = counterOfferPolicy({
  name: 'multi-term',
  summary:
    'The offers that change the least: start, time, instances and type, none of which another offer beats in each.',
  guide: {
    rule: 'Over types x numbers x times (steps of each between leastShare and all of it): the nearest start with room. Of these the ones that no other dominates, by start weight x |displacement| / time + time weight x share lost + instances weight x share lost + type weight x share of CPUs lost. The first is held, the others are alternatives.',
    origin:
      "OpenPEX tech report, section 3 (a counter-offer may change any term); Pareto efficiency as in Faratin et al. 2002; the weights are OpenPEX's own.",
    use: 'For people and buyers who choose: the offer names what would have to give, and by how much.',
  },
  options: Type.Object({
    change: Type.Array(Type.Enum([...TERMS]), {
      default: [...TERMS],
      expected: `a list of terms: ${TERMS.join(', ')}`,
      description: 'The terms that may change.',
    }),
    steps: Type.Integer({
      minimum: 1,
      maximum: 64,
      default: 4,
      description:
        'So many times, and numbers of instances, are tried, evenly spread over what may be offered; of times the longest that is sold up to each.',
    }),
    leastShare: leastShareOption('time, the instances, and the CPUs of an instance, each'),
    granularity: finiteDurationOption({
      default: '1m',
      description: 'Times that are offered are multiples of this, but for the one asked for.',
    }),
    maxDisplacement: durationOption({
      default: 'unlimited',
      description: 'Offer nothing that starts further than this from the start asked for.',
    }),
    weights: Type.Object(
      {
        start: Type.Number({
          minimum: 0,
          default: 1,
          description: 'Of a start later or earlier by the time asked for.',
        }),
        duration: Type.Number({ minimum: 0, default: 1, description: 'Of no time at all.' }),
        instances: Type.Number({ minimum: 0, default: 1, description: 'Of no instances at all.' }),
        type: Type.Number({ minimum: 0, default: 1, description: 'Of no CPUs at all.' }),
      },
      {
        additionalProperties: false,
        default: {},
        description:
          'How much a change of each term counts, for the order of the offers: {start: 1, duration: 1, instances: 1, type: 1}.',
      },
    ),
    offers: Type.Integer({
      minimum: 1,
      maximum: 11,
      default: 6,
      description: 'Offers at most, the first included.',
    }),
  }),
  create: ({ change, granularity, leastShare, maxDisplacement, offers, steps, weights }) => {
    const changes = new Set<Term>(change);
    const stepMs = Math.max(1, millis(granularity));
    const maxDisplacementMs = changes.has('start') ? millis(maxDisplacement) : 0;

    /** The time asked for, and the longest that is sold up to each step below it. */
    const timesOf = (askedForMs: number, view: NegotiationView): readonly number[] => {
      const leastMs = Math.max(1, askedForMs * leastShare);
      const [, ...shorter] = ladder(askedForMs, leastShare, steps, 1);
      const sold = shorter.flatMap((mostMs) => longestTime({ leastMs, mostMs, stepMs }, view) ?? []);
      return [...new Set([askedForMs, ...sold])];
    };

    const changesOf = (proposal: Proposal, view: NegotiationView, mayMove: boolean): Change[] => {
      const { demand, durationMs: askedForMs, numInstancesFixed, startMs: askedMs, type } = proposal;
      const types = [{ name: type, demand }, ...(changes.has('type') ? smallerTypes(proposal, view) : [])];
      const counts = changes.has('instances')
        ? ladder(numInstancesFixed, leastShare, steps, 1)
        : [numInstancesFixed];
      const times = changes.has('duration') ? timesOf(askedForMs, view) : [askedForMs];
      const found: Change[] = [];
      for (const type of types) {
        if (type.demand.milliCpus < demand.milliCpus * leastShare) continue;
        for (const count of counts) {
          for (const durationMs of times) {
            // Whoever offers as much or more at a start as near is better.
            const better = found.filter(
              (other) =>
                other.count >= count &&
                other.durationMs >= durationMs &&
                isWithin(type.demand, other.type.demand),
            );
            const nearMs = Math.min(...better.map(({ displacementMs }) => displacementMs)) - 1;
            const withinMs = Math.min(mayMove ? maxDisplacementMs : 0, nearMs);
            if (withinMs < 0) continue;
            const startMs = nearestStart(
              {
                demand: type.demand,
                count,
                durationMs,
                askedMs,
                earliestMs: Math.max(proposal.earliestStartMs ?? askedMs, askedMs - withinMs),
                latestMs: askedMs + withinMs,
              },
              view,
            );
            if (startMs === undefined) continue;
            const terms = {
              ...proposal,
              type: type.name,
              demand: type.demand,
              numInstancesFixed: count,
              durationMs,
              startMs,
            };
            if (!isWithinReach(terms, view)) continue;
            found.push({ type, count, durationMs, startMs, displacementMs: Math.abs(startMs - askedMs) });
          }
        }
      }
      return found;
    };

    return {
      respond({ proposal, reason }, view) {
        const { demand, durationMs, numInstancesFixed } = proposal;
        const loss = (change: Change) =>
          (weights.start * change.displacementMs) / durationMs +
          weights.duration * (1 - change.durationMs / durationMs) +
          weights.instances * (1 - change.count / numInstancesFixed) +
          weights.type * (1 - change.type.demand.milliCpus / Math.max(1, demand.milliCpus));
        // Another start is no answer to a price.
        return changesOf(proposal, view, reason !== 'price')
          .map((change) => ({ change, loss: loss(change) }))
          .sort((a, b) => a.loss - b.loss)
          .slice(0, offers)
          .map(({ change }) => draftOf(change));
      },
    };
  },
});

/** Values from the whole down to a share of it, in even steps, each a multiple of the grain but for the whole itself. */
function ladder(whole: number, leastShare: number, steps: number, grain: number): readonly number[] {
  const least = whole * leastShare;
  const values = Array.from({ length: steps }, (_, i) => {
    const value = whole - ((whole - least) * i) / Math.max(1, steps - 1);
    return i === 0 ? whole : Math.floor(value / grain) * grain;
  });
  return [...new Set(values)].filter((value) => value >= Math.max(least, 1));
}

function draftOf({ count, durationMs, startMs, type }: Change): DraftOffer {
  return { startMs, durationMs, numInstancesFixed: count, type: type.name, demand: type.demand };
}
