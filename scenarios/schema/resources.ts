// What a provider has beside CPU, memory and disk, by names of its own: GPUs, licences, addresses. How much of each is said where nodes,
// types and requests are described (formats/named-amounts.ts).
import { type Static, Type } from 'typebox';
import { DEVICE_RULES, type ResourceDefinition } from '../../engine/index.ts';
import { inUnits, MOST_NAMED } from '../formats/named-amounts.ts';

const DefinitionField = Type.Object(
  {
    divisible: Type.Boolean({
      default: false,
      description:
        'A part of one can be used, to three decimals, as with CPUs: half a GPU. false: whole ones only.',
    }),
    devices: Type.Optional(
      Type.Enum([...DEVICE_RULES], {
        description:
          'It comes in devices, each of which counts by itself, such as GPUs: an instance has a share of one, or several whole ones, and keeps the same for its whole window. How the device is chosen for a share, of those that have room for it: best-fit is that with the least free, worst-fit that with the most, first-fit the first; among equals the first. The allocation policy may choose by itself. It is divisible. Absent: an amount of the node, where 0.6 of one and 0.4 of another make 1.',
      }),
    ),
    pool: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: MOST_NAMED,
        description:
          'How many there are for all nodes together, such as licences or addresses. Absent: each node has its own, as its group says.',
      }),
    ),
  },
  { additionalProperties: false, description: 'A resource by its name.' },
);

export const ResourcesField = Type.Optional(
  Type.Record(Type.String(), DefinitionField, {
    expected: 'a group of named resources, such as {gpu: {divisible: true}, licence: {pool: 20}}',
    description:
      'What the provider has beside CPU, memory and disk. Groups of nodes, instance types and requests say under `resources` how many of each; CSV workloads have a column for each.',
  }),
);
export type ResourcesField = Static<typeof ResourcesField>;

/** In the order in which they are written, which is that of every list of them. */
export function resourceDefinitions(resources: ResourcesField | undefined): ResourceDefinition[] {
  return Object.entries(resources ?? {}).map(([name, { devices, divisible, pool }]) => {
    if (devices !== undefined) return { name, divisible: true, scope: 'node', devices };
    return pool === undefined
      ? { name, divisible, scope: 'node' }
      : { name, divisible, scope: 'pool', capacity: inUnits(pool, divisible) };
  });
}
