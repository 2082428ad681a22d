// The CSV tables of a run: their columns and how a record becomes a row. Times are ISO 8601, with seconds from the start of the run
// beside those that one computes with; other units are in the column names; an empty cell means that there is nothing to say.
import { type EventOf, endOf, formatInstant, type Resources } from '../../engine/index.ts';
import type { Message } from '../facts/message-log.ts';
import { isAccepted, type NegotiationRecord, type ReservationRecord } from '../facts/session-records.ts';
import { type CostsByProvider, costMicrosOf, type Surplus, surplusOf } from '../facts/surplus.ts';
import { nodeEnergyKwh } from '../metrics/energy.ts';
import type { NamedResourceFigures } from '../metrics/named-resources.ts';
import type { NodeFigures } from '../metrics/node-meters.ts';
import { REPORT_RESOURCES } from '../metrics/use-channels.ts';
import type { UtilisationBucket } from '../metrics/utilisation.ts';
import type { Cell } from './csv-writer.ts';

/** What is known of the run beside the record. */
export interface TableContext {
  /** Start of the run. */
  readonly startMs: number;
  /** The resources beside CPU, memory and disk that are counted in thousandths. */
  readonly divisible: ReadonlySet<string>;
  /** By provider, of those that say what their CPUs cost. */
  readonly costs: CostsByProvider;
}

/** Columns of a table, in order: name and value of each. */
type Columns<R> = ReadonlyArray<readonly [name: string, cell: (row: R, run: TableContext) => Cell]>;

export interface Table<R> {
  readonly name: string;
  readonly header: readonly string[];
  row(record: R, run: TableContext): Cell[];
}

function table<R>(name: string, columns: Columns<R>): Table<R> {
  return {
    name,
    header: columns.map(([column]) => column),
    row: (record, run) => columns.map(([, cell]) => cell(record, run)),
  };
}

const instant = (ms: number | null): Cell => (ms === null || !Number.isFinite(ms) ? null : formatInstant(ms));
const seconds = (ms: number | null): Cell => (ms === null ? null : ms / 1000);
const credits = (micros: number | null | undefined): Cell => (micros == null ? null : micros / 1_000_000);
const money = (micros: number): Cell => Math.round(micros) / 1_000_000;
const share = (value: number | null): Cell => (value === null ? null : Math.round(value * 1e6) / 1e6);
const amount = (value: number | null): Cell => (value === null ? null : Math.round(value * 1e3) / 1e3);

/** `gpu=0.5 licence=1`; empty when there are none. */
const named = (amounts: Resources, { divisible }: TableContext): Cell => {
  const parts = Object.entries(amounts.named ?? {})
    .filter(([, amount]) => amount > 0)
    .map(([name, amount]) => `${name}=${divisible.has(name) ? amount / 1000 : amount}`);
  return parts.length === 0 ? null : parts.join(' ');
};

/** Of agreements of which it is known what they are worth. */
const ofSurplus =
  (cell: (surplus: Surplus) => Cell) =>
  (record: NegotiationRecord, { costs }: TableContext): Cell => {
    const surplus = surplusOf(record, costMicrosOf(record, costs));
    return surplus === null ? null : cell(surplus);
  };

const agreed = (record: NegotiationRecord) => (isAccepted(record.outcome) ? record.offered : null);

export const NEGOTIATIONS: Table<NegotiationRecord> = table('negotiations.csv', [
  ['request_id', (n) => n.requestId],
  ['reservation_id', (n) => n.reservationId],
  ['user', (n) => n.userId],
  ['kind', (n) => n.kind],
  ['buyer', (n) => n.buyer],
  ['measured', (n) => n.measured],
  ['submitted', (n) => instant(n.submittedMs)],
  ['submitted_s', (n, { startMs }) => seconds(n.submittedMs - startMs)],
  ['ended', (n) => instant(n.endedMs)],
  ['negotiation_s', (n) => seconds(n.endedMs - n.submittedMs)],
  ['rounds', (n) => n.rounds],
  ['messages', (n) => n.messages],
  ['counter_offers', (n) => n.counterOffers],
  ['outcome', (n) => n.outcome],
  ['reason', (n) => n.reason],
  ['lead_time_s', (n) => seconds(n.asked.startMs - n.submittedMs)],
  ['asked_start', (n) => instant(n.asked.startMs)],
  ['asked_start_s', (n, { startMs }) => seconds(n.asked.startMs - startMs)],
  ['latest_start', (n) => instant(n.latestStartMs)],
  ['asked_duration_s', (n) => seconds(n.asked.durationMs)],
  ['asked_instances', (n) => n.asked.numInstancesFixed],
  ['asked_optional_instances', (n) => n.asked.numInstancesOption],
  ['asked_type', (n) => n.asked.type],
  ['asked_vcpus_per_instance', (n) => n.asked.demand.milliCpus / 1000],
  ['asked_memory_mib_per_instance', (n) => n.asked.demand.memoryMib],
  ['asked_disk_gib_per_instance', (n) => n.asked.demand.diskGib],
  ['max_price_credits', (n) => credits(n.asked.maxPriceMicros)],
  ['agreed_start', (n) => instant(agreed(n)?.proposal.startMs ?? null)],
  ['agreed_start_s', (n, { startMs }) => seconds(offset(agreed(n)?.proposal.startMs, startMs))],
  ['agreed_duration_s', (n) => seconds(agreed(n)?.proposal.durationMs ?? null)],
  ['agreed_instances', (n) => agreed(n)?.proposal.numInstancesFixed ?? null],
  ['agreed_type', (n) => agreed(n)?.proposal.type ?? null],
  ['agreed_price_credits', (n) => credits(agreed(n)?.priceMicros)],
  ['start_displacement_s', (n) => seconds(offset(agreed(n)?.proposal.startMs, n.asked.startMs))],
  ['last_offer_start', (n) => instant(n.offered?.proposal.startMs ?? null)],
  ['last_offer_price_credits', (n) => credits(n.offered?.priceMicros)],
  ['hold_s', (n) => seconds(n.holdMs)],
  ['countered_because', (n) => n.counteredBecause],
  ['run_time_s', (n) => seconds(n.runTimeMs)],
  ['asked_resources_per_instance', (n, run) => named(n.asked.demand, run)],
  ['waitlisted_s', (n) => seconds(n.waited?.waitedMs ?? null)],
  ['provider', (n) => n.provider],
  ['value_credits', (n) => credits(n.valueMicros)],
  ['first_bid_credits', (n) => credits(n.bids?.firstMicros)],
  ['last_bid_credits', (n) => credits(n.bids?.lastMicros)],
  ['first_offer_price_credits', (n) => credits(n.prices?.firstMicros)],
  ['agreed_value_credits', ofSurplus(({ valueMicros }) => money(valueMicros))],
  ['agreed_cost_credits', ofSurplus(({ costMicros }) => money(costMicros))],
  ['customer_surplus_credits', ofSurplus(({ customerMicros }) => money(customerMicros))],
  ['provider_surplus_credits', ofSurplus(({ providerMicros }) => money(providerMicros))],
  [
    'nash_product',
    ofSurplus((s) => share((Math.max(0, s.customerMicros) / 1e6) * (Math.max(0, s.providerMicros) / 1e6))),
  ],
  ['customer_utility', ofSurplus(({ customerUtility }) => share(customerUtility))],
  ['provider_utility', ofSurplus(({ providerUtility }) => share(providerUtility))],
  ['joint_utility', ofSurplus((s) => share(s.customerUtility + s.providerUtility))],
  ['cpu_hours_held_in_vain', (n) => share(n.vainHoldMilliCpuMs / 1000 / 3_600_000)],
]);

/** One row for each message, in the order of the run; terms are empty where a message has none. */
export const OFFERS: Table<Message> = table('offers.csv', [
  ['reservation_id', (m) => m.reservationId],
  ['request_id', (m) => m.requestId],
  ['user', (m) => m.userId],
  ['buyer', (m) => m.buyer],
  ['provider', (m) => m.provider],
  ['measured', (m) => m.measured],
  ['message_number', (m) => m.number],
  ['round', (m) => m.round],
  ['at', (m) => instant(m.atMs)],
  ['at_s', (m, { startMs }) => seconds(m.atMs - startMs)],
  ['from', (m) => m.from],
  ['message', (m) => m.message],
  ['price_credits', (m) => credits(m.priceMicros)],
  ['start', (m) => instant(m.terms?.startMs ?? null)],
  ['start_s', (m, { startMs }) => seconds(offset(m.terms?.startMs, startMs))],
  ['duration_s', (m) => seconds(m.terms?.durationMs ?? null)],
  ['instances', (m) => m.terms?.numInstancesFixed ?? null],
  ['optional_instances', (m) => m.terms?.numInstancesOption ?? null],
  ['type', (m) => m.terms?.type ?? null],
  ['hold_until', (m) => instant(m.holdUntilMs)],
  ['alternatives', (m) => m.alternatives],
  ['reason', (m) => m.reason],
]);

export const RESERVATIONS: Table<ReservationRecord> = table('reservations.csv', [
  ['reservation_id', (r) => r.reservationId],
  ['request_id', (r) => r.requestId],
  ['user', (r) => r.userId],
  ['measured', (r) => r.measured],
  ['confirmed', (r) => instant(r.confirmedMs)],
  ['start', (r) => instant(r.proposal.startMs)],
  ['start_s', (r, { startMs }) => seconds(r.proposal.startMs - startMs)],
  ['end', (r) => instant(endOf(r.proposal))],
  ['end_s', (r, { startMs }) => seconds(endOf(r.proposal) - startMs)],
  ['duration_s', (r) => seconds(r.proposal.durationMs)],
  ['type', (r) => r.proposal.type],
  ['vcpus_per_instance', (r) => r.proposal.demand.milliCpus / 1000],
  ['memory_mib_per_instance', (r) => r.proposal.demand.memoryMib],
  ['disk_gib_per_instance', (r) => r.proposal.demand.diskGib],
  ['instances', (r) => r.instances],
  ['nodes', (r) => r.nodeIds.join(' ')],
  ['price_credits', (r) => credits(r.priceMicros)],
  ['refund_credits', (r) => credits(r.refundMicros)],
  ['penalty_credits', (r) => credits(r.penaltyMicros)],
  ['countered', (r) => r.countered],
  ['start_displacement_s', (r) => seconds(r.proposal.startMs - r.askedStartMs)],
  ['activated', (r) => instant(r.activatedMs)],
  ['window_opened', (r) => instant(r.openedMs)],
  ['ended', (r) => instant(r.endedMs)],
  ['state', (r) => r.state],
  ['reason', (r) => r.reason],
  ['fate', (r) => r.fate],
  ['no_show', (r) => r.fate === 'no-show'],
  ['moves', (r) => r.moves],
  ['migrations', (r) => r.migrations],
  ['restarts', (r) => r.restarts],
  ['downtime_s', (r) => seconds(r.downtimeMs)],
  ['delivered_s', (r) => seconds(r.deliveredMs)],
  ['outcome', (r) => r.fate],
  ['start_up_s', (r) => seconds(r.startUpMs)],
  ['suspended_s', (r) => seconds(r.suspendedMs)],
  ['claimed_instances', (r) => r.claimedInstances],
  ['claimed_s', (r) => seconds(r.claimedMs)],
  ['resources_per_instance', (r, run) => named(r.proposal.demand, run)],
]);

/** A live migration of a running VM, or a booking that changed its node otherwise. */
type Move = EventOf<'vm-migrated' | 'instance-moved'>;

interface MoveRow {
  readonly move: Move;
  /** By instant: whether it was over in the measured time, whoever's request it served. */
  readonly measured: boolean;
}

export const MIGRATIONS: Table<MoveRow> = table('migrations.csv', [
  ['at', ({ move: m }) => instant(m.atMs)],
  ['at_s', ({ move: m }, { startMs }) => seconds(m.atMs - startMs)],
  ['measured', ({ measured }) => measured],
  ['kind', ({ move: m }) => (m.type === 'vm-migrated' ? 'live-migration' : 'booking-moved')],
  ['cause', ({ move: m }) => (m.type === 'vm-migrated' ? null : m.cause)],
  ['reservation_id', ({ move: m }) => m.reservationId],
  ['instance', ({ move: m }) => (m.type === 'vm-migrated' ? null : m.instance)],
  ['vm_id', ({ move: m }) => (m.type === 'vm-migrated' ? m.vmId : null)],
  ['from_node', ({ move: m }) => m.fromNodeId],
  ['to_node', ({ move: m }) => m.toNodeId],
  ['started', ({ move: m }) => (m.type === 'vm-migrated' ? instant(m.startedMs) : null)],
  ['migration_s', ({ move: m }) => (m.type === 'vm-migrated' ? seconds(m.atMs - m.startedMs) : null)],
  ['downtime_s', ({ move: m }) => (m.type === 'vm-migrated' ? seconds(m.downtimeMs) : null)],
  ['memory_mib', ({ move: m }) => m.demand.memoryMib],
  ['load_permille', ({ move: m }) => (m.type === 'vm-migrated' ? m.loadPermille : null)],
]);

interface AuctionRow {
  readonly auction: EventOf<'auction-held'>;
  readonly measured: boolean;
}

/** A row for each auction at which there were bids. */
export const AUCTIONS: Table<AuctionRow> = table('auctions.csv', [
  ['at', ({ auction: a }) => instant(a.atMs)],
  ['at_s', ({ auction: a }, { startMs }) => seconds(a.atMs - startMs)],
  ['measured', ({ measured }) => measured],
  ['provider', ({ auction: a }) => a.provider],
  ['bids', ({ auction: a }) => a.bids],
  ['bid_cpu_hours', ({ auction: a }) => amount(a.cpuMs / 3_600_000)],
  ['bid_credits', ({ auction: a }) => credits(a.bidMicros)],
  ['awards', ({ auction: a }) => a.awards.length],
  ['awarded_cpu_hours', ({ auction: a }) => amount(sumOf(a, 'cpuMs') / 3_600_000)],
  ['awarded_bid_credits', ({ auction: a }) => credits(sumOf(a, 'bidMicros'))],
  ['awarded_credits', ({ auction: a }) => credits(sumOf(a, 'priceMicros'))],
  [
    'credits_per_cpu_hour',
    ({ auction: a }) =>
      a.awards.length === 0 ? null : share(sumOf(a, 'priceMicros') / 1e6 / (sumOf(a, 'cpuMs') / 3_600_000)),
  ],
]);

function sumOf({ awards }: EventOf<'auction-held'>, key: 'cpuMs' | 'bidMicros' | 'priceMicros'): number {
  return awards.reduce((sum, award) => sum + award[key], 0);
}

interface UtilisationRow {
  readonly bucket: Pick<UtilisationBucket, 'startMs' | 'spanMs' | 'nodesOnline'>;
  readonly resource: string;
  /** Of what is named, its name. */
  readonly unit: string;
  /** By which amounts are divided. */
  readonly scale: 1 | 1000;
  readonly amounts: Omit<UtilisationBucket['resources'][(typeof REPORT_RESOURCES)[number]], 'reservedShares'>;
}

const UNITS = { cpu: 'vCPU', memory: 'MiB', disk: 'GiB' } as const;

/** Amounts are averages over the bucket, in the unit of the row. */
export const UTILISATION: Table<UtilisationRow> = table('utilisation.csv', [
  ['bucket_start', ({ bucket }) => instant(bucket.startMs)],
  ['bucket_start_s', ({ bucket }, { startMs }) => seconds(bucket.startMs - startMs)],
  ['bucket_s', ({ bucket }) => seconds(bucket.spanMs)],
  ['nodes_online', ({ bucket }) => amount(bucket.nodesOnline)],
  ['resource', ({ resource }) => resource],
  ['unit', ({ unit }) => unit],
  ['online', (row) => amount(inUnit(row, 'online'))],
  ['reserved', (row) => amount(inUnit(row, 'reserved'))],
  ['allocated', (row) => amount(inUnit(row, 'allocated'))],
  ['busy', (row) => amount(inUnit(row, 'busy'))],
  ['reserved_share', (row) => shareOfOnline(row, 'reserved')],
  ['allocated_share', (row) => shareOfOnline(row, 'allocated')],
  ['busy_share', (row) => shareOfOnline(row, 'busy')],
]);

/**
 * The rows of one bucket: one for each resource.
 * @param index of the bucket in the series
 */
export function utilisationRows(
  bucket: UtilisationBucket,
  index: number,
  namedResources: readonly NamedResourceFigures[],
): UtilisationRow[] {
  return [
    ...REPORT_RESOURCES.map((resource) => ({
      bucket,
      resource,
      unit: UNITS[resource],
      scale: resource === 'cpu' ? (1000 as const) : (1 as const),
      amounts: bucket.resources[resource],
    })),
    ...namedResources.map(({ divisible, name, series }) => ({
      bucket,
      resource: name,
      unit: name,
      scale: divisible ? (1000 as const) : (1 as const),
      amounts: { ...series[index]!, busy: null },
    })),
  ];
}

export const UTILISATION_NODES: Table<NodeFigures> = table('utilisation-nodes.csv', [
  ['node', (n) => n.nodeId],
  ['group', (n) => n.group],
  ['vcpus', (n) => n.capacity.milliCpus / 1000],
  ['memory_mib', (n) => n.capacity.memoryMib],
  ['disk_gib', (n) => n.capacity.diskGib],
  ['online_s', (n) => seconds(n.onlineMs)],
  ['losses', (n) => n.losses],
  ['cpu_reserved_share', (n) => share(n.shares.cpu.reserved)],
  ['cpu_allocated_share', (n) => share(n.shares.cpu.allocated)],
  ['cpu_busy_share', (n) => share(n.shares.cpu.busy)],
  ['memory_reserved_share', (n) => share(n.shares.memory.reserved)],
  ['memory_allocated_share', (n) => share(n.shares.memory.allocated)],
  ['disk_reserved_share', (n) => share(n.shares.disk.reserved)],
  ['disk_allocated_share', (n) => share(n.shares.disk.allocated)],
  ['energy_kwh', (n) => amount(nodeEnergyKwh(n))],
  ['resources', (n, run) => named(n.capacity, run)],
]);

function offset(ms: number | undefined, fromMs: number): number | null {
  return ms === undefined ? null : ms - fromMs;
}

function inUnit(
  { amounts, scale }: UtilisationRow,
  use: 'online' | 'reserved' | 'allocated' | 'busy',
): number | null {
  const value = amounts[use];
  return value === null ? null : value / scale;
}

function shareOfOnline({ amounts }: UtilisationRow, use: 'reserved' | 'allocated' | 'busy'): Cell {
  const { online, [use]: used } = amounts;
  return used === null || online === 0 ? null : share(used / online);
}
