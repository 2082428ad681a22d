// How the size of an instance is written in YAML: the name of an instance type, or amounts.
import { type Static, Type } from 'typebox';
import type { Resources } from '../../engine/index.ts';
import { MOST_CPUS, MOST_DISK_GIB, MOST_MEMORY_MIB, PAPER_TYPES } from '../schema/instance-types.ts';

export const Amounts = Type.Object(
  {
    cpus: Type.Number({
      minimum: 0.001,
      maximum: MOST_CPUS,
      description: 'Virtual CPUs; three decimals count.',
    }),
    memoryMib: Type.Integer({ minimum: 0, maximum: MOST_MEMORY_MIB, description: 'Memory, in MiB.' }),
    diskGib: Type.Integer({ minimum: 0, maximum: MOST_DISK_GIB, default: 0, description: 'Disk, in GiB.' }),
  },
  { additionalProperties: false, description: 'What one instance needs.' },
);
export type Amounts = Static<typeof Amounts>;

/** A field that holds a size; {@link toSize} turns it into what a row holds. */
export function sizeField(field: { readonly description: string; readonly default?: Amounts }) {
  return Type.Union([Type.String({ minLength: 1, description: 'Name of an instance type.' }), Amounts], {
    expected: 'the name of an instance type, or {cpus, memoryMib, diskGib}',
    ...field,
  });
}

export function toSize(size: string | Amounts): string | Resources {
  return typeof size === 'string' ? size : toResources(size);
}

export function toResources({ cpus, memoryMib, diskGib }: Amounts): Resources {
  return { milliCpus: Math.round(cpus * 1000), memoryMib, diskGib };
}

/** The instance types of the OpenPEX papers, which are known where no scenario says otherwise. */
export const TYPES_OF_THE_PAPERS: ReadonlyMap<string, Resources> = new Map(
  Object.entries(PAPER_TYPES).map(([name, amounts]) => [name, toResources(amounts)]),
);
