// Money as options: credits with decimals in files, integer micro-credits in code.
import { Type } from 'typebox';

const MICROS_PER_CREDIT = 1_000_000;

/** A price of one thing beyond that is a slip of the pen; prices of whole requests stay exact below it. */
const MOST_CREDITS = 1_000_000;

/** A field that holds an amount of credits, from 0 to a million. */
export function creditsOption(field: { readonly description: string; readonly default?: number }) {
  return Type.Number({
    minimum: 0,
    maximum: MOST_CREDITS,
    expected: 'an amount of credits from 0 to 1,000,000, such as 0.10',
    ...field,
  });
}

/** The nearest whole number of micro-credits. */
export function microsFromCredits(credits: number): number {
  return Math.round(credits * MICROS_PER_CREDIT);
}
