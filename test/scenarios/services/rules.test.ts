// Elasticity rules: those of RESERVOIR's slides, what they come to, and what is said about rules that cannot be followed.
import { describe, expect, test } from 'vitest';
import { ElasticityRules } from '../../../scenarios/services/rules.ts';

const BOUNDS = new Map(['C1', 'C2', 'C3'].map((name) => [name, { min: 1, max: 10 }]));

function rulesOf(metrics: readonly string[], ...texts: readonly string[]): ElasticityRules {
  const rules = new ElasticityRules([...BOUNDS.keys()], metrics);
  for (const text of texts) rules.add(text);
  rules.close();
  return rules;
}

function figure(rules: ElasticityRules, name: string, measured: Record<string, number>): number | undefined {
  return rules.figures(new Map(Object.entries(measured)), BOUNDS).get(name);
}

describe('the rules of the slides', () => {
  test.each([
    [1400, 3],
    [500, 1],
    [501, 2],
    [0, 1],
    [1e9, 10],
  ])(
    'Replicas(C1) = RequestPerSecond(C1) / 500: of %i requests %i instances, within bounds',
    (rate, replicas) => {
      const rules = rulesOf(['RequestPerSecond.C1'], 'Replicas(C1) = RequestPerSecond(C1) / 500');
      expect(figure(rules, 'Replicas.C1', { 'RequestPerSecond.C1': rate })).toBe(replicas);
    },
  );

  test('Load(C3) = 3 * Load(C1)', () => {
    expect(figure(rulesOf(['Load.C1'], 'Load(C3)=3*Load(C1)'), 'Load.C3', { 'Load.C1': 2 })).toBe(6);
  });

  test('CPU(C1) = Users(C1) / 1000, where Users(C1) = 1000 is a rule as well', () => {
    const rules = rulesOf([], 'CPU(C1) = Users(C1) / 1000', 'Users(C1) = 1000');
    expect(figure(rules, 'CPU.C1', {})).toBe(1);
  });
});

test('rules may stand in any order, and count with instances as there will be: whole, and within bounds', () => {
  const rules = rulesOf(
    ['Rate'],
    'Load(C2) = Rate / (500 * Replicas(C1))',
    'Replicas(C3) = Replicas(C2) + Replicas(C1)',
    'Replicas(C1) = Rate / 500',
  );
  expect(figure(rules, 'Load.C2', { Rate: 750 })).toBe(0.75);
  // C2 has no rule: its fewest.
  expect(figure(rules, 'Replicas.C3', { Rate: 750 })).toBe(3);
  expect(figure(rules, 'Load.C2', { Rate: 100 })).toBe(0.2);
});

test('what is whole but for rounding is not rounded up', () => {
  expect(figure(rulesOf(['Rate'], 'Replicas(C1) = Rate * 3'), 'Replicas.C1', { Rate: 0.1 + 0.2 })).toBe(1);
  expect(figure(rulesOf(['Rate'], 'Replicas(C1) = Rate / 0.1'), 'Replicas.C1', { Rate: 0.3 })).toBe(3);
});

test.each([
  [['Replicas(C1)'], /"Replicas\(C1\)" is no rule; expected Figure\(component\) = expression/],
  [['Replicas(C4) = 1'], /is of C4, which is no component \(known: C1, C2, C3\)/],
  [['Replicas(C1) = Rte / 5'], /names Rte, which is none of Rate, Replicas\(C1\)/],
  [['Replicas(C1) = 1', 'Replicas( C1 ) = 2'], /says what "Replicas\(C1\) = 1" says already/],
  [['Rate = 5'], /says what is measured already: Rate/],
  [['Replicas(C1) = 3 *'], /ends where a number, a name or "\(" is expected/],
  [
    ['Load(C1) = Load(C2)', 'Load(C2) = Load(C3) + 1', 'Load(C3) = Load(C2)'],
    /rules need each other in a circle: Load\(C2\), Load\(C3\), Load\(C2\)/,
  ],
])('%j is refused', (texts, message) => {
  expect(() => rulesOf(['Rate'], ...texts)).toThrow(message);
});
