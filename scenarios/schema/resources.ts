// What a provider has beside CPU, memory and disk, by names of its own: GPUs, licences, addresses. How amounts of them are written, and
// what becomes of them in the engine.
import { type Static, Type } from 'typebox';
import type { ResourceDefinition } from '../../engine/index.ts';

/** The most of one that a node or a pool may have and one instance may need. */
export const MOST_NAMED = 1_000_000;
/** The same as the engine counts it at most. */
export const MOST_NAMED_UNITS = 1000 * MOST_NAMED;

const DefinitionField = Type.Object(
  {
    divisible: Type.Boolean({
      default: false,
      description:
        'A part of one can be used, to three decimals, as with CPUs: half a GPU. false: whole ones only.',
    }),
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

/** Amounts by name, where a node or an instance is described. */
export const namedAmounts = (description: string) =>
  Type.Optional(
    Type.Record(Type.String(), Type.Number({ minimum: 0, maximum: MOST_NAMED }), {
      expected: 'a group of amounts by the name of the resource, such as {gpu: 2}',
      description,
    }),
  );
export type NamedAmounts = Readonly<Record<string, number>>;

/** The resources that amounts may name, and whether each is divisible. */
export type KnownResources = ReadonlyMap<string, Pick<ResourceDefinition, 'divisible'>>;
export const NO_NAMED: KnownResources = new Map();

/** In the order in which they are written, which is that of every list of them. */
export function resourceDefinitions(resources: ResourcesField | undefined): ResourceDefinition[] {
  return Object.entries(resources ?? {}).map(([name, { divisible, pool }]) =>
    pool === undefined
      ? { name, divisible, scope: 'node' }
      : { name, divisible, scope: 'pool', capacity: inUnits(pool, divisible) },
  );
}

export function knownResources(definitions: readonly ResourceDefinition[]): KnownResources {
  return new Map(definitions.map(({ name, divisible }) => [name, { divisible }]));
}

/** As the engine counts it: thousandths of what is divisible. */
export function inUnits(amount: number, divisible: boolean): number {
  return divisible ? Math.round(amount * 1000) : amount;
}

/** As people write what the engine counts. */
export function fromUnits(units: number, divisible: boolean): number {
  return divisible ? units / 1000 : units;
}

/** Amounts that were found to be in order, as the engine counts them; undefined when there are none. */
export function namedUnits(
  amounts: NamedAmounts | undefined,
  known: KnownResources,
): Readonly<Record<string, number>> | undefined {
  const entries = Object.entries(amounts ?? {});
  if (entries.length === 0) return undefined;
  return Object.fromEntries(
    entries.map(([name, amount]) => [name, inUnits(amount, known.get(name)?.divisible === true)]),
  );
}

/** What is wrong with an amount of a resource; undefined: nothing. */
export function amountProblem(
  amount: number,
  { divisible }: Pick<ResourceDefinition, 'divisible'>,
): string | undefined {
  if (divisible) {
    const isFineEnough = Math.abs(amount * 1000 - Math.round(amount * 1000)) < 1e-6;
    return isFineEnough ? undefined : `${amount} is too fine; expected up to three decimals`;
  }
  return Number.isInteger(amount)
    ? undefined
    : `${amount} is no whole number, and the resource is not divisible`;
}
