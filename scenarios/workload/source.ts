// The schema of one entry under `workloads` of a scenario: a file in one of the formats, or a generator, and what is done to its
// rows before they are asked. Reading them: read-workload.ts.
import { type Static, Type } from 'typebox';
import { REQUEST_KINDS } from '../../engine/index.ts';
import { GeneratorSpec } from '../generator/spec.ts';
import { DurationText, SignedDurationText } from './duration-text.ts';
import { InstanceSize } from './instance-size.ts';

export const WORKLOAD_FORMATS = ['csv', 'swf', 'lwf', 'openb'] as const;
export type WorkloadFormat = (typeof WORKLOAD_FORMATS)[number];

/** What is assumed where nothing is said; the schemas below publish the same values. */
export const SWF_DEFAULTS = {
  processors: 'requested',
  processorsPerNode: 1,
  instance: { cpus: 1, memoryMib: 1024, diskGib: 0 },
  cancelled: 'withdraw',
} as const;
export const OPENB_DEFAULTS = { pending: 'withdraw', diskGib: 0 } as const;

export const RequestKindSchema = Type.Enum([...REQUEST_KINDS]);

export const SwfOptions = Type.Object(
  {
    processors: Type.Optional(
      Type.Enum(['requested', 'allocated'], {
        default: SWF_DEFAULTS.processors,
        description:
          'Which column says how big a job is: requested processors (8) or allocated processors (5). Where it is -1, the other is taken.',
      }),
    ),
    processorsPerNode: Type.Optional(
      Type.Integer({
        minimum: 1,
        default: SWF_DEFAULTS.processorsPerNode,
        description:
          'Processors that make one instance, rounded up. 1 when the column counts nodes already, as in the SDSC Blue log that ships with Haizea.',
      }),
    ),
    instance: Type.Optional(
      InstanceSize({
        default: SWF_DEFAULTS.instance,
        description: 'What one instance of a job is: an instance type, or amounts.',
      }),
    ),
    cancelled: Type.Optional(
      Type.Enum(['withdraw', 'keep', 'skip'], {
        default: SWF_DEFAULTS.cancelled,
        description:
          'Jobs that were cancelled before they started (status 5 without a run time). withdraw: the user gives up after the waiting time of the log unless it has started; keep: the user waits on; skip: left out.',
      }),
    ),
  },
  { additionalProperties: false, description: 'How to read the Standard Workload Format.' },
);
export type SwfOptions = Static<typeof SwfOptions>;

export const OpenbOptions = Type.Object(
  {
    pending: Type.Optional(
      Type.Enum(['withdraw', 'skip'], {
        default: OPENB_DEFAULTS.pending,
        description:
          'Pods that were never scheduled. withdraw: asked for, and given up at their deletion unless started; skip: left out.',
      }),
    ),
    diskGib: Type.Optional(
      Type.Integer({
        minimum: 0,
        default: OPENB_DEFAULTS.diskGib,
        description: 'Disk of each pod in GiB; the log has none.',
      }),
    ),
  },
  { additionalProperties: false, description: 'How to read the Alibaba openb pod list.' },
);
export type OpenbOptions = Static<typeof OpenbOptions>;

export const RowDefaults = Type.Object(
  {
    kind: Type.Optional(RequestKindSchema),
    maxDisplacement: Type.Optional(
      DurationText({
        description:
          'How much later than asked a start may be, where neither the row nor its deadline says so. Without it any start will do.',
      }),
    ),
    buyer: Type.Optional(Type.String({ description: 'Buyer policy of rows that name none.' })),
    template: Type.Optional(Type.String({ description: 'VM template of rows that name none.' })),
  },
  {
    additionalProperties: false,
    description:
      'What rows mean that leave it open. `kind` is advance for csv, best-effort for swf and openb; lwf always says its kind.',
  },
);
export type RowDefaults = Static<typeof RowDefaults>;

export const RowFilter = Type.Object(
  {
    kinds: Type.Optional(Type.Array(RequestKindSchema, { minItems: 1, description: 'Only these kinds.' })),
    users: Type.Optional(Type.Array(Type.String(), { minItems: 1, description: 'Only these users.' })),
    minInstances: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Only requests of so many instances or more.' }),
    ),
    maxInstances: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Only requests of so many instances or fewer.' }),
    ),
  },
  { additionalProperties: false, description: 'Which rows are kept; all conditions must hold.' },
);
export type RowFilter = Static<typeof RowFilter>;

/** What is done to the rows of a workload; in the order in which it is done. */
const shaping = {
  defaults: Type.Optional(RowDefaults),
  filter: Type.Optional(RowFilter),
  from: Type.Optional(
    DurationText({ description: 'Leaves out what is submitted earlier than this, in the times of the log.' }),
  ),
  until: Type.Optional(
    DurationText({ description: 'Leaves out what is submitted at this time of the log or later.' }),
  ),
  sample: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 1,
      default: 1,
      description:
        'Share of the rows that is kept; drawn by seed and id, so a row is kept or not whatever the others are.',
    }),
  ),
  timeScale: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      default: 1,
      description:
        'Factor on the times of submission: 0.5 doubles the load. Durations, and the time from submission to start, stay as they are.',
    }),
  ),
  timeShift: Type.Optional(
    SignedDurationText({ default: '0s', description: 'Added to every time of a row, after the scaling.' }),
  ),
  limit: Type.Optional(
    Type.Integer({ minimum: 0, description: 'Only the first so many of the rows that are left.' }),
  ),
  idPrefix: Type.Optional(
    Type.String({
      default: '',
      description: 'Put before each id, to keep the ids of several workloads apart.',
    }),
  ),
};

export const FileWorkload = Type.Object(
  {
    file: Type.String({
      minLength: 1,
      description: 'The log, relative to the scenario file; may be compressed (.gz).',
    }),
    format: Type.Optional(
      Type.Enum([...WORKLOAD_FORMATS], {
        description: 'By default it is told by the extension, and for .csv by the header row.',
      }),
    ),
    swf: Type.Optional(SwfOptions),
    openb: Type.Optional(OpenbOptions),
    lenient: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Skips bad rows and counts them, where one would stop the run.',
      }),
    ),
    sort: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Reads the whole file into memory and sorts it by submission. Otherwise it must be in order.',
      }),
    ),
    ...shaping,
  },
  { additionalProperties: false, description: 'Requests from a file.' },
);
export type FileWorkload = Static<typeof FileWorkload>;

export const GeneratedWorkload = Type.Object(
  {
    generate: Type.Union([Type.String({ minLength: 1 }), GeneratorSpec], {
      description: 'A generator specification, or the file that holds one, relative to the scenario.',
    }),
    ...shaping,
  },
  { additionalProperties: false, description: 'Requests drawn from a seed.' },
);
export type GeneratedWorkload = Static<typeof GeneratedWorkload>;

export const WorkloadSource = Type.Union([FileWorkload, GeneratedWorkload], {
  description: 'Where requests come from: `file` or `generate`.',
});
export type WorkloadSource = Static<typeof WorkloadSource>;
