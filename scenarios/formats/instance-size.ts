// How the size of an instance is written in YAML: the name of an instance type, or amounts.
import { type Static, Type } from 'typebox';
import type { Resources } from '../../engine/index.ts';
import { type ErrorPlace, InputError } from '../../written/input-error.ts';
import { suggestion } from '../../written/suggestion.ts';
import { MOST_CPUS, MOST_DISK_GIB, MOST_MEMORY_MIB, PAPER_TYPES } from '../schema/instance-types.ts';
import {
  type KnownResources,
  NO_NAMED,
  namedAmounts,
  namedUnits,
  needProblem,
  wantedModels,
} from './named-amounts.ts';

export const Amounts = Type.Object(
  {
    cpus: Type.Number({
      minimum: 0.001,
      maximum: MOST_CPUS,
      description: 'Virtual CPUs; three decimals count.',
    }),
    memoryMib: Type.Integer({ minimum: 0, maximum: MOST_MEMORY_MIB, description: 'Memory, in MiB.' }),
    diskGib: Type.Integer({ minimum: 0, maximum: MOST_DISK_GIB, default: 0, description: 'Disk, in GiB.' }),
    resources: namedAmounts('What else it needs, of the resources that the provider names.'),
    models: wantedModels(),
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

/**
 * @param known the resources that amounts may name
 * @throws InputError (PEX_WORKLOAD_VALUE) when they name another, or a part of one that is not divisible
 */
export function toSize(size: string | Amounts, known: KnownResources, place: ErrorPlace): string | Resources {
  if (typeof size === 'string') return size;
  for (const [name, amount] of Object.entries(size.resources ?? {})) {
    const definition = known.get(name);
    const problem = definition === undefined ? unknownResource(name, known) : needProblem(amount, definition);
    if (problem === undefined) continue;
    const path = `${place.path ?? ''}.resources.${name}`;
    throw new InputError('PEX_WORKLOAD_VALUE', problem, { ...place, path });
  }
  for (const name of Object.keys(size.models ?? {})) {
    const problem = modelProblem(name, known);
    if (problem === undefined) continue;
    throw new InputError('PEX_WORKLOAD_VALUE', problem, {
      ...place,
      path: `${place.path ?? ''}.models.${name}`,
    });
  }
  return toResources(size, known);
}

/** A clause about a name that no provider has given to a resource. */
export function unknownResource(name: string, known: KnownResources): string {
  if (known.size === 0) return `there is no resource "${name}"; the provider names none under \`resources\``;
  return `there is no resource "${name}"${suggestion(name, [...known.keys()])}`;
}

/** What is wrong with naming models of a resource; undefined: nothing. */
export function modelProblem(name: string, known: KnownResources): string | undefined {
  const definition = known.get(name);
  if (definition === undefined) return unknownResource(name, known);
  return definition.inDevices ? undefined : `"${name}" has no models: it comes in no devices`;
}

/** Amounts that were found to be in order, as the engine counts them. */
export function toResources(
  { cpus, memoryMib, diskGib, models, resources }: Amounts,
  known: KnownResources = NO_NAMED,
): Resources {
  const named = namedUnits(resources, known);
  const fixed = { milliCpus: Math.round(cpus * 1000), memoryMib, diskGib };
  if (named === undefined) return fixed;
  return models === undefined ? { ...fixed, named } : { ...fixed, named, models };
}

/** The instance types of the OpenPEX papers, which are known where no scenario says otherwise. */
export const TYPES_OF_THE_PAPERS: ReadonlyMap<string, Resources> = new Map(
  Object.entries(PAPER_TYPES).map(([name, amounts]) => [name, toResources(amounts)]),
);
