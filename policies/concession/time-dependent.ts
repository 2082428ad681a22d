// How far one side has come towards its limit after some messages: Faratin, Sierra, Jennings 1998, section 4.1.
import { Type } from 'typebox';

const SHAPES = ['polynomial', 'exponential'] as const;

export interface Concession {
  readonly shape: (typeof SHAPES)[number];
  /** Below 1: holds out until the end (Boulware); above 1: gives way at once (Conceder). */
  readonly beta: number;
  /** The share of the way that is given up in the first message. */
  readonly start: number;
  /** Messages of both sides until the limit. */
  readonly deadline: number;
}

/** Options of who concedes. The defaults are linear. */
export const concessionOptions = {
  shape: Type.Enum([...SHAPES], {
    default: 'polynomial',
    expected: SHAPES.join(' or '),
    description: 'The curve of the concessions.',
  }),
  beta: Type.Number({
    exclusiveMinimum: 0,
    maximum: 1000,
    default: 1,
    description:
      'Below 1 holds out until the end (Boulware, a bargain hunter), above 1 gives way at once (Conceder, urgent); 1 is a line.',
  }),
  start: Type.Number({
    minimum: 0,
    maximum: 1,
    default: 0,
    description:
      'Share of the way to the limit that the first price is at; of an exponential curve more than 0.',
  }),
  deadline: Type.Integer({
    minimum: 1,
    maximum: 1000,
    default: 10,
    description:
      'Messages of both sides, counted from 0 for the first, until the limit is reached: two for each round.',
  }),
};

/** Share of the way from the first price to the limit at message t, in [0, 1]. */
export function conceded(t: number, { beta, deadline, shape, start }: Concession): number {
  const passed = Math.min(t, deadline) / deadline;
  if (shape === 'polynomial') return start + (1 - start) * passed ** (1 / beta);
  return Math.exp((1 - passed) ** beta * Math.log(Math.max(start, 1e-9)));
}
