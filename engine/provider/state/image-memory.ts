// What a provider knows of the images that it sends, as plain JSON: what nodes keep, what is and will be sent, and who counts on it. The order of its
// lists means nothing.
import type { CachedImage } from '../images/image-caches.ts';

/** What a node keeps; what was used last is last. */
export interface KeptSnapshot {
  readonly nodeId: string;
  readonly images: readonly CachedImage[];
}

export interface TransferSnapshot {
  /** Of those with one deadline, the lower is sent first. */
  readonly number: number;
  readonly image: string;
  readonly nodeIds: readonly string[];
  readonly durationMs: number;
  readonly deadlineMs: number;
  readonly for: readonly string[];
}

export interface SupplySnapshot {
  readonly reservationId: string;
  readonly image: string;
  readonly keptBy: readonly string[];
  readonly coveredNodeIds: readonly string[];
  readonly sent: number;
}

export interface StageSnapshot {
  readonly reservationId: string;
  readonly image: string;
  readonly nodeIds: readonly string[];
  readonly sentToNodeIds: readonly string[];
}

/** An item that has not changed is the same object as in the snapshot before. */
export interface ImagesSnapshot {
  readonly kept: readonly KeptSnapshot[];
  readonly transfers: readonly TransferSnapshot[];
  /** The number of the transfer that is being sent; null: none is. */
  readonly sending: number | null;
  /** When the link is or was free; null: it has never been used. */
  readonly sentUntilMs: number | null;
  readonly supplies: readonly SupplySnapshot[];
  readonly stages: readonly StageSnapshot[];
}
