// Expressions over figures, against those of JavaScript, and what people read who mistype one.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expressionOf, type Value } from '../../../policies/expression/expression.ts';
import { nodeExpression } from '../../../policies/expression/node-figures.ts';
import { nodeView, placement } from '../views.ts';

const SUBJECT = { A: 3, B: -2, ZERO: 0, NAME: 'rack-07' } as const;

function cameTo(text: string): number {
  return expressionOf<Readonly<Record<string, Value>>>(text, {
    of: (name) => (name in SUBJECT ? (subject) => subject[name]! : undefined),
    names: 'A, B, ZERO, NAME',
  })(SUBJECT);
}

test.each([
  ['A + B * 2', -1],
  ['(A + B) * 2', 2],
  ['-A - -B', -5],
  ['10 / 4 / 5', 0.5],
  ['A > 2 & B < 0', 1],
  ['A > 2 & B > 0 | A = 3', 1],
  ['!(A = 3)', 0],
  ['A >= 3 && A <= 3', 1],
  ['NAME = "rack-*"', 1],
  ['NAME != "rack-*" || NAME == "rack-07"', 1],
  ['NAME = "rack.07"', 0],
  ['A / ZERO', 0],
  ['1.5', 1.5],
])('%s is %d', (text, value) => {
  expect(cameTo(text)).toBe(value);
});

test.each([
  ['', '"" ends where a number, a name or "(" is expected'],
  ['A +', '"A +" ends where a number, a name or "(" is expected'],
  ['A B', '"A B" has "B" where an operator is expected'],
  ['(A', '"(A" ends where ")" is expected'],
  ['A % 2', '"A % 2" has "%", which is no operator'],
  ['C > 1', '"C > 1" names C, which is none of A, B, ZERO, NAME'],
  ['NAME > 1', '"NAME > 1" counts with the text "rack-07"; texts can only be compared by = and !='],
])('"%s" is refused', (text, message) => {
  expect(() => cameTo(text)).toThrow(new RangeError(message));
});

test('binds and counts as JavaScript does', () => {
  const { tree } = fc.letrec<{ tree: string; leaf: string }>((tie) => ({
    leaf: fc.constantFrom('A', 'B', '1', '2.5', '7'),
    tree: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      tie('leaf'),
      fc
        .tuple(
          tie('tree'),
          fc.constantFrom('+', '-', '*', '>', '<', '>=', '<=', '==', '!=', '&&', '||'),
          tie('tree'),
        )
        .map(([a, sign, b]) => `${a} ${sign} ${b}`),
      tie('tree').map((inner) => `(${inner})`),
    ),
  }));
  fc.assert(
    fc.property(tree, (text) => {
      // One level of comparisons here, two there: what compares comparisons is in parentheses or left out.
      fc.pre(!/(>|<|=)[^()&|]*(>|<|=)/.test(text.replaceAll(/[><=!]=/g, '=')));
      const asNumbers = text.replaceAll('&&', '&').replaceAll('||', '|');
      const truth = (value: number | boolean) => Number(value);
      const evaluate = new Function('A', 'B', `return ${text}`) as (a: number, b: number) => number | boolean;
      const isTruth = /[&|]/.test(asNumbers);
      const expected = truth(evaluate(SUBJECT.A, SUBJECT.B));
      expect(isTruth ? cameTo(text) !== 0 : cameTo(text)).toBe(isTruth ? expected !== 0 : expected);
    }),
  );
});

describe('over nodes', () => {
  const gpus = { milliCpus: 8000, memoryMib: 4096, diskGib: 100, named: { gpu: 4 } };
  const node = nodeView(2, {
    capacity: gpus,
    minFree: { ...gpus, milliCpus: 2500, named: { gpu: 1 } },
    instancesBooked: 3,
    load: 0.5,
    nextChangeMs: 900_000,
  });

  test.each([
    ['FREE_CPU', 250],
    ['MAX_CPU - USED_CPU', 250],
    ['FREE_MEM', 4096 * 1024],
    ['-RUNNING_VMS', -3],
    ['FREE_gpu / MAX_gpu', 0.25],
    ['FREE_tpu', 0],
    ['CALM', 0.25],
    ['HOSTNAME = "n*" & CLUSTER = "test"', 1],
    // Of CPU 1.5 of 8 are left, of memory 3328 of 4096, of GPUs 1 of 4.
    ['LEFT', 1500 / 8000],
  ])('%s: %d', (text, value) => {
    expect(nodeExpression(text)({ node, request: placement() })).toBe(value);
  });

  test('a name in capitals that there is not is no resource', () => {
    expect(() => nodeExpression('FREE_CPUS')).toThrow(/names FREE_CPUS, which is none of NAME, HOSTNAME/);
  });
});
