// Where there is room: for all instances of terms, at a start or from when on, on the nodes, within the cover for optional instances, and with their
// image there by then. Looks at the calendar or at a draft of it, and changes nothing.
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import { endOf, type Proposal } from '../../domain/proposal.ts';
import type { PlacementRequest, SlotQuery } from '../../policy/views.ts';
import type { Images, ImageView } from '../images/images.ts';
import type { Image } from '../leases/lease-kind.ts';
import type { Outbox } from '../outbox.ts';
import type { Allocator } from '../placement/allocator.ts';
import { placementOf } from '../placement/placement-of.ts';
import type { ProviderSettings } from '../provider-settings.ts';
import type { OptionCover } from './option-cover.ts';

export interface RoomParts {
  readonly outbox: Outbox;
  readonly calendar: CapacityCalendar;
  readonly cover: OptionCover;
  readonly allocator: Allocator;
  /** Absent: images are on the nodes already. */
  readonly images: Images | undefined;
  readonly settings: Pick<ProviderSettings, 'bookingHorizonMs'>;
}

export class Room {
  readonly #parts: RoomParts;

  constructor(parts: RoomParts) {
    this.#parts = parts;
  }

  canPlace(
    proposal: Proposal,
    calendar = this.#parts.calendar,
    images: ImageView | undefined = this.#parts.images,
    image: Image = proposal.template,
  ): boolean {
    const window = placementOf(proposal);
    if (!(this.#parts.cover.admits(proposal) && calendar.canPlace(window))) return false;
    if (images === undefined || image === null || images.readyMs(image, window.count) <= window.startMs)
      return true;
    return this.nodesWith(image, window, calendar, images) !== undefined;
  }

  /** Nodes to which the image need not be sent, if they have room for the whole window; undefined: they have not, or no image is sent anywhere. */
  nodesWith(
    image: string,
    window: PlacementRequest,
    calendar: CapacityCalendar,
    images: ImageView | undefined,
  ): ((nodeIndex: number) => boolean) | undefined {
    const nodes = images?.nodesWith(image, window.startMs);
    if (nodes === undefined || nodes.size === 0) return undefined;
    const isThere = (nodeIndex: number) => nodes.has(nodeIndex);
    return this.#parts.allocator.hasRoom(window, isThere, calendar) ? isThere : undefined;
  }

  /**
   * Nodes and option cover each know their own slots; the answer is the first on which both agree.
   * @param lastMs no start after it
   */
  earliestStart(
    query: SlotQuery,
    lastMs: number,
    proposal: Proposal | undefined,
    calendar = this.#parts.calendar,
    images: ImageView | undefined = this.#parts.images,
  ): number | undefined {
    const { cover, outbox } = this.#parts;
    const { count, demand, durationMs } = query;
    const latestStartMs = Math.min(this.#lastStart(query), lastMs);
    const terms = asTerms(query, proposal);
    const askedMs = Math.max(outbox.nowMs, query.notBeforeMs);
    const firstMs = Math.max(askedMs, this.#readyMs(query, proposal, images));
    // Where the image is, it can begin before it can be sent anywhere.
    if (askedMs < firstMs && askedMs <= latestStartMs) {
      if (this.canPlace({ ...terms, startMs: askedMs }, calendar, images)) return askedMs;
    }
    let notBeforeMs: number | undefined = firstMs;
    while (notBeforeMs !== undefined && notBeforeMs <= latestStartMs) {
      const startMs = calendar.earliestStart({ demand, count, durationMs, notBeforeMs, latestStartMs });
      if (startMs === undefined) return undefined;
      notBeforeMs = cover.earliestAdmitted(terms, startMs, latestStartMs);
      if (notBeforeMs === startMs) return startMs;
    }
    return undefined;
  }

  /** The last instead. */
  latestStart(
    query: SlotQuery & { readonly latestStartMs: number },
    lastMs: number,
    proposal: Proposal,
  ): number | undefined {
    const { calendar, cover, images } = this.#parts;
    const { count, demand, durationMs } = query;
    const terms = asTerms(query, proposal);
    const notBeforeMs = Math.max(query.notBeforeMs, this.#readyMs(query, proposal, images));
    let notAfterMs: number | undefined = Math.min(this.#lastStart(query), lastMs);
    while (notAfterMs !== undefined && notAfterMs >= notBeforeMs) {
      const startMs = calendar.latestStart({ demand, count, durationMs, notBeforeMs, notAfterMs });
      if (startMs === undefined) return undefined;
      notAfterMs = cover.latestAdmitted(terms, notBeforeMs, startMs);
      if (notAfterMs === startMs) return startMs;
    }
    return undefined;
  }

  /** How many instances have none, as asked. Fewer fit wherever more do: the largest number that fits is found by halves. */
  shortfall(proposal: Proposal): number {
    const window: PlacementRequest = placementOf(proposal);
    let fits = 0;
    let asked = window.count + 1;
    while (fits + 1 < asked) {
      const count = Math.floor((fits + asked) / 2);
      if (this.#parts.calendar.canPlace({ ...window, count })) fits = count;
      else asked = count;
    }
    return window.count - fits;
  }

  /** Optional instances of others are within their claim risk also when all these windows are sold at once. */
  admitsBeside(proposal: Proposal, others: readonly Proposal[]): boolean {
    const atOnce = others
      .filter((other) => other.startMs < endOf(proposal) && proposal.startMs < endOf(other))
      .reduce((sum, { numInstancesFixed }) => sum + numInstancesFixed, proposal.numInstancesFixed);
    return this.#parts.cover.admits({ ...proposal, numInstancesFixed: atOnce });
  }

  /** No start before that is possible wherever there is room. */
  #readyMs({ count }: SlotQuery, proposal: Proposal | undefined, images: ImageView | undefined): number {
    if (images === undefined || proposal === undefined) return this.#parts.outbox.nowMs;
    return images.readyMs(proposal.template, count);
  }

  #lastStart({ durationMs, latestStartMs = Number.POSITIVE_INFINITY }: SlotQuery): number {
    const { outbox, settings } = this.#parts;
    return Math.min(latestStartMs, outbox.nowMs + settings.bookingHorizonMs - durationMs);
  }
}

function asTerms(
  { count, demand, durationMs, notBeforeMs }: SlotQuery,
  proposal: Proposal | undefined,
): Proposal {
  const terms = proposal ?? {
    type: '',
    template: '',
    startMs: notBeforeMs,
    numInstancesOption: 0,
  };
  return { ...terms, numInstancesFixed: count, demand, durationMs };
}
