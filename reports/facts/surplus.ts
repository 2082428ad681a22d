// What an agreement is worth to its two sides: the rows of negotiations.csv and the figures of the market are made of it.
import type { CapacityCosts, Proposal } from '../../engine/index.ts';
import { isAccepted, type NegotiationRecord, windowsOf } from './session-records.ts';

const HOUR_MS = 3_600_000;

/** The least utility of terms that are still acceptable (Sim, Shi 2010). */
const LEAST_UTILITY = 0.01;

/** Money in micro-credits. */
export interface Surplus {
  /** What the agreed terms are worth to the user. */
  readonly valueMicros: number;
  /** What they cost the provider, beyond what idle CPUs would. */
  readonly costMicros: number;
  readonly priceMicros: number;
  /** Value less price, and price less cost. */
  readonly customerMicros: number;
  readonly providerMicros: number;
  /** From 0, for terms that should not have been taken, to 1. */
  readonly customerUtility: number;
  readonly providerUtility: number;
}

/** What CPUs cost providers, by the names of those whose events are seen; undefined for one that does not say. */
export type CostsByProvider = ReadonlyMap<string, CapacityCosts | undefined>;

/** What delivering an agreement costs: whoever delivers it, where that is seen, or else the transfer price. 0 without an agreement. */
export function costMicrosOf(
  { offered, outsourced, provider }: NegotiationRecord,
  costs: CostsByProvider,
): number {
  if (offered === null) return 0;
  if (outsourced !== null && !costs.has(outsourced.partner)) return outsourced.priceMicros;
  const costsThere = costs.get(outsourced?.partner ?? provider);
  return windowsOf(offered).reduce((sum, terms) => sum + marginalCostMicros(terms, costsThere), 0);
}

/**
 * Null: there is no agreement, or nobody said what it is worth.
 * @param costMicros of delivering it
 */
export function surplusOf(record: NegotiationRecord, costMicros: number): Surplus | null {
  const { asked, bids, latestStartMs, offered, outcome, prices } = record;
  if (!isAccepted(outcome) || offered === null || record.valueMicros === null) return null;
  const { priceMicros, proposal } = offered;
  const isInTime =
    latestStartMs === null || windowsOf(offered).every(({ startMs }) => startMs <= latestStartMs);
  const agreedCpuMs = windowsOf(offered).reduce((sum, terms) => sum + cpuMsOf(terms), 0);
  const valueMicros = isInTime ? record.valueMicros * Math.min(1, agreedCpuMs / cpuMsOf(asked)) : 0;
  // Who does not bargain would like it best for nothing.
  const bid = bids !== null && bids.firstMicros < record.valueMicros ? bids.firstMicros : 0;
  const ofPrice = priceUtility({ ideal: bid, limit: valueMicros, price: priceMicros });
  const ofStart = startUtility(proposal.startMs, asked.startMs, latestStartMs);
  return {
    valueMicros,
    costMicros,
    priceMicros,
    customerMicros: valueMicros - priceMicros,
    providerMicros: priceMicros - costMicros,
    customerUtility: ofPrice > 0 && ofStart > 0 ? (ofPrice + ofStart) / 2 : 0,
    providerUtility: priceUtility({
      ideal: Math.max(prices?.firstMicros ?? priceMicros, priceMicros),
      limit: costMicros,
      price: priceMicros,
    }),
  };
}

/**
 * Of a price between the one that a side would like best and its limit, whichever of the two is higher: 1 at the former, {@link LEAST_UTILITY} at the
 * latter, 0 beyond it. Sim, Shi 2010: u = u_min + (1 - u_min)(RP - P)/(RP - IP).
 */
export function priceUtility({
  ideal,
  limit,
  price,
}: {
  readonly ideal: number;
  readonly limit: number;
  readonly price: number;
}): number {
  if (limit === ideal) return price === limit ? 1 : 0;
  const way = (limit - price) / (limit - ideal);
  if (way < 0) return 0;
  return LEAST_UTILITY + (1 - LEAST_UTILITY) * Math.min(1, way);
}

/** 1 at the asked start and before it, down to {@link LEAST_UTILITY} at the latest, 0 after it. null: any start will do. */
function startUtility(startMs: number, askedMs: number, latestMs: number | null): number {
  if (startMs <= askedMs || latestMs === null) return 1;
  return priceUtility({ ideal: askedMs, limit: latestMs, price: startMs });
}

/** Guaranteed CPU-time, in thousandths of a CPU x milliseconds. */
function cpuMsOf({ demand, durationMs, numInstancesFixed }: Proposal): number {
  return demand.milliCpus * numInstancesFixed * durationMs;
}

function marginalCostMicros(terms: Proposal, costs: CapacityCosts | undefined): number {
  if (costs === undefined) return 0;
  const { idleMicrosPerHour, reservedMicrosPerHour } = costs;
  return ((reservedMicrosPerHour - idleMicrosPerHour) * cpuMsOf(terms)) / 1000 / HOUR_MS;
}
