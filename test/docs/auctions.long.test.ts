// What docs/validation.md says of auctions: with a reserve and time to gather bids they leave more to share than the price of the list, and without either less.
import { expect, test } from 'vitest';
import { studyFigures } from '../support/study-figures.ts';

async function welfareOf(settings: Readonly<Record<string, unknown>>, seed: number): Promise<number> {
  const { ledger, market } = await studyFigures('auctions', settings, seed);
  expect(ledger.breaches).toBe(0);
  return market.total.customerMicros + market.total.providerMicros;
}

test('who gathers bids above a reserve sells to whom it is worth most', async () => {
  for (const seed of [1, 2]) {
    const list = await welfareOf({ 'negotiation.waitlist': 0 }, seed);
    const waitlist = { name: 'ca-provision', options: { reserve: 0.1 } };
    const gathered = await welfareOf(
      { 'policies.waitlist': waitlist, 'negotiation.auctionInterval': '12h' },
      seed,
    );
    const hourly = await welfareOf({ 'policies.waitlist': 'ca-provision' }, seed);
    expect(gathered / list).toBeGreaterThan(1.05);
    expect(hourly / list).toBeLessThan(0.95);
  }
}, 600_000);
