// The figures of the market once more, from the list of all events and from offers.csv and negotiations.csv, by going through everything again for each.
import type { DomainEvent, EventOf, Proposal } from '../../../engine/index.ts';
import { eventsOf, type Row, type ToldRun } from './told-run.ts';

const HOUR_MS = 3_600_000;

interface Deal {
  readonly userId: string;
  readonly buyer: string;
  readonly asked: Proposal;
  readonly rejected: boolean;
  /** Of the confirmation, as it was. */
  readonly agreed: EventOf<'reservation-confirmed'> | undefined;
  readonly bids: readonly number[];
  readonly prices: readonly number[];
  readonly value: number | undefined;
  readonly latestMs: number;
  readonly rounds: number;
  readonly cost: number;
  readonly vainCpuHours: number;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const cpus = ({ demand, numInstancesFixed }: Proposal) => (demand.milliCpus / 1000) * numInstancesFixed;
const cpuHours = (terms: Proposal) => (cpus(terms) * terms.durationMs) / HOUR_MS;
const credits = (micros: number) => micros / 1e6;
const average = (values: readonly number[]) => (values.length === 0 ? null : sum(values) / values.length);

function dealsOf({ events, run, untilMs }: ToldRun): Deal[] {
  return eventsOf(events, 'reservation-initiated').flatMap((begun) => {
    const own = events.filter(
      (event): event is Extract<DomainEvent, { reservationId: string }> =>
        'reservationId' in event && event.reservationId === begun.reservationId,
    );
    const proposals = eventsOf(own, 'proposal-received');
    const [first] = proposals;
    if (first === undefined || first.atMs < run.warmUpEndMs) return [];
    const [agreed] = eventsOf(own, 'reservation-confirmed');
    const dialogue = own.slice(0, agreed === undefined ? own.length : own.indexOf(agreed));
    const [ended] = eventsOf(own, 'reservation-ended');
    const costs = eventsOf(events, 'provider-joined').find(
      ({ provider }) => provider === begun.provider,
    )?.costs;
    const perHour = costs === undefined ? 0 : costs.reservedMicrosPerHour - costs.idleMicrosPerHour;
    const vain = dialogue.flatMap((event, i) => {
      if (event.type !== 'offer-accepted' && event.type !== 'offer-countered') return [];
      if (event.pieces.length === 0) return [];
      const terms =
        event.type === 'offer-countered'
          ? event.proposal
          : eventsOf(dialogue.slice(0, i), 'proposal-received').at(-1)!.proposal;
      const next = own
        .slice(i + 1)
        .find(({ type }) => /^(proposal|offer|reservation-confirmed|reservation-ended)/.test(type));
      if (next?.type === 'reservation-confirmed') return [];
      return [(cpus(terms) * ((next?.atMs ?? untilMs) - event.atMs)) / HOUR_MS];
    });
    return [
      {
        userId: begun.userId,
        buyer: begun.origin?.buyer ?? 'unknown',
        asked: first.proposal,
        rejected:
          agreed === undefined &&
          ended?.state === 'REJECTED' &&
          !['declined', 'node-lost', 'node-drained', 'instance-failed', 'too-many-restarts'].includes(
            ended.reason,
          ),
        agreed,
        bids: proposals.flatMap(({ proposal: { maxPriceMicros } }) => maxPriceMicros ?? []),
        prices: dialogue.flatMap((event) =>
          event.type === 'offer-accepted' || event.type === 'offer-countered' ? [event.priceMicros] : [],
        ),
        value: begun.origin?.valueMicros ?? first.proposal.maxPriceMicros,
        latestMs: begun.origin?.latestStartMs ?? Number.POSITIVE_INFINITY,
        rounds: proposals.length,
        cost: agreed === undefined ? 0 : cpuHours(agreed.proposal) * perHour,
        vainCpuHours: sum(vain),
      },
    ];
  });
}

/** What both sides have of a deal, in micro-credits, and how they like it; undefined where nobody knows. */
function gainsOf({ agreed, asked, bids, cost, latestMs, prices, value }: Deal) {
  if (agreed === undefined || value === undefined) return undefined;
  const { priceMicros: price, proposal } = agreed;
  const late = proposal.startMs > latestMs;
  const worth = late ? 0 : value * Math.min(1, cpuHours(proposal) / cpuHours(asked));
  const between = (best: number, limit: number, is: number) => {
    if (best === limit) return is === limit ? 1 : 0;
    const part = (limit - is) / (limit - best);
    return part < 0 ? 0 : 0.01 + 0.99 * Math.min(1, part);
  };
  const likesPrice = between(bids[0] !== undefined && bids[0] < value ? bids[0] : 0, worth, price);
  const isAsAsked = proposal.startMs <= asked.startMs || latestMs === Number.POSITIVE_INFINITY;
  const likesStart = isAsAsked ? 1 : between(asked.startMs, latestMs, proposal.startMs);
  return {
    worth,
    user: worth - price,
    provider: price - cost,
    userLikes: likesPrice === 0 || likesStart === 0 ? 0 : (likesPrice + likesStart) / 2,
    providerLikes: between(Math.max(prices[0] ?? price, price), cost, price),
  };
}

/** @param earnedMicros within the measured time, by windows */
export function marketWays(told: ToldRun, earnedMicros: number): Record<string, unknown[]> {
  const { events, fromMs, run, tables, untilMs } = told;
  const deals = dealsOf(told);
  const agreements = deals.filter(({ agreed }) => agreed !== undefined);
  const known = agreements.flatMap((deal) => gainsOf(deal) ?? []);
  const [user, provider] = [sum(known.map((gain) => gain.user)), sum(known.map((gain) => gain.provider))];
  const up = ({ bids }: Deal) => Math.max(0, (bids.at(-1) ?? 0) - (bids[0] ?? 0));
  const down = ({ agreed, prices }: Deal) => Math.max(0, (prices[0] ?? 0) - agreed!.priceMicros);
  const bargained = agreements.filter((deal) => up(deal) > 0 || down(deal) > 0);
  const users = [...new Set(deals.map(({ userId }) => userId))];
  const agreedOf = (userId: string) => agreements.filter((deal) => deal.userId === userId);
  const served = users.map(
    (userId) =>
      sum(agreedOf(userId).map(({ agreed }) => cpuHours(agreed!.proposal))) /
      sum(deals.filter((deal) => deal.userId === userId).map(({ asked }) => cpuHours(asked))),
  );
  const rejectedHours = sum(deals.filter(({ rejected }) => rejected).map(({ asked }) => cpuHours(asked)));
  const paid = sum(agreements.map(({ agreed }) => agreed!.priceMicros));
  const agreedHours = sum(agreements.map(({ agreed }) => cpuHours(agreed!.proposal)));
  const costs = costsOf(told);
  const penalties = sum(
    eventsOf(events, 'reservation-ended')
      .filter(({ atMs }) => atMs >= run.warmUpEndMs)
      .map(({ penaltyMicros }) => penaltyMicros),
  );
  const online = (of: (node: EventOf<'node-joined'>) => number) =>
    sum(onlineTimes(events, fromMs, untilMs).map(({ forMs, node }) => (of(node) * forMs) / HOUR_MS));
  const [onlineCpus, onlineMemory] = [
    online(({ capacity }) => capacity.milliCpus / 1000),
    online(({ capacity }) => capacity.memoryMib),
  ];
  const dominant = users.map((userId) => {
    const terms = agreedOf(userId).map(({ agreed }) => agreed!.proposal);
    const memory = terms.map((t) => (t.demand.memoryMib * t.numInstancesFixed * t.durationMs) / HOUR_MS);
    return Math.max(sum(terms.map(cpuHours)) / onlineCpus, sum(memory) / onlineMemory);
  });
  const rows = tables?.negotiations.filter((row) => row['measured'] === 'true');
  /** Of the table too, where there is one: its cells are rounded, each to a micro-credit. */
  const ofColumn = (column: string, naive: number) => {
    if (rows === undefined) return [naive];
    const total = sum(rows.map((row) => Number(row[column])));
    return [naive, Math.abs(total - naive) <= rows.length * 1e-6 ? naive : total];
  };
  return {
    agreementsValued: [known.length],
    valueAgreed: [credits(sum(known.map(({ worth }) => worth)))],
    customerSurplus: ofColumn('customer_surplus_credits', credits(user)),
    providerSurplus: ofColumn('provider_surplus_credits', credits(provider)),
    welfare: [credits(user + provider)],
    customerShare: [user + provider > 0 ? user / (user + provider) : null],
    nashProduct: [
      average(known.map((gain) => credits(Math.max(0, gain.user)) * credits(Math.max(0, gain.provider)))),
    ],
    customerUtility: [average(known.map(({ userLikes }) => userLikes))],
    providerUtility: [average(known.map(({ providerLikes }) => providerLikes))],
    meanRoundsOfAgreements: [average(agreements.map(({ rounds }) => rounds))],
    bargained: [bargained.length],
    customerConcession: [credits(sum(bargained.map(up)))],
    providerConcession: [credits(sum(bargained.map(down)))],
    valueUnserved: [
      credits(sum(deals.filter(({ agreed }) => agreed === undefined).map(({ value }) => value ?? 0))),
    ],
    revenueLostToRejection: [agreedHours === 0 ? null : credits((paid * rejectedHours) / agreedHours)],
    costs: [costs === null ? null : credits(costs)],
    profit: [costs === null ? null : credits(earnedMicros - penalties - costs)],
    fairness: [
      served.every((part) => part === 0)
        ? null
        : sum(served) ** 2 / (served.length * sum(served.map((part) => part ** 2))),
    ],
    dominantShareGap: [
      users.length === 0 || onlineCpus === 0 ? null : Math.max(...dominant) - Math.min(...dominant),
    ],
    byBuyer: [
      Object.fromEntries(
        [...new Set(deals.map(({ buyer }) => buyer))].map((buyer) => {
          const own = deals.filter((deal) => deal.buyer === buyer);
          const made = own.filter(({ agreed }) => agreed !== undefined);
          const gains = made.flatMap((deal) => gainsOf(deal) ?? []);
          return [
            buyer,
            {
              requests: own.length,
              agreed: made.length,
              cpuHoursAgreed: sum(made.map(({ agreed }) => cpuHours(agreed!.proposal))),
              paid: credits(sum(made.map(({ agreed }) => agreed!.priceMicros))),
              valued: gains.length,
              value: credits(sum(gains.map(({ worth }) => worth))),
              customerSurplus: credits(sum(gains.map((gain) => gain.user))),
              providerSurplus: credits(sum(gains.map((gain) => gain.provider))),
              cpuHoursHeldInVain: sum(own.map(({ vainCpuHours }) => vainCpuHours)),
            },
          ];
        }),
      ),
    ],
    ...ledgerWays(told),
  };
}

/** Of all providers that say what a CPU costs, from the windows and the nodes. */
function costsOf({ events, fromMs, untilMs }: ToldRun): number | null {
  const priced = eventsOf(events, 'provider-joined').filter(({ costs }) => costs !== undefined);
  if (priced.length === 0) return null;
  return sum(
    priced.map(({ costs, provider }) => {
      const own = events.filter((event) => event.provider === provider);
      const online = sum(
        onlineTimes(own, fromMs, untilMs).map(({ forMs, node }) => (node.capacity.milliCpus * forMs) / 1000),
      );
      const reserved = sum(
        eventsOf(own, 'window-opened').flatMap((opened) => {
          const closed = eventsOf(own, 'window-closed').find(
            ({ reservationId }) => reservationId === opened.reservationId,
          );
          const claims = eventsOf(own, 'options-claimed').filter(
            ({ reservationId }) => reservationId === opened.reservationId,
          );
          return [opened, ...claims].map(({ atMs, pieces }) => {
            const forMs = Math.min(untilMs, closed?.atMs ?? untilMs) - Math.max(fromMs, atMs);
            const instances = sum(pieces.map((piece) => piece.instances));
            return (opened.demand.milliCpus * instances * Math.max(0, forMs)) / 1000;
          });
        }),
      );
      return (
        (reserved * costs!.reservedMicrosPerHour + (online - reserved) * costs!.idleMicrosPerHour) / HOUR_MS
      );
    }),
  );
}

/** How long nodes were there, within [fromMs, untilMs). */
function onlineTimes(events: readonly DomainEvent[], fromMs: number, untilMs: number) {
  const coming = events.filter(({ type }) => type === 'node-joined' || type === 'node-returned');
  return (coming as (EventOf<'node-joined'> | EventOf<'node-returned'>)[]).map((came) => {
    const of = events.filter(
      (event) => 'nodeId' in event && event.nodeId === came.nodeId && event.provider === came.provider,
    );
    const node = eventsOf(of.slice(0, of.indexOf(came) + 1), 'node-joined').at(-1)!;
    const next = of
      .slice(of.indexOf(came) + 1)
      .find(({ type }) => /^node-(joined|left|lost|returned)$/.test(type));
    const toMs = Math.min(untilMs, next?.atMs ?? untilMs);
    return { node, forMs: Math.max(0, toMs - Math.max(fromMs, came.atMs)) };
  });
}

function ledgerWays(told: ToldRun): Record<string, unknown[]> {
  const { events, run } = told;
  const isWhole = new Set(eventsOf(events, 'provider-joined').map(({ provider }) => provider)).size > 1;
  const resold = new Set(
    eventsOf(events, 'reservation-initiated').flatMap(({ origin, reservationId }) =>
      origin?.resoldFor === undefined ? [] : [reservationId],
    ),
  );
  const pledged = pledgesOf(events);
  const pledges = pledged.map(({ micros }) => micros);
  const confirmed = eventsOf(events, 'reservation-confirmed');
  const prices = confirmed.map(({ pledgedMicros = 0, priceMicros }) => priceMicros - pledgedMicros);
  const claimed = eventsOf(events, 'options-claimed').flatMap(({ priceMicros }) => priceMicros ?? []);
  const changed = eventsOf(events, 'reservation-changed').map(({ differenceMicros }) => differenceMicros);
  const endings = eventsOf(events, 'reservation-ended');
  const over = new Set(endings.map(({ reservationId }) => reservationId));
  const agreedTo = new Set(confirmed.map(({ reservationId }) => reservationId));
  const kept = pledged.filter(({ reservationId }) => over.has(reservationId) && !agreedTo.has(reservationId));
  const ended = endings.flatMap(({ penaltyMicros, refundMicros }) =>
    [-refundMicros, -penaltyMicros].filter((micros) => micros < 0),
  );
  const transfers = [
    ...confirmed.flatMap(({ outsourced }) => outsourced?.priceMicros ?? []),
    ...eventsOf(events, 'transfer-settled').map((settled) => -settled.refundMicros - settled.penaltyMicros),
  ];
  const received = sum([
    ...confirmed
      .filter(({ reservationId }) => resold.has(reservationId))
      .map(({ priceMicros }) => priceMicros),
    ...endings
      .filter(({ reservationId }) => resold.has(reservationId))
      .map(({ penaltyMicros, refundMicros }) => -refundMicros - penaltyMicros),
  ]);
  const sales = eventsOf(events, 'reservation-transferred').flatMap(({ sale }) => sale ?? []);
  const fees = sales.map(({ feeMicros }) => feeMicros).filter((micros) => micros > 0);
  const entries = [...pledges, ...prices, ...claimed, ...changed, ...ended, ...fees];
  // A transfer from one to the other of all together is an entry once, of who receives it.
  const own = isWhole ? [] : transfers;
  const outsourced = confirmed.filter((agreed) => isMeasured(agreed, events, run) && agreed.outsourced);
  const resales = confirmed.filter(
    (agreed) => isMeasured(agreed, events, run) && resold.has(agreed.reservationId),
  );
  const paid = sum(outsourced.map(({ outsourced: there }) => there!.priceMicros));
  return {
    outsourced: [outsourced.length],
    cpuHoursOutsourced: [sum(outsourced.map(({ proposal }) => cpuHours(proposal)))],
    transferPrices: [credits(paid)],
    resaleMargin: [credits(sum(outsourced.map(({ priceMicros }) => priceMicros)) - paid)],
    resold: [resales.length],
    ...tradeWays(told),
    ledgerEntries: [entries.length + own.length + sales.length],
    ledgerBalance: [credits(sum(entries) - sum(transfers) + (isWhole ? sum(transfers) : 0))],
    ledgerTransfersPaid: [credits(sum(transfers))],
    ledgerTransfersReceived: [credits(received)],
    pledgesKept: [credits(sum(kept.map(({ micros }) => micros)))],
    ledgerBreaches: [0],
  };
}

/** What users sold each other: of each trade the last time before it that the window was put up. */
function tradeWays({ events, run }: ToldRun): Record<string, unknown[]> {
  const measured = events.filter(({ atMs }) => atMs >= run.warmUpEndMs);
  const listed = eventsOf(measured, 'reservation-listed');
  const trades = eventsOf(measured, 'reservation-transferred').flatMap((event) => {
    const { atMs, priceMicros, reservationId, sale, seq } = event;
    const [listing] = eventsOf(events, 'reservation-listed')
      .filter((before) => before.reservationId === reservationId && before.seq < seq)
      .slice(-1);
    if (sale === undefined || listing === undefined) return [];
    const { durationMs, startMs } = listing.proposal;
    const leftMs = startMs + durationMs - Math.max(startMs, atMs);
    return [{ ...sale, priceMicros, hours: (cpus(listing.proposal) * leftMs) / HOUR_MS }];
  });
  const paid = sum(trades.map(({ priceMicros }) => priceMicros));
  const hours = sum(trades.map((trade) => trade.hours));
  return {
    windowsListed: [listed.length],
    trades: [trades.length],
    cpuHoursListed: [sum(listed.map(({ proposal }) => cpuHours(proposal)))],
    cpuHoursTraded: [hours],
    cpuHoursBought: [sum(trades.map(({ needed }) => cpuHours(needed)))],
    tradePrice: [trades.length === 0 ? null : credits(paid) / hours],
    tradeTurnover: [credits(paid)],
    tradeFees: [credits(sum(trades.map(({ feeMicros }) => feeMicros)))],
    tradeSurplus: [credits(sum(trades.map(({ bidMicros }) => bidMicros)) - paid)],
  };
}

/** What is taken for offers, and given back of it, by reservation. */
function pledgesOf(events: readonly DomainEvent[]) {
  return events.flatMap((event) => {
    const {
      pledgeBackMicros = 0,
      pledgeMicros = 0,
      reservationId,
    } = event as {
      readonly pledgeBackMicros?: number;
      readonly pledgeMicros?: number;
      readonly reservationId: string;
    };
    return [-pledgeBackMicros, pledgeMicros]
      .filter((micros) => micros !== 0)
      .map((micros) => ({ micros, reservationId }));
  });
}

/** Is its first proposal of the measured time? */
function isMeasured(
  { reservationId }: EventOf<'reservation-confirmed'>,
  events: readonly DomainEvent[],
  run: ToldRun['run'],
): boolean {
  const first = eventsOf(events, 'proposal-received').find((event) => event.reservationId === reservationId);
  return first !== undefined && first.atMs >= run.warmUpEndMs;
}

/** What offers.csv says beside negotiations.csv of the same run: differences, one line each. */
export function differencesOfOffers(offers: readonly Row[], negotiations: readonly Row[]): string[] {
  return negotiations.flatMap((row) => {
    const id = row['reservation_id']!;
    const own = offers.filter((message) => message['reservation_id'] === id);
    const said = (what: string, is: unknown, expected: unknown) =>
      is === expected ? [] : [`${id}: ${what} ${String(is)}, expected ${String(expected)}`];
    const priced = own.filter(
      ({ from, message }) => from === 'provider' && /^(ACCEPT|COUNTER)$/.test(message!),
    );
    const bids = own.filter(({ message }) => message === 'REQUEST' || message === 'COUNTER');
    const ofUser = bids.filter(({ from, price_credits }) => from === 'user' && price_credits !== '');
    return [
      ...said('messages', own.length, Number(row['messages'])),
      ...said('numbers', own.map((m) => m['message_number']).join(), own.map((_, i) => i + 1).join()),
      ...said('rounds', own.at(-1)?.['round'], row['rounds']),
      ...said('first price', priced[0]?.['price_credits'] ?? '', row['first_offer_price_credits']),
      ...said('first bid', ofUser[0]?.['price_credits'] ?? '', row['first_bid_credits']),
      ...said('last bid', ofUser.at(-1)?.['price_credits'] ?? '', row['last_bid_credits']),
      ...said('measured', own[0]?.['measured'], row['measured']),
    ];
  });
}
