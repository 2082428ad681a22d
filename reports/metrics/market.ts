// Who gained by the agreements, and how much: prices and costs, the surplus of users and providers, how they shared it, and how fairly users fared.
import type { CapacityCosts, EventOf } from '../../engine/index.ts';
import { isAccepted, type NegotiationRecord, type ReservationRecord } from '../facts/session-records.ts';
import { costMicrosOf, type Surplus, surplusOf } from '../facts/surplus.ts';
import { BucketSeries } from '../statistics/bucket-series.ts';
import { ratio, round, rounded } from '../summary-values.ts';
import { type FiguresOf, type Meter, metric, type StreamStart } from './metric.ts';
import { negotiation } from './negotiation.ts';
import type { NodeFigures } from './node-meters.ts';
import { earnedMicros, revenue } from './revenue.ts';
import { utilisation } from './utilisation.ts';

/** Users beyond so many are not kept apart: how fairly they fared is not told then. */
const MOST_USERS = 20_000;
const SERIES_BUCKETS = 400;

/** How some requests fared. Money in micro-credits, CPU-time in CPU-milliseconds. */
export interface Fortune {
  readonly requests: number;
  readonly agreed: number;
  /** Proposals of the user, over agreements. */
  readonly rounds: number;
  readonly paidMicros: number;
  readonly agreedCpuMs: number;
  readonly vainHoldCpuMs: number;
  /** Of agreements of which it is known what they are worth; so are the rest. */
  readonly valued: number;
  readonly valuedCpuMs: number;
  readonly valueMicros: number;
  readonly costMicros: number;
  readonly customerMicros: number;
  readonly providerMicros: number;
  readonly customerUtility: number;
  readonly providerUtility: number;
  /** In square credits. */
  readonly nashProduct: number;
}

export interface PriceBucket {
  readonly startMs: number;
  readonly spanMs: number;
  /** Earned by windows within it. */
  readonly revenueMicros: number;
  /** Of agreements made within it; null: there was none. */
  readonly pricePerCpuHour: number | null;
}

export interface MarketFigures {
  readonly total: Fortune;
  /** By buyer policy, in alphabetical order; "unknown" for who is no simulated user. */
  readonly byBuyer: ReadonlyArray<{ readonly name: string; readonly fortune: Fortune }>;
  readonly byProvider: ReadonlyArray<{ readonly name: string; readonly fortune: Fortune }>;
  /** Agreements of sessions in which the user raised what they would pay, or the provider asked for less than at first, and by how much. */
  readonly bargained: number;
  readonly customerConcessionMicros: number;
  readonly providerConcessionMicros: number;
  /** What requests without an agreement were worth, where that is known. */
  readonly valueUnservedMicros: number;
  /** CPU-time asked for by requests that the provider rejected. */
  readonly rejectedCpuMs: number;
  /** At the price that agreements had, for each CPU-hour. */
  readonly lostToRejectionMicros: number | null;
  /** What CPUs cost, and what is left of what was earned after that and penalties; null: nobody said what they cost. */
  readonly costsMicros: number | null;
  readonly profitMicros: number | null;
  /** Over users; null: there were none, or too many. */
  readonly fairness: number | null;
  readonly dominantShareGap: number | null;
  /** Over the whole run. */
  readonly series: readonly PriceBucket[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface UserShare {
  askedCpuMs: number;
  agreedCpuMs: number;
  agreedMemoryMs: number;
}

class Market implements Meter<MarketFigures> {
  readonly #startMs: number;
  readonly #measuredFromMs: number;
  readonly #costs = new Map<string, CapacityCosts | undefined>();
  readonly #total = noFortune();
  readonly #byBuyer = new Map<string, Mutable<Fortune>>();
  readonly #byProvider = new Map<string, Mutable<Fortune>>();
  readonly #users = new Map<string, UserShare>();
  #areUsersTooMany = false;
  #bargained = 0;
  #customerConcessionMicros = 0;
  #providerConcessionMicros = 0;
  #valueUnservedMicros = 0;
  #rejectedCpuMs = 0;
  #penaltyMicros = 0;
  /** For what partners deliver that are not seen: what goes to one that is stays with the providers. */
  #transferMicros = 0;
  /** Earned (a rate), and prices and CPU-time of agreements (all in one millisecond). */
  readonly #series: BucketSeries;

  constructor({ measuredFromMs, startMs }: StreamStart) {
    this.#startMs = startMs;
    this.#measuredFromMs = measuredFromMs;
    this.#series = new BucketSeries(startMs, 3, SERIES_BUCKETS);
  }

  readonly hears = {
    'provider-joined': ({ costs, provider }: EventOf<'provider-joined'>) => {
      this.#costs.set(provider, costs);
    },
    'negotiation-over': (record: NegotiationRecord) => {
      this.#addPrice(record);
      if (record.measured) this.#add(record);
    },
    'reservation-over': (record: ReservationRecord) => {
      this.#addEarning(record);
      const { endedMs, penaltyMicros, transferMicros } = record;
      if (endedMs !== null && endedMs >= this.#measuredFromMs) this.#penaltyMicros += penaltyMicros;
      if (transferMicros !== null && this.#costs.size === 1)
        this.#transferMicros += earnedMicros(
          { ...record, priceMicros: transferMicros, refundMicros: 0 },
          this.#measuredFromMs,
        );
    },
  };

  finish(
    endMs: number,
    figures: FiguresOf<[typeof negotiation, typeof utilisation, typeof revenue]>,
  ): MarketFigures {
    const { agreedCpuMs, paidMicros } = this.#total;
    const { nodes } = figures.utilisation;
    const costsMicros = this.#costsOf(nodes);
    const { earnedMicros: earned } = figures.revenue;
    return {
      total: { ...this.#total },
      byBuyer: sortedByName(this.#byBuyer),
      byProvider: [...this.#byProvider].map(([name, fortune]) => ({ name, fortune })),
      bargained: this.#bargained,
      customerConcessionMicros: this.#customerConcessionMicros,
      providerConcessionMicros: this.#providerConcessionMicros,
      valueUnservedMicros: this.#valueUnservedMicros,
      rejectedCpuMs: this.#rejectedCpuMs,
      lostToRejectionMicros: agreedCpuMs === 0 ? null : (paidMicros * this.#rejectedCpuMs) / agreedCpuMs,
      costsMicros,
      profitMicros:
        costsMicros === null ? null : earned - this.#penaltyMicros - this.#transferMicros - costsMicros,
      fairness: this.#areUsersTooMany ? null : jain([...this.#users.values()].map(servedShare)),
      dominantShareGap: this.#areUsersTooMany ? null : this.#dominantShareGap(nodes),
      series: this.#priceSeries(endMs),
    };
  }

  #add(record: NegotiationRecord): void {
    const { asked, offered, outcome } = record;
    const askedCpuMs = (asked.demand.milliCpus * asked.numInstancesFixed * asked.durationMs) / 1000;
    const user = this.#userOf(record.userId);
    if (user !== undefined) user.askedCpuMs += askedCpuMs;
    const fortunes = [
      this.#total,
      fortuneIn(this.#byBuyer, record.buyer ?? 'unknown'),
      fortuneIn(this.#byProvider, record.provider),
    ];
    for (const fortune of fortunes) {
      fortune.requests += 1;
      fortune.vainHoldCpuMs += record.vainHoldMilliCpuMs / 1000;
    }
    if (!isAccepted(outcome) || offered === null) {
      this.#valueUnservedMicros += record.valueMicros ?? 0;
      if (outcome === 'rejected') this.#rejectedCpuMs += askedCpuMs;
      return;
    }
    const { demand, durationMs, numInstancesFixed } = offered.proposal;
    const agreedCpuMs = (demand.milliCpus * numInstancesFixed * durationMs) / 1000;
    if (user !== undefined) {
      user.agreedCpuMs += agreedCpuMs;
      user.agreedMemoryMs += demand.memoryMib * numInstancesFixed * durationMs;
    }
    this.#addConcessions(record, offered.priceMicros);
    const { rounds } = record;
    const { priceMicros } = offered;
    const costMicros = costMicrosOf(record, this.#costs);
    const agreement = { rounds, priceMicros, agreedCpuMs };
    const surplus = surplusOf(record, costMicros);
    const [total, ofBuyer, ofProvider] = fortunes;
    addAgreement(total!, agreement, surplus);
    addAgreement(ofBuyer!, agreement, surplus);
    const { outsourced } = record;
    if (outsourced === null) {
      addAgreement(ofProvider!, agreement, surplus);
      return;
    }
    // Of what the two providers have together, who sold it has what is beyond the transfer price, and who delivers it the rest.
    addAgreement(ofProvider!, agreement, surplusOf(record, outsourced.priceMicros));
    if (!this.#costs.has(outsourced.partner)) return;
    const partner = fortuneIn(this.#byProvider, outsourced.partner);
    partner.requests += 1;
    partner.agreed += 1;
    partner.rounds += 1;
    partner.paidMicros += outsourced.priceMicros;
    partner.agreedCpuMs += agreedCpuMs;
    if (surplus === null) return;
    partner.valued += 1;
    partner.valuedCpuMs += agreedCpuMs;
    partner.valueMicros += outsourced.priceMicros;
    partner.costMicros += costMicros;
    partner.providerMicros += outsourced.priceMicros - costMicros;
  }

  #addConcessions({ bids, prices }: NegotiationRecord, priceMicros: number): void {
    const byCustomer = bids === null ? 0 : Math.max(0, bids.lastMicros - bids.firstMicros);
    const byProvider = prices === null ? 0 : Math.max(0, prices.firstMicros - priceMicros);
    if (byCustomer === 0 && byProvider === 0) return;
    this.#bargained += 1;
    this.#customerConcessionMicros += byCustomer;
    this.#providerConcessionMicros += byProvider;
  }

  #userOf(userId: string): UserShare | undefined {
    const known = this.#users.get(userId);
    if (known !== undefined || this.#areUsersTooMany) return known;
    if (this.#users.size === MOST_USERS) {
      this.#areUsersTooMany = true;
      this.#users.clear();
      return undefined;
    }
    const user = { askedCpuMs: 0, agreedCpuMs: 0, agreedMemoryMs: 0 };
    this.#users.set(userId, user);
    return user;
  }

  /** Of the provider that says what its CPUs cost; null: none does. */
  #costsOf(nodes: readonly NodeFigures[]): number | null {
    if ([...this.#costs.values()].every((costs) => costs === undefined)) return null;
    let micros = 0;
    for (const { capacity, onlineMs, provider, shares } of nodes) {
      const costs = this.#costs.get(provider);
      if (costs === undefined) continue;
      const reserved = shares.cpu.reserved ?? 0;
      const perHour = reserved * costs.reservedMicrosPerHour + (1 - reserved) * costs.idleMicrosPerHour;
      micros += (capacity.milliCpus / 1000) * (onlineMs / HOUR_MS) * perHour;
    }
    return micros;
  }

  /** Ghodsi et al. 2011: the larger of a user's shares of CPU and memory, of the user who has most, less that of who has least. */
  #dominantShareGap(nodes: readonly NodeFigures[]): number | null {
    const onlineCpuMs = sum(nodes.map(({ capacity, onlineMs }) => (capacity.milliCpus / 1000) * onlineMs));
    const onlineMemoryMs = sum(nodes.map(({ capacity, onlineMs }) => capacity.memoryMib * onlineMs));
    if (this.#users.size === 0 || onlineCpuMs === 0 || onlineMemoryMs === 0) return null;
    const shares = [...this.#users.values()].map(({ agreedCpuMs, agreedMemoryMs }) =>
      Math.max(agreedCpuMs / onlineCpuMs, agreedMemoryMs / onlineMemoryMs),
    );
    return shares.reduce((a, b) => Math.max(a, b)) - shares.reduce((a, b) => Math.min(a, b));
  }

  #addPrice({ endedMs, offered, outcome }: NegotiationRecord): void {
    if (!isAccepted(outcome) || offered === null) return;
    const { demand, durationMs, numInstancesFixed } = offered.proposal;
    const cpuMs = (demand.milliCpus * numInstancesFixed * durationMs) / 1000;
    this.#series.add(endedMs, endedMs + 1, [0, offered.priceMicros, cpuMs]);
  }

  /** Evenly over its window, up to where that ended. */
  #addEarning({ endedMs, priceMicros, proposal, refundMicros, untilMs }: ReservationRecord): void {
    const { durationMs, startMs } = proposal;
    const toMs = Math.min(startMs + durationMs, untilMs);
    const micros = priceMicros - refundMicros;
    if (toMs <= startMs) {
      if (endedMs !== null) this.#series.add(endedMs, endedMs + 1, [micros, 0, 0]);
      return;
    }
    const wholeMs = endedMs === null ? durationMs : toMs - startMs;
    this.#series.add(Math.max(startMs, this.#startMs), toMs, [micros / wholeMs, 0, 0]);
  }

  #priceSeries(endMs: number): PriceBucket[] {
    const series = this.#series;
    series.extendTo(endMs);
    return Array.from({ length: series.length }, (_, bucket) => {
      const cpuMs = series.integral(bucket, 2);
      return {
        startMs: series.startMs + bucket * series.widthMs,
        spanMs: series.spanMs(bucket),
        revenueMicros: series.integral(bucket, 0),
        pricePerCpuHour: cpuMs === 0 ? null : series.integral(bucket, 1) / MICROS / (cpuMs / HOUR_MS),
      };
    });
  }
}

const MICROS = 1_000_000;
const HOUR_MS = 3_600_000;
const credits = (micros: number | null) => (micros === null ? null : round(micros / MICROS));
const mean = (total: number, count: number) => (count === 0 ? null : round(total / count));

export const market = metric({
  name: 'market',
  over: 'by request',
  reads: [negotiation, utilisation, revenue],
  start: (stream: StreamStart) => new Market(stream),
  summary: {
    agreementsValued: {
      means:
        'accepted requests of which it is known what they are worth to their users: the most that those pay, which simulated users keep to themselves and others may say (`maxPrice`). The figures of surplus and utility are over these',
      of: ({ total }) => total.valued,
    },
    valueAgreed: {
      unit: 'credits',
      means:
        'what the agreed terms are worth to their users: as asked, in proportion to the guaranteed CPU-hours where those are fewer, nothing when the start is later than the latest that they take',
      of: ({ total }) => credits(total.valueMicros),
    },
    customerSurplus: {
      unit: 'credits',
      means: 'valueAgreed less the prices agreed, before refunds and penalties',
      of: ({ total }) => credits(total.customerMicros),
    },
    providerSurplus: {
      unit: 'credits',
      means:
        'the same prices less what the agreed CPU-hours cost the provider beyond idle ones (`cluster.costs`)',
      of: ({ total }) => credits(total.providerMicros),
    },
    welfare: {
      unit: 'credits',
      means: 'customerSurplus + providerSurplus, which is value less cost: prices only share it out',
      of: ({ total }) => credits(total.customerMicros + total.providerMicros),
    },
    customerShare: {
      unit: 'share',
      means: 'customerSurplus / welfare; `null` where welfare is not above 0',
      of: ({ total: { customerMicros, providerMicros } }) =>
        customerMicros + providerMicros > 0 ? ratio(customerMicros, customerMicros + providerMicros) : null,
    },
    nashProduct: {
      means: 'surplus of the user x surplus of the provider, in square credits, negative ones as 0: the mean',
      of: ({ total }) => mean(total.nashProduct, total.valued),
    },
    customerUtility: {
      means:
        'mean of (utility of the price + utility of the start) / 2, 0 where either is. Price: from 1 at the first bid, or at nothing for who never bid less than the value, down to 0.01 at the value; start: from 1 as asked down to 0.01 at the latest; linear, 0 beyond',
      of: ({ total }) => mean(total.customerUtility, total.valued),
    },
    providerUtility: {
      means:
        'mean of the utility of the price: from 1 at the first price asked down to 0.01 at the cost beyond idle CPUs, 0 below it',
      of: ({ total }) => mean(total.providerUtility, total.valued),
    },
    meanRoundsOfAgreements: {
      means: 'proposals of the user per accepted request',
      of: ({ total }) => mean(total.rounds, total.agreed),
    },
    bargained: {
      means:
        'accepted requests in which the user raised what they would pay, or the price came down from the first one asked',
      of: (figures) => figures.bargained,
    },
    customerConcession: {
      unit: 'credits',
      means: 'last less first of what users said they would pay at most, summed over these, never below 0',
      of: (figures) => credits(figures.customerConcessionMicros),
    },
    providerConcession: {
      unit: 'credits',
      means: 'first price asked less the price agreed, summed over these, never below 0',
      of: (figures) => credits(figures.providerConcessionMicros),
    },
    valueUnserved: {
      unit: 'credits',
      means: 'what requests that were not accepted are worth as asked, where that is known',
      of: (figures) => credits(figures.valueUnservedMicros),
    },
    revenueLostToRejection: {
      unit: 'credits',
      means:
        'guaranteed CPU-hours first asked for by rejected requests x the price of a CPU-hour over all agreements, as first agreed; `null` without agreements',
      of: (figures) => credits(figures.lostToRejectionMicros),
    },
    costs: {
      over: 'by instant',
      unit: 'credits',
      means:
        'of the CPUs online within the measured time, reserved or idle; `null` where no provider says what they cost (`cluster.costs`)',
      of: (figures) => credits(figures.costsMicros),
    },
    profit: {
      over: 'by instant',
      unit: 'credits',
      means:
        'what windows earned within the measured time, as in revenuePerOnlineCpuHour, less the penalties of reservations that ended in it, less costs, and, of one provider of several, less the transfer prices of what others deliver for it',
      of: (figures) => credits(figures.profitMicros),
    },
    fairness: {
      means: `Jain's index (sum x)² / (n sum x²) over users, x the share of the guaranteed CPU-hours first asked for that was agreed; 1: all fared alike. \`null\` without agreements, and beyond ${MOST_USERS.toLocaleString('en')} users`,
      of: (figures) => rounded(figures.fairness),
    },
    dominantShareGap: {
      unit: 'share',
      means:
        'of each user the larger of the shares that their agreements have of the CPU-time and of the memory-time online in the measured time: the largest of all users less the smallest',
      of: (figures) => rounded(figures.dominantShareGap),
    },
    byBuyer: {
      means:
        'by buyer policy: `requests`, `agreed`, `cpuHoursAgreed`, `paid`, `valued` (as agreementsValued), `value`, `customerSurplus`, `providerSurplus`, `cpuHoursHeldInVain`',
      of: ({ byBuyer }) => Object.fromEntries(byBuyer.map(({ fortune, name }) => [name, toldOf(fortune)])),
    },
  },
});

function addAgreement(
  fortune: Mutable<Fortune>,
  {
    agreedCpuMs,
    priceMicros,
    rounds,
  }: { readonly rounds: number; readonly priceMicros: number; readonly agreedCpuMs: number },
  surplus: Surplus | null,
): void {
  fortune.agreed += 1;
  fortune.rounds += rounds;
  fortune.paidMicros += priceMicros;
  fortune.agreedCpuMs += agreedCpuMs;
  if (surplus === null) return;
  fortune.valued += 1;
  fortune.valuedCpuMs += agreedCpuMs;
  fortune.valueMicros += surplus.valueMicros;
  fortune.costMicros += surplus.costMicros;
  fortune.customerMicros += surplus.customerMicros;
  fortune.providerMicros += surplus.providerMicros;
  fortune.customerUtility += surplus.customerUtility;
  fortune.providerUtility += surplus.providerUtility;
  fortune.nashProduct +=
    (Math.max(0, surplus.customerMicros) / MICROS) * (Math.max(0, surplus.providerMicros) / MICROS);
}

function toldOf(fortune: Fortune) {
  return {
    requests: fortune.requests,
    agreed: fortune.agreed,
    cpuHoursAgreed: round(fortune.agreedCpuMs / HOUR_MS),
    paid: credits(fortune.paidMicros),
    valued: fortune.valued,
    value: credits(fortune.valueMicros),
    customerSurplus: credits(fortune.customerMicros),
    providerSurplus: credits(fortune.providerMicros),
    cpuHoursHeldInVain: round(fortune.vainHoldCpuMs / HOUR_MS),
  };
}

function noFortune(): Mutable<Fortune> {
  return {
    requests: 0,
    agreed: 0,
    rounds: 0,
    paidMicros: 0,
    agreedCpuMs: 0,
    vainHoldCpuMs: 0,
    valued: 0,
    valuedCpuMs: 0,
    valueMicros: 0,
    costMicros: 0,
    customerMicros: 0,
    providerMicros: 0,
    customerUtility: 0,
    providerUtility: 0,
    nashProduct: 0,
  };
}

function fortuneIn(fortunes: Map<string, Mutable<Fortune>>, name: string): Mutable<Fortune> {
  const known = fortunes.get(name) ?? noFortune();
  fortunes.set(name, known);
  return known;
}

function sortedByName(fortunes: ReadonlyMap<string, Fortune>): MarketFigures['byBuyer'] {
  return [...fortunes]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, fortune]) => ({ name, fortune: { ...fortune } }));
}

function servedShare({ agreedCpuMs, askedCpuMs }: UserShare): number {
  return agreedCpuMs / askedCpuMs;
}

/** Jain, Chiu, Hawe 1984; null when all are 0. */
export function jain(values: readonly number[]): number | null {
  const squares = values.length * sum(values.map((value) => value * value));
  return squares === 0 ? null : sum(values) ** 2 / squares;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
