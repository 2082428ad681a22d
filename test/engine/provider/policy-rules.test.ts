// Policies that break the rules: the run stops with an error that names the policy, the place in its code, what it did, about what and when,
// and nothing is booked that should not be.
import { describe, expect, test } from 'vitest';
import {
  type AllocationPolicy,
  type BuyerPolicy,
  type CounterOfferPolicy,
  type DraftOffer,
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
  {
    users,
    ...faults
  }: {
    users?: Partial<UserSettings>;
    incidents?: readonly { atMs: number; nodeId: string; kind: string }[];
  } = {},
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
  return error as PolicyError;
}

/** The message without the place with which it begins. */
function sentence({ message }: PolicyError): string {
  return message.slice(message.search(/(allocation|counter-offer|pricing|buyer) policy/));
}

const named = <P>(of: P): Named<P> => ({ name: 'mine', policy: of });
const thrower = () => {
  throw new TypeError('x is undefined');
};
const helped = (..._about: unknown[]) => thrower();

describe('allocation', () => {
  const bad = (choose: AllocationPolicy['choose']) =>
    breach(simulate(contested({ allocation: named<AllocationPolicy>({ choose }) })));

  test('a node of another request, or of its own making, is not one of the candidates', async () => {
    const foreign = { index: 7, nodeId: 'n8', group: 'g', capacity: node('n8').capacity };
    const view = {
      ...foreign,
      freeCount: 1,
      minFree: foreign.capacity,
      load: 0,
      milliCpuMsAhead: 0,
      instancesBooked: 0,
      nextChangeMs: Number.POSITIVE_INFINITY,
      placedHere: 0,
      losses: 0,
      servedMs: 0,
      freeDevices: {},
    };
    expect((await bad(() => view)).message).toBe(
      'allocation policy "mine" returned node "n8" from choose(); expected one of the candidates it was given, ' +
        'asked about R1, round 1, instance 1: 1 x 1 vCPU and 768 MiB from 2009-08-21T11:00:00Z to 2009-08-21T12:00:00Z, ' +
        'at 2009-08-21T10:05:00Z',
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
    expect((await breach(run)).message).toContain('returned node "n1" from choose()');
  });

  test('no node at all', async () => {
    expect((await bad(() => undefined as never)).message).toContain(
      'allocation policy "mine" returned nothing (undefined) from choose(); expected one of the candidates,',
    );
  });

  test('an exception keeps its message, its place and its cause', async () => {
    const error = await bad((...about) => helped(about));
    expect(sentence(error)).toBe(
      'allocation policy "mine" threw TypeError: x is undefined in choose(), ' +
        'asked about R1, round 1, instance 1: 1 x 1 vCPU and 768 MiB from 2009-08-21T11:00:00Z to 2009-08-21T12:00:00Z, ' +
        'at 2009-08-21T10:05:00Z',
    );
    expect(error.place?.file).toBe('test/engine/provider/policy-rules.test.ts');
    expect(
      error.message.startsWith(`${error.place?.file}:${error.place?.line}:${error.place?.column}: alloc`),
    ).toBe(true);
    expect(error.frames.map((frame) => frame.function).slice(0, 2)).toEqual(['thrower', 'helped']);
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
    expect((await breach(run)).message).toMatch(
      /threw TypeError: x is undefined in choose\(\), asked about R1, round 1, instance 1: .*, at 2009-08-21T10:01:00Z$/,
    );
  });
});

describe('counter-offers', () => {
  const bad = (respond: (proposal: Proposal) => unknown) =>
    breach(
      simulate(
        contested({
          counterOffer: named({ respond: ({ proposal }) => respond(proposal) } as CounterOfferPolicy),
        }),
      ),
    );

  test('terms that do not fit are not offered', async () => {
    const { message } = await bad(() => [{ durationMs: 2 * HOUR }]);
    expect(message).toMatch(
      /^counter-offer policy "mine" returned \{"durationMs":7200000\} from respond\(\); expected offers that fit, asked about R2, round 1: 1 x SMALL from .*, at 2009-08-21T10:05:00Z$/,
    );
    expect((await bad(() => [{}])).message).toContain('returned {} from respond(); expected offers that fit');
  });

  test('nor are terms in the past, or beyond the booking horizon', async () => {
    await bad(() => [{ startMs: T0 }]);
    await bad(() => [{ startMs: T0 + 400 * 24 * HOUR }]);
  });

  test('nor is what is no offer at all', async () => {
    const nonsense: unknown[] = [
      null,
      undefined,
      {},
      [null],
      [[]],
      [{ startMs: Number.NaN }],
      [{ startMs: T0 + HOUR + 0.5 }],
      [{ durationMs: 0 }],
      [{ numInstancesFixed: 0 }],
      [{ numInstancesOption: -1 }],
      [{ demand: { milliCpus: -1000, memoryMib: 768, diskGib: 10 } }],
      [{ demand: {} }],
      [{ priceMicros: 0.5 }],
      [{ type: '' }],
      [{ maxPriceMicros: 7 }],
    ];
    for (const offers of nonsense) {
      expect((await bad(() => offers)).message).toContain(
        'from respond(); expected a list of offers, each as what it changes',
      );
    }
    expect((await bad(() => [{ startMs: Number.NaN }])).message).toContain('returned [{"startMs":NaN}] from');
  });

  test('an exception, and a question to its view that makes no sense, are its own fault', async () => {
    expect((await bad(thrower)).message).toContain('counter-offer policy "mine" threw TypeError');
    const counterOffer = named<CounterOfferPolicy>({
      respond: ({ proposal }, view) => {
        view.earliestStart({ ...proposal, count: 0, notBeforeMs: proposal.startMs });
        return [];
      },
    });
    const error = await breach(simulate(contested({ counterOffer })));
    expect(sentence(error)).toMatch(
      /^counter-offer policy "mine" threw InvariantError: .* in respond\(\), .* at 2009-08-21T10:05:00Z$/,
    );
    expect(error.place?.file).toBe('test/engine/provider/policy-rules.test.ts');
  });

  test('a pricing policy that fails when it is asked through the view is named itself', async () => {
    const counterOffer = named<CounterOfferPolicy>({
      respond: ({ proposal }, view) => {
        view.priceOf({ ...proposal, durationMs: 13 });
        return [];
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
    expect(message).toMatch(
      /^pricing policy "odd" returned -1 from price\(\); expected whole micro-credits of at least 0, .* at 2009-08-21T10:05:00Z$/,
    );
  });

  test('the first offer that changes anything is made, at a price of its own if it names one', async () => {
    const countered: unknown[] = [];
    const run = async (offers: DraftOffer[]) => {
      countered.length = 0;
      const counterOffer = named<CounterOfferPolicy>({ respond: () => offers });
      await simulate(contested({ counterOffer }), {
        onEvent: (event) => {
          if (event.type === 'offer-countered') countered.push([event.proposal.startMs, event.priceMicros]);
        },
      });
      return countered;
    };
    const later = { startMs: T0 + 2 * HOUR };
    expect(await run([later, { startMs: T0 + 3 * HOUR }])).toEqual([[T0 + 2 * HOUR, 100_000]]);
    expect(await run([{ ...later, priceMicros: 7 }])).toEqual([[T0 + 2 * HOUR, 7]]);
    expect(await run([])).toEqual([]);
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
      expect(message).toContain(
        `pricing policy "mine" returned ${price} from price(); expected whole micro-credits`,
      );
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
    expect((await broken(() => ({ ...fair, refundMicros: -1 }))).message).toContain(
      'returned {"refundMicros":-1,"penaltyMicros":0} from compensation(); expected {refundMicros, penaltyMicros}, whole',
    );
    expect((await broken(() => ({ ...fair, penaltyMicros: 0.1 }))).message).toContain(
      '"penaltyMicros":0.1} from compensation()',
    );
    expect((await broken(() => undefined)).message).toContain('returned nothing (undefined) from');
    expect((await broken(thrower)).message).toMatch(
      /threw TypeError: x is undefined in compensation\(\), asked about R1: 1 x SMALL .*, at 2009-08-21T11:00:00Z$/,
    );
  });

  test('an exception', async () => {
    const error = await breach(simulate(contested(pricing(thrower))));
    expect(sentence(error)).toMatch(
      /^pricing policy "mine" threw TypeError: x is undefined in price\(\), asked about R1, .*, at 2009-08-21T10:05:00Z$/,
    );
  });
});

describe('buyers', () => {
  const bad = (respond: (...about: Parameters<BuyerPolicy['respond']>) => unknown) =>
    breach(simulate(contested({ buyer: () => named({ respond } as BuyerPolicy) })));

  test('an answer that the protocol does not know', async () => {
    expect((await bad(() => ({ reply: 'MAYBE' }))).message).toMatch(
      /^buyer policy "mine" returned \{"reply":"MAYBE"\} from respond\(\); expected \{reply: ACCEPT\}, or REJECT .*, asked about q\d+, round 1: .*, at 2009-08-21T10:05:00Z$/,
    );
    expect((await bad(() => undefined)).message).toContain('returned nothing (undefined) from respond()');
    await bad(() => ({ reply: 'REJECT', reason: 7 }));
  });

  test('a counter to an offer that meets the request', async () => {
    const { message } = await bad((_, { proposal }) => ({ reply: 'COUNTER', proposal }));
    expect(message).toContain(
      'expected ACCEPT or REJECT: only a counter-offer can be countered, asked about',
    );
  });

  test('a counter that is no proposal', async () => {
    const { message } = await bad((offer, { proposal }) =>
      offer.reply === 'ACCEPT'
        ? { reply: 'ACCEPT' }
        : { reply: 'COUNTER', proposal: { ...proposal, durationMs: -1 } },
    );
    expect(message).toContain(
      'expected {reply: ACCEPT}, or REJECT with a reason, or COUNTER with a proposal',
    );
  });

  test('an exception, after thinking for a while', async () => {
    const thoughtful = contested(
      { buyer: () => named<BuyerPolicy>({ respond: thrower }) },
      { users: { thinkTime: { minMs: MINUTE, maxMs: MINUTE }, noShow: 0, claim: 0 } },
    );
    expect(sentence(await breach(simulate(thoughtful)))).toMatch(
      /^buyer policy "mine" threw TypeError: x is undefined in respond\(\), .*, at 2009-08-21T10:06:00Z$/,
    );
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
