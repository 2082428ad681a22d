// summary.json: the figures of a run for scripts. docs/reports.md defines every field; names are never changed, only added.
import type { RunEnd } from '../engine/index.ts';

/** Fields that depend on the machine and its mood. All other bytes of a run's directory depend on scenario, seed and version only. */
export const WALL_CLOCK_FIELDS = ['wallMs', 'eventsPerSecond', 'peakRssMib'] as const;

/** Milliseconds, rounded; null when there was nothing to measure. */
export interface DurationStatistics {
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
}

/** Shares of the capacity that was online, 0..1, averaged over the measured time; null: not observed. */
export interface ResourceShares {
  readonly reserved: number | null;
  readonly allocated: number | null;
  readonly busy: number | null;
}

export interface Summary {
  readonly scenario: string;
  readonly seed: number;
  readonly version: string;
  readonly digest: string;
  readonly end: RunEnd;
  readonly requests: number;
  readonly accepted: number;
  readonly acceptedFirstOffer: number;
  readonly countered: number;
  readonly counterAccepted: number;
  readonly rejected: number;
  readonly declined: number;
  readonly expired: number;
  readonly open: number;
  readonly noShows: number;
  readonly meanRounds: number | null;
  readonly startDisplacementMs: DurationStatistics;
  readonly utilisation: {
    readonly cpu: ResourceShares;
    readonly memory: ResourceShares;
    readonly disk: ResourceShares;
  };
  readonly revenue: number;
  readonly penalties: number;
  readonly migrations: number;
  readonly downtimeMs: number;
  readonly suspensions: number;
  readonly energyKwh: number | null;
  readonly virtualMs: number;
  readonly events: number;
  readonly wallMs: number;
  readonly eventsPerSecond: number;
  readonly peakRssMib: number;
}
