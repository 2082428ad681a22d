import fc from 'fast-check';
import { expect, test } from 'vitest';
import { traceValue } from '../../../engine/hypervisor/simulated/guest-load.ts';

const traces = fc
  .array(fc.record({ stepS: fc.integer({ min: 1, max: 900 }), permille: fc.nat(1000) }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((rows) => {
    const atS: number[] = [];
    for (const [index, { stepS }] of rows.entries()) atS.push(index === 0 ? 0 : atS[index - 1]! + stepS);
    return { name: 't', atS, permille: rows.map(({ permille }) => permille) };
  });

test('a trace is the last value that is not later, second by second', () => {
  fc.assert(
    fc.property(
      traces,
      fc.nat(20_000),
      fc.constantFrom('repeat' as const, 'hold' as const, 'idle' as const),
      (trace, seconds, afterEnd) => {
        const { atS, permille } = trace;
        const lengthS = atS.at(-1)! + (atS.length === 1 ? 1 : atS.at(-1)! - atS.at(-2)!);
        const isOver = seconds >= lengthS;
        const at = isOver && afterEnd === 'repeat' ? seconds % lengthS : seconds;
        const seen = permille.filter((_, index) => atS[index]! <= at).at(-1)!;
        expect(traceValue(trace, afterEnd, seconds)).toBe(isOver && afterEnd === 'idle' ? 0 : seen);
      },
    ),
  );
});
