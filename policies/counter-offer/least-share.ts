// How much of a term must be left for an offer to be worth making: an option that several policies have.
import { Type } from 'typebox';

export function leastShareOption(of: string) {
  return Type.Number({
    minimum: 0,
    maximum: 1,
    default: 0.5,
    description: `Offer no less than this share of the ${of}.`,
  });
}
