// summary.json: the figures of a run for scripts. docs/reports.md defines every field; fields are added, never renamed.
import type { RefusalReason, RejectionReason } from '../engine/index.ts';
import { formatInstant } from '../engine/index.ts';
import type { Distribution } from './metrics/spread.ts';
import type { ByUse } from './metrics/utilisation.ts';
import type { ReportEnd, RunDescription, RunOutcome } from './run-description.ts';
import type { RunFigures } from './run-metrics.ts';

/** Fields that depend on the machine and its mood. All other bytes of a run's directory depend on scenario, seed and version only. */
export const WALL_CLOCK_FIELDS = ['wallMs', 'eventsPerSecond', 'peakRssMib'] as const;

/** Whole milliseconds; null when there was nothing to measure. */
export interface DurationStatistics {
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
}

/** Shares are 0..1 and have six decimals, money is in credits, null means that there was nothing to measure. */
export interface Summary {
  readonly scenario: string;
  readonly seed: number;
  readonly version: string;
  readonly digest: string;
  readonly end: ReportEnd;
  /** ISO 8601. */
  readonly start: string;
  readonly measuredFrom: string;
  readonly measuredUntil: string;
  readonly nodes: number;

  readonly requests: number;
  readonly accepted: number;
  readonly acceptedFirstOffer: number;
  readonly acceptedAfterOwnChange: number;
  readonly countered: number;
  readonly counterAccepted: number;
  readonly rejected: number;
  readonly declined: number;
  readonly expired: number;
  readonly withdrawn: number;
  readonly capacityLost: number;
  readonly open: number;
  readonly warmUpRequests: number;
  readonly acceptanceRatio: number | null;
  readonly firstOfferRatio: number | null;
  readonly counterRatio: number | null;
  readonly counterSuccessRatio: number | null;
  readonly rejectionRatio: number | null;
  readonly acceptanceRatioByCpuHours: number | null;
  readonly rejectionsByReason: Readonly<Record<RejectionReason, number>>;
  readonly refusedMessages: Readonly<Record<RefusalReason, number>>;
  readonly meanRounds: number | null;
  readonly meanMessages: number | null;
  readonly negotiationMs: DurationStatistics;
  readonly holdMs: number;
  readonly cpuHoursHeldInVain: number;

  readonly startDisplacementMs: DurationStatistics;
  readonly counteredDisplacementMs: DurationStatistics;

  readonly fulfilled: number;
  readonly noShows: number;
  readonly cancelled: number;
  readonly failed: number;
  readonly unfinished: number;
  readonly noShowRatio: number | null;

  readonly utilisation: ByUse;
  readonly utilisationPeak: ByUse;
  readonly utilisationP95: ByUse;

  readonly revenue: number;
  readonly refunds: number;
  readonly penalties: number;
  readonly revenuePerAcceptedCpuHour: number | null;
  readonly revenuePerOnlineCpuHour: number | null;

  readonly migrations: number;
  readonly migrationMs: number;
  readonly migrationDowntimeMs: number;
  readonly moves: number;
  readonly downtimeMs: number;
  readonly undeliveredMs: number;
  readonly suspensions: number;
  readonly suspendedMs: number;
  readonly availability: number | null;
  readonly guestCrashes: number;
  readonly guestHangs: number;
  readonly operationFailures: number;
  readonly nodeLosses: number;
  readonly energyKwh: number | null;

  readonly virtualMs: number;
  readonly events: number;
  readonly wallMs: number;
  readonly eventsPerSecond: number;
  readonly peakRssMib: number;
}

const MICROS_PER_CREDIT = 1_000_000;
const MS_PER_HOUR = 3_600_000;

export function summarise(run: RunDescription, outcome: RunOutcome, figures: RunFigures): Summary {
  const { funnel, fulfilment, interruptions, displacement, utilisation } = figures;
  const { outcomes, requests } = funnel;
  const revenueMicros = fulfilment.agreedMicros - fulfilment.refundMicros;
  return {
    scenario: run.scenario,
    seed: run.seed,
    version: run.version,
    digest: outcome.digest,
    end: outcome.end,
    start: formatInstant(figures.startMs),
    measuredFrom: formatInstant(figures.measuredFromMs),
    measuredUntil: formatInstant(figures.endMs),
    nodes: figures.nodes.length,

    requests,
    accepted: funnel.accepted,
    acceptedFirstOffer: outcomes['accepted-first-offer'],
    acceptedAfterOwnChange: outcomes['accepted-after-own-change'],
    countered: funnel.countered,
    counterAccepted: outcomes['accepted-after-counter'],
    rejected: outcomes.rejected,
    declined: outcomes.declined,
    expired: outcomes.expired,
    withdrawn: outcomes.withdrawn,
    capacityLost: outcomes['capacity-lost'],
    open: outcomes.open,
    warmUpRequests: figures.warmUpRequests,
    acceptanceRatio: ratio(funnel.accepted, requests),
    firstOfferRatio: ratio(outcomes['accepted-first-offer'], requests),
    counterRatio: ratio(funnel.countered, requests),
    counterSuccessRatio: ratio(outcomes['accepted-after-counter'], funnel.countered),
    rejectionRatio: ratio(outcomes.rejected, requests),
    acceptanceRatioByCpuHours: ratio(funnel.acceptedCpuMs, funnel.askedCpuMs),
    rejectionsByReason: funnel.rejections,
    refusedMessages: figures.refusals,
    meanRounds: rounded(funnel.meanRounds),
    meanMessages: rounded(funnel.meanMessages),
    negotiationMs: durations(funnel.negotiationMs),
    holdMs: funnel.holdMs,
    cpuHoursHeldInVain: round(funnel.vainHoldCpuMs / MS_PER_HOUR),

    startDisplacementMs: durations(displacement.overAll),
    counteredDisplacementMs: durations(displacement.overCountered),

    fulfilled: fulfilment.fates.fulfilled,
    noShows: fulfilment.fates['no-show'],
    cancelled: fulfilment.fates.cancelled,
    failed: fulfilment.fates.failed,
    unfinished: fulfilment.fates.unfinished,
    noShowRatio: ratio(fulfilment.fates['no-show'], funnel.accepted),

    utilisation: roundedUses(utilisation.mean),
    utilisationPeak: roundedUses(utilisation.peak),
    utilisationP95: roundedUses(utilisation.p95),

    revenue: revenueMicros / MICROS_PER_CREDIT,
    refunds: fulfilment.refundMicros / MICROS_PER_CREDIT,
    penalties: fulfilment.penaltyMicros / MICROS_PER_CREDIT,
    revenuePerAcceptedCpuHour: perCpuHour(revenueMicros, fulfilment.agreedCpuMs),
    revenuePerOnlineCpuHour: perCpuHour(revenueMicros, figures.onlineCpuMs),

    migrations: interruptions.migrations,
    migrationMs: interruptions.migrationMs,
    migrationDowntimeMs: interruptions.migrationDowntimeMs,
    moves: interruptions.moves,
    downtimeMs: interruptions.downtimeMs,
    undeliveredMs: fulfilment.undeliveredMs,
    suspensions: interruptions.suspensions,
    suspendedMs: interruptions.suspendedMs,
    availability: rounded(figures.availability),
    guestCrashes: interruptions.guestCrashes,
    guestHangs: interruptions.guestHangs,
    operationFailures: interruptions.operationFailures,
    nodeLosses: interruptions.nodeLosses,
    energyKwh: rounded(figures.energyKwh),

    virtualMs: outcome.virtualMs,
    events: outcome.events,
    wallMs: Math.round(outcome.wallMs),
    eventsPerSecond: outcome.wallMs > 0 ? Math.round((outcome.events * 1000) / outcome.wallMs) : 0,
    peakRssMib: Math.round(outcome.peakRssMib),
  };
}

/** The bytes of summary.json: two spaces of indent, keys in the order of {@link Summary}, a newline at the end. */
export function summaryJson(summary: Summary): string {
  return `${JSON.stringify(summary, null, 2)}\n`;
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : round(part / whole);
}

function perCpuHour(micros: number, cpuMs: number): number | null {
  return cpuMs === 0 ? null : round(micros / MICROS_PER_CREDIT / (cpuMs / MS_PER_HOUR));
}

/** Six decimals. */
function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

function rounded(value: number | null): number | null {
  return value === null ? null : round(value);
}

function roundedUses({ cpu, memory, disk }: ByUse): ByUse {
  const of = ({ reserved, allocated, busy }: ByUse['cpu']) => ({
    reserved: rounded(reserved),
    allocated: rounded(allocated),
    busy: rounded(busy),
  });
  return { cpu: of(cpu), memory: of(memory), disk: of(disk) };
}

function durations({ mean, p50, p95 }: Distribution): DurationStatistics {
  const whole = (ms: number | null) => (ms === null ? null : Math.round(ms));
  return { mean: whole(mean), p50: whole(p50), p95: whole(p95) };
}
