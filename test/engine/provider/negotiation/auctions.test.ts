// Auctions in a provider: who bids waits, winners have a turn at the price of the auction, and losers bid again.
import { expect, test } from 'vitest';
import { Provider } from '../../../../engine/index.ts';
import { HOUR, node, policy } from '../../../support/setup.ts';
import { type Story, type StorySettings, tell } from '../../../support/story.ts';

const CREDIT = 1_000_000;

/** One node of four CPUs, sold by auction at every full hour. */
function market(name = 'ca-provision', settings: StorySettings = {}, reserve = 0): Story {
  const waitlist = policy('waitlist', name, { reserve });
  return tell({ nodes: [node('n1', 4)], policies: { waitlist }, ...settings });
}

/** A window from ten to twelve, bid for in credits until nine. */
const bid = (instances: number, credits: number) =>
  ({
    start: '10:00',
    duration: '2h',
    instances,
    maxPriceMicros: credits * CREDIT,
    waitUntil: '09:00',
  }) as const;

const priceOf = (story: Story, name: string) => story.provider.reservation(name)?.priceMicros;
const states = (story: Story, ...names: string[]) =>
  names.map((name) => story.provider.reservation(name)?.state ?? story.endOf(name)?.reason);

test('bids wait for the auction, whoever wins has a turn at what it has to beat, and the others bid again', () => {
  const story = market('ca-provision', { manager: { turnMs: HOUR / 2 } });
  story.at('00:05').request('ann', bid(3, 9));
  story.at('00:10').request('bob', bid(2, 4));
  story.at('00:15').request('eve', bid(1, 1));
  story.at('01:10').confirm('ann');
  // Nobody takes the turn of eve, who does not answer: at two it is bob's, who needs two.
  story.at('03:00').cancel('ann');
  story.at('04:10').confirm('bob');
  story.runUntil('05:00');
  expect(story.timeline()).toMatchInlineSnapshot(`
    "00:05  ann asks for 3 SMALL 10:00-12:00
           ann <- WAITLISTED (sold-at-auction) until 09:00
    00:10  bob asks for 2 SMALL 10:00-12:00
           bob <- WAITLISTED (sold-at-auction) until 09:00
    00:15  eve asks for 1 SMALL 10:00-12:00
           eve <- WAITLISTED (sold-at-auction) until 09:00
    01:00  openpex holds an auction of 3 bids: ann for 6, eve for 0
           ann <- ACCEPT on 3xn1, held until 01:30, having waited since 00:05
           eve <- ACCEPT on n1, held until 01:30, having waited since 00:15
    01:10  ann is CONFIRMED on 3xn1
    01:30  eve is EXPIRED: hold-expired
    02:00  openpex holds an auction of 1 bids: nobody wins
    03:00  openpex holds an auction of 1 bids: nobody wins
           ann is CANCELLED: cancelled-by-user [refund 6000000]
    04:00  openpex holds an auction of 1 bids: bob for 0
           bob <- ACCEPT on 2xn1, held until 04:30, having waited since 00:10
    04:10  bob is CONFIRMED on 2xn1"
  `);
});

test('who bids nothing takes the price of the list, at once or not at all', () => {
  const story = market();
  const { maxPriceMicros: _, ...asked } = bid(4, 0);
  expect(story.user('ann').request(asked)).toMatchObject({ reply: 'ACCEPT', priceMicros: 800_000 });
  expect(story.user('bob').request({ ...asked, waitInstead: true })).toMatchObject({ reply: 'REJECT' });
  const { waitUntil: __, ...now } = bid(4, 9);
  expect(story.user('eve').request({ ...now, start: '14:00' })).toMatchObject({ reply: 'ACCEPT' });
});

test('a quote for a bid says that it is sold at auctions, and so does the answer', () => {
  const story = market();
  story.user('ann').request(bid(4, 9));
  expect(story.provider.quote(story.provider.reservation('ann')!.terms, 0)).toMatchObject({
    reason: 'sold-at-auction',
  });
  expect(story.user('bob').request(bid(4, 9))).toEqual({
    reply: 'WAITLISTED',
    reason: 'sold-at-auction',
    waitsUntilMs: 9 * HOUR,
  });
});

test('bids for windows apart keep nobody out', () => {
  const story = market('uniform-price', {}, 0.1);
  story.user('ann').request(bid(4, 9));
  story.user('bob').request({ ...bid(4, 5), start: '14:00', waitUntil: '13:00' });
  story.runUntil('01:00');
  // The reserve of 0.1 for each of 8 CPU-hours.
  expect([priceOf(story, 'ann'), priceOf(story, 'bob')]).toEqual([0.8 * CREDIT, 0.8 * CREDIT]);
});

test('what nobody outbids in time is waited for in vain', () => {
  const story = market('ca-provision', {}, 2);
  story.user('ann').request(bid(4, 15.9));
  story.user('bob').request(bid(4, 16));
  story.runUntil('01:00');
  expect(states(story, 'ann', 'bob')).toEqual(['WAITLISTED', 'ACCEPTED']);
  story.user('bob').confirm();
  story.runUntil('09:00');
  expect(states(story, 'ann')).toEqual(['waited-in-vain']);
});

test('the next auction stands in what is to come, as it does after a restart', () => {
  const story = market();
  const auctions = (provider: Provider) => provider.dues().filter(({ kind }) => kind === 'auction');
  expect(auctions(story.provider)).toEqual([]);
  story.runUntil('02:30');
  story.user('ann').request(bid(1, 1));
  expect(auctions(story.provider)).toEqual([{ kind: 'auction', atMs: 3 * HOUR }]);
  const snapshot = JSON.parse(JSON.stringify(story.provider.snapshot()));
  const next = new Provider(story.setup, { snapshot });
  expect(auctions(next)).toEqual([{ kind: 'auction', atMs: 3 * HOUR }]);
  story.user('ann').cancel();
  expect(auctions(story.provider)).toEqual([]);
});

test('each auction is an event of its own, with what was bid and what the winners pay, whether anybody wins or not', () => {
  const story = market('ca-provision', {}, 2);
  story.at('00:05').request('ann', bid(3, 18));
  story.at('00:10').request('bob', bid(2, 9));
  story.at('00:15').request('eve', bid(1, 1));
  story.at('01:10').confirm('ann');
  story.runUntil('02:30');
  const held = story.events.filter(({ type }) => type === 'auction-held');
  const hours = (count: number) => count * 2 * HOUR;
  expect(held).toMatchObject([
    {
      bids: 3,
      cpuMs: hours(6),
      bidMicros: 28 * CREDIT,
      // Bob's two CPUs would have had room without her, and bid 2.25 for a CPU-hour.
      awards: [
        {
          reservationId: 'ann',
          cpuMs: hours(3),
          bidMicros: 18 * CREDIT,
          priceMicros: 13.5 * CREDIT,
        },
      ],
    },
    { bids: 2, cpuMs: hours(3), bidMicros: 10 * CREDIT, awards: [] },
  ]);
});
