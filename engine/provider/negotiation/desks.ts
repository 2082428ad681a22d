// What a kind of lease may ask of the provider, as a desk: on its calendar, or on a draft of it, for thinking ahead.
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { Plan } from '../../calendar/edit.ts';
import type { Proposal } from '../../domain/proposal.ts';
import { invariant } from '../../invariant.ts';
import type { Sitting } from '../../policy/policy-seat.ts';
import type { PlacementRequest } from '../../policy/views.ts';
import type { Images, ImageView } from '../images/images.ts';
import type {
  Image,
  Lease,
  LeaseDesk,
  LeaseDraft,
  LeasePlan,
  Queued,
  Refusal,
} from '../leases/lease-kind.ts';
import type { Suspension } from '../leases/suspension.ts';
import type { Outbox } from '../outbox.ts';
import type { Allocator, BookEdit, Placing } from '../placement/allocator.ts';
import type { ProviderSettings } from '../provider-settings.ts';
import type { Hearing } from './hearing.ts';
import type { OptionCover } from './option-cover.ts';
import type { Overbooking } from './overbooking.ts';
import type { Room } from './room.ts';

export interface DesksParts {
  readonly outbox: Outbox;
  readonly calendar: CapacityCalendar;
  readonly cover: OptionCover;
  readonly allocator: Allocator;
  readonly room: Room;
  /** Absent: images are on the nodes already. */
  readonly images: Images | undefined;
  readonly overbooking: Overbooking;
  readonly settings: ProviderSettings;
  readonly suspension: Suspension;
  /** What was suspended can be resumed on any node. */
  readonly canResumeElsewhere: boolean;
}

/** What is placed there. */
type Purpose = Pick<Placing, 'kind' | 'round'>;

export class Desks {
  readonly #parts: DesksParts;

  constructor(parts: DesksParts) {
    this.#parts = parts;
  }

  /**
   * What a kind of lease may ask, about a reservation or for several.
   * @param allocation what the allocation policy is asked in; kept by whoever applies its answers
   * @param purpose what is on offer is held, what is confirmed stays reserved
   */
  desk(
    allocation: Sitting<'allocation'> = this.#parts.allocator.sitting(),
    { kind = 'hold', round = 0 }: Partial<Purpose> = {},
  ): LeaseDesk {
    return this.#deskOn(this.#parts.calendar, this.#parts.images, allocation, { kind, round });
  }

  /** The same on a draft, for thinking ahead. */
  deskOn(
    calendar: CapacityCalendar,
    allocation: Sitting<'allocation'> = this.#parts.allocator.sitting(),
    round = 0,
  ): LeaseDesk {
    return this.#deskOn(calendar, this.#parts.images, allocation, { kind: 'hold', round });
  }

  /** What the kind of lease of a hearing makes of terms. */
  plan(
    { ask: { reservationId, round }, kind }: Pick<Hearing, 'ask' | 'kind'>,
    proposal: Proposal,
    allocation: Sitting<'allocation'>,
  ): LeasePlan | Queued | Refusal {
    return kind.plan({ reservationId, proposal }, this.desk(allocation, { round }));
  }

  #deskOn(
    calendar: CapacityCalendar,
    images: ImageView | undefined,
    allocation: Sitting<'allocation'>,
    purpose: Purpose,
  ): LeaseDesk {
    const { allocator, canResumeElsewhere, cover, outbox, overbooking, room, settings, suspension } =
      this.#parts;
    return {
      nowMs: outbox.nowMs,
      shutdownLeadMs: settings.shutdownLeadMs,
      noShowGraceMs: settings.noShowGraceMs,
      backfillReservations: settings.backfillReservations,
      suspension: (size) => suspension.timesFor(size),
      canResumeElsewhere,
      canStay: (lease, window) =>
        cover.admits(during(lease.terms, window)) &&
        calendar.fork().apply(stayingEdits(lease, window, calendar)).kind === 'applied',
      stay: (lease, window) => calendar.withDevices(stayingEdits(lease, window, calendar)),
      canPlace: (proposal, image = proposal.template) => room.canPlace(proposal, calendar, images, image),
      // Once it is to begin it is too late to wait for who does not come.
      overbooks: (ask) => ask.proposal.startMs > outbox.nowMs && overbooking.admits(ask),
      imageReadyMs: (image, count) =>
        image === null || images === undefined ? outbox.nowMs : images.readyMs(image, count),
      shortestDurationMs: settings.shortestDurationMs,
      longestDurationMs: settings.longestDurationMs,
      earliestStart: (query, terms) =>
        room.earliestStart(query, Number.POSITIVE_INFINITY, terms, calendar, images),
      place: (owner, window, image) => {
        // Where it is already it need not be sent.
        const among = image === null ? undefined : room.nodesWith(image, window, calendar, images);
        return allocator.place(window, { owner, ...purpose, firstNumber: 1, among }, allocation, calendar);
      },
      draft: () => this.#draftOf(calendar, images, allocation, purpose),
    };
  }

  #draftOf(
    original: CapacityCalendar,
    originalImages: ImageView | undefined,
    allocation: Sitting<'allocation'>,
    purpose: Purpose,
  ): LeaseDraft {
    const calendar = original.fork();
    const images = originalImages?.draft();
    const take = (edits: Plan, image: Image) => {
      const { kind } = calendar.apply(edits);
      invariant(kind === 'applied', 'what is counted as done in a draft has room there');
      if (image !== null) images?.take(image, booksOf(edits));
    };
    return {
      ...this.#deskOn(calendar, images, allocation, purpose),
      take,
      // What is only thought of leaves nothing in the memory of the policy.
      reserve: (owner, window, image) =>
        take(this.#deskOn(calendar, images, allocation.fork(), purpose).place(owner, window, image), image),
    };
  }
}

/** What is asked, in that window. */
function during(terms: Proposal, { endMs, startMs }: Pick<PlacementRequest, 'startMs' | 'endMs'>): Proposal {
  return { ...terms, startMs, durationMs: endMs - startMs };
}

/** One `book` for each instance of a lease where it was. */
function stayingEdits(
  { pieces, reservationId: owner, terms: { demand } }: Lease,
  { endMs, startMs }: Pick<PlacementRequest, 'startMs' | 'endMs'>,
  calendar: CapacityCalendar,
): Plan {
  return pieces.map(({ nodeId }) => {
    const nodeIndex = calendar.nodeIndexOf(nodeId)!;
    return { edit: 'book', nodeIndex, startMs, endMs, demand, kind: 'reservation', owner };
  });
}

function booksOf(plan: Plan): readonly BookEdit[] {
  return plan.filter((edit) => edit.edit === 'book');
}
