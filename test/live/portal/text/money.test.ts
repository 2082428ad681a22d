import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatChange,
  formatMoney,
  parseMoney,
  toMoneyField,
} from '../../../../live/portal/src/text/money.ts';

test.each([
  [0, '0.00 credits'],
  [1_000_000, '1.00 credit'],
  [1_234_500_000, '1,234.50 credits'],
  [4200, '0.0042 credits'],
  [1, '0.000001 credits'],
  [-2_500_000, '−2.50 credits'],
  [1_234_567_000_000, '1,234,567.00 credits'],
])('%d micro-credits are shown as %s', (micros, text) => {
  expect(formatMoney(micros)).toBe(text);
});

test('a gain shows its sign', () => {
  expect(formatChange(20_000_000)).toBe('+20.00 credits');
  expect(formatChange(-20_000_000)).toBe('−20.00 credits');
});

test.each(['', 'abc', '-1', '1.2345678', '1,23', '1e3'])('"%s" is no amount', (text) => {
  expect(parseMoney(text)).toBeNull();
});

test('thousands may be grouped', () => {
  expect(parseMoney(' 1,234.5 ')).toBe(1_234_500_000);
});

test('what a field shows is read back exactly', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000_000_000 }), (micros) => {
      expect(parseMoney(toMoneyField(micros))).toBe(micros);
    }),
  );
});
