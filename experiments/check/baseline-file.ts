// The baseline file: what is guarded and how far it may go, which people write, and what was recorded, which `--update` writes.
import { type Static, Type } from 'typebox';

const Tolerance = { minimum: 0, default: 0 };

const GuardedMetric = Type.Object(
  {
    better: Type.Enum(['higher', 'lower', 'same'], {
      default: 'same',
      description: 'Which way is no regression; same: neither is wanted.',
    }),
    absolute: Type.Number({
      ...Tolerance,
      description: 'So much worse than recorded is still well, in the unit of the figure.',
    }),
    relative: Type.Number({
      ...Tolerance,
      description: 'The same as a share of what was recorded: 0.01 is 1 %. The larger of the two holds.',
    }),
  },
  { additionalProperties: false },
);
export type GuardedMetric = Static<typeof GuardedMetric>;

const RecordedRun = Type.Object(
  {
    levels: Type.Record(Type.String(), Type.String(), {
      default: {},
      description: 'By the name of the factor, the level.',
    }),
    seed: Type.Integer({ minimum: 0 }),
    digest: Type.String({ description: 'SHA-256 of the event stream.' }),
    metrics: Type.Record(Type.String(), Type.Union([Type.Number(), Type.Null()]), {
      description: 'Null: there was nothing to measure.',
    }),
  },
  { additionalProperties: false },
);
export type RecordedRun = Static<typeof RecordedRun>;

export const Recorded = Type.Object(
  {
    version: Type.String({ description: 'Of OpenPEX.' }),
    runs: Type.Array(RecordedRun, { minItems: 1 }),
    settings: Type.Record(Type.String(), Type.String(), {
      description: 'Of the scenario that the runs were of: to say what has changed since.',
    }),
  },
  { additionalProperties: false, description: 'Written by `openpex check --update`.' },
);
export type Recorded = Static<typeof Recorded>;

const RULES = {
  metrics: Type.Record(Type.String({ minLength: 1 }), GuardedMetric, {
    default: {},
    description: 'The figures of summary.json that are guarded, e.g. `utilisation.cpu.busy`.',
  }),
  digest: Type.Boolean({ default: false, description: 'No decision of any run may change.' }),
  significance: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      maximum: 0.5,
      description:
        'Level of a paired t test over the seeds, all metrics and combinations together: only what is worse beyond the tolerance and beyond chance counts. Absent: the tolerance alone decides.',
    }),
  ),
};

/** What people write. */
export const Rules = Type.Object(RULES);
export type Rules = Static<typeof Rules>;

export const BaselineFile = Type.Object(
  {
    ...RULES,
    recorded: Type.Optional(Type.Unknown({ description: 'Written by `openpex check --update`.' })),
  },
  { additionalProperties: false, title: 'OpenPEX baseline' },
);
