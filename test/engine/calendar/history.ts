// Random providers and histories for the tests of the capacity calendar, and how a calendar runs through one. A history is plain
// data, so that a failure that fast-check has shrunk can be kept in test/seeds/calendar.json.

import fc from 'fast-check';
import type { Resources } from '../../../engine/domain/resources.ts';

export interface Provider {
  readonly capacities: readonly Resources[];
  readonly sharedDiskGib?: number;
}

/** A node or a booking is picked by a number modulo how many there are at that time. */
export type Step =
  | {
      readonly act: 'book';
      readonly node: number;
      readonly from: number;
      readonly length: number;
      readonly demand: Resources;
    }
  | { readonly act: 'release'; readonly pick: number }
  | { readonly act: 'release again'; readonly pick: number }
  | { readonly act: 'rekind'; readonly pick: number }
  /** `length` is the one that the booking has afterwards. */
  | { readonly act: 'truncate'; readonly pick: number; readonly length: number }
  /** `advance` is counted from what was forgotten before. */
  | { readonly act: 'forget'; readonly advance: number }
  | { readonly act: 'set available'; readonly node: number; readonly available: boolean }
  | Ask;

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
}

export function histories(scale: Scale): fc.Arbitrary<History> {
  const { nodesMax, capacityMax, demandMax, horizonMs, lengthMsMax, countMax, stepsMax } = scale;
  const resources = (max: number) =>
    fc.record({
      milliCpus: fc.integer({ min: 0, max }),
      memoryMib: fc.integer({ min: 0, max }),
      diskGib: fc.integer({ min: 0, max }),
    });
  const provider: fc.Arbitrary<Provider> = fc.record(
    {
      capacities: fc.array(resources(capacityMax), { minLength: 1, maxLength: nodesMax }),
      sharedDiskGib: fc.integer({ min: 0, max: Math.ceil((capacityMax * nodesMax) / 2) }),
    },
    { requiredKeys: ['capacities'] },
  );
  const node = fc.nat(nodesMax - 1);
  const pick = fc.nat(2 * stepsMax);
  const from = fc.nat(horizonMs);
  const length = fc.integer({ min: 1, max: lengthMsMax });
  const demand = resources(demandMax);
  const act = <T extends string>(...acts: readonly T[]) => fc.constantFrom(...acts);
  const steps: fc.Arbitrary<Step>[] = [
    fc.record({ act: act('book'), node, from, length, demand }),
    fc.record({ act: act('book'), node, from, length, demand }),
    fc.record({ act: act('release', 'release', 'release', 'release again', 'rekind'), pick }),
    fc.record({ act: act('truncate'), pick, length }),
    fc.record({ act: act('forget'), advance: fc.nat(Math.ceil(horizonMs / 10)) }),
    fc.record({ act: act('set available'), node, available: fc.boolean() }),
    fc.record({
      act: act('ask'),
      from,
      length,
      demand,
      count: fc.integer({ min: 1, max: countMax }),
      span: fc.nat(horizonMs),
    }),
  ];
  const weights = [5, 5, 4, 1, 1, 1, 6];
  const step = fc.oneof(...steps.map((arbitrary, index) => ({ arbitrary, weight: weights[index]! })));
  return fc.record({ provider, steps: fc.array(step, { maxLength: stepsMax, size: 'max' }) });
}
