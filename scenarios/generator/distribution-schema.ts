// How a distribution is written: a constant, or a group whose `distribution` names the family. Durations and plain numbers share the
// families; only how an amount is written differs. Drawing from them: distribution.ts.
import { type Static, type TSchema, Type } from 'typebox';
import { finiteDurationOption } from '../../written/duration.ts';

/** Weights say how things relate: more would only cost the others their exactness. */
export const MOST_WEIGHT = 1e9;
/** Beyond, what is drawn is the same or not a number. */
export const MOST_SHAPE = 1000;

const Weights = Type.Array(Type.Number({ minimum: 0, maximum: MOST_WEIGHT }), {
  minItems: 1,
  description: 'How often each is taken, relative to the others.',
});

/** The families over amounts that are written as `amount` says. */
function families<Amount extends TSchema>(amount: (field: { readonly description: string }) => Amount) {
  const limits = {
    atLeast: Type.Optional(amount({ description: 'What is drawn below becomes this.' })),
    atMost: Type.Optional(amount({ description: 'What is drawn above becomes this.' })),
    step: Type.Optional(amount({ description: 'Rounded up to a multiple of this, as people do.' })),
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
  const shape = (description: string) =>
    Type.Number({ exclusiveMinimum: 0, maximum: MOST_SHAPE, description });
  return [
    family('constant', 'Always the same.', { value: amount({ description: 'The value.' }) }),
    family('uniform', 'Every value between two is as likely.', {
      min: amount({ description: 'The lowest.' }),
      max: amount({ description: 'The highest.' }),
    }),
    family('exponential', 'Without memory.', { mean: amount({ description: 'The mean.' }) }),
    family('normal', 'The bell curve; what is drawn below 0 becomes 0.', {
      mean: amount({ description: 'The mean.' }),
      deviation: amount({ description: 'The standard deviation.' }),
    }),
    family('lognormal', 'Its logarithm is normal.', {
      median: amount({ description: 'Half are below.' }),
      sigma: shape('Standard deviation of the natural logarithm.'),
    }),
    family('weibull', 'A stretched exponential.', {
      scale: amount({ description: '63.2 % are below.' }),
      shape: shape('Below 1: many short and a few long ones; 1: exponential.'),
    }),
    family('gamma', 'Its mean is shape x scale.', {
      shape: shape('1: exponential; larger: narrower.'),
      scale: amount({ description: 'The scale.' }),
    }),
    family('pareto', 'A heavy tail.', {
      scale: amount({ description: 'The lowest value.' }),
      shape: shape('Exponent of the tail; the mean is infinite at 1 or below.'),
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
      values: Type.Array(amount({ description: 'One quantile; ascending.' }), { minItems: 2 }),
      at: Type.Array(Type.Number({ minimum: 0, maximum: 1 }), {
        minItems: 2,
        description: 'The share below each value: ascending from 0 to 1.',
      }),
    }),
  ] as const;
}

const plainNumber = (field: { readonly description: string }) => Type.Number({ minimum: 0, ...field });
const NUMBER_FAMILIES = families(plainNumber);
const DURATION_FAMILIES = families(finiteDurationOption);

/** A field that holds a number of at least 0, or its distribution. */
export function numberField(field: { readonly description: string; readonly default?: number }) {
  return Type.Union([plainNumber({ description: 'Always this number.' }), ...NUMBER_FAMILIES], {
    expected: 'a number, or a group with its distribution, such as {distribution: uniform, min: 1, max: 4}',
    ...field,
  });
}
export type NumberDistribution = Static<ReturnType<typeof numberField>>;

/** A field that holds a duration, or its distribution. */
export function durationField(field: { readonly description: string }) {
  return Type.Union([finiteDurationOption({ description: 'Always this duration.' }), ...DURATION_FAMILIES], {
    expected:
      'a duration such as "1h", or a group with its distribution, such as {distribution: exponential, mean: 1h}',
    ...field,
  });
}
export type DurationDistribution = Static<ReturnType<typeof durationField>>;
