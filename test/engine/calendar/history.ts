// Random providers and histories for the tests of the capacity calendar. A history is plain data, so that a failure that fast-check
// has shrunk can be kept in test/seeds/calendar.json; comparison.ts says how a calendar runs through one.

import fc from 'fast-check';
import type { ClusterSpec } from '../../../engine/domain/node.ts';
import type { ResourceDefinition, Resources } from '../../../engine/domain/resources.ts';

export interface Provider extends Pick<ClusterSpec, 'sharedDiskGib' | 'resources'> {
  readonly capacities: readonly Resources[];
}

/** An edit, as a history has it. A booking is picked by a number modulo how many there are at that time. */
export type Draw =
  | {
      readonly draw: 'book';
      /** One more than there are is a node that there is not. */
      readonly node: number;
      readonly from: number;
      readonly length: number;
      readonly demand: Resources;
    }
  | { readonly draw: 'release' | 'rekind'; readonly pick: number }
  /** Often of a booking that is gone, or never was. */
  | { readonly draw: 'release again'; readonly pick: number }
  /** `after` is counted from the start of the booking; absent: all of it is moved. */
  | { readonly draw: 'move'; readonly pick: number; readonly node: number; readonly after?: number }
  /** The start is moved by `by`, which may be less than 0; what is absent stays as it is. */
  | {
      readonly draw: 'resize';
      readonly pick: number;
      readonly by?: number;
      readonly length?: number;
      readonly demand?: Resources;
    };

export type Step =
  | { readonly act: 'plan'; readonly edits: readonly Draw[] }
  /** `advance` is counted from what was forgotten before. */
  | { readonly act: 'forget'; readonly advance: number }
  /** Without a length: nobody knows when the node comes back. Without a start: it is out already. */
  | {
      readonly act: 'set outages';
      readonly node: number;
      readonly outages: readonly { readonly from?: number; readonly length?: number }[];
    }
  | Ask
  /** Lives through the steps on a draft. */
  | { readonly act: 'fork'; readonly steps: readonly Step[] };

export interface Ask {
  readonly act: 'ask';
  readonly from: number;
  readonly length: number;
  readonly demand: Resources;
  readonly count: number;
  /** How far a bounded search may go. */
  readonly span: number;
}

export interface History {
  readonly provider: Provider;
  readonly steps: readonly Step[];
}

/** The size of what is drawn. Times are milliseconds. */
export interface Scale {
  readonly nodesMax: number;
  readonly capacityMax: number;
  readonly demandMax: number;
  readonly horizonMs: number;
  readonly lengthMsMax: number;
  readonly countMax: number;
  readonly stepsMax: number;
  /** How many resources the provider may name. */
  readonly namedMax: number;
}

export function histories(scale: Scale): fc.Arbitrary<History> {
  return fc
    .array(fc.constantFrom('node', 'pool'), { maxLength: scale.namedMax })
    .chain((scopes) => historiesWith(scale, scopes));
}

function historiesWith(scale: Scale, scopes: readonly ('node' | 'pool')[]): fc.Arbitrary<History> {
  const { nodesMax, capacityMax, demandMax, horizonMs, lengthMsMax, countMax, stepsMax } = scale;
  const nameOf = (index: number) => `named-${index}`;
  const resources = (max: number, scope?: 'node') => {
    const amount = fc.integer({ min: 0, max });
    const fixed = { milliCpus: amount, memoryMib: amount, diskGib: amount };
    const names = scopes.flatMap((each, index) => (each === scope || !scope ? [nameOf(index)] : []));
    if (names.length === 0) return fc.record(fixed);
    const named = fc.record(Object.fromEntries(names.map((name) => [name, amount])), { requiredKeys: [] });
    return fc.record({ ...fixed, named }, { requiredKeys: ['milliCpus', 'memoryMib', 'diskGib'] });
  };
  const shared = fc.integer({ min: 0, max: Math.ceil((capacityMax * nodesMax) / 2) });
  const definitions = scopes.map((scope, index): fc.Arbitrary<ResourceDefinition> => {
    const kind = { name: fc.constant(nameOf(index)), divisible: fc.boolean() };
    return scope === 'node'
      ? fc.record({ ...kind, scope: fc.constant(scope) })
      : fc.record({ ...kind, scope: fc.constant(scope), capacity: shared });
  });
  const provider: fc.Arbitrary<Provider> = fc.record(
    {
      capacities: fc.array(resources(capacityMax, 'node'), { minLength: 1, maxLength: nodesMax }),
      resources: fc.tuple(...definitions),
      sharedDiskGib: shared,
    },
    { requiredKeys: scopes.length === 0 ? ['capacities'] : ['capacities', 'resources'] },
  );
  const node = fc.nat(nodesMax);
  const pick = fc.nat(2 * stepsMax);
  const from = fc.nat(horizonMs);
  const length = fc.integer({ min: 1, max: lengthMsMax });
  const demand = resources(demandMax);
  const edit: fc.Arbitrary<Draw> = fc.oneof(
    { weight: 10, arbitrary: fc.record({ draw: fc.constant('book' as const), node, from, length, demand }) },
    {
      weight: 3,
      arbitrary: fc.record({ draw: fc.constantFrom('release' as const, 'rekind' as const), pick }),
    },
    { weight: 1, arbitrary: fc.record({ draw: fc.constant('release again' as const), pick }) },
    {
      weight: 3,
      arbitrary: fc.record(
        { draw: fc.constant('move' as const), pick, node, after: fc.nat(lengthMsMax) },
        { requiredKeys: ['draw', 'pick', 'node'] },
      ),
    },
    {
      weight: 3,
      arbitrary: fc.record(
        {
          draw: fc.constant('resize' as const),
          pick,
          by: fc.integer({ min: -3, max: 3 }),
          length: fc.integer({ min: 0, max: lengthMsMax }),
          demand,
        },
        { requiredKeys: ['draw', 'pick'] },
      ),
    },
  );
  const plain: { weight: number; arbitrary: fc.Arbitrary<Step> }[] = [
    {
      weight: 16,
      arbitrary: fc.record({
        act: fc.constant('plan' as const),
        edits: fc.oneof(
          { weight: 3, arbitrary: fc.tuple(edit) },
          { weight: 1, arbitrary: fc.array(edit, { maxLength: 5 }) },
        ),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        act: fc.constant('forget' as const),
        advance: fc.nat(Math.ceil(horizonMs / 10)),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        act: fc.constant('set outages' as const),
        node: fc.nat(nodesMax - 1),
        outages: fc.array(
          fc.record({ from, length: fc.integer({ min: 1, max: lengthMsMax }) }, { requiredKeys: [] }),
          { maxLength: 3 },
        ),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        act: fc.constant('ask' as const),
        from,
        length,
        demand,
        count: fc.integer({ min: 1, max: countMax }),
        span: fc.nat(horizonMs),
      }),
    },
  ];
  const fork = (inner: fc.Arbitrary<Step>): fc.Arbitrary<Step> =>
    fc.record({ act: fc.constant('fork' as const), steps: fc.array(inner, { maxLength: 8 }) });
  const inDraft = fc.oneof(...plain, { weight: 1, arbitrary: fork(fc.oneof(...plain)) });
  const step = fc.oneof(...plain, { weight: 2, arbitrary: fork(inDraft) });
  return fc.record({ provider, steps: fc.array(step, { maxLength: stepsMax, size: 'max' }) });
}
