// Users who sell each other windows that they have no use for.
import { describe, expect, test } from 'vitest';
import {
  type DomainEvent,
  type EventOf,
  type Incident,
  type SimulatedProvider,
  simulate,
} from '../../../../engine/index.ts';
import { Auditor } from '../../../../experiments/fuzz/auditor.ts';
import { balanceMicrosOf } from '../../../../reports/metrics/ledger.ts';
import { RunMetrics } from '../../../../reports/run-metrics.ts';
import { HOUR, MINUTE, node, policy, provider, request, setup } from '../../../support/setup.ts';

type Asked = Parameters<typeof request>[0];

/** One node of 4 CPUs, at 0.10 credits for a CPU-hour; what nobody sells is kept. */
function site(settings: Partial<SimulatedProvider['settings']> = {}): SimulatedProvider {
  const quiet = provider();
  return provider({
    cluster: { nodes: [node('n1')] },
    settings: {
      ...quiet.settings,
      rules: {
        ...{ leadMinMs: 0, leadMaxMs: Number.POSITIVE_INFINITY, isUntold: false },
        binding: { fromMs: Number.POSITIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY },
      },
      ...settings,
    },
    policies: {
      ...quiet.policies,
      counterOffer: policy('counter-offer', 'none'),
      pricing: policy('pricing', 'flat', { cpuHour: 0.1 }),
    },
  });
}

async function run(
  requests: readonly Asked[],
  {
    ask = { min: 0.5, max: 0.5 },
    feeShare = 0.1,
    settings,
    incidents = [],
    recovery,
    ...users
  }: {
    ask?: { min: number; max: number };
    feeShare?: number;
    settings?: Partial<SimulatedProvider['settings']>;
    noShow?: number;
    extend?: number;
    thinkTime?: { minMs: number; maxMs: number };
    incidents?: readonly Incident[];
    recovery?: SimulatedProvider['policies']['recovery'];
  } = {},
) {
  const events: DomainEvent[] = [];
  const metrics = new RunMetrics({ startMs: 0, measuredFromMs: 0 });
  const quiet = site(settings);
  const first = { ...quiet, policies: { ...quiet.policies, ...(recovery && { recovery }) } };
  const auditor = new Auditor(first.cluster, { mayWaitForNodes: recovery !== undefined });
  const { end, virtualMs } = await simulate(
    {
      ...setup({
        requests: requests.map((asked) => request({ latestStartMs: 10 * HOUR, ...asked })),
        users: { ...users, exchange: { ask, feeShare } },
      }),
      providers: [first],
      incidents,
    },
    {
      onEvent: (event) => {
        events.push(event);
        auditor.hear(event);
        metrics.record(event);
      },
    },
  );
  expect(end).toBe('complete');
  return { events, figures: metrics.finish(virtualMs) };
}

function of<T extends DomainEvent['type']>(events: readonly DomainEvent[], type: T): EventOf<T>[] {
  return events.filter((event): event is EventOf<T> => event.type === type);
}

const trades = (events: readonly DomainEvent[]) =>
  of(events, 'reservation-transferred').map(
    ({ atMs, fromUserId, priceMicros, reservationId, sale, userId }) =>
      `${atMs / MINUTE} ${reservationId} ${fromUserId} -> ${userId} ${priceMicros} fee ${sale?.feeMicros}`,
  );

/** All of the node from 2 to 6 o'clock, for 1.6 credits; given up at 1 o'clock. */
const unwanted: Asked = {
  ...{ userId: 'ann', startMs: 2 * HOUR, durationMs: 4 * HOUR, numInstancesFixed: 4 },
  cancelAtMs: HOUR,
};
/** Half of it for an hour: worth a credit. */
const wanted: Asked = {
  ...{ userId: 'ben', startMs: 3 * HOUR, numInstancesFixed: 2, maxPriceMicros: 1_000_000 },
  requestId: 'wanted',
};

describe('a window that its user has no use for', () => {
  test('is sold to who finds no room, at what was asked; the provider keeps its fee', async () => {
    const { events, figures } = await run([unwanted, { ...wanted, submitMs: 90 * MINUTE }]);
    expect(of(events, 'reservation-listed')).toMatchObject([
      { atMs: HOUR, reservationId: 'R1', userId: 'ann', askMicros: 800_000, priceMicros: 1_600_000 },
    ]);
    expect(trades(events)).toEqual(['90 R1 ann -> ben 800000 fee 80000']);
    expect(of(events, 'reservation-transferred')[0]?.sale).toMatchObject({
      requestId: 'wanted',
      bidMicros: 1_000_000,
      needed: { startMs: 3 * HOUR, numInstancesFixed: 2 },
    });
    // Who has it comes when it is needed, and its guests are done when it is not any more.
    expect(of(events, 'reservation-activated')).toMatchObject([{ atMs: 3 * HOUR, reservationId: 'R1' }]);
    expect(of(events, 'reservation-ended').at(-1)).toMatchObject({
      ...{ atMs: 4 * HOUR, reservationId: 'R1', reason: 'completed', noShow: false },
    });
    expect(figures.exchange).toEqual({
      ...{ listed: 1, trades: 1, listedCpuMs: 16 * HOUR, tradedCpuMs: 16 * HOUR, neededCpuMs: 2 * HOUR },
      ...{ agreedMicros: 1_600_000, askedMicros: 800_000, paidMicros: 800_000, bidMicros: 1_000_000 },
      feesMicros: 80_000,
    });
    expect(figures.ledger).toMatchObject({ tradedMicros: 800_000, feesMicros: 80_000, breaches: 0 });
    expect(balanceMicrosOf(figures.ledger)).toBe(1_680_000);
  });

  test('goes to who bid most of those who came before, at that bid', async () => {
    const { events } = await run([
      unwanted,
      { ...wanted, submitMs: MINUTE, userId: 'low', maxPriceMicros: 850_000 },
      { ...wanted, submitMs: 2 * MINUTE, userId: 'high', maxPriceMicros: 900_000 },
      { ...wanted, submitMs: 3 * MINUTE, userId: 'late', maxPriceMicros: 900_000 },
      { ...wanted, submitMs: 4 * MINUTE, userId: 'ann', maxPriceMicros: 5_000_000 },
    ]);
    expect(trades(events)).toEqual(['60 R1 ann -> high 900000 fee 90000']);
  });

  test('is nothing for who pays less, needs more, or names no price', async () => {
    const { events, figures } = await run([
      unwanted,
      { ...wanted, submitMs: 70 * MINUTE, maxPriceMicros: 799_999 },
      { ...wanted, submitMs: 71 * MINUTE, startMs: 5.5 * HOUR, maxPriceMicros: 2_000_000 },
      { ...wanted, submitMs: 72 * MINUTE, numInstancesFixed: 5, maxPriceMicros: 2_000_000 },
      { userId: 'cid', startMs: 3 * HOUR, submitMs: 73 * MINUTE },
    ]);
    expect(trades(events)).toEqual([]);
    expect(figures.exchange).toMatchObject({ listed: 1, trades: 0 });
    // Nobody came for it, and it was kept.
    expect(of(events, 'reservation-ended').at(-1)).toMatchObject({ atMs: 6 * HOUR, noShow: true });
  });

  test('costs as much less as is over of it, once it has begun', async () => {
    const { events } = await run([
      unwanted,
      { ...wanted, startMs: 5 * HOUR, submitMs: 4 * HOUR, maxPriceMicros: 400_000 },
    ]);
    expect(trades(events)).toEqual(['240 R1 ann -> ben 400000 fee 40000']);
    expect(of(events, 'reservation-activated')).toMatchObject([{ atMs: 5 * HOUR }]);
  });

  test('is taken at once where it would be given up by the time it is needed', async () => {
    const { events } = await run([unwanted, { ...wanted, submitMs: 90 * MINUTE }], {
      settings: { noShowGraceMs: 30 * MINUTE },
    });
    expect(of(events, 'reservation-activated')).toMatchObject([{ atMs: 2 * HOUR }]);
    expect(of(events, 'reservation-ended').at(-1)).toMatchObject({ atMs: 4 * HOUR, reason: 'completed' });
  });

  test('is sold on by who has no use for it either', async () => {
    const { events, figures } = await run([
      unwanted,
      { ...wanted, submitMs: 70 * MINUTE, cancelAtMs: 80 * MINUTE },
      { ...wanted, submitMs: 90 * MINUTE, userId: 'cid', requestId: 'next' },
    ]);
    expect(trades(events)).toEqual([
      '70 R1 ann -> ben 800000 fee 80000',
      '90 R1 ben -> cid 800000 fee 80000',
    ]);
    expect(figures.exchange).toMatchObject({ listed: 2, trades: 2 });
  });

  test('is bought although there is room, if it is cheaper than that', async () => {
    const half: Asked = { ...unwanted, numInstancesFixed: 2, durationMs: HOUR, startMs: 3 * HOUR };
    const cheap = await run([half, { ...wanted, submitMs: 90 * MINUTE }]);
    expect(trades(cheap.events)).toEqual(['90 R1 ann -> ben 100000 fee 10000']);
    expect(of(cheap.events, 'reservation-initiated')).toHaveLength(1);
    const dear = await run([half, { ...wanted, submitMs: 90 * MINUTE }], { ask: { min: 1, max: 1 } });
    expect(trades(dear.events)).toEqual([]);
    expect(of(dear.events, 'reservation-confirmed')).toHaveLength(2);
  });

  test('is nothing for who has no use for one any more by then', async () => {
    const late: Asked = { ...wanted, submitMs: 90 * MINUTE, numInstancesFixed: 2 };
    // On the waitlist until they withdraw.
    const waited = await run([
      unwanted,
      { ...late, submitMs: MINUTE, waitUntilMs: 3 * HOUR, cancelAtMs: 100 * MINUTE },
    ]);
    expect(of(waited.events, 'waitlist-joined')).toHaveLength(1);
    expect(trades(waited.events)).toEqual([]);
    // Withdrawn at the instant of the request.
    expect(trades((await run([unwanted, { ...late, cancelAtMs: 90 * MINUTE }])).events)).toEqual([]);
    // Their bid rests, and is gone when the window comes.
    const before = await run([unwanted, { ...late, submitMs: MINUTE, cancelAtMs: HOUR }]);
    expect(trades(before.events)).toEqual([]);
  });

  test('is kept as it is by a buyer of those who ask for more in the middle of theirs', async () => {
    const { events } = await run([unwanted, { ...wanted, submitMs: 90 * MINUTE, durationMs: 90 * MINUTE }], {
      extend: 1,
      settings: { rules: undefined } as never,
    });
    expect(trades(events)).toHaveLength(1);
    expect(of(events, 'reservation-changed')).toEqual([]);
    expect(of(events, 'reservation-ended').at(-1)).toMatchObject({ atMs: 4.5 * HOUR, reason: 'completed' });
  });

  test('is for sale once, and as it is, when its provider and its user have agreed on another time meanwhile', async () => {
    const later: Asked = { ...wanted, startMs: 7 * HOUR, latestStartMs: 7 * HOUR };
    const { events } = await run(
      [
        unwanted,
        { ...wanted, startMs: 2 * HOUR, latestStartMs: 2 * HOUR, submitMs: 90 * MINUTE, requestId: 'early' },
        { ...later, submitMs: 91 * MINUTE, userId: 'cid', requestId: 'cid' },
        { ...later, submitMs: 92 * MINUTE, userId: 'dan', requestId: 'dan' },
      ],
      {
        recovery: policy('recovery', 'new-offer'),
        settings: { rules: undefined } as never,
        incidents: [
          { kind: 'drain', atMs: 70 * MINUTE, nodeId: 'n1', untilMs: 3 * HOUR },
          { kind: 'enable', atMs: 150 * MINUTE, nodeId: 'n1' },
        ],
      },
    );
    expect(of(events, 'reservation-changed')).toMatchObject([{ proposal: { startMs: 6 * HOUR } }]);
    expect(trades(events)).toEqual(['91 R1 ann -> cid 800000 fee 80000']);
  });

  test('stays for sale when another time that its provider offers comes to nothing, and has who bid meanwhile', async () => {
    // Back before it begins, so that it can be had as it was; nobody takes the offer of a time that is too late for them.
    const incidents: readonly Incident[] = [
      { kind: 'drain', atMs: 70 * MINUTE, nodeId: 'n1', untilMs: 3 * HOUR },
      { kind: 'enable', atMs: 100 * MINUTE, nodeId: 'n1' },
    ];
    const { events } = await run(
      [
        { ...unwanted, latestStartMs: 2 * HOUR },
        { ...wanted, submitMs: 72 * MINUTE, latestStartMs: 3 * HOUR },
      ],
      {
        recovery: policy('recovery', 'new-offer'),
        settings: { rules: undefined } as never,
        incidents,
        thinkTime: { minMs: 5 * MINUTE, maxMs: 5 * MINUTE },
      },
    );
    expect(of(events, 'change-given-up')).toMatchObject([{ atMs: 75 * MINUTE, reservationId: 'R1' }]);
    expect(trades(events)).toEqual(['75 R1 ann -> ben 1000000 fee 100000']);
  });

  test('is cancelled as ever where it begins by itself', async () => {
    const { events } = await run([unwanted], { settings: { autoActivate: true, rules: undefined } as never });
    expect(of(events, 'reservation-listed')).toEqual([]);
    expect(of(events, 'reservation-ended')).toMatchObject([{ atMs: HOUR, reason: 'cancelled-by-user' }]);
  });
});
