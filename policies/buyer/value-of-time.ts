// A user to whom it is worth less the later it starts.

import { Type } from 'typebox';
import { buyerPolicy } from '../../engine/for-policies.ts';
import { durationMs, finiteDurationOption } from '../../written/duration.ts';
import { chooseBest } from './choosing.ts';
import { changesMoreThanStart } from './objection.ts';

const SHAPES = ['constant', 'linear', 'step'] as const;

export interface Decay {
  readonly shape: (typeof SHAPES)[number];
  /** From the start asked for. */
  readonly deadlineMs: number;
  /** Share of the value that is left after the deadline. */
  readonly rest: number;
}

/** Share of its value that a start so much off still has, 0..1. */
export function valueLeft(offMs: number, { deadlineMs, rest, shape }: Decay): number {
  if (shape === 'constant') return 1;
  if (offMs > deadlineMs) return rest;
  return shape === 'step' || deadlineMs === 0 ? 1 : 1 - (1 - rest) * (offMs / deadlineMs);
}

export const valueOfTime = buyerPolicy({
  name: 'value-of-time',
  summary: 'Takes what is worth most beyond its price, where every hour off the start asked for costs value.',
  guide: {
    rule: 'value = maximum x v(|start - asked|); v = 1 (constant), 1 - (1 - rest) x off / deadline down to rest (linear), or 1 up to the deadline and rest after it (step). argmax of value - price over the offer and its alternatives, of those with the terms asked for but for the start, earliest <= start <= latest and value >= price; by COUNTER if it is an alternative; else REJECT. Who names no maximum takes the nearest start. Reports count the maximum as the value, whatever the start.',
    origin:
      'Value functions of deadline-driven users: linear decay as in FirstReward and FirstPrice (Chun and Culler 2002; Irwin, Grit, Chase 2004), the step of a hard deadline.',
    use: 'To trade waiting against price: with load-dependent prices, and counter-offers with alternatives.',
  },
  options: Type.Object({
    shape: Type.Enum([...SHAPES], {
      default: 'linear',
      expected: SHAPES.join(', '),
      description: 'How the value falls with time.',
    }),
    deadline: finiteDurationOption({
      default: '4h',
      description: 'How far from the start asked for the value has fallen to its rest.',
    }),
    rest: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0,
      description: 'Share of the value that is left from there on.',
    }),
  }),
  create: ({ deadline, rest, shape }) => {
    const decay: Decay = { shape, rest, deadlineMs: durationMs(deadline) };
    return {
      respond: (offer, request) =>
        chooseBest(offer, request, {
          refusal: 'not-worth-it',
          value: (terms, { latestStartMs, proposal: asked }) => {
            const { startMs } = terms.proposal;
            const isInTime = startMs >= (asked.earliestStartMs ?? asked.startMs) && startMs <= latestStartMs;
            if (!isInTime || changesMoreThanStart(terms, request)) return undefined;
            const offMs = Math.abs(startMs - asked.startMs);
            if (asked.maxPriceMicros === undefined) return -offMs;
            const surplus = asked.maxPriceMicros * valueLeft(offMs, decay) - terms.priceMicros;
            return surplus < 0 ? undefined : surplus;
          },
        }),
    };
  },
});
