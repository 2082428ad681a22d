// A provider that sells what others deliver: who is asked, what is paid by whom, and what becomes of it.
import { describe, expect, test } from 'vitest';
import { type DomainEvent, type EventOf, type SimulatedProvider, simulate } from '../../../engine/index.ts';
import { RunMetrics } from '../../../reports/run-metrics.ts';
import { HOUR, MINUTE, node, policy, provider, QUIET_USERS, request, setup } from '../../support/setup.ts';

type Asked = Parameters<typeof request>[0];

/** One node of 4 CPUs. */
function site(name: string, cpuHour: number, overrides: Partial<SimulatedProvider> = {}): SimulatedProvider {
  const quiet = provider();
  return provider({
    name,
    cluster: { nodes: [node(`${name}-1`)] },
    policies: {
      ...quiet.policies,
      counterOffer: policy('counter-offer', 'none'),
      pricing: policy('pricing', 'flat', { cpuHour, penaltyShare: 0.5 }),
    },
    ...overrides,
  });
}

interface Resale {
  readonly before?: 'refusal' | 'counter-offer';
  readonly margin?: number;
  readonly counterOffer?: string;
  readonly cpuHour?: number;
}

/** At 0.30 credits for a CPU-hour; its partners are `dear` at 0.25 and `cheap` at 0.10. */
function home({ before = 'refusal', counterOffer = 'none', cpuHour = 0.3, margin = 0 }: Resale = {}) {
  const plain = site('home', cpuHour);
  return {
    ...plain,
    settings: { ...plain.settings, resale: { before, margin } },
    policies: { ...plain.policies, counterOffer: policy('counter-offer', counterOffer) },
    partners: ['dear', 'cheap'],
  };
}

async function run(
  requests: readonly Asked[],
  {
    first = home(),
    others = [site('dear', 0.25), site('cheap', 0.1)],
    ...world
  }: { first?: SimulatedProvider; others?: readonly SimulatedProvider[] } & Partial<
    Omit<ReturnType<typeof setup>, 'providers' | 'requests'>
  > = {},
) {
  const events: DomainEvent[] = [];
  const metrics = new RunMetrics({ startMs: 0, measuredFromMs: 0, severalProviders: true });
  const outcome = await simulate(
    {
      ...setup({
        requests: requests.map((asked) =>
          request({ startMs: HOUR, latestStartMs: HOUR, providers: ['home'], ...asked }),
        ),
      }),
      providers: [first, ...others],
      users: QUIET_USERS,
      ...world,
    },
    {
      onEvent: (event) => {
        events.push(event);
        metrics.record(event);
      },
    },
  );
  return { events, end: outcome.end, figures: metrics.finish(outcome.virtualMs) };
}

function of<T extends DomainEvent['type']>(events: readonly DomainEvent[], type: T): EventOf<T>[] {
  return events.filter((event): event is EventOf<T> => event.type === type);
}

const deals = (events: readonly DomainEvent[]) =>
  of(events, 'reservation-confirmed').map(
    ({ outsourced, priceMicros, provider: name }) =>
      `${name} ${priceMicros}${outsourced === undefined ? '' : ` of ${outsourced.partner} for ${outsourced.priceMicros}`}`,
  );
const ends = (events: readonly DomainEvent[]) =>
  of(events, 'reservation-ended').map(
    ({ penaltyMicros, provider: name, reason, refundMicros, state }) =>
      `${name} ${state} ${reason} ${refundMicros} ${penaltyMicros}`,
  );

const FULL = { numInstancesFixed: 4 };

describe('a provider that has no room', () => {
  test('sells what the cheapest of its partners delivers, at its own price', async () => {
    const { end, events, figures } = await run([FULL, FULL, FULL, FULL]);
    expect(end).toBe('complete');
    expect(deals(events)).toEqual([
      'home 1200000',
      'cheap 400000',
      'home 1200000 of cheap for 400000',
      'dear 1000000',
      'home 1200000 of dear for 1000000',
    ]);
    // The fourth finds no room anywhere.
    expect(ends(events).filter((told) => told.includes('REJECTED'))).toEqual([
      'home REJECTED no-capacity 0 0',
    ]);
    expect(figures.outsourcing).toEqual({
      outsourced: 2,
      outsourcedCpuMs: 8 * HOUR,
      priceMicros: 2_400_000,
      transferMicros: 1_400_000,
      resold: 2,
    });
    // One negotiation each, and every CPU-hour is delivered and reserved once.
    expect(figures.negotiation.outcomes['accepted-first-offer']).toBe(3);
    expect(figures.revenue.agreedMicros).toBe(3_600_000);
    expect(figures.fulfilment.fates.fulfilled).toBe(3);
    expect(figures.fulfilment.deliveredCpuMs).toBe(12 * HOUR);
    expect(figures.fulfilment.undeliveredCpuMs).toBe(0);
    const reserved = of(events, 'window-opened').flatMap(({ pieces }) => pieces);
    expect(reserved.map(({ instances, nodeId }) => `${instances} on ${nodeId}`)).toEqual([
      '4 on home-1',
      '4 on cheap-1',
      '4 on dear-1',
    ]);
    expect(figures.ledger).toMatchObject({
      breaches: 0,
      chargedMicros: 3_600_000,
      transfersPaidMicros: 1_400_000,
    });
  });

  test('asks nobody for what it has room for, and for what it would refuse for another reason', async () => {
    const { events } = await run([
      FULL,
      { ...FULL, numInstancesOption: 1 },
      { numInstancesFixed: 1, submitMs: 2 * HOUR, startMs: HOUR },
      { numInstancesFixed: 1, submitMs: 2 * HOUR, startMs: 3 * HOUR, maxPriceMicros: 100_000 },
    ]);
    expect(
      new Set(events.map(({ provider: name, type }) => (type === 'reservation-initiated' ? name : 'home'))),
    ).toEqual(new Set(['home']));
  });

  test.each<[string, Resale, Asked, string[]]>([
    [
      'its price covers the transfer price with the margin',
      { margin: 0.1 },
      {},
      [
        'home 1200000',
        'cheap 400000',
        'home 1200000 of cheap for 400000',
        'dear 1000000',
        'home 1200000 of dear for 1000000',
      ],
    ],
    [
      'the margin is left after the transfer price',
      { margin: 0.21 },
      {},
      ['home 1200000', 'cheap 400000', 'home 1200000 of cheap for 400000'],
    ],
    ['no partner is cheap enough', { cpuHour: 0.09 }, {}, ['home 360000']],
    ['its user pays the price', {}, { maxPriceMicros: 1_199_999 }, []],
  ])('sells only where %s', async (_, resale, asked, expected) => {
    const { events } = await run(
      Array.from({ length: 3 }, () => ({ ...FULL, ...asked })),
      { first: home(resale) },
    );
    expect(deals(events)).toEqual(expected);
  });

  test('makes its own counter-offer first, unless it is set to ask others before', async () => {
    const counterOffer = 'earliest-start';
    const patient = { ...FULL, latestStartMs: 5 * HOUR };
    const own = await run([patient, patient], { first: home({ counterOffer }) });
    expect(deals(own.events)).toEqual(['home 1200000', 'home 1200000']);
    const others = await run([patient, patient], { first: home({ counterOffer, before: 'counter-offer' }) });
    expect(deals(others.events)).toEqual([
      'home 1200000',
      'cheap 400000',
      'home 1200000 of cheap for 400000',
    ]);
  });

  test('sells what its own nodes could never host', async () => {
    const first = { ...home(), cluster: { nodes: [node('home-1', 2)] } };
    const { events } = await run([FULL], { first });
    expect(deals(events)).toEqual(['cheap 400000', 'home 1200000 of cheap for 400000']);
  });

  test('cancels at the partner what its user cancels, and each gives back what it has', async () => {
    const { events, figures } = await run([FULL, { ...FULL, cancelAtMs: 30 * MINUTE }]);
    expect(ends(events)).toEqual([
      'cheap CANCELLED cancelled-by-user 400000 0',
      'home CANCELLED cancelled-by-user 1200000 0',
      'home EXPIRED window-over 0 0',
    ]);
    expect(of(events, 'transfer-settled')).toMatchObject([
      { partner: 'cheap', refundMicros: 400_000, penaltyMicros: 0 },
    ]);
    expect(figures.ledger).toMatchObject({ breaches: 0, transfersPaidMicros: 0, transfersReceivedMicros: 0 });
  });

  test('fails where its partner does: its user has of it what was agreed with it, and it has its own of the partner', async () => {
    const incidents = [{ kind: 'fail' as const, atMs: 90 * MINUTE, provider: 'cheap', nodeId: 'cheap-1' }];
    const { events, figures } = await run([FULL, FULL], { incidents });
    expect(ends(events)).toEqual([
      'cheap FAILED node-lost 200000 200000',
      'home FAILED partner-failed 600000 600000',
      'home EXPIRED window-over 0 0',
    ]);
    expect(figures.fulfilment.fates).toMatchObject({ failed: 1, fulfilled: 1 });
    expect(figures.fulfilment.undeliveredCpuMs).toBe(2 * HOUR);
    expect(figures.ledger).toMatchObject({
      breaches: 0,
      chargedMicros: 2_400_000,
      refundedMicros: 600_000,
      penaltyMicros: 600_000,
      transfersPaidMicros: 0,
    });
  });

  test.each([0, 15 * MINUTE])(
    'pays its user back what a partner that hopes to the end did not deliver (%i)',
    async (noShowGraceMs) => {
      const cheap = site('cheap', 0.1);
      const hopeful = {
        ...cheap,
        settings: { ...cheap.settings, ...(noShowGraceMs > 0 && { noShowGraceMs }) },
        policies: { ...cheap.policies, recovery: policy('recovery', 'wait') },
      };
      const incidents = [{ kind: 'fail' as const, atMs: 90 * MINUTE, provider: 'cheap', nodeId: 'cheap-1' }];
      const { events, figures } = await run([FULL, FULL], {
        incidents,
        others: [hopeful],
        first: { ...home(), partners: ['cheap'] },
      });
      expect(ends(events).sort()).toEqual([
        'cheap FAILED node-lost 200000 200000',
        'home EXPIRED window-over 0 0',
        'home FAILED partner-failed 600000 600000',
      ]);
      expect(figures.ledger).toMatchObject({
        breaches: 0,
        transfersPaidMicros: 0,
        transfersReceivedMicros: 0,
      });
    },
  );

  test('lets the partner go when its user does not take the offer, or takes too long', async () => {
    const dull = { name: 'dull', policy: { respond: () => ({ reply: 'REJECT', reason: 'no' }) as const } };
    const refused = await run([FULL], {
      first: { ...home(), cluster: { nodes: [node('home-1', 2)] } },
      users: { ...QUIET_USERS, buyer: () => dull },
    });
    expect(ends(refused.events)).toEqual(['home REJECTED declined 0 0', 'cheap REJECTED declined 0 0']);
    const slow = await run([FULL, FULL], {
      users: { ...QUIET_USERS, thinkTime: { minMs: 20 * MINUTE, maxMs: 20 * MINUTE } },
    });
    expect(ends(slow.events)).toEqual([
      'home EXPIRED hold-expired 0 0',
      'cheap EXPIRED hold-expired 0 0',
      'home EXPIRED hold-expired 0 0',
    ]);
    expect(slow.figures.ledger.entries).toBe(0);
  });

  test('has its partner lose what nobody has taken yet', async () => {
    const incidents = [{ kind: 'fail' as const, atMs: MINUTE, provider: 'cheap', nodeId: 'cheap-1' }];
    const users = { ...QUIET_USERS, thinkTime: { minMs: 5 * MINUTE, maxMs: 5 * MINUTE } };
    const { events } = await run([FULL, FULL], { incidents, users });
    expect(deals(events)).toEqual(['home 1200000']);
    expect(of(events, 'message-refused')).toMatchObject([
      { provider: 'home', message: 'CONFIRM', reason: 'capacity-lost' },
    ]);
  });

  test('ends with its partner when the guests are done', async () => {
    const { events, figures } = await run([FULL, { ...FULL, runTimeMs: 30 * MINUTE }]);
    expect(ends(events)).toEqual([
      'cheap EXPIRED completed 0 0',
      'home EXPIRED completed 0 0',
      'home EXPIRED window-over 0 0',
    ]);
    expect(figures.fulfilment.deliveredCpuMs).toBe(6 * HOUR);
  });
});
