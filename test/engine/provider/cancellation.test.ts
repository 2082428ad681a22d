// What comes back to who deletes a reservation: all of it, or what the pricing policy leaves.
import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { pricingPolicy } from '../../../engine/index.ts';
import { makePolicy, resolvePolicy } from '../../../policies/resolve-policy.ts';
import { node, policy } from '../../support/setup.ts';
import { tell } from '../../support/story.ts';

function refundUnder(pricing: ReturnType<typeof policy<'pricing'>>): number | undefined {
  const story = tell({ nodes: [node('n1')], policies: { pricing } });
  story.at('09:00').book('alice', { start: '12:00', duration: '2h' });
  story.at('11:00').cancel('alice');
  story.run();
  const [ended] = story.events.flatMap((event) => (event.type === 'reservation-ended' ? [event] : []));
  expect(ended).toMatchObject({ state: 'CANCELLED', penaltyMicros: 0 });
  return ended?.refundMicros;
}

test('a policy without a word on it gives all of the price back', () => {
  expect(refundUnder(policy('pricing', 'flat'))).toBe(200_000);
});

test('advance-purchase keeps its fee within the time that it is due, an hour before the start', () => {
  const fee = (feeWithin: string) =>
    refundUnder(policy('pricing', 'advance-purchase', { discount: 0, cancellationFee: 0.3, feeWithin }));
  expect([fee('1h'), fee('61m')]).toEqual([200_000, 140_000]);
});

test('a policy that gives back more than was paid is named', () => {
  const generous = makePolicy(
    resolvePolicy(
      pricingPolicy({
        name: 'generous',
        summary: 'Twice the price back.',
        options: Type.Object({}),
        create: () => ({
          price: () => 1000,
          compensation: () => ({ refundMicros: 0, penaltyMicros: 0 }),
          cancellation: ({ priceMicros }) => 2 * priceMicros,
        }),
      }),
    ),
  );
  expect(() => refundUnder(generous)).toThrow(
    /pricing policy "generous" returned 2000 from cancellation\(\); expected whole micro-credits from 0 to the price, 1000/,
  );
});
