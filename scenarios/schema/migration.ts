// Live migrations of the simulated hypervisor that copy memory: by which model, over which links, and what guests do meanwhile.
import { type Static, Type } from 'typebox';
import { MIGRATION_MODELS } from '../../engine/index.ts';
import { finiteDurationOption } from '../../written/duration.ts';
import { shareField } from './fields.ts';

interface NumberField {
  readonly description: string;
  readonly default: number;
}

const positive = (field: NumberField) => Type.Number({ exclusiveMinimum: 0, maximum: 1e12, ...field });
const notNegative = (field: NumberField) => Type.Number({ minimum: 0, maximum: 1e12, ...field });

const group = <T extends Parameters<typeof Type.Object>[0]>(fields: T, description: string) =>
  Type.Object(fields, { additionalProperties: false, default: {}, description });

/** What compression makes of memory; more than 1: it makes it larger. */
const CompressionRatioField = Type.Number({
  exclusiveMinimum: 0,
  maximum: 2,
  description: 'Bytes on the wire for each byte of memory.',
});

const PageClassField = Type.Object(
  {
    share: shareField({ default: 1, description: 'Of all memory.' }),
    ratio: CompressionRatioField,
    mbPerS: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1e12,
        description: 'Megabytes of memory that one thread takes in a second. Absent: any.',
      }),
    ),
  },
  { additionalProperties: false },
);

/** 0.312 bytes for each byte, 184 MB/s: what saves 68.8 % of the data and 32 % of the time at 1 Gbit/s. The split into classes is ours. */
const MECOM_PAGES = [
  { share: 0.4, ratio: 0.001, mbPerS: 2000 },
  { share: 0.3, ratio: 0.4, mbPerS: 200 },
  { share: 0.3, ratio: 0.64, mbPerS: 80 },
];

export const MigrationField = Type.Object(
  {
    model: Type.Enum(
      MIGRATION_MODELS.map(({ name }) => name),
      {
        description: `How a running VM goes to another node. ${MIGRATION_MODELS.map(({ name, summary }) => `${name}: ${summary}`).join('. ')}.`,
      },
    ),
    linkMbitPerS: positive({
      default: 1000,
      description:
        'What the migration link of each node carries each way, in Mbit/s. Migrations at one time share it max-min fairly.',
    }),
    dom0MbitPerS: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1e12,
        description:
          'What Dom-0 of a node can move, both ways together, in Mbit/s. Absent: as much as the link brings.',
      }),
    ),
    before: Type.Optional(
      finiteDurationOption({
        description: 'Before anything is copied. Absent: 3.806s for the Akoush models, else nothing.',
      }),
    ),
    after: Type.Optional(
      finiteDurationOption({
        description:
          'After the last byte, while the guest stands still. Absent: 314ms for the Akoush models, else nothing.',
      }),
    ),
    memoryInUse: group(
      {
        min: shareField({ default: 0.3, description: 'The guest that uses least.' }),
        max: shareField({
          default: 0.8,
          description: 'The guest that uses most. 1 for both: all memory is copied.',
        }),
      },
      'Share of the memory of a VM that its guest uses, which is what is copied: drawn for each VM, evenly between the two.',
    ),
    dirtyPagesPerS: group(
      {
        min: notNegative({ default: 200, description: 'The guest that writes least.' }),
        max: notNegative({ default: 8000, description: 'The guest that writes most.' }),
      },
      'How fast guests dirty pages of 4 KiB: drawn for each VM, evenly between the two.',
    ),
    workingSet: group(
      {
        min: shareField({ default: 0.05, description: 'The smallest.' }),
        max: shareField({ default: 0.5, description: 'The largest.' }),
      },
      'Share of the memory in use that a guest writes to at all: drawn for each VM, evenly between the two.',
    ),
    compression: Type.Optional(
      Type.Object(
        {
          ratio: CompressionRatioField,
          mbPerS: Type.Optional(
            Type.Number({
              exclusiveMinimum: 0,
              maximum: 1e12,
              description: 'Megabytes of memory that the compressor takes in a second. Absent: any.',
            }),
          ),
          batchHeaderBytes: Type.Integer({
            minimum: 0,
            maximum: 1_000_000,
            default: 0,
            description: 'Bytes that serialising adds to each batch of 1024 pages.',
          }),
        },
        {
          additionalProperties: false,
          description:
            'Memory is serialised and compressed on its way, unless the model compresses by itself. Absent: it goes as it is.',
        },
      ),
    ),
    stop: group(
      {
        check: Type.Enum(['dirtied', 'sent'], {
          default: 'dirtied',
          description:
            'What is compared with fewPages: what the round left dirty, as the papers have it, or what it sent, as the source of Xen has it.',
        }),
        fewPages: notNegative({ default: 50, description: 'With fewer pages than these the rest is sent.' }),
        rounds: Type.Integer({
          minimum: 1,
          maximum: 10_000,
          default: 29,
          description: 'The most rounds; for `clark` too.',
        }),
        factor: positive({
          default: 3,
          description: 'No further round when more than so many times the memory was sent.',
        }),
      },
      'When models that copy in rounds by the rules of Xen stop.',
    ),
    rate: group(
      {
        minMbitPerS: positive({ default: 100, description: 'Of the first round, and the least.' }),
        maxMbitPerS: positive({ default: 500, description: 'The most, and that of the last round.' }),
        stepMbitPerS: positive({
          default: 50,
          description: 'Added to the rate at which the guest dirtied the last round.',
        }),
        remainingKib: notNegative({
          default: 256,
          description: 'With less than this left the rest is sent.',
        }),
      },
      'How `clark` follows the guest.',
    ),
    liu: group(
      {
        thresholdMb: positive({
          default: 1,
          description: 'With so many megabytes or fewer the rest is sent.',
        }),
        resume: finiteDurationOption({
          default: '20ms',
          description: 'Waking the guest at its destination.',
        }),
        a: Type.Number({ default: -0.0463, description: 'Of the length of a round, in seconds.' }),
        b: Type.Number({ default: -0.0001, description: 'Of the dirty rate, in MB/s.' }),
        c: Type.Number({ default: 0.3586, description: 'The constant.' }),
        bounded: Type.Boolean({
          default: true,
          description: 'No round sends more than the memory; the formulas of the paper would have it.',
        }),
      },
      'Of `liu-basic` and `liu-wws` (Liu et al. 2011).',
    ),
    dirtyTrace: Type.Optional(
      Type.Array(Type.Number({ minimum: 0, maximum: 1e12 }), {
        minItems: 1,
        maxItems: 100_000,
        description:
          'Of `akoush-hist`, which needs it: distinct pages that a recorded run dirtied in each second; after its end it begins again.',
      }),
    ),
    stateKib: notNegative({
      default: 256,
      description: 'Of `post-copy` and `hmdc`: what a guest needs at its destination to run on.',
    }),
    mecom: group(
      {
        pages: Type.Array(PageClassField, {
          minItems: 1,
          maxItems: 100,
          default: MECOM_PAGES,
          description:
            'Classes of pages; their shares add up to 1. The default has the ratio and the speed that the published savings come to on a link of 1 Gbit/s: pages of zeros, pages of words that are alike, the others.',
        }),
        threads: Type.Integer({
          minimum: 1,
          maximum: 1000,
          default: 1,
          description: 'Threads of Dom-0 that compress.',
        }),
      },
      'Of `mecom`: how it compresses (Jin et al. 2009 and 2014).',
    ),
    delta: group(
      {
        cacheMib: notNegative({
          default: 64,
          description: 'Memory of the source for pages as they were sent, which QEMU has by default.',
        }),
        ratio: Type.Number({
          exclusiveMinimum: 0,
          maximum: 2,
          default: 0.25,
          description: 'Bytes on the wire for each byte of a page of which only the difference is sent.',
        }),
        mbPerS: Type.Optional(
          Type.Number({
            exclusiveMinimum: 0,
            maximum: 1e12,
            description: 'Megabytes of memory that are compared and compressed in a second. Absent: any.',
          }),
        ),
        rounds: Type.Integer({
          minimum: 1,
          maximum: 10_000,
          default: 2,
          description: 'Of `hmdc`: rounds at the most before the guest goes ahead.',
        }),
      },
      'Of `xbzrle` and `hmdc`: what is sent again goes as its difference to what was sent before.',
    ),
    disk: group(
      {
        inUse: group(
          {
            min: shareField({ default: 0.1, description: 'The guest that uses least.' }),
            max: shareField({ default: 0.5, description: 'The guest that uses most.' }),
          },
          'Share of the disk of a VM that is in use, which is what is copied: drawn for each VM, evenly between the two.',
        ),
        writtenMbPerS: group(
          {
            min: notNegative({ default: 0.05, description: 'The guest that writes least.' }),
            max: notNegative({ default: 2, description: 'The guest that writes most.' }),
          },
          'Megabytes of blocks that a guest writes to in a second: drawn for each VM, evenly between the two.',
        ),
        workingSet: group(
          {
            min: shareField({ default: 0.02, description: 'The smallest.' }),
            max: shareField({ default: 0.2, description: 'The largest.' }),
          },
          'Share of the disk in use that a guest writes to at all: drawn for each VM, evenly between the two.',
        ),
        fewMb: notNegative({
          default: 10,
          description: 'With no more megabytes of written blocks than these left memory is next.',
        }),
        rounds: Type.Integer({
          minimum: 1,
          maximum: 10_000,
          default: 20,
          description: 'The most rounds over the disk, the first included.',
        }),
      },
      'Of migrations to another site where the disk of the VM is not: it is copied before memory, in rounds as well, and what is written to it after the last while the guest stands still.',
    ),
  },
  {
    additionalProperties: false,
    description:
      'How live migrations copy memory. Absent, or model fixed: each takes hypervisor.migrate, whatever the VM.',
  },
);
export type MigrationField = Static<typeof MigrationField>;
