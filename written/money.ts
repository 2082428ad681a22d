// Money as options: credits with decimals in files, integer micro-credits in code.
import { Type } from 'typebox';

const MICROS_PER_CREDIT = 1_000_000;

/** A field that holds an amount of credits, at least 0. */
export function creditsOption(field: { readonly description: string; readonly default?: number }) {
  return Type.Number({ minimum: 0, expected: 'an amount of credits, such as 0.10', ...field });
}

/** The nearest whole number of micro-credits. */
export function microsFromCredits(credits: number): number {
  return Math.round(credits * MICROS_PER_CREDIT);
}
