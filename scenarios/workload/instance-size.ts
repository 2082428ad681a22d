// How the size of an instance is written in YAML: the name of an instance type, or amounts.
import { type Static, Type } from 'typebox';
import type { Resources } from '../../engine/index.ts';

export const Amounts = Type.Object(
  {
    cpus: Type.Number({ minimum: 0, multipleOf: 0.001, description: 'Virtual CPUs; three decimals count.' }),
    memoryMib: Type.Integer({ minimum: 0, description: 'Memory in MiB.' }),
    diskGib: Type.Optional(Type.Integer({ minimum: 0, default: 0, description: 'Disk in GiB.' })),
  },
  { additionalProperties: false, description: 'What one instance needs.' },
);
export type Amounts = Static<typeof Amounts>;

/** Schema of a size; {@link toSize} turns it into what a row holds. */
export function InstanceSize(options: { readonly description: string; readonly default?: Amounts }) {
  return Type.Union(
    [Type.String({ minLength: 1, description: 'Name of an instance type.' }), Amounts],
    options,
  );
}

export function toSize(size: string | Amounts): string | Resources {
  if (typeof size === 'string') return size;
  return {
    milliCpus: Math.round(size.cpus * 1000),
    memoryMib: size.memoryMib,
    diskGib: size.diskGib ?? 0,
  };
}
