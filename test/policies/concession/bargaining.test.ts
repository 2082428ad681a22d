// Concessions and sessions of bargaining, against the worked vectors of Faratin, Sierra, Jennings 1998 and of two sides that alternate.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Concession, conceded } from '../../../policies/concession/time-dependent.ts';
import { shareOfProposer, shareOfProposerIn } from '../../support/rubinstein.ts';
import { ask, calendarOf, decision, make, offer, proposal, userRequest } from '../views.ts';

const CREDIT = 1_000_000;

describe('time-dependent concession', () => {
  const at = (t: number, beta: number, start: number, shape: Concession['shape'] = 'polynomial') =>
    conceded(t, { shape, beta, start, deadline: 10 });

  test.each([
    [0, 0.2, 0, 0],
    [1, 0.2, 0, 1e-5],
    [5, 0.2, 0, 0.03125],
    [9, 0.2, 0, 0.59049],
    [10, 0.2, 0, 1],
    [0, 0.2, 0.1, 0.1],
    [1, 0.2, 0.1, 0.100009],
    [5, 0.2, 0.1, 0.128125],
    [9, 0.2, 0.1, 0.631441],
    [10, 0.2, 0.1, 1],
    [0, 1, 0, 0],
    [1, 1, 0, 0.1],
    [5, 1, 0, 0.5],
    [9, 1, 0, 0.9],
    [10, 1, 0, 1],
    [0, 1, 0.1, 0.1],
    [1, 1, 0.1, 0.19],
    [5, 1, 0.1, 0.55],
    [9, 1, 0.1, 0.91],
    [10, 1, 0.1, 1],
    [0, 2, 0, 0],
    [1, 2, 0, 0.316227766016838],
    [5, 2, 0, Math.SQRT1_2],
    [9, 2, 0, 0.948683298050514],
    [10, 2, 0, 1],
    [0, 2, 0.1, 0.1],
    [1, 2, 0.1, 0.384604989415154],
    [5, 2, 0.1, 0.736396103067893],
    [9, 2, 0.1, 0.953814968245462],
    [10, 2, 0.1, 1],
    [0, 5, 0, 0],
    [1, 5, 0, 0.630957344480193],
    [5, 5, 0, 0.870550563296124],
    [9, 5, 0, 0.979148362360977],
    [10, 5, 0, 1],
    [0, 5, 0.1, 0.1],
    [1, 5, 0.1, 0.667861610032174],
    [5, 5, 0.1, 0.883495506966512],
    [9, 5, 0.1, 0.981233526124879],
    [10, 5, 0.1, 1],
  ])('polynomial: message %d, beta %d, start %d: %d', (t, beta, start, alpha) => {
    expect(at(t, beta, start)).toBeCloseTo(alpha, 12);
  });

  test.each([
    [0, 0.2, 0.1],
    [5, 0.2, 0.134725386044175],
    [10, 0.2, 1],
    [0, 1, 0.1],
    [5, 1, 0.316227766016838],
    [10, 1, 1],
    [0, 5, 0.1],
    [5, 5, 0.930572040929699],
    [10, 5, 1],
  ])('exponential: message %d, beta %d: %d', (t, beta, alpha) => {
    expect(at(t, beta, 0.1, 'exponential')).toBeCloseTo(alpha, 12);
  });

  test('never goes back, and is at the limit from the deadline on', () => {
    const cases = fc.tuple(
      fc.constantFrom('polynomial' as const, 'exponential' as const),
      fc.double({ min: 0.05, max: 20, noNaN: true }),
    );
    fc.assert(
      fc.property(cases, ([shape, beta]) => {
        const path = Array.from({ length: 14 }, (_, t) => at(t, beta, 0.1, shape));
        for (const [i, alpha] of path.entries())
          if (i > 0) expect(alpha).toBeGreaterThanOrEqual(path[i - 1]!);
        for (const alpha of path.slice(10)) expect(alpha).toBe(1);
      }),
    );
  });
});

interface Side {
  readonly first: number;
  readonly limit: number;
  readonly beta: number;
}

/** buyer=bargainer against counter-offer=price: every price that was named, and the one agreed on. */
function session(
  buyer: Side,
  seller: Side,
): { readonly prices: number[]; readonly agreed: number | undefined } {
  const bargainer = make('buyer', 'bargainer', {
    firstShare: buyer.first / buyer.limit,
    beta: buyer.beta,
    deadline: 10,
  });
  const price = make('counter-offer', 'price', {
    floorShare: seller.limit / seller.first,
    beta: seller.beta,
    deadline: 10,
  });
  const list = seller.first * CREDIT;
  const request = userRequest({ proposal: proposal({ maxPriceMicros: buyer.limit * CREDIT }) });
  let bid = bargainer.open!(request, decision());
  const prices = [bid.maxPriceMicros! / CREDIT];
  for (let round = 1; ; round++) {
    // A list price that the bid reaches is accepted without asking the policy.
    if (bid.maxPriceMicros! >= list) return { prices, agreed: list / CREDIT };
    const about = { reason: 'price', priceMicros: list, round } as const;
    const [draft] = price.respond(ask(bid, about), calendarOf([]), decision());
    const { priceMicros } = draft!;
    const isTaken = priceMicros === bid.maxPriceMicros;
    if (!isTaken) prices.push(priceMicros! / CREDIT);
    const answer = bargainer.respond(offer(bid, priceMicros), request, round, decision());
    if (answer.reply === 'ACCEPT') return { prices, agreed: priceMicros! / CREDIT };
    expect(isTaken, 'what the seller takes is what the buyer bid').toBe(false);
    if (answer.reply === 'REJECT') return { prices, agreed: undefined };
    bid = answer.proposal;
    prices.push(bid.maxPriceMicros! / CREDIT);
  }
}

describe('a session of the bargainer with the price', () => {
  const buyer = (beta: number, limit = 12): Side => ({ first: 5, limit, beta });
  const seller = (beta: number): Side => ({ first: 15, limit: 8, beta });

  test.each([
    ['two lines', buyer(1), seller(1), [5, 14.3, 6.4, 12.9, 7.8, 11.5, 9.2, 10.1], 10.1],
    [
      'a bargain hunter',
      buyer(0.2),
      seller(1),
      [5, 14.3, 5.00224, 12.9, 5.07168, 11.5, 5.54432, 10.1, 7.29376, 8.7],
      8.7,
    ],
    [
      'a stubborn seller',
      buyer(1),
      seller(0.2),
      [5, 14.99993, 6.4, 14.98299, 7.8, 14.78125, 9.2, 13.82351, 10.6, 10.86657],
      10.86657,
    ],
    ['two who are urgent', buyer(5), seller(5), [5, 10.583299, 10.073458], 10.073458],
    [
      'two who hold out',
      buyer(0.2),
      seller(0.2),
      [5, 14.99993, 5.00224, 14.98299, 5.07168, 14.78125, 5.54432, 13.82351, 7.29376, 10.86657],
      10.86657,
    ],
  ] as const)('%s', (_, a, b, prices, agreed) => {
    const found = session(a, b);
    expect(found.prices.map((each) => each.toFixed(5))).toEqual(prices.map((each) => each.toFixed(5)));
    expect(found.agreed).toBeCloseTo(agreed, 5);
  });

  test('comes to no agreement where the buyer pays less than the seller takes', () => {
    expect(session(buyer(1, 7), seller(1)).agreed).toBeUndefined();
  });

  test('agrees when the last that is asked is within the limit of the buyer, and never beyond a limit', () => {
    const side = fc.double({ min: 0.1, max: 10, noNaN: true });
    fc.assert(
      fc.property(side, side, fc.integer({ min: 6, max: 14 }), (betaBuyer, betaSeller, limit) => {
        const { agreed } = session(buyer(betaBuyer, limit), seller(betaSeller));
        const lastAsk = 8 + 7 * (1 - 0.9 ** (1 / betaSeller));
        if (lastAsk < limit - 1e-6) expect(agreed).toBeDefined();
        if (limit < 8) expect(agreed).toBeUndefined();
        if (agreed !== undefined) {
          expect(agreed).toBeGreaterThanOrEqual(8 - 1e-6);
          expect(agreed).toBeLessThanOrEqual(limit + 1e-6);
        }
      }),
    );
  });
});

test('a seller whose beta depends on what is booked gives way when idle, and holds out when busy', () => {
  const asked = (booked: number) => {
    const policy = make('counter-offer', 'price', {
      floorShare: 0.5,
      beta: 4,
      betaWhenBooked: 0.25,
      deadline: 10,
    });
    const terms = proposal({ maxPriceMicros: 1 });
    const about = { reason: 'price', priceMicros: 10 * CREDIT, round: 3 } as const;
    const view = { ...calendarOf([]), bookedShare: () => booked };
    return policy.respond(ask(terms, about), view, decision())[0]!.priceMicros! / CREDIT;
  };
  // Message 5 of 10: half the way to the power of 1 / beta, from 10 towards 5.
  for (const [booked, beta] of [
    [0, 4],
    [0.5, 1],
    [1, 0.25],
  ] as const)
    expect(asked(booked)).toBeCloseTo(10 - 5 * 0.5 ** (1 / beta), 6);
});

test('a price below a constant share of the limit is taken at once', () => {
  const answer = (acceptAt: number, credits: number) => {
    const policy = make('buyer', 'bargainer', { acceptAt, beta: 0.2 });
    const request = userRequest({ proposal: proposal({ maxPriceMicros: 10 * CREDIT }) });
    return policy.respond(offer(proposal(), credits * CREDIT), request, 1, decision()).reply;
  };
  expect([answer(0, 6), answer(0.6, 6), answer(0.6, 6.1)]).toEqual(['COUNTER', 'ACCEPT', 'COUNTER']);
});

describe('beside the equilibrium of Rubinstein', () => {
  test.each([
    [0.9, 0.9, 0.5263157894736843],
    [0.95, 0.8, 0.8333333333333331],
    [0.8, 0.95, 0.20833333333333354],
    [0.5, 0.5, 0.6666666666666666],
    [0.99, 0.99, 0.5025125628140701],
  ])('patience %d and %d: the proposer gets %d', (proposer, responder, share) => {
    expect(shareOfProposer({ proposer, responder })).toBeCloseTo(share, 12);
    // A long end is as good as none.
    expect(shareOfProposerIn(4001, { proposer, responder })).toBeCloseTo(share, 9);
  });

  test.each([
    [1, 1],
    [2, 0.1],
    [3, 0.91],
    [4, 0.181],
    [10, 0.342800821],
    [50, 0.5236032762066736],
  ])('of %d offers, both at 0.9: %d', (rounds, share) => {
    expect(shareOfProposerIn(rounds, { proposer: 0.9, responder: 0.9 })).toBeCloseTo(share, 12);
  });

  test('two who bargain alike and share the same range split as two who are equally and very patient', () => {
    // Both range from 5 to 15: a step is a tenth of that, and no session ends further from the half than a step.
    for (const beta of [0.5, 1, 2]) {
      const { agreed } = session({ first: 5, limit: 15, beta }, { first: 15, limit: 5, beta });
      const patient = shareOfProposer({ proposer: 0.999, responder: 0.999 });
      expect(Math.abs((15 - agreed!) / 10 - patient)).toBeLessThanOrEqual(0.1);
    }
  });

  test('who gives way later gets more, as who is more patient does', () => {
    const share = (beta: number) => {
      const { agreed } = session({ first: 5, limit: 15, beta }, { first: 15, limit: 5, beta: 1 });
      return (15 - agreed!) / 10;
    };
    const shares = [5, 2, 1, 0.5, 0.2].map(share);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)!).toBeGreaterThan(shares[0]!);
    const patience = [0.5, 0.7, 0.9, 0.99].map((proposer) => shareOfProposer({ proposer, responder: 0.9 }));
    expect(patience).toEqual([...patience].sort((a, b) => a - b));
  });
});
