// Instance types: the sizes that users ask for by name.
import { type Static, Type } from 'typebox';
import { namedAmounts, wantedModels } from '../formats/named-amounts.ts';

/** The most of each that one machine may have and one request may name: more than there is, and few enough to be reckoned with exactly. */
export const MOST_CPUS = 1_000_000;
export const MOST_MEMORY_MIB = 2 ** 31 - 1;
export const MOST_DISK_GIB = 2 ** 31 - 1;

export const InstanceType = Type.Object(
  {
    cpus: Type.Number({ minimum: 0, maximum: MOST_CPUS, description: 'Virtual CPUs; three decimals count.' }),
    memoryMib: Type.Integer({ minimum: 0, maximum: MOST_MEMORY_MIB, description: 'Memory, in MiB.' }),
    diskGib: Type.Integer({ minimum: 0, maximum: MOST_DISK_GIB, default: 0, description: 'Disk, in GiB.' }),
    resources: namedAmounts('What else it needs, of the resources that the provider names.'),
    models: wantedModels(),
  },
  { additionalProperties: false, description: 'What one instance of the type needs.' },
);
export type InstanceType = Static<typeof InstanceType>;

/** Table 1 of the OpenPEX papers. */
export const PAPER_TYPES: Readonly<Record<string, InstanceType>> = {
  SMALL: { cpus: 1, memoryMib: 768, diskGib: 10 },
  MEDIUM: { cpus: 2, memoryMib: 1536, diskGib: 20 },
  LARGE: { cpus: 3, memoryMib: 2560, diskGib: 40 },
  XLARGE: { cpus: 4, memoryMib: 3584, diskGib: 60 },
};

export const InstanceTypesField = Type.Record(Type.String(), InstanceType, {
  default: {},
  description:
    'Instance types by name. Those of the papers are always there (SMALL, MEDIUM, LARGE, XLARGE) and may be given other sizes. A type of your own must fit at least one node.',
});
