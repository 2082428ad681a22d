// How a distribution is written: a constant, or an object whose `distribution` names the family. Durations and plain numbers share
// the families; only how an amount is written differs. Drawing from them: distribution.ts.
import { type Static, type TSchema, Type } from 'typebox';
import { DurationText } from '../workload/duration-text.ts';

const Weights = Type.Array(Type.Number({ minimum: 0 }), {
  minItems: 1,
  description: 'How often each is taken, relative to the others.',
});

/** The families over amounts that are written as `Amount`. */
function distributionOf<Amount extends TSchema>(
  amount: (options: { description: string }) => Amount,
  noun: string,
) {
  const limits = {
    atLeast: Type.Optional(amount({ description: 'What is drawn below becomes this.' })),
    atMost: Type.Optional(amount({ description: 'What is drawn above becomes this.' })),
    step: Type.Optional(
      amount({ description: 'Rounded to the nearest multiple of this, and at least one of it.' }),
    ),
  };
  const family = <Name extends string, Parameters extends Record<string, TSchema>>(
    name: Name,
    description: string,
    parameters: Parameters,
  ) =>
    Type.Object(
      { distribution: Type.Literal(name), ...parameters, ...limits },
      { additionalProperties: false, description },
    );
  const shape = (description: string) => Type.Number({ exclusiveMinimum: 0, description });
  return Type.Union(
    [
      amount({ description: `Always this ${noun}.` }),
      family('constant', 'Always the same.', { value: amount({ description: 'The value.' }) }),
      family('uniform', 'Every value between two is as likely.', {
        min: amount({ description: 'The lowest.' }),
        max: amount({ description: 'The highest.' }),
      }),
      family('exponential', 'Memoryless.', { mean: amount({ description: 'The mean.' }) }),
      family('normal', 'The bell curve; below 0 becomes 0.', {
        mean: amount({ description: 'The mean.' }),
        deviation: amount({ description: 'The standard deviation.' }),
      }),
      family('lognormal', 'The logarithm is normal.', {
        median: amount({ description: 'Half are below.' }),
        sigma: shape('Standard deviation of the natural logarithm.'),
      }),
      family('weibull', 'Stretched exponential.', {
        scale: amount({ description: '63.2 % are below.' }),
        shape: shape('Below 1: many short and a few long ones; 1: exponential.'),
      }),
      family('gamma', 'Mean is shape x scale.', {
        shape: shape('1: exponential; larger: narrower.'),
        scale: amount({ description: 'The scale.' }),
      }),
      family('pareto', 'Heavy tail.', {
        scale: amount({ description: 'The lowest value.' }),
        shape: shape('Tail exponent; the mean is infinite at 1 or below.'),
      }),
      family('hyperexponential', 'One of several exponentials, chosen by weight.', {
        means: Type.Array(amount({ description: 'Mean of one.' }), { minItems: 1 }),
        weights: Weights,
      }),
      family('discrete', 'One of the values, chosen by weight.', {
        values: Type.Array(amount({ description: 'One value.' }), { minItems: 1 }),
        weights: Weights,
      }),
      family('quantiles', 'Measured quantiles, linear in between.', {
        values: Type.Array(amount({ description: 'Ascending.' }), { minItems: 2 }),
        at: Type.Array(Type.Number({ minimum: 0, maximum: 1 }), {
          minItems: 2,
          description: 'The share below each value: ascending from 0 to 1.',
        }),
      }),
    ],
    { description: `A ${noun}, or how it is distributed.` },
  );
}

export const NumberDistribution = distributionOf((options) => Type.Number(options), 'number');
export type NumberDistribution = Static<typeof NumberDistribution>;

export const DurationDistribution = distributionOf((options) => DurationText(options), 'duration');
export type DurationDistribution = Static<typeof DurationDistribution>;
