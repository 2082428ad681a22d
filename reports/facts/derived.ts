// Small facts that follow from several events, beside the records of whole sessions (session-records.ts).
import type { Resources } from '../../engine/index.ts';

/**
 * How an instance fares. up: it serves its user (a VM under live migration goes on running); down: it is not, through no wish of its
 * user; suspended: set aside by the provider; starting: not up yet, though its window is open and its reservation activated.
 */
export type Condition = 'up' | 'down' | 'suspended' | 'starting';

/** What kept instances from being up. */
export const SHORTFALL_CAUSES = [
  'start-up',
  'node-loss',
  'drain',
  'guest',
  'operation',
  'migration',
] as const;
export type ShortfallCause = (typeof SHORTFALL_CAUSES)[number];

/** Instances of an open window were in this condition during [fromMs, toMs). */
export interface InstanceCondition {
  readonly reservationId: string;
  readonly condition: Condition;
  readonly instances: number;
  /** null: it is up. */
  readonly because: ShortfallCause | null;
  readonly fromMs: number;
  readonly toMs: number;
}

/** An instance that was down through no wish of its user is up again. */
export interface InstanceRepair {
  readonly reservationId: string;
  /** It went down, or nothing was heard of its node from then on; and it is up. */
  readonly fromMs: number;
  readonly toMs: number;
  /** What it had been up for since it last began, less what a checkpoint has kept of that. */
  readonly lostMs: number;
}

/** From `atMs` on, `instances` more (or fewer, when negative) instances of a reservation are reserved on a node. */
export interface ReservedChange {
  readonly atMs: number;
  readonly reservationId: string;
  readonly nodeId: string;
  readonly instances: number;
  /** Of one instance. */
  readonly demand: Resources;
}

/** What a change of a confirmed reservation came to, more or, when negative, less. */
export interface TermsChange {
  /** The first proposal of its session came at or after the end of the warm-up. */
  readonly measured: boolean;
  readonly differenceMicros: number;
  /** Guaranteed CPU-time, in CPU-milliseconds. */
  readonly differenceCpuMs: number;
}
