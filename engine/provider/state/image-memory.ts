// What a provider knows of the images that it sends, as plain JSON: what nodes keep, what is and will be sent, and who counts on it.
import type { CachedImage } from '../images/image-caches.ts';

export interface ImagesSnapshot {
  readonly kept: readonly { readonly nodeId: string; readonly images: readonly CachedImage[] }[];
  /** By their order; the first is being sent where `isSending` says so. */
  readonly transfers: readonly {
    readonly image: string;
    readonly nodeIds: readonly string[];
    readonly durationMs: number;
    readonly deadlineMs: number;
    readonly for: readonly string[];
  }[];
  readonly isSending: boolean;
  readonly sentUntilMs: number | null;
  readonly supplies: readonly {
    readonly reservationId: string;
    readonly image: string;
    readonly keptBy: readonly string[];
    readonly coveredNodeIds: readonly string[];
    readonly sent: number;
  }[];
  readonly stages: readonly {
    readonly reservationId: string;
    readonly image: string;
    readonly nodeIds: readonly string[];
    readonly sentToNodeIds: readonly string[];
  }[];
}
