// Amounts of what a provider names beside CPU, memory and disk (schema/resources.ts): how they are written, and what the engine makes of
// them.
import { Type } from 'typebox';
import { isDeviceAmount, type ResourceDefinition } from '../../engine/index.ts';

/** The most of one that a node or a pool may have and one instance may need. */
export const MOST_NAMED = 1_000_000;
/** The same as the engine counts it at most. */
export const MOST_NAMED_UNITS = 1000 * MOST_NAMED;

/** Amounts by name, where a node or an instance is described. */
export const namedAmounts = (description: string) =>
  Type.Optional(
    Type.Record(Type.String(), Type.Number({ minimum: 0, maximum: MOST_NAMED }), {
      expected: 'a group of amounts by the name of the resource, such as {gpu: 2}',
      description,
    }),
  );
export type NamedAmounts = Readonly<Record<string, number>>;

/** What there is to know of a resource where amounts of it are read. */
export interface KnownResource {
  readonly divisible: boolean;
  /** It comes in devices. Absent: in amounts. */
  readonly inDevices?: boolean;
}

/** The resources that amounts may name. */
export type KnownResources = ReadonlyMap<string, KnownResource>;
export const NO_NAMED: KnownResources = new Map();

export function knownResources(definitions: readonly ResourceDefinition[]): KnownResources {
  return new Map(
    definitions.map((each) => {
      const inDevices = each.scope === 'node' && each.devices !== undefined;
      return [each.name, { divisible: each.divisible, ...(inDevices && { inDevices }) }];
    }),
  );
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

/** Models of devices that will do, where an instance is described. */
export const wantedModels = () =>
  Type.Optional(
    Type.Record(Type.String(), Type.Array(Type.String({ minLength: 1 }), { minItems: 1 }), {
      expected: 'a group of lists of models by the name of the resource, such as {gpu: [V100M16, V100M32]}',
      description: 'Of what it needs in devices, the models that will do. Absent: any.',
    }),
  );

/** What is wrong with what one instance needs of a resource; undefined: nothing. */
export function needProblem(amount: number, known: KnownResource): string | undefined {
  const flaw = amountProblem(amount, known);
  if (flaw !== undefined || !known.inDevices || isDeviceAmount(Math.round(amount * 1000))) return flaw;
  return `${amount} is more than one device and no whole number of them; expected up to 1, or a whole number`;
}

/** What is wrong with what a node has of a resource; undefined: nothing. */
export function capacityProblem(amount: number, known: KnownResource): string | undefined {
  if (known.inDevices && !Number.isInteger(amount)) return `${amount} is no whole number of devices`;
  return amountProblem(amount, known);
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
