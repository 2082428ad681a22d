// How a broker policy is asked, and what comes of its answer.
import { describe, expect, test } from 'vitest';
import {
  type BrokerPolicy,
  type DomainEvent,
  type EventOf,
  type MarketView,
  simulate,
  type UserRequest,
} from '../../../engine/index.ts';
import { HOUR, node, policy, provider, QUIET_USERS, request, setup } from '../../support/setup.ts';

/** Three providers of one node of 4 CPUs each, at 0.30, 0.10 and 0.20 credits for a CPU-hour. */
const PRICES = { dear: 0.3, cheap: 0.1, middling: 0.2 };

function world(broker: BrokerPolicy | 'cheapest' | 'soonest' | undefined, requests: readonly UserRequest[]) {
  const providers = Object.entries(PRICES).map(([name, cpuHour]) =>
    provider({
      name,
      cluster: { nodes: [node(`${name}-1`)] },
      policies: { ...provider().policies, pricing: policy('pricing', 'flat', { cpuHour }) },
    }),
  );
  const named = typeof broker === 'string' ? policy('broker', broker) : broker;
  return {
    ...setup({ requests: [...requests] }),
    providers,
    users: {
      ...QUIET_USERS,
      broker: named === undefined || 'name' in named ? named : { name: 'mine', policy: named },
    },
  };
}

async function run(...parts: Parameters<typeof world>): Promise<DomainEvent[]> {
  const events: DomainEvent[] = [];
  await simulate(world(...parts), { onEvent: (event) => events.push(event) });
  return events;
}

/** Where each agreement was made, and for how much. */
function deals(events: readonly DomainEvent[]) {
  return events
    .filter((event): event is EventOf<'reservation-confirmed'> => event.type === 'reservation-confirmed')
    .map(({ priceMicros, provider: name }) => `${name} ${priceMicros}`);
}

const asked = (count: number, overrides: Parameters<typeof request>[0] = {}) =>
  request({ startMs: HOUR, latestStartMs: HOUR, numInstancesFixed: count, ...overrides });

describe('a broker', () => {
  test('without a policy asks in the order of the world', async () => {
    expect(deals(await run(undefined, [asked(4), asked(4), asked(4)]))).toEqual([
      'dear 1200000',
      'cheap 400000',
      'middling 800000',
    ]);
  });

  test('that compares prices fills the cheap provider first', async () => {
    expect(deals(await run('cheapest', [asked(4), asked(4), asked(4)]))).toEqual([
      'cheap 400000',
      'middling 800000',
      'dear 1200000',
    ]);
  });

  test('that wants it soon passes by a counter-offer that its user would take', async () => {
    const patient = { latestStartMs: 5 * HOUR };
    const both = [asked(4, patient), asked(4, patient)];
    expect(deals(await run('cheapest', both))).toEqual(['cheap 400000', 'cheap 400000']);
    expect(deals(await run('soonest', both))).toEqual(['cheap 400000', 'middling 800000']);
  });

  // What is critical never leaves the private cloud (rule-based hybrid manager, Imteyaz et al.).
  test('leads who names a provider to that one and no other, also when it is full and whatever the policy says', async () => {
    const private_ = Array.from({ length: 3 }, () => asked(4, { providers: ['middling'] }));
    for (const broker of [undefined, 'cheapest'] as const) {
      const events = await run(broker, [...private_, asked(4)]);
      expect(deals(events).filter((deal) => deal.startsWith('middling'))).toEqual(['middling 800000']);
      const asking = events.filter(({ type }) => type === 'reservation-initiated');
      expect(asking.filter(({ provider: name }) => name === 'middling')).toHaveLength(3);
      expect(asking.filter(({ provider: name }) => name !== 'middling')).toHaveLength(1);
    }
  });

  // Deploy(C11) = {Domain1, Domain 3} of RESERVOIR's manifests.
  test('leads who names some providers to these, in the order of the policy, and to no other', async () => {
    const deployed = Array.from({ length: 3 }, () => asked(4, { providers: ['dear', 'middling'] }));
    for (const [broker, first] of [
      [undefined, 'dear 1200000'],
      ['cheapest', 'middling 800000'],
    ] as const) {
      const events = await run(broker, deployed);
      expect(deals(events).sort()).toEqual(['dear 1200000', 'middling 800000']);
      expect(deals(events)[0]).toBe(first);
      expect(
        events.filter(({ type, provider }) => type === 'reservation-initiated' && provider === 'cheap'),
      ).toEqual([]);
    }
  });

  test('sees quotes at list prices, which hold nothing and leave no trace', async () => {
    const seen: unknown[] = [];
    const looking: BrokerPolicy = {
      order: (_, markets) => {
        seen.push(...markets.map(({ provider: name, quote }) => ({ name, ...quote })));
        return markets;
      },
    };
    const limit = { maxPriceMicros: 500_000 };
    const one = asked(4, { requestId: 'same', ...limit });
    const events = await run(looking, [one]);
    expect(seen).toMatchObject([
      { name: 'dear', reply: 'ACCEPT', priceMicros: 1_200_000 },
      { name: 'cheap', reply: 'ACCEPT', priceMicros: 400_000 },
      { name: 'middling', reply: 'ACCEPT', priceMicros: 800_000 },
    ]);
    for (const quote of seen) expect(quote).not.toHaveProperty('proposal.maxPriceMicros');
    expect(events).toEqual(await run(undefined, [one]));
    expect(deals(events)).toEqual(['cheap 400000']);
  });

  test('may leave providers out', async () => {
    const onlyDear: BrokerPolicy = { order: (_, [dear]) => [dear!] };
    const events = await run(onlyDear, [asked(4), asked(4)]);
    expect(deals(events)).toEqual(['dear 1200000']);
    expect(
      new Set(events.filter(({ type }) => type === 'reservation-initiated').map((e) => e.provider)),
    ).toEqual(new Set(['dear']));
  });

  test.each<[string, BrokerPolicy['order']]>([
    ['a provider twice', (_, [first]) => [first!, first!]],
    ['a provider that there is not', (_, [first]) => [{ ...first!, index: 7 } as MarketView]],
    ['no list', () => 'dear' as never],
  ])('that answers with %s is named', async (_, order) => {
    await expect(run({ order }, [asked(1, { requestId: 'q' })])).rejects.toThrow(
      /^broker policy "mine" returned .* from order\(\); expected .* asked about q: 1 x SMALL/,
    );
  });

  test('that writes to what it is handed is stopped', async () => {
    const writing: BrokerPolicy = {
      order: (wanted, markets) => {
        (wanted.proposal as { startMs: number }).startMs = 0;
        return markets;
      },
    };
    await expect(run(writing, [asked(1)])).rejects.toThrow(/is frozen/);
  });
});
