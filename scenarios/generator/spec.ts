// The schema of a generator specification: populations of users whose requests are drawn from a seed. docs/workloads.md explains it
// with an example; generate.ts draws the rows.
import { type Static, Type } from 'typebox';
import { REQUEST_KINDS } from '../../engine/index.ts';
import { finiteDurationOption } from '../../written/duration.ts';
import { Amounts, sizeField } from '../formats/instance-size.ts';
import { durationField, MOST_SHAPE, MOST_WEIGHT, numberField } from './distribution-schema.ts';

const Cycle = Type.Object(
  {
    hours: Type.Optional(
      Type.Array(Type.Number({ minimum: 0, maximum: MOST_WEIGHT }), {
        minItems: 24,
        maxItems: 24,
        expected: 'a list of 24 weights',
        description: 'Weight of each hour of the day in UTC, from midnight.',
      }),
    ),
    weekdays: Type.Optional(
      Type.Array(Type.Number({ minimum: 0, maximum: MOST_WEIGHT }), {
        minItems: 7,
        maxItems: 7,
        expected: 'a list of 7 weights',
        description: 'Weight of each day of the week, from Monday.',
      }),
    ),
  },
  {
    additionalProperties: false,
    description:
      'Busy and quiet times. Weights are relative: they move arrivals within a week and leave its mean rate alone.',
  },
);
export type Cycle = Static<typeof Cycle>;

const rate = {
  perHour: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      maximum: 1e9,
      description: 'Mean rate. Not needed where it follows from targetLoad, or from count and until.',
    }),
  ),
  cycle: Type.Optional(Cycle),
};

const Arrivals = Type.Union(
  [
    Type.Object(
      { process: Type.Literal('poisson'), ...rate },
      { additionalProperties: false, description: 'Independent users: exponential gaps.' },
    ),
    Type.Object(
      {
        process: Type.Literal('weibull'),
        shape: Type.Number({
          exclusiveMinimum: 0,
          maximum: MOST_SHAPE,
          description: 'Below 1: bursts; 1: Poisson; above: regular.',
        }),
        ...rate,
      },
      { additionalProperties: false, description: 'Weibull gaps.' },
    ),
    Type.Object(
      {
        process: Type.Literal('mmpp'),
        states: Type.Array(
          Type.Object(
            {
              perHour: Type.Number({ minimum: 0, maximum: 1e9, description: 'Rate in this state.' }),
              meanStay: finiteDurationOption({ description: 'Mean time until the next state; exponential.' }),
            },
            { additionalProperties: false },
          ),
          { minItems: 1, description: 'Visited in turn, from the first, again and again.' },
        ),
        cycle: Type.Optional(Cycle),
      },
      {
        additionalProperties: false,
        description: 'Markov-modulated Poisson process: the rate itself changes at random.',
      },
    ),
  ],
  {
    default: { process: 'poisson' },
    expected: 'a group such as {process: poisson, perHour: 6}',
    description: 'When requests are submitted.',
  },
);
export type Arrivals = Static<typeof Arrivals>;

const weight = Type.Number({
  minimum: 0,
  maximum: MOST_WEIGHT,
  description: 'How often it is taken, relative to the others.',
});
const SizeMix = Type.Array(
  Type.Union(
    [
      Type.Object(
        { type: Type.String({ minLength: 1, description: 'Name of an instance type.' }), weight },
        { additionalProperties: false },
      ),
      Type.Object({ ...Amounts.properties, weight }, { additionalProperties: false }),
    ],
    { expected: 'a group such as {type: SMALL, weight: 1} or {cpus: 1, memoryMib: 768, weight: 1}' },
  ),
  { minItems: 1, description: 'Sizes, chosen by weight.' },
);

const shareField = (options: { readonly description: string }) =>
  Type.Number({ exclusiveMinimum: 0, maximum: 1, ...options });

const Population = Type.Object(
  {
    kind: Type.Enum([...REQUEST_KINDS], { default: 'advance', description: 'Kind of every request.' }),
    arrivals: Arrivals,
    count: Type.Optional(Type.Integer({ minimum: 1, description: 'How many requests.' })),
    until: Type.Optional(
      finiteDurationOption({
        description:
          "Submissions end here. Without it the specification's `until`, then the horizon of the scenario.",
      }),
    ),
    targetLoad: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description:
          'Offered load: CPU time of all requests / (CPUs of the cluster x time until the end of submissions). The rate follows from it.',
      }),
    ),
    loadOf: Type.Enum(['duration', 'runTime'], {
      default: 'duration',
      description: 'What targetLoad counts: the reserved duration, or how much of it the guests run.',
    }),
    lead: Type.Optional(
      durationField({
        description:
          'From submission to the asked start. Without it requests ask to start as soon as possible.',
      }),
    ),
    duration: durationField({ description: 'Length of the reservation.' }),
    runTime: Type.Optional(
      numberField({
        description:
          'How long the guests run, as a share of the duration; above 1 they are stopped at its end. Without it they run until they are stopped.',
      }),
    ),
    instances: numberField({ default: 1, description: 'Guaranteed instances, rounded, at least 1.' }),
    optional: numberField({ default: 0, description: 'Optional instances, rounded.' }),
    size: Type.Union([...sizeField({ description: '' }).anyOf, SizeMix], {
      expected:
        'the name of an instance type, or {cpus, memoryMib, diskGib}, or a list of these with weights',
      description: 'What one instance is.',
    }),
    slack: Type.Optional(
      durationField({
        description:
          'How much later than asked it may start; with kind deadline, how much later than the earliest end it must be done. Without it any start will do.',
      }),
    ),
    maxPrice: Type.Optional(
      numberField({
        description:
          'The most that they pay, in credits for each hour of each CPU of the guaranteed instances. Without it they take any price.',
      }),
    ),
    minDuration: Type.Optional(
      shareField({
        description:
          'Of the kind flexible: the shortest duration that they take, as a share of the duration. Without it all of it.',
      }),
    ),
    minInstances: Type.Optional(
      shareField({
        description:
          'Of the kind flexible: the fewest instances that they take, as a share of the instances, rounded up. Without it all of them.',
      }),
    ),
    cancel: Type.Optional(
      Type.Object(
        {
          share: Type.Number({
            minimum: 0,
            maximum: 1,
            description: 'Share of the requests that may be withdrawn.',
          }),
          after: durationField({ description: 'From submission to the withdrawal.' }),
        },
        { additionalProperties: false, description: 'Users who withdraw unless it has started by then.' },
      ),
    ),
    wait: Type.Optional(
      Type.Object(
        {
          share: Type.Number({ minimum: 0, maximum: 1, description: 'Share of the requests that may wait.' }),
          for: Type.Optional(
            durationField({
              description:
                'From submission until they wait no longer. Without it as long as they can still start.',
            }),
          ),
        },
        { additionalProperties: false, description: 'Users who wait for room where there is none.' },
      ),
    ),
    orStart: Type.Optional(
      Type.Object(
        {
          share: Type.Number({
            minimum: 0,
            maximum: 1,
            default: 1,
            description: 'Share of the requests that name other starts.',
          }),
          starts: numberField({ default: 1, description: 'How many, rounded, from 1 to 10.' }),
          apart: durationField({
            description: 'From the start that is asked for to the first of them, and from each to the next.',
          }),
        },
        {
          additionalProperties: false,
          description:
            'Users who take other starts as well, in that order, where the one that they ask for cannot be had.',
        },
      ),
    ),
    users: Type.Optional(
      Type.Object(
        {
          count: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 1, description: 'How many users.' }),
          zipf: Type.Number({
            minimum: 0,
            maximum: 100,
            default: 0,
            description: 'Exponent: the k-th user asks in proportion to 1 / k^zipf; 0: all alike.',
          }),
        },
        {
          additionalProperties: false,
          description: 'Who asks. Without it one user with the name of the population.',
        },
      ),
    ),
    buyer: Type.Optional(Type.String({ minLength: 1, description: 'Buyer policy of these users.' })),
    provider: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'The only provider that these users ask, where there are several. Absent: one after the other.',
      }),
    ),
    sites: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        maxItems: 100,
        description:
          'Sites of which one is to have all instances of a request, the most wanted first. Absent: any nodes.',
      }),
    ),
    template: Type.Optional(Type.String({ minLength: 1, description: 'VM template that they ask for.' })),
  },
  { additionalProperties: false, description: 'Users who behave alike.' },
);
export type Population = Static<typeof Population>;

export const GeneratorSpec = Type.Object(
  {
    until: Type.Optional(
      finiteDurationOption({ description: 'Submissions end here, counted from the start of the scenario.' }),
    ),
    capacity: Type.Optional(
      Type.Object(
        { cpus: Type.Number({ exclusiveMinimum: 0, description: 'CPUs of the whole cluster.' }) },
        {
          additionalProperties: false,
          description: 'What targetLoad refers to where there is no scenario; a scenario has its cluster.',
        },
      ),
    ),
    populations: Type.Record(Type.String(), Population, {
      expected: 'a group of named populations',
      description: 'By name; the name begins the ids of their requests and keeps their random streams apart.',
    }),
  },
  { additionalProperties: false, description: 'A workload drawn from a seed.' },
);
export type GeneratorSpec = Static<typeof GeneratorSpec>;
