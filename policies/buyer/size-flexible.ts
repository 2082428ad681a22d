// A user who takes less, if it is enough of it.

import { Type } from 'typebox';
import { buyerPolicy, type Proposal } from '../../engine/for-policies.ts';
import { chooseBest } from './choosing.ts';
import { windowsOf } from './objection.ts';

export const sizeFlexible = buyerPolicy({
  name: 'size-flexible',
  summary:
    'Takes fewer or smaller instances, a shorter time, or several windows, in its own time: the most CPU-hours of all that is offered.',
  guide: {
    rule: 'value = guaranteed CPU-hours / those asked for, of offers with earliest <= start <= latest, price <= maximum and value >= leastShare; the offer or the alternative with the largest value, by COUNTER if it is an alternative; else REJECT.',
    origin:
      'Size-flexible buyers (malleable jobs); utilities over several issues as in Faratin, Sierra, Jennings 2002.',
    use: 'With counter-offers that change more than the start: fewer-instances, smaller-type, shorter, split, multi-term.',
  },
  options: Type.Object({
    leastShare: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.5,
      description: 'No less than this share of the CPU-hours asked for.',
    }),
  }),
  create: ({ leastShare }) => ({
    respond: (offer, request) =>
      chooseBest(offer, request, {
        refusal: 'other-terms',
        value: (terms, { latestStartMs, proposal: asked }) => {
          const windows = windowsOf(terms);
          const isInTime = windows.every(
            ({ startMs }) => startMs >= (asked.earliestStartMs ?? asked.startMs) && startMs <= latestStartMs,
          );
          const cpuTime = windows.reduce((sum, window) => sum + cpuTimeOf(window), 0);
          const share = cpuTime / Math.max(1, cpuTimeOf(asked));
          return isInTime && share >= leastShare ? share : undefined;
        },
      }),
  }),
});

function cpuTimeOf({ demand, durationMs, numInstancesFixed }: Proposal): number {
  return demand.milliCpus * durationMs * numInstancesFixed;
}
