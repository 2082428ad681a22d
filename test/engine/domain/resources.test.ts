// Arithmetic of amounts, with what a provider names and without.

import { describe, expect, test } from 'vitest';
import {
  addResources,
  amountOf,
  isWithin,
  multiplyResources,
  namesIn,
  type Resources,
  sameResources,
  subtractResources,
  timesFits,
} from '../../../engine/domain/resources.ts';

const plain: Resources = { milliCpus: 4_000, memoryMib: 1_024, diskGib: 10 };
const gpu: Resources = { ...plain, named: { gpu: 2_000 } };
const licensed: Resources = { ...plain, named: { gpu: 500, licence: 1 } };

describe('resources', () => {
  test('are added, taken away and multiplied name by name', () => {
    const sum = { milliCpus: 8_000, memoryMib: 2_048, diskGib: 20 };
    expect(addResources(plain, plain)).toEqual(sum);
    expect(addResources(gpu, plain)).toEqual({ ...sum, named: { gpu: 2_000 } });
    expect(addResources(gpu, licensed)).toEqual({ ...sum, named: { gpu: 2_500, licence: 1 } });
    expect(multiplyResources(licensed, 2)).toEqual({ ...sum, named: { gpu: 1_000, licence: 2 } });
    const rest = { milliCpus: -4_000, memoryMib: -1_024, diskGib: -10 };
    expect(subtractResources(gpu, licensed, 2)).toEqual({ ...rest, named: { gpu: 1_000, licence: -2 } });
    expect(subtractResources(plain, plain, 2)).toEqual(rest);
  });

  test('fit as often as the scarcest of them allows', () => {
    expect(timesFits(gpu, { ...plain, milliCpus: 1_000, memoryMib: 10, diskGib: 1 })).toBe(4);
    expect(timesFits(gpu, { milliCpus: 1, memoryMib: 0, diskGib: 0, named: { gpu: 700 } })).toBe(2);
    expect(timesFits(plain, { ...plain, named: { gpu: 1 } })).toBe(0);
    expect(timesFits(plain, { ...plain, named: { gpu: 0 } })).toBe(1);
  });

  test('are within a limit when none is more', () => {
    expect(isWithin(licensed, gpu)).toBe(false);
    expect(isWithin(gpu, { ...gpu, named: { gpu: 2_000, licence: 4 } })).toBe(true);
    expect(isWithin({ ...gpu, named: { gpu: 2_001 } }, gpu)).toBe(false);
    expect(isWithin(gpu, { ...gpu, diskGib: 9 })).toBe(false);
  });

  test('are the same when a name is absent and when there is none of it', () => {
    expect(sameResources(plain, { ...plain, named: { gpu: 0 } })).toBe(true);
    expect(sameResources(plain, gpu)).toBe(false);
    expect(sameResources(gpu, plain)).toBe(false);
  });

  test('are asked for by name', () => {
    expect(namesIn(licensed)).toEqual(['milliCpus', 'memoryMib', 'diskGib', 'gpu', 'licence']);
    expect(namesIn(licensed).map((name) => amountOf(licensed, name))).toEqual([4_000, 1_024, 10, 500, 1]);
    expect(amountOf(plain, 'gpu')).toBe(0);
  });
});
