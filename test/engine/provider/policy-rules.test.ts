// Policies that break the rules: the run stops with an error that names the policy, what it did and when, and nothing is booked that
// should not be.
import { describe, expect, test } from 'vitest';
import {
  type AllocationPolicy,
  type BuyerPolicy,
  type CounterOfferPolicy,
  type Named,
  type NodeView,
  PolicyError,
  type PricingPolicy,
  type Proposal,
  type ProviderPolicies,
  simulate,
  type UserSettings,
  type World,
} from '../../../engine/index.ts';
import { HOUR, MINUTE, node, policy, provider, request, setup } from '../../support/setup.ts';

const T0 = Date.parse('2009-08-21T10:00:00Z');

/** Two users want the only CPU: the second gets a counter-offer, in a run that begins at T0 + 5 minutes. */
const contested = (
  { buyer, ...policies }: Partial<ProviderPolicies & Pick<UserSettings, 'buyer'>>,
  { users, ...faults }: { users?: Partial<UserSettings>; incidents?: readonly { atMs: number; nodeId: string; kind: string }[] } = {},
) =>
  setup({
    users: { ...users, ...(buyer === undefined ? {} : { buyer }) },
    startMs: T0,
    cluster: { nodes: [node('n1', 1)] },
    policies: { ...provider().policies, ...policies },
    requests: [
      request({ submitMs: T0 + 5 * MINUTE, startMs: T0 + HOUR }),
      request({ submitMs: T0 + 5 * MINUTE, startMs: T0 + HOUR }),
    ],
    ...(faults as Pick<World, 'incidents'>),
  });

async function breach(run: Promise<unknown>): Promise<PolicyError> {
  const error: unknown = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PolicyError);
  expect((error as PolicyError).code).toBe('PEX_POLICY_BROKE_RULES');
  return error as PolicyError;
}

const named = <P>(of: P): Named<P> => ({ name: 'mine', policy: of });
const thrower = () => {
  throw new TypeError('x is undefined');
};

describe('allocation', () => {
  const bad = (choose: AllocationPolicy['choose']) =>
    breach(simulate(contested({ allocation: named<AllocationPolicy>({ choose }) })));

  test('a node of another request, or of its own making, is not one of the candidates', async () => {
    const foreign = { index: 7, nodeId: 'n8', group: 'g', capacity: node('n8').capacity };
    const view = { ...foreign, freeCount: 1, minFree: foreign.capacity, load: 0, placedHere: 0 };
    expect((await bad(() => view)).message).toBe(
      'allocation policy "mine" chose node "n8", which is not one of the candidates it was given, at 2009-08-21T10:05:00Z',
    );
  });

  test('a node that it filled a moment ago is no candidate any more', async () => {
    let first: NodeView | undefined;
    const run = simulate(
      setup({
        startMs: T0,
        cluster: { nodes: [node('n1', 1), node('n2', 1)] },
        policies: {
          ...provider().policies,
          allocation: named<AllocationPolicy>({
            choose: (_, candidates) => {
              const [candidate] = candidates;
              first ??= candidate!;
              return first;
            },
          }),
        },
        requests: [request({ submitMs: T0, startMs: T0, numInstancesFixed: 2 })],
      }),
    );
    expect((await breach(run)).message).toContain('chose node "n1"');
  });

  test('no node at all', async () => {
    expect((await bad(() => undefined as never)).message).toContain(
      'allocation policy "mine" chose no node, which',
    );
  });

  test('an exception keeps its message and its cause', async () => {
    const error = await bad(thrower);
    expect(error.message).toBe(
      'allocation policy "mine" threw TypeError: x is undefined, at 2009-08-21T10:05:00Z',
    );
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  test('an exception while instances of a lost node are placed again', async () => {
    let calls = 0;
    const firstFit = policy('allocation', 'first-fit').policy;
    const choose: AllocationPolicy['choose'] = (...about) => {
      calls += 1;
      if (calls > 1) thrower();
      return firstFit.choose(...about);
    };
    const run = simulate(
      setup({
        startMs: T0,
        policies: { ...provider().policies, allocation: named<AllocationPolicy>({ choose }) },
        requests: [request({ submitMs: T0, startMs: T0 })],
        incidents: [{ atMs: T0 + MINUTE, nodeId: 'n1', kind: 'fail' }],
      }),
    );
    expect((await breach(run)).message).toContain('threw TypeError: x is undefined, at 2009-08-21T10:01:00Z');
  });
});

describe('counter-offers', () => {
  const bad = (alternative: (proposal: Proposal) => unknown) =>
    breach(simulate(contested({ counterOffer: named({ alternative } as CounterOfferPolicy) })));

  test('terms that do not fit are not offered', async () => {
    expect((await bad((asked) => asked)).message).toMatch(
      /^counter-offer policy "mine" offered terms that do not fit: \{.*\}, at 2009-08-21T10:05:00Z$/,
    );
  });

  test('nor are terms in the past, or beyond the booking horizon', async () => {
    await bad((asked) => ({ ...asked, startMs: T0 }));
    await bad((asked) => ({ ...asked, startMs: T0 + 400 * 24 * HOUR }));
  });

  test('nor is what is no proposal at all', async () => {
    await bad(() => null);
    await bad(() => ({}));
    for (const nonsense of [
      { startMs: Number.NaN },
      { startMs: T0 + HOUR + 0.5 },
      { durationMs: 0 },
      { numInstancesFixed: 0 },
      { numInstancesOption: -1 },
      { demand: { milliCpus: -1000, memoryMib: 768, diskGib: 10 } },
      { demand: undefined },
    ]) {
      const { message } = await bad((asked) => ({ ...asked, startMs: T0 + 2 * HOUR, ...nonsense }));
      expect(message).toContain('offered terms that do not fit');
    }
  });

  test('an exception, and a question to its view that makes no sense, are its own fault', async () => {
    expect((await bad(thrower)).message).toContain('counter-offer policy "mine" threw TypeError');
    const counterOffer = named<CounterOfferPolicy>({
      alternative: (asked, view) => {
        view.earliestStart({ ...asked, count: 0, notBeforeMs: asked.startMs });
        return undefined;
      },
    });
    const { message } = await breach(simulate(contested({ counterOffer })));
    expect(message).toMatch(/^counter-offer policy "mine" threw InvariantError: .* at 2009-08-21T10:05:00Z$/);
  });

  test('a pricing policy that fails when it is asked through the view is named itself', async () => {
    const counterOffer = named<CounterOfferPolicy>({
      alternative: (asked, view) => {
        view.priceOf({ ...asked, durationMs: 13 });
        return undefined;
      },
    });
    const pricing: Named<PricingPolicy> = {
      name: 'odd',
      policy: {
        price: ({ durationMs }) => (durationMs === 13 ? -1 : 0),
        compensation: () => ({ refundMicros: 0, penaltyMicros: 0 }),
      },
    };
    const { message } = await breach(simulate(contested({ counterOffer, pricing })));
    expect(message).toBe(
      'pricing policy "odd" gave a price of -1; whole micro-credits of at least 0 are expected, at 2009-08-21T10:05:00Z',
    );
  });
});

describe('pricing', () => {
  const fair = { refundMicros: 0, penaltyMicros: 0 };
  const pricing = (price: () => number, compensation: () => unknown = () => fair) => ({
    pricing: named({ price, compensation } as PricingPolicy),
  });

  test('a price is a whole number of micro-credits, and not negative', async () => {
    for (const price of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      const { message } = await breach(simulate(contested(pricing(() => price))));
      expect(message).toContain(`pricing policy "mine" gave a price of ${price}; whole micro-credits`);
    }
  });

  test('so are refunds and penalties', async () => {
    const lost = { incidents: [{ atMs: T0 + HOUR, nodeId: 'n1', kind: 'fail' }] };
    const broken = (compensation: () => unknown) =>
      breach(
        simulate(
          contested(
            pricing(() => 0, compensation),
            lost,
          ),
        ),
      );
    expect((await broken(() => ({ ...fair, refundMicros: -1 }))).message).toContain('gave a refund of -1');
    expect((await broken(() => ({ ...fair, penaltyMicros: 0.1 }))).message).toContain(
      'gave a penalty of 0.1',
    );
    expect((await broken(() => undefined)).message).toContain('gave a refund of undefined');
    expect((await broken(thrower)).message).toContain(
      'threw TypeError: x is undefined, at 2009-08-21T11:00:00Z',
    );
  });

  test('an exception', async () => {
    const { message } = await breach(simulate(contested(pricing(thrower))));
    expect(message).toBe('pricing policy "mine" threw TypeError: x is undefined, at 2009-08-21T10:05:00Z');
  });
});

describe('buyers', () => {
  const bad = (respond: (...about: Parameters<BuyerPolicy['respond']>) => unknown) =>
    breach(simulate(contested({ buyer: () => named({ respond } as BuyerPolicy) })));

  test('an answer that the protocol does not know', async () => {
    expect((await bad(() => ({ reply: 'MAYBE' }))).message).toBe(
      'buyer policy "mine" answered {"reply":"MAYBE"}; ACCEPT, REJECT or COUNTER is expected, at 2009-08-21T10:05:00Z',
    );
    expect((await bad(() => undefined)).message).toContain('answered undefined; ACCEPT, REJECT');
  });

  test('a counter to an offer that meets the request', async () => {
    const { message } = await bad((_, { proposal }) => ({ reply: 'COUNTER', proposal }));
    expect(message).toBe(
      'buyer policy "mine" answered an ACCEPT with a COUNTER; only a counter-offer can be countered, at 2009-08-21T10:05:00Z',
    );
  });

  test('a counter that is no proposal', async () => {
    const { message } = await bad((offer, { proposal }) =>
      offer.reply === 'ACCEPT'
        ? { reply: 'ACCEPT' }
        : { reply: 'COUNTER', proposal: { ...proposal, durationMs: -1 } },
    );
    expect(message).toContain('buyer policy "mine" countered with what is no proposal: {');
  });

  test('an exception, after thinking for a while', async () => {
    const thoughtful = contested(
      { buyer: () => named<BuyerPolicy>({ respond: thrower }) },
      { users: { thinkTime: { minMs: MINUTE, maxMs: MINUTE }, noShow: 0, claim: 0 } },
    );
    const { message } = await breach(simulate(thoughtful));
    expect(message).toBe('buyer policy "mine" threw TypeError: x is undefined, at 2009-08-21T10:06:00Z');
  });
});

test('policies that keep the rules in unusual ways are welcome', async () => {
  const last: AllocationPolicy = {
    choose: (_, candidates) => {
      // Stops one walk early, and walks all of them within another.
      for (const candidate of candidates) if (candidate.freeCount > 100) return candidate;
      let last: NodeView | undefined;
      for (const candidate of candidates) last = [...candidates].at(-1) ?? candidate;
      return last!;
    },
  };
  const outcome = await simulate(
    setup({
      policies: { ...provider().policies, allocation: named(last) },
      requests: [request({ numInstancesFixed: 3 }), request({ numInstancesFixed: 5 })],
    }),
  );
  expect(outcome.end).toBe('complete');
});
