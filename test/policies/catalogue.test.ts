import { IsObject, type TSchema } from 'typebox';
import { describe, expect, test } from 'vitest';
import { functionsOf, POLICY_KINDS, type PolicyKind } from '../../engine/index.ts';
import { CATALOGUE, defaultPolicyName, findPolicy } from '../../policies/catalogue.ts';
import { resolvePolicy } from '../../policies/resolve-policy.ts';
import type { InputError } from '../../written/input-error.ts';
import { make } from './views.ts';

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return `${(error as InputError).code} ${(error as InputError).message}`;
  }
  throw new Error('nothing was thrown');
}

describe('the catalogue', () => {
  const shipped = POLICY_KINDS.flatMap((kind) =>
    CATALOGUE[kind].map((policy) => [kind, policy.name] as const),
  );

  test('names the provider of the papers first', () => {
    expect(POLICY_KINDS.map(defaultPolicyName)).toEqual([
      'most-loaded',
      'earliest-start',
      'flat',
      'none',
      'none',
      'fifo',
      'earliest-slot',
      'in-order',
      'give-up',
      'as-needed',
    ]);
  });

  test.each(shipped)(
    '%s %s has a summary of one line, a guide, and options with defaults and descriptions',
    (kind, name) => {
      const policy = findPolicy(kind, name);
      expect(policy.summary).toMatch(/^[A-Z][^\n]*\.$/);
      for (const text of ['rule', 'origin', 'use'] as const) expect(policy.guide?.[text]).toMatch(/\.$/);
      expect(IsObject(policy.options)).toBe(true);
      for (const option of Object.values<TSchema & { default?: unknown; description?: string }>(
        policy.options.properties,
      )) {
        expect(option.default).toBeDefined();
        expect(option.description).toMatch(/\.$/);
      }
    },
  );

  test.each(shipped)('%s %s can be made from its defaults', (kind: PolicyKind, name) => {
    const policy: object = make(kind, name);
    for (const [method, { optional }] of Object.entries(functionsOf(kind)))
      if (!optional || method in policy) expect(policy).toHaveProperty(method, expect.any(Function));
  });

  test('names are unique within a kind', () => {
    expect(new Set(shipped.map(([kind, name]) => `${kind}=${name}`)).size).toBe(shipped.length);
  });
});

describe('choosing a policy', () => {
  test('a mistyped name gets the nearest one', () => {
    expect(messageOf(() => findPolicy('allocation', 'most-laoded', { file: 'day.yaml', line: 3 }))).toBe(
      'PEX_POLICY_UNKNOWN day.yaml:3: there is no allocation policy "most-laoded" (did you mean "most-loaded"?)',
    );
  });

  test('a name that is like none gets the list', () => {
    expect(messageOf(() => findPolicy('counter-offer', 'haggle'))).toBe(
      `PEX_POLICY_UNKNOWN there is no counter-offer policy "haggle" (known: ${CATALOGUE['counter-offer'].map(({ name }) => name).join(', ')})`,
    );
  });

  test('options are completed with their defaults, in the order of the schema', () => {
    const { options } = resolvePolicy(findPolicy('pricing', 'flat'), { penaltyShare: 0.5 });
    expect(Object.entries(options)).toEqual([
      ['cpuHour', 0.1],
      ['memoryGibHour', 0],
      ['diskGibHour', 0],
      ['resourceHours', {}],
      ['billingIncrement', '1h'],
      ['penaltyShare', 0.5],
    ]);
  });

  test('all wrong options are named at once', () => {
    expect(
      messageOf(() =>
        resolvePolicy(findPolicy('pricing', 'flat'), {
          cpuHuor: 1,
          cpuHour: -2,
          billingIncrement: 60,
          penaltyShare: '10%',
        }),
      ),
    ).toMatchInlineSnapshot(
      `"PEX_POLICY_OPTIONS options of the pricing policy "flat": cpuHuor: "cpuHuor" is not known here (did you mean "cpuHour"?); cpuHour: expected an amount of credits from 0 to 1,000,000, such as 0.10, found -2; billingIncrement: expected a duration with its unit, such as "10m" or "1h 30m", found 60; penaltyShare: expected a number from 0 to 1000, found "10%""`,
    );
  });

  test('a policy without options says so', () => {
    expect(
      messageOf(() => resolvePolicy(findPolicy('allocation', 'first-fit'), { limit: 3 })),
    ).toMatchInlineSnapshot(
      `"PEX_POLICY_OPTIONS options of the allocation policy "first-fit": limit: "limit" is not known here (there is nothing to set)"`,
    );
  });
});
