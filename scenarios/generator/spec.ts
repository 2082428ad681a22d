// The schema of a generator specification: populations of users whose requests are drawn from a seed. docs/workloads.md explains it
// with an example; generate.ts draws the rows.
import { type Static, Type } from 'typebox';
import { REQUEST_KINDS } from '../../engine/index.ts';
import { DurationText } from '../workload/duration-text.ts';
import { Amounts, InstanceSize } from '../workload/instance-size.ts';
import { DurationDistribution, NumberDistribution } from './distribution-schema.ts';

const Cycle = Type.Object(
  {
    hours: Type.Optional(
      Type.Array(Type.Number({ minimum: 0 }), {
        minItems: 24,
        maxItems: 24,
        description: 'Weight of each hour of the day in UTC, from midnight.',
      }),
    ),
    weekdays: Type.Optional(
      Type.Array(Type.Number({ minimum: 0 }), {
        minItems: 7,
        maxItems: 7,
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
      description: 'Mean rate. Not needed where the rate follows from targetLoad, or from count and until.',
    }),
  ),
  cycle: Type.Optional(Cycle),
};

export const Arrivals = Type.Union(
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
              perHour: Type.Number({ minimum: 0, description: 'Rate in this state.' }),
              meanStay: DurationText({ description: 'Mean time until the next state; exponential.' }),
            },
            { additionalProperties: false },
          ),
          { minItems: 2, description: 'Visited in turn, from the first, again and again.' },
        ),
        cycle: Type.Optional(Cycle),
      },
      {
        additionalProperties: false,
        description: 'Markov-modulated Poisson process: the rate itself changes at random.',
      },
    ),
  ],
  { description: 'When requests are submitted.' },
);
export type Arrivals = Static<typeof Arrivals>;

const WeightedSize = Type.Union([
  Type.Object(
    { type: Type.String({ minLength: 1 }), weight: Type.Number({ minimum: 0 }) },
    { additionalProperties: false, description: 'An instance type and how often it is taken.' },
  ),
  Type.Object(
    { ...Amounts.properties, weight: Type.Number({ minimum: 0 }) },
    { additionalProperties: false, description: 'Amounts and how often they are taken.' },
  ),
]);

export const Population = Type.Object(
  {
    kind: Type.Optional(
      Type.Enum([...REQUEST_KINDS], { default: 'advance', description: 'Kind of every request.' }),
    ),
    arrivals: Type.Optional(Arrivals),
    count: Type.Optional(Type.Integer({ minimum: 0, description: 'How many requests.' })),
    until: Type.Optional(
      DurationText({
        description:
          "Submissions end here. By default the specification's `until`, then the end of the scenario.",
      }),
    ),
    targetLoad: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description:
          'Offered load: CPU time of all requests / (CPUs of the cluster x time). The rate follows from it.',
      }),
    ),
    loadOf: Type.Optional(
      Type.Enum(['duration', 'runTime'], {
        default: 'duration',
        description: 'What targetLoad counts: the reserved duration, or how long the guests run.',
      }),
    ),
    lead: Type.Optional(
      Type.Union([DurationDistribution], {
        description:
          'From submission to the asked start. Without it requests ask to start as soon as possible.',
      }),
    ),
    duration: DurationDistribution,
    runTime: Type.Optional(
      Type.Union([NumberDistribution], {
        description:
          'How long the guests run, as a share of the duration. Without it they run until they are stopped.',
      }),
    ),
    instances: Type.Optional(NumberDistribution),
    optional: Type.Optional(NumberDistribution),
    size: Type.Union([
      InstanceSize({ description: 'What every instance is.' }),
      Type.Array(WeightedSize, { minItems: 1, description: 'A mix of sizes.' }),
    ]),
    slack: Type.Optional(
      Type.Union([DurationDistribution], {
        description:
          'How much later than asked it may start; with kind deadline, how much later than the earliest end it must be done. Without it any start will do.',
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
          after: DurationDistribution,
        },
        {
          additionalProperties: false,
          description: 'Users who withdraw unless it started within `after` of submission.',
        },
      ),
    ),
    users: Type.Optional(
      Type.Object(
        {
          count: Type.Integer({ minimum: 1, default: 1, description: 'How many users.' }),
          zipf: Type.Optional(
            Type.Number({
              minimum: 0,
              default: 0,
              description: 'Exponent: the k-th user asks in proportion to 1 / k^zipf; 0: all alike.',
            }),
          ),
        },
        {
          additionalProperties: false,
          description: 'Who asks. By default one user with the name of the population.',
        },
      ),
    ),
    buyer: Type.Optional(Type.String({ description: 'Buyer policy of these users.' })),
    template: Type.Optional(Type.String({ description: 'VM template that they ask for.' })),
  },
  { additionalProperties: false, description: 'Users who behave alike.' },
);
export type Population = Static<typeof Population>;

export const GeneratorSpec = Type.Object(
  {
    until: Type.Optional(
      DurationText({ description: 'Submissions end here, counted from the start of the scenario.' }),
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
      description: 'By name; the name begins the ids of the requests and keeps the random streams apart.',
    }),
  },
  { additionalProperties: false, description: 'A workload drawn from a seed.' },
);
export type GeneratorSpec = Static<typeof GeneratorSpec>;
