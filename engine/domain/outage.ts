// When nodes may not be used: what is known of it ahead of time, and why.

/** Why a node may not be used: it does not answer, an operator took it out of service, or its maintenance was planned. */
export type OutageCause = 'lost' | 'drained' | 'maintenance';

/**
 * A time in which a node may not be used. Nothing new is booked into it; what begins at its end or later does not mind it. A node has at
 * most one outage of each cause at a time, but any number of planned maintenances.
 */
export interface Outage {
  /** Unique among those of a provider; of a maintenance for ever, chosen by whoever plans it. */
  readonly outageId: string;
  readonly nodeId: string;
  readonly cause: OutageCause;
  /** When it began or, of a planned maintenance, is to begin. */
  readonly fromMs: number;
  /** When the node is expected back, exclusive; null: nobody knows. A maintenance ends then by itself, the others are prolonged. */
  readonly untilMs: number | null;
}
