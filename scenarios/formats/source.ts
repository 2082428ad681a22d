// The schema of one entry under `workloads` of a scenario: a file in one of the formats, or a generator, and what is done to its
// rows before they are asked. Reading them: read-workload.ts.
import { type Static, Type } from 'typebox';
import { REQUEST_KINDS } from '../../engine/index.ts';
import { finiteDurationOption } from '../../written/duration.ts';
import { parseDuration } from '../../written/time-text.ts';
import { GeneratorSpec } from '../generator/spec.ts';
import { WORKLOAD_FORMATS } from './catalogue.ts';

const RowDefaults = Type.Object(
  {
    kind: Type.Optional(
      Type.Enum([...REQUEST_KINDS], {
        description: `Without it ${WORKLOAD_FORMATS.flatMap(({ name, kind }) => (kind === undefined ? [] : [`${kind} for ${name}`])).join(', ')}; the rows of other formats say their kind.`,
      }),
    ),
    maxDisplacement: Type.Optional(
      finiteDurationOption({
        description:
          'How much later than asked a start may be, where neither the row nor its deadline says so. Without it any start will do.',
      }),
    ),
    buyer: Type.Optional(Type.String({ minLength: 1, description: 'Buyer policy of rows that name none.' })),
    template: Type.Optional(
      Type.String({ minLength: 1, description: 'VM template of rows that name none.' }),
    ),
    templates: Type.Optional(
      Type.Array(
        Type.Object(
          {
            prefix: Type.String({ minLength: 1, description: 'A number from 1 is put after it.' }),
            count: Type.Integer({ minimum: 1, maximum: 100_000, description: 'How many there are.' }),
            weight: Type.Number({
              exclusiveMinimum: 0,
              default: 1,
              description: 'Each of them is named so many times as often as one of weight 1.',
            }),
          },
          { additionalProperties: false },
        ),
        {
          minItems: 1,
          description:
            'VM templates of rows that name none, drawn by seed and id: which one a row has does not depend on the others. Instead of `template`.',
        },
      ),
    ),
  },
  { additionalProperties: false, description: 'What is meant by rows that leave it open.' },
);
export type RowDefaults = Static<typeof RowDefaults>;

const RowFilter = Type.Object(
  {
    kinds: Type.Optional(
      Type.Array(Type.Enum([...REQUEST_KINDS]), { minItems: 1, description: 'Only these kinds.' }),
    ),
    users: Type.Optional(Type.Array(Type.String(), { minItems: 1, description: 'Only these users.' })),
    minInstances: Type.Integer({
      minimum: 1,
      default: 1,
      description: 'Only requests of so many instances or more.',
    }),
    maxInstances: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Only requests of so many instances or fewer.' }),
    ),
  },
  { additionalProperties: false, description: 'Which rows are kept; all conditions must hold.' },
);
export type RowFilter = Static<typeof RowFilter>;

/** What is done to the rows of a workload, in this order. */
const shaping = {
  defaults: Type.Optional(RowDefaults),
  filter: Type.Optional(RowFilter),
  from: Type.Optional(
    finiteDurationOption({
      description: 'Leaves out what was submitted earlier than this, in the times of the log.',
    }),
  ),
  until: Type.Optional(
    finiteDurationOption({ description: 'Leaves out what was submitted at this time of the log or later.' }),
  ),
  sample: Type.Number({
    minimum: 0,
    maximum: 1,
    default: 1,
    description:
      'Share of the rows that is kept, drawn by seed and id: whether a row is kept does not depend on the others.',
  }),
  timeScale: Type.Number({
    exclusiveMinimum: 0,
    default: 1,
    description:
      'Factor on the times of submission: 0.5 doubles the load. Durations, and the time from submission to start, stay as they are.',
  }),
  timeShift: Type.Refine(
    Type.String({
      expected: 'a duration such as "2h", or "-7d" for earlier',
      default: '0s',
      description: 'Added to every time of a row, after the scaling.',
    }),
    (text) => parseDuration(text.replace(/^-/, '')) !== undefined,
    () => '',
  ),
  overhead: Type.Optional(
    Type.Object(
      {
        slowdown: Type.Number({
          minimum: 0,
          maximum: 100,
          default: 0,
          description: 'How much longer everything takes in a VM: 0.05 for 5 %.',
        }),
        perRun: finiteDurationOption({
          default: '0s',
          description: 'What comes on top of that once: to boot and to shut down.',
        }),
      },
      {
        additionalProperties: false,
        description:
          'Jobs of a log of bare machines are run in virtual ones: their durations and run times grow. Absent: they stay as they are.',
      },
    ),
  ),
  limit: Type.Optional(
    Type.Integer({ minimum: 0, description: 'Only the first so many of the rows that are left.' }),
  ),
  idPrefix: Type.String({
    default: '',
    description: 'Put before each id, to keep the ids of several workloads apart.',
  }),
};

/** How to read a format, under its name. */
const OPTIONS_OF_FORMATS: object = Object.fromEntries(
  WORKLOAD_FORMATS.flatMap(({ name, options }) =>
    options === undefined ? [] : [[name, Type.Optional(options)]],
  ),
);

export const FileWorkload = Type.Object(
  {
    file: Type.String({
      minLength: 1,
      description: 'The log, relative to the scenario; may be compressed (.gz).',
    }),
    format: Type.Optional(
      Type.Enum(
        WORKLOAD_FORMATS.map(({ name }) => name),
        {
          description: 'Without it told by the extension, and for .csv by the header row.',
        },
      ),
    ),
    ...OPTIONS_OF_FORMATS,
    lenient: Type.Boolean({
      default: false,
      description: 'Leaves bad rows out and counts them, where otherwise one stops the run.',
    }),
    sort: Type.Boolean({
      default: false,
      description:
        'Reads the whole file into memory and sorts it by submission; otherwise it must be in order.',
    }),
    ...shaping,
  },
  { additionalProperties: false, description: 'Requests from a file.' },
);
export type FileWorkload = Static<typeof FileWorkload>;

export const GeneratedWorkload = Type.Object(
  {
    generate: Type.Union([Type.String({ minLength: 1 }), GeneratorSpec], {
      expected: 'a generator specification, or the file that holds one',
      description: 'A generator specification, or the file that holds one, relative to the scenario.',
    }),
    ...shaping,
  },
  { additionalProperties: false, description: 'Requests drawn from a seed.' },
);
export type GeneratedWorkload = Static<typeof GeneratedWorkload>;

/** The part that files and generators share. */
export type RowShaping = Omit<GeneratedWorkload, 'generate'>;

export const WorkloadSource = Type.Union([FileWorkload, GeneratedWorkload], {
  expected: 'a group with `file` or `generate`',
  description: 'Where requests come from: `file` or `generate`.',
});
export type WorkloadSource = Static<typeof WorkloadSource>;
