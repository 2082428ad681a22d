// The experiment file: one scenario, what is varied in it, how often it is repeated, and what it is looked at for.
import { type Static, Type } from 'typebox';

const LevelSettings = Type.Record(Type.String(), Type.Unknown(), {
  description: 'Settings of the scenario by their paths, as `--set` takes them.',
});

const Factor = Type.Union(
  [
    Type.Array(Type.Unknown(), {
      minItems: 1,
      description: 'The values of the setting, or the policies, that the factor is named after.',
    }),
    Type.Object(
      {
        path: Type.String({
          minLength: 1,
          description: 'The setting that is varied, or a kind of policy (`allocation`), for all providers.',
        }),
        values: Type.Array(Type.Unknown(), {
          minItems: 1,
          description: 'What it is set to, one after the other.',
        }),
      },
      { additionalProperties: false, description: 'A setting under a name of its own.' },
    ),
    Type.Object(
      {
        levels: Type.Record(Type.String(), LevelSettings, {
          description: 'Each level by its name, with all the settings that belong together.',
        }),
      },
      { additionalProperties: false, description: 'Levels of several settings each.' },
    ),
    Type.Object(
      {
        scenarios: Type.Array(Type.String({ minLength: 1 }), {
          minItems: 1,
          description:
            'Scenarios that are compared, instead of the one that is named above: files relative to this one, or names of those that ship. Levels are called like the files.',
        }),
      },
      { additionalProperties: false, description: 'Whole scenarios, in one factor at most.' },
    ),
  ],
  {
    expected:
      'a list of values, {path: SETTING, values: [...]}, {levels: {NAME: {SETTING: value}}}, or {scenarios: [FILE, ...]}',
    description: 'What is varied.',
  },
);

/** Figures of summary.json that are looked at where none are named. */
export const USUAL_METRICS = [
  'acceptanceRatio',
  'acceptanceRatioByCpuHours',
  'utilisation.cpu.allocated',
  'availability',
  'revenue',
];

const Count = Type.Integer({ minimum: 1, maximum: 100_000, description: 'The seeds 1, 2, 3 and so on.' });

export const ExperimentFile = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1, description: 'Absent: the name of the file.' })),
    description: Type.String({ default: '', description: 'What it is to find out.' }),
    scenario: Type.String({
      minLength: 1,
      description: 'The scenario: a file relative to this one, or the name of one that ships.',
    }),
    set: Type.Record(Type.String(), Type.Unknown(), {
      default: {},
      description: 'Settings that differ from the scenario in every run, by their paths.',
    }),
    warmUp: Type.Optional(
      Type.String({
        description:
          'Of all runs: a duration or a share of the horizon, as `warmUp` of a scenario; or `mser-5`: five pilot runs of each combination find it. Absent: that of the scenario.',
      }),
    ),
    factors: Type.Record(Type.String({ minLength: 1 }), Factor, {
      default: {},
      description:
        'What is varied, by name. The name of a list is a setting (`manager.earlyRelease`) or a kind of policy (`allocation`). None: the scenario as it is.',
    }),
    design: Type.Enum(['crossed', 'listed'], {
      default: 'crossed',
      description:
        'crossed: each level of a factor with each level of every other. listed: the first levels of all factors together, then the second, and so on.',
    }),
    seeds: Type.Union(
      [Count, Type.Array(Type.Integer({ minimum: 0 }), { minItems: 1, description: 'Just these.' })],
      {
        default: 10,
        expected: 'how many, or a list of whole numbers of at least 0',
        description:
          'How often each combination is repeated, each time with another seed; all combinations have the same seeds, and so the same requests and chances.',
      },
    ),
    until: Type.Optional(
      Type.Object(
        {
          metric: Type.String({ minLength: 1, description: 'The figure of summary.json that decides.' }),
          halfWidth: Type.Number({
            exclusiveMinimum: 0,
            description:
              'Enough: the interval of the difference is that or less to either side, in the unit of the figure.',
          }),
          of: Type.Record(Type.String(), Type.Unknown(), {
            default: {},
            description:
              'Levels of some of the factors: only the differences of these combinations from their counterparts in the baseline are looked at. None: all.',
          }),
          seedsMax: Type.Integer({
            minimum: 2,
            maximum: 100_000,
            default: 100,
            description: 'So many at most.',
          }),
        },
        {
          additionalProperties: false,
          description:
            'Goes on with further seeds, after those of `seeds`, until differences from the baseline are known so exactly.',
        },
      ),
    ),
    baseline: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description:
          'Levels of some of the factors, e.g. `{allocation: first-fit}`: what the others are compared with, everything else being equal. Absent: the first level of the first factor.',
      }),
    ),
    metrics: Type.Array(Type.String({ minLength: 1 }), {
      default: USUAL_METRICS,
      minItems: 1,
      description: 'Figures of summary.json that comparisons show first, e.g. `utilisation.cpu.busy`.',
    }),
    better: Type.Optional(
      Type.Record(
        Type.String(),
        Type.Union([Type.Literal('higher'), Type.Literal('lower'), Type.Literal('same')]),
        {
          description:
            'Which way figures of summary.json are better in this experiment, where that is not as usual, e.g. `{revenue: lower}` where it is what users pay; `same`: neither way.',
        },
      ),
    ),
  },
  {
    additionalProperties: false,
    title: 'OpenPEX experiment',
    description: 'A scenario, what is varied in it, and how often it is repeated.',
  },
);
export type ExperimentFile = Static<typeof ExperimentFile>;
